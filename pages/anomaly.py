"""Lesson: what was never seen is rebuilt badly, unless it is simple or the code is wide."""

import streamlit as st

from dashboard.claims import applications as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.metric_row.metric_row import Metric
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import show_source
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import anomalies, image_views, scored_images

EXPERIMENTS = (
    Experiment(
        _("Leave out the ones"),
        claims.NO_ONES,
        _("The simplest digit, never seen in training. Will a 1 stand out?"),
        " ".join(
            [
                str(claims.ONES_HIDE),
                _(
                    "A single stroke is part of other digits, too, so a 1 is easy to rebuild. The "
                    "error says how hard an image is to rebuild, not how strange it is."
                ),
            ]
        ),
    ),
    Experiment(
        _("784 numbers"),
        claims.WIDE,
        _("A code as wide as the image. Does the network still stumble over an 8?"),
        _(
            "Compare the [[AUC]] with that of 30 numbers. Where there is room for everything, "
            "strangers may be rebuilt, too. [[PCA]] with 784 numbers rebuilds every image exactly: "
            "its scores are rounding errors."
        ),
    ),
    Experiment(
        _("5 numbers"),
        claims.NARROW,
        _("A very narrow code. Is an 8 more conspicuous now, or is everything?"),
        _(
            "Compare the held-out error first. Whether the 8s stand out more than before, the "
            "intervals of the two AUCs can tell, and other [[seed|seeds]]. Look at PCA's AUC, and "
            "at the 8s that are caught: the AUC weighs all thresholds alike, also those that "
            "nobody would use."
        ),
    ),
    Experiment(
        _("Leave out 0, 1 and 2"),
        claims.THREE,
        _("Three classes are missing. Which of them gives itself away?"),
        " ".join(
            [
                str(claims.TWOS_STAND_OUT),
                _(
                    "The AUC of all three lies in between: one number for several kinds of anomaly "
                    "hides which of them is never found. The table has each by itself."
                ),
            ]
        ),
    ),
)


def answer(run_view: RunView) -> int | None:
    """Which of the prediction's ranges the area lies in."""
    found = scored_images.scored(run_view)
    if found is None:
        return None
    value = found.auc(scored_images.ERROR).value
    return 0 if value < 0.6 else 1 if value < 0.9 else 2


PREDICTION = Prediction(
    _("One anomaly, one normal image: how often has the anomaly the larger error?"),
    (_("hardly more often than not: below 0.6"), _("mostly: 0.6 to 0.9"), _("nearly always")),
    answer,
    (
        _("What is simple, or much like what was learned, is rebuilt well though never seen."),
        _("Much of what was learned, such as strokes, also serves what was not."),
        _("What was left out looks like nothing that was learned."),
    ),
)


def list_metrics(run_view: RunView) -> list[Metric]:
    """The area under the ROC curve, then the errors."""
    return [*anomalies.list_metrics(run_view), *image_views.list_metrics(run_view)[:1]]


def draw(run_view: RunView) -> None:
    """The anomalies, and how the network learned."""
    shown = image_views.draw_film(chosen, run_view, _("This page"))
    anomalies.draw_anomalies(shown)
    image_views.draw_curves(chosen, run_view)


page = Page(
    "anomaly",
    _("What it has never seen"),
    _(
        "Train an [[autoencoder]] on some digits only, then show it all of them. What it has never "
        "seen it should rebuild badly, so a large [[reconstruction error]] raises the **alarm**: "
        "an [[anomaly]]. No anomaly is needed for the training. That is how a machine is watched "
        "that has never yet been broken. Does it work?"
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

page.train(list_metrics, draw)


def explain() -> None:
    """The idea in two equations."""
    prose(
        _(
            "The score of an image is its own [[mean squared error]]; from a threshold $\\tau$ on "
            "there is an alarm "
            "([Hawkins et al., 2002](https://doi.org/10.1007/3-540-46145-0_17)):"
        )
    )
    st.latex(r"a(x) = \frac{1}{d} \lVert x - g(f(x)) \rVert^2 \qquad\qquad a(x) \ge \tau")
    prose(
        _(
            "Every threshold trades anomalies that pass against false alarms: that is the [[ROC "
            "curve]]. The area under it, the [[AUC]], needs no threshold. It is a probability:"
        )
    )
    st.latex(r"\text{AUC} = p\left(a(x_{\text{anomalous}}) > a(x_{\text{normal}})\right)")
    show_source("models/evaluation/anomaly_scores.py", "errors", "auc")
    prose(
        _(
            "Other held-out images would give another area. How far it may be off follows from how "
            "differently the images are placed: each anomaly by the share of normal images below "
            "it, each normal image by the share of anomalies above ([DeLong et al., "
            "1988](https://doi.org/10.2307/2531595))."
        )
    )
    show_source("models/evaluation/anomaly_scores.py", "estimate_auc", "compare_aucs")


page.close(
    " ".join(
        [
            "-",
            str(claims.MOSTLY_LARGER),
            _(
                "The [[AUC]] is of all [[held-out]] images, also those of the class that was left "
                "out. The training, PCA and the held-out error above know only the other digits.\n"
                "- The error says how hard an image is to rebuild. Ornate digits raise false "
                "alarms, plain ones pass: look at the worst offenders.\n"
                "- [[PCA]] with as many numbers is a fair opponent. Below the table stands whether "
                "the network beats it by more than luck.\n"
                "- The threshold is chosen on one half of the held-out images and tested on the "
                "other. Whether what it catches is good depends on what a miss costs, and a false "
                "alarm.\n"
                "- The interval of the AUC speaks of the luck of the images. Another [[seed]] "
                "trains another network, and has luck of its own.\n"
                "- A better autoencoder need not be a better detector: what rebuilds everything "
                "rebuilds strangers, too."
            ),
        ]
    ),
    {_("The idea in two equations"): explain},
)

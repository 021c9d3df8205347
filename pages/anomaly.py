"""Lesson: what was never seen is rebuilt badly, unless it is simple or the code is wide."""

import streamlit as st

from dashboard.components.glossary.glossary import prose
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import show_source
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import anomalies, image_views

# What is said here was measured with seed 42 on the built-in digits and their 1,000 held-out images
# (models.train stacked --set excluded_classes=8 latent_dim=30 and so on; the areas are the page's).
EXPERIMENTS = (
    Experiment(
        _("Leave out the ones"),
        {"excluded_classes": "1"},
        _("The simplest digit, never seen in training. Will a 1 stand out?"),
        _(
            "It hides: AUC 0.16, far below a coin's 0.5. A single stroke is part of every other "
            "digit, so a 1 is rebuilt *better* (0.0079) than the digits that were learned "
            "(0.0142). The error measures how complicated an image is, not how strange. PCA fails "
            "in the same way, 0.29."
        ),
    ),
    Experiment(
        _("784 numbers"),
        {"latent_dim": "784"},
        _("A code as wide as the image. Does the network still stumble over an 8?"),
        _(
            "Less often: the AUC falls from 0.85 to 0.70. A wide code rebuilds strangers, too. PCA "
            "with 784 numbers rebuilds everything; what is left is rounding, and its AUC is that "
            "of a coin, 0.50."
        ),
    ),
    Experiment(
        _("5 numbers"),
        {"latent_dim": "5"},
        _("A very narrow code. Is an 8 more conspicuous now, or is everything?"),
        _(
            "More, by the AUC: 0.88 instead of 0.85, and PCA falls behind, 0.72. But everything is "
            "rebuilt badly now, and where 5 % false alarms are allowed, fewer 8s are caught: 32 "
            "of 100 instead of 38. The AUC weighs thresholds that nobody would use."
        ),
    ),
    Experiment(
        _("Leave out 0, 1 and 2"),
        {"excluded_classes": "0-1-2"},
        _("Three classes are missing. Which of them gives itself away?"),
        _(
            "Twos (AUC 0.92) and zeros (0.86): they need strokes where no other digit has any. "
            "The ones pass as before (0.22), and pull the AUC of all three down to 0.66. One "
            "number for several kinds of anomaly hides which of them is never found."
        ),
    ),
)


def answer(run_view: RunView) -> int | None:
    """Which of the prediction's ranges the area lies in."""
    found = anomalies.scored(run_view)
    if found is None:
        return None
    value = found.auc(anomalies.ERROR)
    return 0 if value < 0.6 else 1 if value < 0.9 else 2


PREDICTION = Prediction(
    _("One anomaly, one normal image: how often has the anomaly the larger error?"),
    (_("hardly more often than not: below 0.6"), _("mostly: 0.6 to 0.9"), _("nearly always")),
    answer,
    (
        _("What is simple, or much like what was learned, is rebuilt well though never seen."),
        _("Strokes are strokes: much of what was learned also serves what was not."),
        _("What was left out needs strokes in places where no image had any."),
    ),
)
SCORES = _("Scores and threshold")


def list_metrics(run_view: RunView) -> list[Metric]:
    """The area under the ROC curve, then the errors."""
    return [*anomalies.list_metrics(run_view), *image_views.list_metrics(run_view)[:1]]


def draw(run_view: RunView) -> None:
    """The anomalies, or how the network learned."""
    shown = {
        SCORES: anomalies.draw_anomalies,
        image_views.CURVES: lambda run_view: image_views.draw_curves(chosen, run_view),
    }
    view = st.segmented_control(
        _("Look at"), list(shown), default=SCORES, required=True, key="anomaly.view"
    )
    shown[view](run_view)


PAGE = Page("anomaly", _("What it has never seen"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "Train an [[autoencoder]] on some digits only, then show it all of them. What it has never "
        "seen it should rebuild badly, so a large [[reconstruction error]] raises the **alarm**: "
        "an [[anomaly]]. No anomaly is needed for the training. That is how a machine is watched "
        "that has never yet been broken. Does it work?"
    )
)
PAGE.train(chosen, list_metrics, draw)

PAGE.draw_network(chosen)

st.header(_("The idea in two equations"), divider=True)
prose(
    _(
        "The score of an image is its own [[mean squared error]]; from a threshold $t$ on there is "
        "an alarm "
        "([Hawkins et al., 2002](https://doi.org/10.1007/3-540-46145-0_17)):"
    )
)
st.latex(r"s(x) = \frac{1}{784} \lVert x - g(f(x)) \rVert^2 \qquad\qquad s(x) \ge t")
prose(
    _(
        "Every threshold trades anomalies that pass against false alarms: that is the "
        "[[ROC curve]]. The area under it, the [[AUC]], needs no threshold. It is a probability:"
    )
)
st.latex(r"\text{AUC} = P\left(s(x_{\text{anomalous}}) > s(x_{\text{normal}})\right)")
show_source("models/evaluation/anomaly_scores.py", "errors", "auc")

PAGE.close(
    chosen,
    _(
        "- The [[AUC]] is of all [[held-out]] images, 100 of them 8s. The training, PCA and the "
        "held-out error above know only the other digits.\n"
        "- The error says how hard an image is to rebuild. Thick and ornate digits raise false "
        "alarms, thin ones pass: look at the worst offenders.\n"
        "- [[PCA]] with as many numbers is a fair opponent: 0.839 where the network has 0.853.\n"
        "- A threshold that lets 5 % of the normal images raise an alarm catches 38 % of the 8s. "
        "Whether that is good depends on what a miss costs, and a false alarm.\n"
        "- A better autoencoder is not a better detector. With 150 numbers the error is smaller "
        "than with 30, and the AUC falls from 0.85 to 0.75: a wide code rebuilds strangers, too."
    ),
)

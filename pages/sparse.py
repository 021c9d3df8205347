"""Lesson: a wide code of which every image uses only little."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric, value_text
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction, answer_by
from dashboard.lesson.source import show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views
from dashboard.views.controls import choose_units
from dashboard.views.view import view

# What is said here of 4,000 digits was measured with seed 42 (models.train sparse --set ...).
EXPERIMENTS = (
    Experiment(
        _("No price"),
        {"sparsity_weight": "0"},
        _("Activities are free. How many of the 300 units does an image use, and what for?"),
        _(
            "59 % instead of 10 %, and the error hardly falls: 0.0084 instead of 0.0087. Most of "
            "that activity was good for nothing. Compare what the units paint."
        ),
    ),
    Experiment(
        _("Five times the price"),
        {"sparsity_weight": "0.1"},
        _("Who still speaks, and what is lost?"),
        _(
            "4 % of the units speak, about 13 for each image, and the error nearly doubles, to "
            "0.0158. The strokes become larger, for each must do more by itself."
        ),
    ),
    Experiment(
        _("Fifty times the price"),
        {"sparsity_weight": "1"},
        _("Is there a price at which it no longer pays to say anything?"),
        _(
            "This one. One unit in 300 speaks, and every digit becomes the same blur: 0.072, more "
            "than the variance of the pixels, which is what the mean image would leave."
        ),
    ),
    Experiment(
        _("KL to a target"),
        {"sparsity": "kl", "sparsity_weight": "1"},
        _("Every unit is to be active 5 % of the time. Look at the activities: are they?"),
        _(
            "Nearly: 7 % on average, where an untrained sigmoid has about 50 %. The units are "
            "quiet but never silent, and at this weight the error is large, 0.038. With a weight "
            "of 0.1 they reach 15 %, and the error is half as large."
        ),
    ),
)


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors, the penalty, and how much of the code an image uses."""
    penalty = _("The sparsity, times its weight, and the L2 penalty if any.")
    before, now = (
        value_text(share, ".1%") for share in image_views.diagnostic(run_view, "used_share")
    )
    about = _(
        "Of the units of the code, how many an image uses: those whose activity is more "
        "than a tenth of the largest one. Mean over held-out images."
    )
    return [
        *image_views.list_metrics(run_view, penalty),
        Metric(_("Used per image"), now, _("untrained {share}").format(share=before), about),
    ]


@view(
    _("The activities appear here with the first training."),
    "codes",
    untrained="codes",
    about=_(
        "Above: every unit on every image of the sample. Below: each unit's mean over the "
        "images. A [[sparse]] code is one where most units are silent on any one image. "
        "{dead} of {size} are silent on all of them: they have died, or wait for rarer images."
    ),
)
def draw_activity(run_view: RunView, seen: Sample, codes: np.ndarray, before: np.ndarray) -> dict:
    """How the activities of the code are distributed, before training and now."""
    both = {_("untrained"): before, _("now"): codes}
    title = _("{when}: {zero} exactly zero")
    ones = {
        title.format(when=when, zero=f"{np.mean(one == 0):.0%}"): one for when, one in both.items()
    }
    image_views.draw_histograms(run_view, ones, _("activity of a unit"), "sparse.activity.one")
    title = _("{when}: on average {mean}")
    means = {
        title.format(when=when, mean=f"{one.mean():.3f}"): one.mean(axis=0)
        for when, one in both.items()
    }
    axis = _("mean activity of a unit")
    image_views.draw_histograms(run_view, means, axis, "sparse.activity.mean")
    return {"dead": int(np.sum(codes.max(axis=0) == 0)), "size": codes.shape[1]}


@view(
    _("The units appear here a few seconds after the training has begun."),
    "codes",
    weights=True,
    note=_(
        "What the image gains when this unit goes from silence to its largest activity while "
        "all others have their mean. **White**: paints, **black**: erases. Most used units "
        "first."
    ),
)
def draw_units(run_view: RunView, seen: Sample, codes: np.ndarray) -> None:
    """What the decoder adds for each unit of the code, the most used ones first."""
    use = np.mean(codes > 0.1 * max(float(codes.max()), 1e-12), axis=0)
    order = np.argsort(-use, kind="stable")
    units = order[choose_units(run_view, len(order))]
    image_rows(
        [("", seen.as_images(run_sample.signed_images(paint(run_view, codes, units))))],
        key="sparse.units",
        alt=_("What {n} units of the code add to an image").format(n=len(units)),
        captions=[f"{unit + 1}\n{use[unit]:.0%}" for unit in units],
        caption_label=_("unit\nused by"),
    )


def paint(run_view: RunView, codes: np.ndarray, units: np.ndarray) -> np.ndarray:
    """What each of the units adds to an image at its largest activity, [units, pixels]."""
    # Without the others, the image would be grey where they usually see to it that it is black.
    without = np.tile(codes.mean(axis=0), (len(units), 1))
    alone, own = without.copy(), (np.arange(len(units)), units)
    without[own], alone[own] = 0.0, np.maximum(codes.max(axis=0)[units], 1e-6)
    decode = partial(inference.output, run_view, "decoder")
    return decode(alone) - decode(without)


PREDICTION = Prediction(
    _("How much of the code will one image use in the end?"),
    (_("less than 5 %"), _("5 to 25 %"), _("more than 25 %")),
    answer_by(lambda run_view: image_views.diagnostic(run_view, "used_share")[1], 0.05, 0.25),
    _(
        "Each activity has a price. A unit answers only where it saves more error than it costs, "
        "so the weight of the sparsity decides how many speak."
    ),
)

PAGE = Page("sparse", _("The sparse autoencoder"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "A [[code]] can be short because it has few numbers, or because most of its many numbers "
        "are **zero**. Here it is wide, and every activity has a price. So the units share out the "
        "work: each learns a stroke or a patch, and an image is a short list of them."
    )
)

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "Most of the others are zero. [[encoder|Encoder]] and [[decoder]] work in your browser."
)
OWN = {_("What each unit paints"): draw_units, _("Activity"): draw_activity}
PAGE.train(chosen, list_metrics, image_views.drawing(chosen, about_map, OWN))

PAGE.draw_network(chosen)

st.header(_("The price of an activity, in two ways"), divider=True)
prose(_("**L1**: every activity $z_j$ costs in proportion to its size. With ReLU, zero is free:"))
st.latex(r"L = \mathrm{MSE} + \frac{w}{k\,n} \sum_{i=1}^{n} \sum_{j=1}^{k} \lvert z_{ij} \rvert")
prose(
    _(
        "**KL**: each unit's mean activity $a_j$ over the [[batch]] is pulled towards a target "
        "$r$, as if both were the chances of a coin:"
    )
)
st.latex(
    r"L = \mathrm{MSE} + \frac{w}{k} \sum_{j=1}^{k} "
    r"\left[ r \log\frac{r}{a_j} + (1-r) \log\frac{1-r}{1-a_j} \right]"
)
show_source("models/autoencoders/sparse/model.py", "SparseAutoencoder.sparsity_cost")

PAGE.close(
    chosen,
    _(
        "- The green lines are [[PCA]] with as many numbers as the code has units. That is a "
        "lot, and so PCA wins on error: the point here is what the numbers mean, not how many "
        "there are.\n"
        "- L1 makes exact zeros. KL makes small numbers: a sigmoid never reaches zero.\n"
        "- Under L1 a unit may shrink its activity and let the [[decoder]] enlarge it again. So "
        "count the units that speak, not how loud they are.\n"
        "- A unit that no image uses any more is dead: no gradient reaches it."
    ),
)

"""Lesson: a wide code of which every image uses only little."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard.claims import constrained_codes as claims
from dashboard.claims.layer_measures import WINDOW
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric
from dashboard.lesson.experiments import Experiment
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
from models.evaluation.image_statistics import largest_window_share, unit_effects

WHAT_UNITS_PAINT = _("What each unit paints")

EXPERIMENTS = (
    Experiment(
        _("No price"),
        claims.FREE,
        _("Activities are free. How many units does an image use, and what for?"),
        f"{claims.USED_UNLESS_PRICED} {claims.RESTING_COSTS} " + _("Compare what the units paint."),
    ),
    Experiment(
        _("A high price"),
        claims.DEAR,
        _("Who still speaks, and what is lost?"),
        f"{claims.DEAR_COSTS} "
        + _("“Used per image” says how many still speak: each has to do more by itself."),
    ),
    Experiment(
        _("A price too high"),
        claims.TOO_DEAR,
        _("Is there a price at which it no longer pays to say anything?"),
        _("This one.") + f" {claims.SAME_BLUR}",
    ),
    Experiment(
        _("KL to a target"),
        claims.KL,
        _("Every unit is to be active 5 % of the time. Look at the activities: are they?"),
        f"{claims.NEAR_TARGET} "
        + _("The units are quiet but never silent: a [[sigmoid]] does not reach 0."),
    ),
    Experiment(
        _("KL, with a tenth of the weight"),
        claims.WEAK_KL,
        _("The same target counts less. What becomes of the activities and of the error?"),
        f"{claims.WEAK_KL_IS_BETTER} "
        + _("Look at “Activity”: how far from the target are the units now?"),
    ),
)


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors, the penalty, and how much of the code an image uses."""
    penalty = _("The sparsity, times its weight, and the L2 penalty if any.")
    about = _(
        "Of the units of the code, how many an image uses: those whose activity is more "
        "than a tenth of the largest one. Mean over held-out images."
    )
    return [
        *image_views.list_metrics(run_view, penalty),
        image_views.follow_diagnostic(
            run_view, _("Used per image"), "used_share", ".1%", _("untrained {before}"), about
        ),
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
        "first. Is it a stroke in one place? Of what these units paint, the square of {size} x "
        "{size} pixels that holds most holds {share} on average; {area} of the image is as large "
        "as it."
    ),
)
def draw_units(run_view: RunView, seen: Sample, codes: np.ndarray) -> dict:
    """What the decoder adds for each unit of the code, the most used ones first."""
    use = np.mean(codes > 0.1 * max(float(codes.max()), 1e-12), axis=0)
    order = np.argsort(-use, kind="stable")
    units = order[choose_units(run_view, len(order))]
    effects = unit_effects(partial(inference.output, run_view, "decoder"), codes, units)
    image_rows(
        [("", seen.as_images(run_sample.signed_images(effects)))],
        key="sparse.units",
        alt=_("What {n} units of the code add to an image").format(n=len(units)),
        captions=[f"{unit + 1}\n{use[unit]:.0%}" for unit in units],
        caption_label=_("unit\nused by"),
    )
    shares = largest_window_share(effects.reshape(-1, *seen.dataset.shape), WINDOW)
    return {
        "size": WINDOW,
        "share": f"{np.nanmean(shares):.0%}",
        "area": f"{WINDOW**2 / effects.shape[1]:.0%}",
    }


PREDICTION = Prediction(
    _("How much of the code will one image use in the end?"),
    (_("less than 5 %"), _("5 to 25 %"), _("more than 25 %")),
    answer_by(lambda run_view: image_views.diagnostic(run_view, "used_share"), 0.05, 0.25),
    _(
        "Each activity has a price. A unit answers only where it saves more error than it costs, "
        "so the weight of the sparsity decides how many speak."
    ),
)

page = Page(
    "sparse",
    _("The sparse autoencoder"),
    _(
        "A [[code]] can be short because it has few numbers, or because most of its many numbers "
        "are **zero**. Here it is wide, and every activity has a price: an image becomes a short "
        "list of units, another one for another image. Trained on small patches of photographs, "
        "such units come to look like edges, as cells of the visual cortex see them "
        "([Olshausen and Field, 1996](https://doi.org/10.1038/381607a0)). And on whole digits?"
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "Most of the others are zero. [[encoder|Encoder]] and [[decoder]] work in your browser."
)

OWN = {WHAT_UNITS_PAINT: draw_units, _("Activity"): draw_activity}

page.train(list_metrics, image_views.drawing(chosen, about_map, OWN))


def explain() -> None:
    """The price of an activity, in two ways."""
    prose(
        _(
            "**L1**: every activity $z_j$ costs in proportion to its size. Where ReLU gives zero, "
            "it is free ([Glorot et al., 2011](https://proceedings.mlr.press/v15/glorot11a.html)):"
        )
    )
    st.latex(
        r"L = \mathrm{MSE} + \frac{\lambda}{n k} \sum_{i=1}^{n} \sum_{j=1}^{k} \lvert z_{ij} \rvert"
    )
    prose(
        _(
            "**KL**: each unit's mean activity $\\hat{\\rho}_j$ over the [[batch]] is pulled "
            "towards a target $\\rho$, as if both were the chances of a coin ([Ng, "
            "2011](https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf)):"
        )
    )
    st.latex(
        r"L = \mathrm{MSE} + \frac{\lambda}{k} \sum_{j=1}^{k} \left[ "
        r"\rho \log\frac{\rho}{\hat{\rho}_j} + (1-\rho) \log\frac{1-\rho}{1-\hat{\rho}_j} \right]"
    )
    show_source("models/autoencoders/sparse/model.py", "SparseAutoencoder.sparsity_cost")
    prose(
        _(
            "A third way needs no price: keep the largest few activities of each image and set the "
            "others to zero ([Makhzani and Frey, 2013](https://arxiv.org/abs/1312.5663))."
        )
    )


page.close(
    _(
        "- {pca_wins} The point here is what the numbers mean, not how many there are.\n"
        "- {not_more_local} “{units}” shows it: the price makes the list short, not the strokes.\n"
        "- L1 makes exact zeros. KL makes small numbers: a sigmoid never reaches zero.\n"
        "- Under L1 a unit may shrink its activity and let the [[decoder]] enlarge it again. So "
        "count the units that speak, not how loud they are.\n"
        "- A unit that is silent on every training image is dead: no gradient reaches it any more."
    ).format(
        pca_wins=claims.PCA_WINS, not_more_local=claims.NOT_MORE_LOCAL, units=WHAT_UNITS_PAINT
    ),
    {_("The price of an activity, in two ways"): explain},
)

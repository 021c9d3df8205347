"""Lesson: a code that holds still while the image changes."""

from collections.abc import Iterable
from functools import partial

import numpy as np
import streamlit as st
from scipy import ndimage

from dashboard.claims import constrained_codes as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.metric_row.metric_row import Metric
from dashboard.figures import curve_charts, style
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction, answer_by
from dashboard.lesson.source import show_source
from dashboard.runs import inference
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views
from dashboard.views.controls import choose
from dashboard.views.view import draw_plot, view

EXPERIMENTS = (
    Experiment(
        _("No penalty"),
        claims.NO_PENALTY,
        _("Nothing keeps the encoder flat. Does training make it steeper by itself?"),
        f"{claims.STEEPER_BY_ITSELF} " + _("Telling digits apart takes slopes."),
    ),
    Experiment(
        _("A high price"),
        claims.HIGH_PENALTY,
        _("How flat can an encoder be and still rebuild digits?"),
        f"{claims.FLATTER} {claims.FLATNESS_COSTS} "
        + _("Look at how codes move: does noise still reach them?"),
    ),
)

NUDGED_IMAGES = 100

NUDGES = {
    "noise": (_("noise"), _("standard deviation of the noise"), np.linspace(0, 0.5, 6)),
    "shift": (_("shift"), _("pixels to the right"), np.arange(0, 5.0)),
    "turn": (_("turn"), _("degrees"), np.linspace(0, 40, 6)),
}


def nudge(images: np.ndarray, kind: str, amount: float) -> np.ndarray:
    """The images [n, height, width], each changed a little, flat [n, height * width]."""
    if kind == "noise":
        draws = np.random.default_rng(0).standard_normal(images.shape, np.float32)
        moved = images + np.float32(amount) * draws
    elif kind == "shift":
        moved = ndimage.shift(images, (0, 0, amount), order=1)
    else:
        moved = ndimage.rotate(images, amount, axes=(1, 2), reshape=False, order=1)
    return moved.reshape(len(images), -1)


def measure_moves(rows: np.ndarray, moved: Iterable[np.ndarray]) -> list[float]:
    """How far rows have moved, in units of the distance between two of them."""
    apart = max(distance(rows, np.roll(rows, 1, axis=0)), 1e-12)
    return [distance(rows, one) / apart for one in moved]


def distance(first: np.ndarray, second: np.ndarray) -> float:
    """The root mean squared distance between rows."""
    return float(np.sqrt(np.mean(np.sum(np.square(first - second), axis=1))))


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors, the penalty, and the size of the encoder's slopes."""
    penalty = _("The squared Jacobian per pixel, times its weight, and the L2 penalty if any.")
    about = _(
        "The root of the sum of all squared slopes of the encoder, from each pixel to each "
        "number of the code; over held-out images."
    )
    return [
        *image_views.list_metrics(run_view, penalty),
        image_views.follow_diagnostic(
            run_view, _("Jacobian's norm"), "jacobian_norm", ".2f", _("untrained {before}"), about
        ),
    ]


@view(
    _("This appears here a few seconds after the training has begun."),
    weights=True,
    about=_(
        "1 is the distance between two different held-out images, in pixels and in codes. "
        "Where the lower curve is the code's, the [[encoder]] ignores more of the change "
        "than the pixels show. ({n} images.)"
    ),
)
def draw_moves(run_view: RunView, seen: Sample) -> dict:
    """How far codes move when images are changed a little."""
    names = {kind: name for kind, (name, _unit, _amounts) in NUDGES.items()}
    kind = choose(_("What is done to the images"), names, "contractive.nudge")
    _name, unit, amounts = NUDGES[kind]
    images = seen.as_images(seen.inputs[:NUDGED_IMAGES]) / np.float32(255)
    encode = partial(inference.output, run_view, "encoder")
    flat = images.reshape(len(images), -1)
    moved = [nudge(images, kind, amount) for amount in amounts]
    series = [
        (_("code"), measure_moves(encode(flat), map(encode, moved)), style.AUTOENCODER),
        (_("pixels"), measure_moves(flat, moved), style.FAINT),
    ]
    figure = curve_charts.lines(amounts, series, x_title=unit, y_title=_("way moved"))
    alt = _("How far codes and pixels move, by how much the images are changed")
    draw_plot(run_view, figure, "contractive.moves", alt, height=340)
    return {"n": len(images)}


@view(
    _("The Jacobian appears here with the first training."),
    "singular_values",
    untrained="singular_values",
    about=_(
        "Each singular value of the [[Jacobian]]: how far the code moves when the image moves by "
        "a small step in one direction, per length of that step; mean of 5 images. If few "
        "directions are steep, the code follows those, and hardly moves along all others."
    ),
)
def draw_spectrum(run_view: RunView, seen: Sample, values: np.ndarray, before: np.ndarray) -> None:
    """The singular values of the Jacobian, before training and now."""
    figure = curve_charts.lines(
        np.arange(1, len(values) + 1),
        [(_("now"), values, style.AUTOENCODER), (_("untrained"), before, style.FAINT)],
        x_title=_("direction, steepest first"),
        y_title=_("singular value"),
        log=bool(values.min() > 0),
    )
    alt = _("Singular values of the encoder's Jacobian, sorted")
    draw_plot(run_view, figure, "contractive.spectrum", alt, height=340)


def measure_steepening(run_view: RunView) -> float | None:
    """By what factor training has changed the Jacobian's norm."""
    before, now = (image_views.diagnostic(run_view, "jacobian_norm", event) for event in (0, -1))
    return now / before if before and now is not None else None


PREDICTION = Prediction(
    _("Will the encoder be steeper after the training than before?"),
    (_("flatter"), _("equal, within 10 %"), _("steeper")),
    answer_by(measure_steepening, 0.9, 1.1),
    _(
        "To rebuild digits the code must tell them apart, which needs slopes; the penalty makes "
        "each of them cost. What remains is what rebuilding was worth."
    ),
)

page = Page(
    "contractive",
    _("The contractive autoencoder"),
    _(
        "A good description of a digit should not change when a pixel flickers. So let every "
        "movement of the [[code]] cost: the penalty is the encoder's squared [[Jacobian]]. "
        "The reconstruction pulls the other way, for digits that differ must keep codes that do."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "[[encoder|Encoder]] and [[decoder]] work in your browser: draw a digit of your own."
)

OWN = {_("How codes move"): draw_moves, _("Jacobian"): draw_spectrum}

page.train(list_metrics, image_views.drawing(chosen, about_map, OWN))


def explain() -> None:
    """The penalty, and what it costs to compute."""
    st.latex(
        r"L = \frac{1}{n\,d} \sum_{i=1}^{n} \left( \lVert x_i - g(f(x_i)) \rVert^2 + \lambda "
        r"\left\lVert \frac{\partial f}{\partial x}(x_i) \right\rVert^2 \right)"
    )
    prose(
        _(
            "The second norm is the sum of all squared slopes. With a single sigmoid layer "
            "$z = \\sigma(W x + b)$ it is cheap, "
            "$\\sum_{j=1}^{k} \\left(z_j (1 - z_j)\\right)^2 \\sum_{i=1}^{d} W_{ji}^2$; with more "
            "layers the chain rule multiplies matrices for every image, and training takes longer "
            "([Rifai et al., 2011](https://icml.cc/2011/papers/455_icmlpaper.pdf))."
        )
    )
    show_source("models/autoencoders/contractive/model.py", "jacobian_chain", "squared_jacobian")


page.close(
    _(
        "- {pca} The code is meant for use, not for copying.\n"
        "- A sigmoid that is nearly 0 or 1 is flat: units that saturate hold still. That is one "
        "way to contract; small weights are the other.\n"
        "- Denoising asks for the same in another way: there the *rebuilt image* must not follow "
        "the noise, here the *code* must not (Rifai et al. compare the two)."
    ).format(pca=claims.PCA_IS_AHEAD),
    {_("The penalty, and what it costs to compute"): explain},
)

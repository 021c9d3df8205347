"""What the lessons on variational autoencoders have in common: a loss of two parts, in nats.

Reconstruction and KL divergence as numbers and curves, what each dimension of the code costs, the
space of the codes, and draws of the prior.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from scipy.special import xlogy

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_mosaic
from dashboard.components.latent_explorer.latent_explorer import latent_explorer
from dashboard.components.metric_row.metric_row import Metric, follow, value_text
from dashboard.components.plots.plots import live_plots
from dashboard.controls.choices import Choices
from dashboard.figures import bar_charts, code_maps, curve_charts
from dashboard.lesson import branching, history
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import reconstructions
from dashboard.views.controls import choose, draw_seed_button
from dashboard.views.view import View
from models.autoencoders.base.latent_gaussian_hyperparameters import LatentGaussianHyperparameters
from models.data import datasets, loading
from models.evaluation import pca
from models.evaluation.code_use import USED_NATS, used_dimensions

NUM_COLUMNS = 10
ORIGINALS = 3 * NUM_COLUMNS
WAITING = _("The first weights are stored two seconds after the start.")


@st.cache_data(max_entries=8, show_spinner=False)
def grey_floor(dataset: str, excluded_classes: tuple[int, ...], fingerprint: str) -> float | None:
    """Mean entropy of the held-out images' pixels, nats per image: less is impossible with
    Bernoulli pixels. None while the images are not on this machine."""
    try:
        # The same whatever the number of training images.
        x = loading.load(dataset, 2, excluded_classes=excluded_classes).held_out
    except datasets.DataError:
        return None
    return float(np.mean(np.sum(-xlogy(x, x) - xlogy(1 - x, 1 - x), axis=1, dtype=np.float64)))


def drawing(
    chosen: Choices,
    views: Mapping[str, tuple[str, View]],
    originals: str,
    *,
    from_weights: Collection[str],
    without_run: Collection[str] = ("rebuilt",),
    redrawn: Callable[[], bool] | None = None,
) -> View:
    """What draws a run: the film's bar, the view that is chosen, and the curves.

    Args:
        chosen: The visitor's choices.
        views: Titles and what draws them, by name; the first is shown first.
        originals: Said below the images that stand here before the first training.
        from_weights: Views that evaluate the network.
        without_run: Views that have something to show before the first training.
        redrawn: Whether the view "invented" shows other draws than those that the film has kept.
    """
    views = {**views, "parts": (_("Parts"), partial(draw_parts, chosen))}
    key, first = f"{chosen.page}.view", next(iter(views))
    redrawn = redrawn or partial(is_redrawn, chosen.page)

    def draw(run_view: RunView) -> None:
        titles = {name: title for name, (title, _draw) in views.items()}
        name = st.session_state.get(key, first)
        is_evaluated = name in from_weights or (name == "invented" and redrawn())
        shown = epoch_slider.film_bar(
            run_view,
            term="total",
            label=_("Loss"),
            digits=1,
            view=titles[name] if is_evaluated else "",
            asks=branching.is_open(chosen),
        )
        name = choose(_("What to look at"), titles, key, label_visibility="collapsed")
        if run_view.pictures or name in without_run:
            views[name][1](shown)
        else:
            draw_originals(run_view, originals)
        draw_curves(chosen, run_view, ["total"])
        history.draw_clear(chosen, "total")

    return draw


# Numbers


def list_metrics(run_view: RunView) -> list[Metric]:
    """The latest recorded epoch, and how many dimensions the latest pictures use."""
    h, kl = run_view.recipe.hyperparameters, run_view.pictures.get("kl_per_dimension")
    count = h.num_train
    used = "–" if kl is None else str(used_dimensions(kl))
    return [
        _nats(run_view, _("Reconstruction"), "reconstruction_nats", _(
            "Held-out images: minus the log-likelihood of the image, given its code, in nats per "
            "image, summed over the pixels. A Bernoulli likelihood of grey pixels is their "
            "cross-entropy.")),
        _nats(run_view, _("KL divergence"), "kl_nats", _(
            "Held-out images: how far the distributions of their codes are from the prior, in nats "
            "per image. It is an upper bound of the information that the codes carry about the "
            "images. To tell {count:,} training images apart, {most:.1f} nats are enough, the "
            "logarithm of their number.").format(count=count, most=math.log(count))),
        Metric(_("Used dimensions"), used, _("of {size}").format(size=h.latent_dim), _(
            "Code dimensions whose KL divergence is above {threshold} nats per image. The others "
            "say the same about every image.").format(threshold=USED_NATS),
            counted=("kl_per_dimension", USED_NATS)),
    ]  # fmt: skip


def _nats(run_view: RunView, label: str, term: str, help: str) -> Metric:
    def read(event: Mapping[str, Any] | None) -> tuple[str, str]:
        if not event:
            return "–", _("nats per image")
        training = _("nats, training {nats}").format(nats=value_text(event["train"][term], ".1f"))
        return value_text(event["held_out"][term], ".1f"), training

    return follow(run_view, label, read, help)


# Views


TERMS = {
    "reconstruction_nats": _("Reconstruction"),
    "kl_nats": _("KL divergence"),
    "total": _("Loss, the sum of its parts: lower is better"),
}
ALTS = {
    "reconstruction_nats": _("Reconstruction by epoch, training and held-out"),
    "kl_nats": _("KL divergence by epoch, training and held-out"),
    "total": _("The loss that is minimised by epoch, training and held-out"),
}


def draw_curves(
    chosen: Choices, run_view: RunView, terms: Collection[str], floor: float | None = None
) -> None:
    """Terms of the loss while the network learned, each in nats per image."""
    is_bernoulli = has_bernoulli_pixels(run_view)
    draw = partial(
        curve_charts.loss_curves,
        run_view.events,
        target_epochs=run_view.recipe.hyperparameters.epochs,
        term_label=_("nats per image"),
    )
    floors = {"reconstruction_nats": {_("grey pixels"): floor}} if floor else {}
    live_plots(
        [
            draw(
                term=term,
                floors=floors.get(term),
                log=is_bernoulli and term != "kl_nats",
                earlier=history.earlier_runs(chosen, term),
            )
            for term in terms
        ],
        key=f"{chosen.page}.curves" if "total" in terms else f"{chosen.page}.parts",
        titles=[TERMS[term] for term in terms],
        alts=[ALTS[term] for term in terms],
        height=230,
        film=(run_view.run.id, [[epoch_slider.EPOCH]] * len(terms)),
    )


def has_bernoulli_pixels(run_view: RunView) -> bool:
    """Whether the likelihood reads each output as the probability of a white pixel."""
    h = run_view.recipe.hyperparameters
    return isinstance(h, LatentGaussianHyperparameters) and h.likelihood == "bernoulli"


def draw_parts(chosen: Choices, run_view: RunView) -> None:
    """The two parts of the loss, and what no training can fall below."""
    h, floor = run_view.recipe.hyperparameters, None
    if has_bernoulli_pixels(run_view):
        fingerprint = loading.fingerprint(h.dataset, 2, excluded_classes=h.excluded_classes)
        floor = grey_floor(h.dataset, h.excluded_classes, fingerprint)
    draw_curves(chosen, run_view, ("reconstruction_nats", "kl_nats"), floor)
    if floor:
        prose(_(
            "No training gets below **{floor:.1f} nats**: these pixels are grey, and even a "
            "[[decoder]] that knew every grey value $x_i$ would pay "
            "$-x_i\\log x_i-(1-x_i)\\log(1-x_i)$ for it. That is the mean over the held-out "
            "images of the sum over the pixels. A grey pixel is no coin: see "
            "[Loaiza-Ganem and Cunningham, 2019](https://arxiv.org/abs/1907.06845).").format(
                floor=floor))  # fmt: skip


def draw_dimensions(run_view: RunView) -> None:
    """The KL divergence of every code dimension."""
    kl = run_view.pictures["kl_per_dimension"]
    live_plots(
        [bar_charts.kl_bars(kl, threshold=USED_NATS)],
        key=f"{run_view.recipe.type.name}.kl",
        alts=[_("Bars of the KL divergence of each code dimension, sorted; {used} are used").format(
            used=used_dimensions(kl))],
        height=320,
        film=(run_view.run.id, [[epoch_slider.bars(USED_NATS)]]),
    )  # fmt: skip
    prose(_(
        "A dimension at 0 returns the [[prior]] whatever the image, and so tells the decoder "
        "nothing about it. Above {threshold} nats per image it counts as used.").format(
            threshold=USED_NATS))  # fmt: skip


def draw_space(run_view: RunView) -> None:
    """The middles of the code clouds, with the prior's contours."""
    codes, size = run_view.pictures["codes"], run_view.recipe.hyperparameters.latent_dim
    sample = run_sample.sample_of_trained(run_view)
    names, shown, along = [], codes, None
    if size > 3:
        components = pca.fit(codes)
        # Measured from zero, not from their mean: that is where the prior is.
        directions = run_sample.fix_signs(components.components[:3])
        shown, along = codes @ directions.T, epoch_slider.projection(np.zeros(size), directions)
        shares = components.variances / max(components.variances.sum(), 1e-12)
        names = [f"PC {n} ({share:.0%})" for n, share in enumerate(shares[:3], start=1)]
    draw = partial(
        code_maps.latent_map, classes=sample.labels, class_names=sample.dataset.label_names
    )
    plots = [draw(shown[:, :2], axis_names=names[:2])]
    if size > 2:
        plots.append(draw(shown, axis_names=names))
    dimensions = [min(size, 2), 3][: len(plots)]
    live_plots(
        plots,
        key=f"{run_view.recipe.type.name}.space",
        alts=[_("Codes of held-out images, coloured by class, and circles of the prior")]
        * len(plots),
        height=430,
        examples=reconstructions.linked(run_view, sample),
        film=(
            run_view.run.id,
            [epoch_slider.class_points(sample.labels, n, along) for n in dimensions],
        ),
    )
    text = _("Grey circles: 1, 2 and 3 standard deviations of the prior.")
    if size > 3:
        text += " " + _(
            "Axes: the first three principal components of {size} dimensions; they hold "
            "{share:.0%} of the variance of the codes.").format(
                size=size, share=shares[:3].sum())  # fmt: skip
    st.caption(text)


def draw_explorer(about: str, run_view: RunView) -> None:
    """Encoder and decoder in the browser, under the pointer; `about` is said below."""
    key = f"{run_view.recipe.type.name}.explorer"
    if latent_explorer(run_view, order=_order(run_view), has_prior=True, key=key):
        prose(about)
    else:
        st.markdown(WAITING)


def _order(run_view: RunView) -> np.ndarray:
    """Dimensions with the largest KL divergence first. They keep their places during a training:
    nobody wants a slider to move away from under the pointer."""
    key, name = f"{run_view.recipe.type.name}.order", (run_view.run.id, run_view.active)
    held, order = st.session_state.get(key, (None, None))
    if held != name:
        order = np.argsort(-run_view.pictures["kl_per_dimension"], kind="stable")
        st.session_state[key] = (name, order)
    return order


def has_weights(run_view: RunView) -> bool:
    """Whether weights are stored, to decode with; says so where not."""
    is_ready = inference.ready(run_view)
    if not is_ready:
        st.markdown(WAITING)
    return is_ready


def draw_originals(run_view: RunView, text: str) -> None:
    """What there is to see before the first training: images, and below them `text`."""
    sample = run_sample.sample(run_view)
    if sample is None:
        st.markdown(_("The images of this data set are fetched by the first training."))
        return
    image_mosaic(
        in_columns(sample.as_images(sample.inputs[:ORIGINALS])),
        key=f"{run_view.recipe.type.name}.originals",
        alt=_("Thirty held-out images"),
        pixels=56,
    )
    st.markdown(text)


def generated(run_view: RunView) -> np.ndarray:
    """The images that the run has decoded from its draws of the prior, [n, height, width]."""
    shape = datasets.by_name(run_view.recipe.hyperparameters.dataset).shape
    return run_view.pictures["generated"].reshape(-1, *shape)


def draw_generated(
    run_view: RunView,
    images: np.ndarray,
    key: str,
    alt: str,
    *,
    columns: int = NUM_COLUMNS,
    pixels: int = 56,
    is_redrawn: bool = False,
) -> None:
    """Generated images as a mosaic that follows the film, unless they are other draws than the
    film's; `pixels` is the width of one."""
    film = epoch_slider.images(run_view.run.id, "generated", range(len(images)))
    image_mosaic(
        in_columns(images, columns),
        key=key,
        alt=alt,
        pixels=pixels,
        film=None if is_redrawn else film,
    )


def in_columns(images: np.ndarray, columns: int = NUM_COLUMNS) -> np.ndarray:
    """Images [n, height, width] as rows of so many, [rows, columns, height, width]."""
    return images.reshape(-1, columns, *images.shape[1:])


# Draws of the prior


def draw_temperature(run_view: RunView) -> float | None:
    """A slider and a button for other draws of the prior; returns the temperature, or None while
    there is nothing to draw with: before the first training, and during one."""
    name, can_draw = run_view.recipe.type.name, bool(run_view.pictures) and not run_view.active
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = st.slider(
            _("Temperature"), 0.0, 2.0, 1.0, 0.05, key=f"{name}.temperature",
            disabled=not can_draw, help=_(
                "The draws of the prior are multiplied by it. 0: the middle of the space only; "
                "above 1: where codes are seldom."))  # fmt: skip
        draw_seed_button(
            _("Draw others"), f"{name}.resample", f"{name}.draw", disabled=not can_draw
        )
    return temperature if can_draw else None


def prior_codes(run_view: RunView, count: int) -> np.ndarray:
    """Draws of the prior [count, latent_dim]: first those of the run's own pictures, where they
    are so many, then fresh ones."""
    number = st.session_state.get(f"{run_view.recipe.type.name}.draw", 0)
    own = inference.prior_draws(run_view) if number == 0 else None
    if own is not None and len(own) == count:
        return own
    size = run_view.recipe.hyperparameters.latent_dim
    return np.random.default_rng(number).standard_normal((count, size))


def is_redrawn(type_name: str) -> bool:
    """Whether other draws are on show than those that the film has kept."""
    changed = st.session_state.get(f"{type_name}.temperature", 1.0) != 1.0
    return changed or bool(st.session_state.get(f"{type_name}.draw", 0))

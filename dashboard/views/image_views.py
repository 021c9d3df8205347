"""What the lessons on autoencoders of images have in common: numbers, curves and pictures.

A lesson names its own views beside those that all have; each view draws one `RunView`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

import numpy as np
import streamlit as st

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary import glossary
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.latent_explorer.latent_explorer import latent_explorer
from dashboard.components.plots.plots import live_plots
from dashboard.controls.choices import Choices
from dashboard.figures import bar_charts, code_maps, curve_charts
from dashboard.lesson import history
from dashboard.lesson.frame import Metric
from dashboard.runs import run_sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import reconstructions
from dashboard.views.anomalies import draw_anomalies
from dashboard.views.generation import draw_invented
from models.evaluation import pca

View = Callable[[RunView], None]

CURVES, ANOMALIES, EXPLORE, INVENT, CODES, FEATURES, CLASSES = (
    _("Learning curves"),
    _("Anomalies"),
    _("Explore"),
    _("Invent"),
    _("Code space"),
    _("What the first layer sees"),
    _("Error by class"),
)
NEWEST_ONLY = (ANOMALIES, EXPLORE, INVENT, FEATURES, CLASSES)
"""Views that do not follow the film, or not in all they show."""

FEATURES_PER_PAGE = 24
BINS = 60
ACTIVITY_BINS = 50


def drawing(
    chosen: Choices,
    about_map: str = "",
    own: Mapping[str, View] | None = None,
    *,
    filmed: Mapping[str, View] | None = None,
    has_prior: bool = False,
) -> Callable[[RunView], None]:
    """What draws a run: the film's bar, the grid of images, and the view that is chosen below.

    Args:
        chosen: The visitor's choices.
        about_map: What is said below the latent explorer; empty where codes are no points of a
            space: then there is neither a map nor a density of them.
        own: The lesson's own views by their titles; they show the newest epoch only.
        filmed: Others of its own, before all the rest, that follow the film.
        has_prior: Whether codes are pressed towards the standard normal distribution.
    """
    own, filmed = own or {}, filmed or {}
    first = chosen.recipe.hyperparameters.encoder_plan[0]
    in_space: dict[str, View] = {
        EXPLORE: partial(draw_explorer, about_map, has_prior),
        INVENT: draw_invented,
        CODES: draw_codes,
    }
    views: dict[str, View] = {
        **filmed,
        CURVES: partial(draw_curves, chosen),
        **own,
        **(in_space if about_map else {}),
        # What each unit weighs every pixel with can be shown as images of the pixels' size.
        **({FEATURES: draw_features} if first.kind == "dense" else {}),
        CLASSES: draw_classes,
        **({ANOMALIES: draw_anomalies} if chosen.recipe.hyperparameters.excluded_classes else {}),
    }
    return partial(_draw, views, (*NEWEST_ONLY, *own))


def _draw(views: Mapping[str, View], newest_only: Collection[str], run_view: RunView) -> None:
    key = f"{run_view.recipe.type.name}.view"
    view = st.session_state.get(key, next(iter(views)))
    note = _("“{view}” shows the newest epoch.").format(view=view)
    epoch_slider.film_bar(
        run_view,
        term="reconstruction_mse",
        label=_("Error"),
        digits=5,
        note=note if view in newest_only else "",
    )
    reconstructions.draw_grid(run_view)
    view = st.segmented_control(
        _("Look at"), list(views), default=next(iter(views)), required=True, key=key
    )
    views[view](run_view)


# Numbers


def list_metrics(run_view: RunView, penalty_help: str = "") -> list[Metric]:
    """The latest recorded epoch beside PCA.

    Args:
        run_view: Of the run.
        penalty_help: What the penalty is, where there is one.
    """
    seen = run_sample.sample(run_view)
    floor = seen.floor if seen else {}
    last = run_view.events[-1] if run_view.events else {}
    help = _("Mean squared error per pixel, where black is 0 and white is 1.")
    found = [
        Metric(
            label,
            error_text(last.get(part, {}).get("reconstruction_mse")),
            f"PCA {error_text(floor.get(part))}",
            help,
        )
        for part, label in (("held_out", _("Held-out error")), ("train", _("Training error")))
    ]
    if penalty_help or run_view.recipe.hyperparameters.l2:
        value = error_text(last.get("train", {}).get("penalty"))
        text = penalty_help or _("The L2 penalty times the sum of all squared weights.")
        found.append(Metric(_("Penalty"), value, _("added to the error"), text))
    return found


def error_text(value: float | None) -> str:
    """An error as pages print it; a dash for none."""
    return "–" if value is None else f"{value:.5f}"


def diagnostic(run_view: RunView, name: str) -> tuple[float | None, float | None]:
    """A figure that the type's model measures beside the losses: untrained, and now."""
    if not run_view.events:
        return None, None
    first, last = (run_view.events[index].get("diagnostics", {}) for index in (0, -1))
    return first.get(name), last.get(name)


def compared_with_pca(run_view: RunView) -> int | None:
    """Answer 0, 1 or 2 to the question whose held-out error is smaller: the network's, neither's
    (equal within 10 %), PCA's. None before the run has ended."""
    result = run_view.result
    if result is None:
        return None
    if result["status"] == "diverged":
        return 2
    ratio = result["held_out"]["reconstruction_mse"] / result["pca"]["held_out"]
    return 0 if ratio < 0.9 else 1 if ratio <= 1.1 else 2


# Views


def draw_curves(chosen: Choices, run_view: RunView) -> None:
    """How the error fell while the network learned."""
    seen = run_sample.sample(run_view)
    curves = curve_charts.loss_curves(
        run_view.events,
        term_label=_("mean squared error"),
        pca=seen.floor if seen else {},
        earlier=history.earlier_runs(chosen),
        target_epochs=run_view.recipe.hyperparameters.epochs,
    )
    live_plots(
        [curves],
        key=f"{run_view.recipe.type.name}.curves",
        alts=[_("Training and held-out error by epoch, with the error of PCA as a floor")],
        height=320,
        film=(run_view.run.id, [[epoch_slider.EPOCH]]),
    )


def draw_codes(run_view: RunView) -> None:
    """The codes of the sample in space, and how their numbers are distributed."""
    codes, seen = run_view.pictures.get("codes"), run_sample.sample(run_view)
    if codes is None or seen is None or not np.isfinite(codes).all():
        st.info(_("The codes appear here with the first training."))
        return
    points, title, axis_name, along = _in_space(run_view, codes)
    space = code_maps.codes_2d(
        points, seen.labels, axis_name=axis_name, class_names=seen.dataset.label_names
    )
    counts, edges = np.histogram(codes, bins=BINS)
    zeros = f"{np.mean(codes == 0):.0%}"
    values = _("All numbers of all codes, {zeros} of them zero").format(zeros=zeros)
    live_plots(
        [space, bar_charts.histogram_counts(edges, counts, title=_("number in the code"))],
        key=f"{run_view.recipe.type.name}.codes",
        titles=(title, values if np.any(codes == 0) else _("All numbers of all codes")),
        alts=(
            _("{title}, coloured by class").format(title=title),
            _("Histogram of the numbers that the codes of the sample consist of"),
        ),
        height=420,
        examples=reconstructions.linked(run_view, seen),
        film=(
            run_view.run.id,
            [
                epoch_slider.class_points(seen.labels, points.shape[1], along),
                [epoch_slider.histogram(BINS)],
            ],
        ),
    )


def _in_space(run_view: RunView, codes: np.ndarray) -> tuple[np.ndarray, str, str, dict | None]:
    """Points of at most three dimensions, a title, the axes' name, and how codes become points."""
    size = codes.shape[1]
    if size < 3:
        return codes, _("The code, {size}-dimensional").format(size=size), _("code"), None
    components = pca.fit(codes)
    encoded = components.encode(codes, 3)
    points = _oriented(run_view, encoded)
    turned = np.where(np.sum(points * encoded, axis=0) < 0, -1, 1)
    along = epoch_slider.projection(components.mean, components.components[:3] * turned[:, None])
    total = components.variances.sum()
    share = components.variances[:3].sum() / total if total > 0 else 1.0
    title = _("Three directions of {size}: {share} of the codes' variance")
    return points, title.format(size=size, share=f"{share:.0%}"), _("component"), along


def _oriented(run_view: RunView, points: np.ndarray) -> np.ndarray:
    """The points with axes that point as they did when this run was last drawn."""
    key = f"{run_view.recipe.type.name}.axes"
    points = run_sample.align_signs(points, st.session_state.get(key, {}).get(run_view.run.id))
    st.session_state[key] = {run_view.run.id: points}
    return points


def draw_explorer(about_map: str, has_prior: bool, run_view: RunView) -> None:
    """Encoder and decoder in the browser, under the pointer."""
    codes = run_view.pictures.get("codes", np.empty((0, 1)))
    order = np.argsort(-codes.var(axis=0), kind="stable") if len(codes) else np.empty(0, int)
    if not latent_explorer(
        run_view, order=order, has_prior=has_prior, key=f"{run_view.recipe.type.name}.explorer"
    ):
        st.info(_("The map appears here a few seconds after the training has begun."))
        return
    glossary.prose(about_map)


def draw_features(run_view: RunView) -> None:
    """The weights from the pixels to each unit of the first layer, as images."""
    h = run_view.recipe.hyperparameters
    layer = h.encoder_plan[0].name
    stored = run_view.run.checkpoint(prefix=f"weights/encoder/{layer}/kernel")
    seen = run_sample.sample(run_view)
    if stored is None or seen is None:
        st.info(_("The first layer appears here a few seconds after the training has begun."))
        return
    (weights,), epoch = stored[0].values(), stored[1]["epoch"]
    first = draw_unit_slider(run_view, weights.shape[1])
    units = range(first, min(first + FEATURES_PER_PAGE, weights.shape[1]))
    effects = weights[:, units.start : units.stop].T * seen.inputs.std(axis=0)
    image_rows(
        [("", seen.as_images(run_sample.signed_images(effects)))],
        key=f"{run_view.recipe.type.name}.features",
        alt=_("Weights of units {first} to {last} of the first layer as images").format(
            first=units.start + 1, last=units.stop
        ),
        captions=[str(unit + 1) for unit in units],
    )
    st.caption(
        _(
            "One image per unit, after epoch {epoch:,}: each weight times the spread of its "
            "pixel. **White** excites the unit, **black** inhibits it, **mid-grey** does not "
            "matter. Strokes, if there are any yet, were learned; the speckle is the random start, "
            "which never hurt enough to be removed."
        ).format(epoch=int(epoch))
    )


def choose_image(run_view: RunView, seen: run_sample.Sample) -> int:
    """Lets the visitor choose an image of the sample, one of each class; returns its index."""
    each = reconstructions.chosen("each", seen.labels, np.zeros(len(seen.labels)))
    names = {int(index): seen.dataset.label_names[seen.labels[index]] for index in each}
    return st.segmented_control(
        _("Which image"),
        list(names),
        default=next(iter(names)),
        format_func=lambda index: names[index],
        required=True,
        key=f"{run_view.recipe.type.name}.map.{seen.dataset.name}",
    )


def draw_unit_slider(run_view: RunView, num_units: int) -> int:
    """Lets the visitor leaf through units; returns the index of the first to show."""
    if num_units <= FEATURES_PER_PAGE:
        return 0
    key = f"{run_view.recipe.type.name}.unit.{num_units}"
    last = (num_units - 1) // FEATURES_PER_PAGE * FEATURES_PER_PAGE + 1
    return st.slider(_("From number"), 1, last, 1, FEATURES_PER_PAGE, key=key) - 1


def draw_histograms(
    values: Mapping[str, np.ndarray],
    axis: str,
    *,
    key: str,
    run_id: str,
    highest: float | None = None,
) -> None:
    """Histograms of activities, which are not negative, side by side.

    Args:
        values: The activities, by the histograms' titles.
        axis: What they are.
        key: Names the histograms on the page.
        run_id: Of the run that they are of.
        highest: Where the axes end; None for the largest activity of each.
    """
    live_plots(
        [
            bar_charts.histogram_counts(*_counted(one, highest), title=axis)
            for one in values.values()
        ],
        key=key,
        titles=list(values),
        alts=[_("Histogram of activities, {title}").format(title=title) for title in values],
        height=280,
        run_id=run_id,
    )


def _counted(values: np.ndarray, highest: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Edges of bins from 0 on, and how many of the values lie in each."""
    end = max(float(values.max()), 1e-6) if highest is None else highest
    counts, edges = np.histogram(values, bins=ACTIVITY_BINS, range=(0, end))
    return edges, counts


def draw_classes(run_view: RunView) -> None:
    """The error on each class, ours and PCA's."""
    rebuilt, seen = run_view.pictures.get("reconstructions"), run_sample.sample(run_view)
    if rebuilt is None or seen is None:
        st.info(_("The errors appear here with the first training."))
        return
    ours, theirs = (
        run_sample.class_means(errors, seen.labels, seen.dataset.num_labels)
        for errors in (run_sample.squared_errors(seen.inputs, rebuilt), seen.pca_errors)
    )
    live_plots(
        [bar_charts.class_errors(seen.dataset.label_names, ours, theirs)],
        key=f"{run_view.recipe.type.name}.classes",
        alts=[
            _("Bars: error by class; ours is smaller on {count} of them").format(
                count=int(np.sum(ours < theirs))
            )
        ],
        height=320,
        run_id=run_view.run.id,
    )
    st.caption(
        _(
            "Of {n} held-out images, as they are drawn: grey values below black or above white "
            "are cut off, which flatters PCA a little."
        ).format(n=len(seen.labels))
    )

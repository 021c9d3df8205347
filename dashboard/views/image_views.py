"""What the lessons on autoencoders of images have in common: numbers, curves and pictures.

A lesson names its own views beside those that all have; each view draws one `RunView`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary import glossary
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.latent_explorer.latent_explorer import latent_explorer
from dashboard.components.metric_row.metric_row import Metric, follow, value_text
from dashboard.components.plots.plots import live_plots
from dashboard.controls.choices import Choices
from dashboard.figures import bar_charts, code_maps, curve_charts
from dashboard.lesson import branching, history
from dashboard.lesson.prediction import Prediction
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import reconstructions
from dashboard.views.anomalies import draw_anomalies
from dashboard.views.controls import choose_units
from dashboard.views.generation import draw_invented
from dashboard.views.view import View, draw_plot, view
from models.evaluation import pca

REBUILT, ANOMALIES, EXPLORE, INVENT, CODES, FEATURES, CLASSES = (
    _("Rebuilt"),
    _("Anomalies"),
    _("Explore"),
    _("Invented"),
    _("Latent space"),
    _("First layer"),
    _("Error by class"),
)
FROM_WEIGHTS = (ANOMALIES, EXPLORE, INVENT, FEATURES, CLASSES)
"""Views that evaluate the network."""

BINS = 60
ACTIVITY_BINS = 50


def drawing(
    chosen: Choices,
    about_map: str = "",
    own: Mapping[str, View] | None = None,
    *,
    filmed: Mapping[str, View] | None = None,
    redrawn: Callable[[str], bool] = lambda view: False,
    has_prior: bool = False,
) -> View:
    """What draws a run: the film's bar, the view that is chosen, and the curves.

    Args:
        chosen: The visitor's choices.
        about_map: What is said below the latent explorer; empty where codes are no points of a
            space: then there is neither a map nor a density of them.
        own: The lesson's own views by their titles; they evaluate the network.
        filmed: Others of its own, before all the rest, that follow the film.
        redrawn: Whether one of these, by its title, evaluates the network for once.
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
        REBUILT: reconstructions.draw_grid,
        **filmed,
        **own,
        **(in_space if about_map else {}),
        # What each unit weighs every pixel with can be shown as images of the pixels' size.
        **({FEATURES: draw_features} if first.kind == "dense" else {}),
        CLASSES: draw_classes,
        **({ANOMALIES: draw_anomalies} if chosen.recipe.hyperparameters.excluded_classes else {}),
    }

    def is_evaluated(view: str) -> bool:
        return view in (*FROM_WEIGHTS, *own) or redrawn(view)

    return partial(_draw, chosen, views, is_evaluated)


def _draw(
    chosen: Choices,
    views: Mapping[str, View],
    is_evaluated: Callable[[str], bool],
    run_view: RunView,
) -> None:
    key = f"{run_view.recipe.type.name}.view"
    view = st.session_state.get(key, next(iter(views)))
    shown = draw_film(chosen, run_view, view if is_evaluated(view) else "")
    view = st.segmented_control(
        _("Look at"),
        list(views),
        default=next(iter(views)),
        required=True,
        key=key,
        label_visibility="collapsed",
    )
    views[view](shown)
    draw_curves(chosen, run_view)


def draw_film(chosen: Choices, run_view: RunView, view: str = "") -> RunView:
    """The film's bar, with the error of the chosen epoch; arguments and result as `film_bar`."""
    return epoch_slider.film_bar(
        run_view,
        term="reconstruction_mse",
        label=_("Error"),
        digits=5,
        view=view,
        asks=branching.is_open(chosen),
    )


# Numbers


def list_metrics(run_view: RunView, penalty_help: str = "") -> list[Metric]:
    """The latest recorded epoch beside the baseline; `penalty_help` says what the penalty is, where
    there is one of the type's own."""
    seen = run_sample.sample(run_view)
    floor = seen.floor if seen else {}
    baseline = _(run_view.recipe.type.baseline)
    help = _(
        "Mean squared error per pixel, where black is 0 and white is 1. Lower is better. "
        "Beside it how much smaller or larger it is than that of {baseline}."
    ).format(baseline=baseline)

    def read(part: str) -> Callable[[Mapping[str, Any] | None], tuple[str, str]]:
        def texts(event: Mapping[str, Any] | None) -> tuple[str, str]:
            value = event[part].get("reconstruction_mse") if event else None
            return error_text(value), compare_text(value, floor.get(part), baseline)

        return texts

    found = [
        follow(run_view, label, read(part), help)
        for part, label in (("held_out", _("Held-out error")), ("train", _("Training error")))
    ]
    if penalty_help or run_view.recipe.hyperparameters.l2:
        text = penalty_help or _("The L2 penalty times the sum of all squared weights.")

        def read_penalty(event: Mapping[str, Any] | None) -> tuple[str, str]:
            value = event["train"].get("penalty") if event else None
            return error_text(value), _("added to the error")

        found.append(follow(run_view, _("Penalty"), read_penalty, text))
    return found


def error_text(value: float | None) -> str:
    """An error as pages print it; a dash for none."""
    return value_text(value, ".5f")


def diagnostic(run_view: RunView, name: str, event: int = -1) -> float | None:
    """What the type's model has measured beside the losses, by default last."""
    return run_view.events[event].get("diagnostics", {}).get(name) if run_view.events else None


def compare_text(value: float | None, floor: float | None, baseline: str) -> str:
    """An error beside the baseline's: "26% below PCA (0.00296)"."""
    name = baseline.partition(",")[0]  # what comes after a comma, the help says
    if value is None or not floor or not math.isfinite(value):
        return f"{name} {error_text(floor)}"
    text = f"{name} ({error_text(floor)})"
    ratio = value / floor - 1
    if abs(ratio) < 0.005:
        return _("the same as {baseline}").format(baseline=text)
    if ratio < 0:
        return _("{share:.0%} below {baseline}").format(share=-ratio, baseline=text)
    if ratio < 1:
        return _("{share:.0%} above {baseline}").format(share=ratio, baseline=text)
    return _("{times:.3g} times {baseline}").format(times=1 + ratio, baseline=text)


def follow_diagnostic(
    run_view: RunView, label: str, name: str, spec: str, comparison: str, help: str
) -> Metric:
    """A figure that the type's model measures beside the losses.

    Args:
        run_view: Of the run.
        label: The figure's name.
        name: Its name among the diagnostics.
        spec: How it is printed, such as ".0%".
        comparison: What to compare it with; "{before}" in it stands for the untrained network's.
        help: A sentence on what it is.
    """
    first = run_view.events[0] if run_view.events else {}
    before = value_text(first.get("diagnostics", {}).get(name), spec)

    def read(event: Mapping[str, Any] | None) -> tuple[str, str]:
        value = event.get("diagnostics", {}).get(name) if event else None
        return value_text(value, spec), comparison.format(before=before)

    return follow(run_view, label, read, help)


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


def predict_smaller_error(question: str, why: Sequence[str]) -> Prediction:
    """Asks whose held-out error will be smaller; `why` has a sentence for each of the answers of
    `compared_with_pca`."""
    options = (_("the network's"), _("equal, within 10 %"), _("PCA's"))
    return Prediction(question, options, compared_with_pca, why)


# Views


def draw_curves(chosen: Choices, run_view: RunView) -> None:
    """How the error fell while the network learned."""
    seen = run_sample.sample(run_view)
    curves = curve_charts.loss_curves(
        run_view.events,
        term_label=_("mean squared error"),
        pca=seen.floor if seen else {},
        baseline=run_view.recipe.type.baseline,
        earlier=history.earlier_runs(chosen, "reconstruction_mse"),
        target_epochs=run_view.recipe.hyperparameters.epochs,
    )
    live_plots(
        [curves],
        key=f"{run_view.recipe.type.name}.curves",
        alts=[
            _(
                "Training and held-out error by epoch, with the error of {baseline} as a floor"
            ).format(baseline=_(run_view.recipe.type.baseline))
        ],
        titles=[_("Error while learning: lower is better")],
        height=230,
        film=(run_view.run.id, [[epoch_slider.EPOCH]]),
    )
    history.draw_clear(chosen, "reconstruction_mse")


@view(_("The codes appear here with the first training."), "codes")
def draw_codes(run_view: RunView, seen: run_sample.Sample, codes: np.ndarray) -> None:
    """The codes of the sample in space, and how their numbers are distributed."""
    points, title, axis_name, along = _in_space(run_view, codes)
    space = code_maps.codes_2d(
        points, seen.labels, axis_name=axis_name, class_names=seen.dataset.label_names
    )
    counts, edges = np.histogram(codes, bins=BINS)
    zeros = f"{np.mean(codes == 0):.0%}"
    values = _("All numbers of all codes, {zeros} of them zero").format(zeros=zeros)
    marks = epoch_slider.class_points(seen.labels, points.shape[1], along)
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
        film=(run_view.run.id, [marks, [epoch_slider.histogram(BINS)]]),
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
    codes, key = run_view.pictures.get("codes"), f"{run_view.recipe.type.name}.explorer"
    order = np.empty(0, int) if codes is None else np.argsort(-codes.var(axis=0), kind="stable")
    if latent_explorer(run_view, order=order, has_prior=has_prior, key=key):
        glossary.prose(about_map)
    else:
        st.info(_("The map appears here a few seconds after the training has begun."))


def draw_features(run_view: RunView) -> None:
    """The weights from the pixels to each unit of the first layer, as images."""
    layer = run_view.recipe.hyperparameters.encoder_plan[0].name
    stored, seen = inference.weights(run_view), run_sample.sample(run_view)
    if stored is None or seen is None:
        st.info(_("The first layer appears here a few seconds after the training has begun."))
        return
    weights = stored[f"weights/encoder/{layer}/kernel"]
    units = choose_units(run_view, weights.shape[1])
    effects = weights[:, units].T * seen.inputs.std(axis=0)
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
            "One image per unit: each weight times the spread of its pixel. **White** excites the "
            "unit, **black** inhibits it, **mid-grey** does not matter. Strokes, if there are any "
            "yet, were learned; the speckle is the random start, which never hurt enough to be "
            "removed."
        )
    )


def draw_histograms(
    run_view: RunView,
    values: Mapping[str, np.ndarray],
    axis: str,
    key: str,
    highest: float | None = None,
) -> None:
    """Histograms of activities, which are not negative, side by side.

    Args:
        run_view: Of the run.
        values: The activities, by the histograms' titles.
        axis: What they are.
        key: Names the histograms on the page.
        highest: Where the axes end; None for the largest activity of each.
    """
    figures = []
    for one in values.values():
        end = max(float(one.max()), 1e-6) if highest is None else highest
        counts, edges = np.histogram(one, bins=ACTIVITY_BINS, range=(0, end))
        figures.append(bar_charts.histogram_counts(edges, counts, title=axis))
    alts = [_("Histogram of activities, {title}").format(title=title) for title in values]
    titles = list(values)
    live_plots(figures, key=key, titles=titles, alts=alts, height=280, run_id=run_view.run.id)


@view(
    _("The errors appear here with the first training."),
    "reconstructions",
    about=_("Worst rebuilt: **{worst}**, with an error of {error}."),
    note=_(
        "Of {n} held-out images, as they are drawn: grey values below black or above white are cut "
        "off."
    ),
)
def draw_classes(run_view: RunView, seen: run_sample.Sample, rebuilt: np.ndarray) -> dict:
    """The error on each class, ours and the baseline's."""
    ours, theirs = (
        run_sample.class_means(errors, seen.labels, seen.dataset.num_labels)
        for errors in (run_sample.squared_errors(seen.inputs, rebuilt), seen.pca_errors)
    )
    names, baseline = seen.dataset.label_names, run_view.recipe.type.baseline
    figure = bar_charts.class_errors(names, ours, theirs, baseline)
    alt = _("Bars: error by class; ours is smaller on {count} of them").format(
        count=int(np.sum(ours < theirs))
    )
    draw_plot(run_view, figure, f"{run_view.recipe.type.name}.classes", alt)
    worst = int(np.nanargmax(ours))
    return {"n": len(seen.labels), "worst": names[worst], "error": error_text(ours[worst])}

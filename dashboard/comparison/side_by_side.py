"""Several runs side by side: which of them, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from dashboard.comparison import evaluation, selection
from dashboard.comparison.bits import draw_bits
from dashboard.comparison.evaluation import RunViews
from dashboard.comparison.probes import draw_probe
from dashboard.comparison.table import draw_table
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import live_plots
from dashboard.controls import choices
from dashboard.figures import comparison_charts
from dashboard.lesson import frame
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView, view_run
from dashboard.session import render_slots
from dashboard.session.visitors import visitor
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from dashboard.views import reconstructions
from models.data import datasets
from models.runs.files import RunError, UnreadableError
from models.runs.recipe import Recipe

ACTIVE_SECONDS = 2.0
"""How often the page looks at runs of which one is in training."""

CURVES, PICTURES, TABLE, BITS, PROBE = (
    _("Learning curves"),
    _("Reconstructions"),
    _("Table"),
    _("Distortion against bits"),
    _("Linear probe"),
)


def draw(recipes: Sequence[Recipe]) -> None:
    """Draws the chosen runs, and goes on looking at them."""
    names = selection.labels(recipes)
    first = [view_run(recipe) for recipe in recipes]
    active = any(run_view.active for run_view in first)

    @render_slots.fragment(run_every=ACTIVE_SECONDS if active else frame.IDLE_SECONDS)
    def views() -> None:
        if any(choices.loss(recipe) for recipe in recipes):
            st.rerun()  # data were erased, or are no longer shared: the page says so
        run_views = {name: view_run(one) for name, one in zip(names, recipes, strict=True)}
        for run_view in run_views.values():
            try:
                run_view.run.watch(visitor())  # what is on show is not evicted
            except RunError:
                st.rerun()  # it has just been removed
        if readable := _explain_unreadable(run_views):
            _draw_views(readable)

    views()


def _explain_unreadable(run_views: RunViews) -> RunViews:
    """Says which runs cannot be read, and why; returns the others."""
    readable = {}
    for name, run_view in run_views.items():
        try:
            if run_view.trouble:
                raise run_view.trouble
            run_sample.sample(run_view)
            inference.weights(run_view)
            readable[name] = run_view
        except UnreadableError as trouble:
            st.error(in_markdown(f"{name}: {trouble}"), icon=":material/broken_image:")
    return readable


def _draw_views(run_views: RunViews) -> None:
    drawers = {
        CURVES: draw_curves,
        PICTURES: draw_pictures,
        TABLE: draw_table,
        BITS: draw_bits,
        PROBE: draw_probe,
    }
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    view = controls.segmented_control(
        _("Look at"), list(drawers), default=BITS, required=True, key="compare.view"
    )
    if view != TABLE:
        with controls:
            shown = _choose_group(run_views)
        if rest := run_views.keys() - shown.keys():
            text = _("Errors on different data cannot be compared. Not shown here: {names}.")
            st.caption(text.format(names=", ".join(sorted(rest))))
        run_views = shown
    try:
        drawers[view](run_views)
    except datasets.DataError as error:
        st.error(in_markdown(error), icon=":material/database_off:")


def _choose_group(run_views: RunViews) -> RunViews:
    """The runs of one group, which the visitor chooses where there are several."""
    groups: dict[str, dict[str, RunView]] = {}
    for name, run_view in run_views.items():
        groups.setdefault(evaluation.group_of(run_view.recipe), {})[name] = run_view
    largest = max(groups, key=lambda name: len(groups[name]))
    if len(groups) == 1:
        return groups[largest]
    key = "compare.group"
    if st.session_state.get(key) not in groups:
        st.session_state[key] = largest
    # Without a default of its own, as the session's state has one; so it may be None for a type.
    group = st.segmented_control(_("Measured on"), list(groups), required=True, key=key)
    return groups[group or largest]


def draw_curves(run_views: RunViews) -> None:
    """Error by epoch."""
    live_plots(
        [
            comparison_charts.overlaid_curves(
                [(name, run_view.events) for name, run_view in run_views.items()]
            )
        ],
        key="compare.curves",
        titles=[_("Error while learning: held-out solid, training dashed")],
        alts=[
            _("Held-out and training error by epoch of {names}").format(names=", ".join(run_views))
        ],
        height=460,
    )


def draw_pictures(run_views: RunViews) -> None:
    """The same held-out images, rebuilt by every run."""
    shown, others = _same_sample(run_views)
    if not shown:
        st.info(_("These runs keep no images that could stand side by side."))
        return
    sample, _first = next(iter(shown.values()))
    errors = {
        name: run_sample.squared_errors(sample.inputs, rebuilt)
        for name, (_sample, rebuilt) in shown.items()
    }
    which = reconstructions.draw_choice("compare", sample, np.mean(list(errors.values()), axis=0))
    if not len(which):
        st.info(_("The sample holds no image of this class."))
        return
    rows = [(_("original"), sample.inputs)]
    rows += [(f"{name}: {errors[name].mean():.4f}", one) for name, (_sample, one) in shown.items()]
    rows += _pca_rows(run_views, shown)
    image_rows(
        [(label, sample.as_images(images[which])) for label, images in rows],
        key="compare.pictures",
        alt=_("{n} images, and below each what {names} make of it").format(
            n=len(which), names=", ".join(shown)
        ),
    )
    st.caption(
        _(
            "Behind each name: the mean squared error of all {n} images of the sample, as they are "
            "drawn. “Best” and “worst” go by the mean of the chosen runs."
        ).format(n=len(sample.inputs))
    )
    if others:
        st.caption(_("Without images of this sample: {names}.").format(names=", ".join(others)))


def _same_sample(run_views: RunViews) -> tuple[dict[str, tuple], list[str]]:
    """Samples and reconstructions of the runs whose sample is that of the first that has one; the
    names of the others."""
    shown: dict[str, tuple] = {}
    first = None
    for name, run_view in run_views.items():
        is_image = datasets.by_name(run_view.recipe.hyperparameters.dataset).kind == "images"
        sample = run_sample.sample(run_view) if is_image else None
        rebuilt = run_view.pictures.get("reconstructions")
        if sample is None or rebuilt is None:
            continue
        first = sample.inputs if first is None else first
        if np.array_equal(sample.inputs, first) and rebuilt.shape == first.shape:
            shown[name] = sample, rebuilt
    return shown, [name for name in run_views if name not in shown]


def _pca_rows(run_views: RunViews, shown: Mapping[str, tuple]) -> list[tuple[str, np.ndarray]]:
    """PCA's reconstructions, where the visitor wants them, once for each code size."""
    if not st.toggle(_("PCA with the same code sizes"), key="compare.pca"):
        return []
    rows = {}
    for name, (sample, _rebuilt) in shown.items():
        if sample.pca is not None and sample.noisy is None:
            h = run_views[name].recipe.hyperparameters
            label = f"PCA-{h.pca_dim}"
            if h.code_bits is not None:
                label = _("PCA, as many bits as {name}").format(name=name)
            error = run_sample.squared_errors(sample.inputs, sample.pca).mean()
            rows[h.pca_dim, label] = (f"{label}: {error:.4f}", sample.pca)
    return [rows[key] for key in sorted(rows)]

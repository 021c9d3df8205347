"""What the page that compares runs shows of them: a table, curves, pictures, bits and classes.

Only what was measured on the same data stands side by side: runs on other data go into another
group, and the visitor chooses the group.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.comparison import evaluation, selection
from dashboard.comparison.evaluation import Files, Rated, Reference
from dashboard.components.glossary import glossary
from dashboard.components.image_grid.image_grid import as_grey, image_rows
from dashboard.components.plots.plots import live_plots
from dashboard.figures import comparison_charts, distortion_charts
from dashboard.lesson import frame
from dashboard.runs import inference, run_view
from dashboard.runs.run_view import RunView
from dashboard.session import render_slots
from dashboard.session.visitors import visitor
from dashboard.text.i18n import _
from dashboard.views import reconstructions
from models.data import datasets
from models.evaluation.rate_distortion import Curve
from models.runs.files import RunError
from models.runs.recipe import Recipe

BYTES = (10, 20, 30, 50, 75, 100, 150, 200, 300, 500)

ACTIVE_SECONDS = 2.0
"""How often the page looks at runs of which one is in training."""

Sights = Mapping[str, RunView]
"""The chosen runs by their names."""

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
    first = [run_view.view_run(recipe) for recipe in recipes]
    active = any(sight.active for sight in first)

    @render_slots.fragment(run_every=ACTIVE_SECONDS if active else frame.IDLE_SECONDS)
    def views() -> None:
        sights = {name: run_view.view_run(one) for name, one in zip(names, recipes, strict=True)}
        for sight in sights.values():
            try:
                sight.run.watch(visitor())  # what is on show is not evicted
            except RunError:
                st.rerun()  # it has just been removed
        _draw_views(sights)

    views()


def _draw_views(sights: Sights) -> None:
    drawers = {
        CURVES: draw_curves,
        PICTURES: draw_pictures,
        TABLE: draw_table,
        BITS: draw_bits,
        PROBE: draw_probe,
    }
    view = st.segmented_control(
        _("Look at"), list(drawers), default=CURVES, required=True, key="compare.view"
    )
    if view != TABLE:
        sights = _chosen_group(sights)
    try:
        drawers[view](sights)
    except datasets.DataError as error:
        st.error(str(error), icon=":material/database_off:")


def _chosen_group(sights: Sights) -> Sights:
    """The runs of one group, which the visitor chooses where there are several."""
    groups: dict[str, dict[str, RunView]] = {}
    for name, sight in sights.items():
        groups.setdefault(evaluation.group_of(sight.recipe), {})[name] = sight
    largest = max(groups, key=lambda name: len(groups[name]))
    if len(groups) == 1:
        return groups[largest]
    key = "compare.group"
    if st.session_state.get(key) not in groups:
        st.session_state[key] = largest
    # Without a default of its own, as the session's state has one; so it may be None for a type.
    group = st.segmented_control(_("Measured on"), list(groups), required=True, key=key) or largest
    rest = [name for name in sights if name not in groups[group]]
    st.caption(
        _("Errors on different data cannot be compared. Not shown here: {names}.").format(
            names=", ".join(rest)
        )
    )
    return groups[group]


# The table


def table(sights: Sights, curves: Mapping[str, Rated | None]) -> pd.DataFrame:
    """One row per run: what its result says, and what its code costs."""
    return pd.DataFrame([_row(name, sights[name], curves.get(name)) for name in sights])


def _row(name: str, sight: RunView, one: Rated | None) -> dict[str, Any]:
    h = sight.recipe.hyperparameters
    last = sight.result or (sight.events[-1] if sight.events else {})
    floor = (sight.result or {}).get("pca") or {}
    term = "reconstruction_mse"
    return {
        _("Run"): name,
        _("Measured on"): evaluation.group_of(sight.recipe),
        _("Epochs"): int(sight.epoch),
        _("Held-out error"): (last.get("held_out") or {}).get(term),
        _("Training error"): (last.get("train") or {}).get(term),
        _("PCA, as large a code"): floor.get("held_out"),
        _("Numbers in the code"): h.latent_dim,
        _("Code, bits as stored"): h.stored_bits,
        _("Code, bits when rounded"): one.bits if one else None,
        _("Parameters"): h.num_parameters,
        _("Seconds"): last.get("seconds"),
        _("Examples per second"): (sight.result or {}).get("images_per_second"),
        _("Device"): (sight.result or {}).get("device"),
        _("State"): sight.state,
        _("Run id"): sight.run.id,
    }


def as_csv(rows: pd.DataFrame) -> bytes:
    """The table for a spreadsheet: commas, points in numbers, every digit."""
    file = io.StringIO()
    rows.to_csv(file, index=False)
    return file.getvalue().encode("utf-8-sig")  # the mark tells Excel how letters are written


def draw_table(sights: Sights) -> None:
    """Figures of all chosen runs, to sort and to download."""
    curves = {}
    with st.spinner(_("Rounding codes, and measuring what is lost …")):
        for name, sight in sights.items():
            with suppress(datasets.DataError):  # a gap in one column; all else is in the results
                curves[name] = evaluation.rated(sight)
    rows = table(sights, curves)
    st.dataframe(rows, hide_index=True, column_config=_formats(rows), key="compare.table")
    st.download_button(
        _("Download as CSV"),
        as_csv(rows),
        "autoencoder-lab-comparison.csv",
        "text/csv",
        key="compare.csv",
        icon=":material/download:",
        on_click="ignore",
    )
    glossary.prose(
        _(
            "[[held-out|Held-out]] and training error, mean squared and per number, are what the "
            "training itself recorded last: of noisy images, where a network was shown noise, and "
            "of drawn codes, where codes are drawn. PCA has as many numbers as the code, or as its "
            "symbols have bits for. “Bits as stored” are 32 per number, or those of the symbols; "
            "“bits when rounded” are the fewest with which the error on held-out examples rises by "
            "at most 5 %."
        )
    )


def _formats(rows: pd.DataFrame) -> dict[str, Any]:
    errors = (_("Held-out error"), _("Training error"), _("PCA, as large a code"))
    whole = (_("Code, bits as stored"), _("Code, bits when rounded"), _("Parameters"))
    number = st.column_config.NumberColumn
    return (
        {name: number(format="%.5f") for name in errors}
        | {name: number(format="localized", step=1) for name in whole}
        | {_("Run"): st.column_config.TextColumn(pinned=True)}
    )


# Curves and pictures


def draw_curves(sights: Sights) -> None:
    """Error by epoch."""
    live_plots(
        [
            comparison_charts.overlaid_curves(
                [(name, sight.events) for name, sight in sights.items()],
                term_label=_("mean squared error"),
            )
        ],
        key="compare.curves",
        titles=[_("Error while learning: held-out drawn through, training dashed")],
        alts=[_("Held-out and training error by epoch of {names}").format(names=", ".join(sights))],
        height=460,
    )


def draw_pictures(sights: Sights) -> None:
    """The same held-out images, rebuilt by every run."""
    shown, others = _same_sample(sights)
    if not shown:
        st.info(_("These runs keep no images that could stand side by side."))
        return
    sample, _first = next(iter(shown.values()))
    errors = {
        name: reconstructions.squared_errors(sample.inputs, rebuilt)
        for name, (_sample, rebuilt) in shown.items()
    }
    which = reconstructions.draw_choice("compare", sample, np.mean(list(errors.values()), axis=0))
    if not len(which):
        st.info(_("The sample holds no image of this class."))
        return
    rows = [(_("original"), sample.inputs)]
    rows += [(f"{name}: {errors[name].mean():.4f}", one) for name, (_sample, one) in shown.items()]
    rows += _pca_rows(sights, shown)
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


def _same_sample(sights: Sights) -> tuple[dict[str, tuple], list[str]]:
    """Samples and reconstructions of the runs whose sample is that of the first that has one; the
    names of the others."""
    shown, others, first = {}, [], None
    for name, sight in sights.items():
        is_image = datasets.by_name(sight.recipe.hyperparameters.dataset).kind == "images"
        sample = reconstructions.sample(sight) if is_image else None
        rebuilt = sight.pictures.get("reconstructions")
        if sample is None or rebuilt is None:
            others.append(name)
            continue
        first = sample.inputs if first is None else first
        if np.array_equal(sample.inputs, first) and rebuilt.shape == first.shape:
            shown[name] = sample, rebuilt
        else:
            others.append(name)
    return shown, others


def _pca_rows(sights: Sights, shown: Mapping[str, tuple]) -> list[tuple[str, np.ndarray]]:
    """PCA's reconstructions, where the visitor wants them, once for each code size."""
    if not st.toggle(_("PCA with the same code sizes"), key="compare.pca"):
        return []
    rows = {}
    for name, (sample, _rebuilt) in shown.items():
        if sample.pca is not None and sample.noisy is None:
            size = sights[name].recipe.hyperparameters.pca_dim
            error = reconstructions.squared_errors(sample.inputs, sample.pca).mean()
            rows[size] = (f"PCA-{size}: {error:.4f}", sample.pca)
    return [rows[size] for size in sorted(rows)]


# Bits


def draw_bits(sights: Sights) -> None:
    """Error against bits for all runs, PCA, JPEG and PNG; then the images at equal bytes."""
    at_hand = evaluation.reference(next(iter(sights.values())).recipe)
    is_image = at_hand.data.dataset.kind == "images"
    with st.spinner(_("Rounding codes, and measuring what is lost …")):
        every = {name: evaluation.rated(sight) for name, sight in sights.items()}
        by_pca = evaluation.pca_curve(at_hand)
        files = evaluation.files(at_hand) if is_image else None
    _explain_missing([name for name, one in every.items() if one is None])
    curves = {name: one for name, one in every.items() if one}
    runs = [_run_series(name, one) for name, one in curves.items()]
    references, lossless = [_pca_series(by_pca)], []
    if files:
        references.append(_jpeg_series(_("JPEG, all in one file"), files.jpeg))
        references.append(_jpeg_series(_("JPEG, a file each"), files.jpeg_each))
        lossless = [(_("PNG, all in one file"), files.png), (_("PNG, a file each"), files.png_each)]
    live_plots(
        [distortion_charts.distortion_curves(runs, references, lossless)],
        key="compare.bits",
        titles=[_("What is lost, against what is kept")],
        alts=[_bits_alt(curves)],
        height=480,
    )
    st.caption(_bits_caption(at_hand, files))
    if files:
        _draw_equal_bytes(sights, curves, by_pca, files, at_hand)


def _run_series(name: str, one: Rated) -> comparison_charts.Series:
    texts = [
        _("{bits} bits per number").format(bits=setting[0]) if setting else _("its symbols")
        for setting in one.curve.settings
    ]
    return comparison_charts.Series(name, one.curve.bits, one.curve.errors, texts)


def _pca_series(curve: Curve) -> comparison_charts.Series:
    text = _("{count} components, {bits} bits each")
    texts = [text.format(count=count, bits=bits) for count, bits in curve.settings]
    return comparison_charts.Series(_("PCA, at its best"), curve.bits, curve.errors, texts)


def _jpeg_series(name: str, curve: Curve) -> comparison_charts.Series:
    texts = [_("quality {quality}").format(quality=quality) for (quality,) in curve.settings]
    return comparison_charts.Series(name, curve.bits, curve.errors, texts)


def _explain_missing(names: Sequence[str]) -> None:
    if names:
        st.info(
            _(
                "Not shown: {names}. The stored network gives no finite numbers here, or cannot be "
                "evaluated outside of a training process."
            ).format(names=", ".join(names))
        )


def _bits_alt(curves: Mapping[str, Rated]) -> str:
    parts = []
    for name, one in curves.items():
        if one.bits is not None:
            parts.append(
                _("{name}: error {error:.4f} with {bits:.0f} bits").format(
                    name=name, error=one.error, bits=one.bits
                )
            )
    text = _("Mean squared error against bits per example, both axes logarithmic. {runs}")
    return text.format(runs="; ".join(parts))


def _bits_caption(at_hand: Reference, files: Files | None) -> str:
    text = _(
        "{n} held-out examples, shown as they are; each number of a code rounded to 1 to 8 bits. "
        "Bits are what arithmetic coding needs with frequencies learned from {train:,} training "
        "examples; weights and frequencies, which belong to the decoder, do not count, but a class "
        "that a network is told does. PCA is rounded alike, with the number of components that "
        "suits each budget."
    ).format(n=len(at_hand.held_out), train=len(at_hand.train))
    if files:
        text += " " + _(
            "A file of 28 x 28 pixels is mostly header, which says the same every time; all images "
            "in one picture share it, and that is the fair comparison. PNG loses nothing, and zero "
            "has no place on this axis: its lines stand where its bits are."
        )
    return text


# Images at equal bytes


def _draw_equal_bytes(
    sights: Sights, curves: Mapping[str, Rated], by_pca: Curve, files: Files, at_hand: Reference
) -> None:
    """What each way of storing makes of the same images with a budget of bytes."""
    st.subheader(_("The same images for the same bytes"))
    budget = st.select_slider(
        _("At most so many bytes per image"), BYTES, 50, key="compare.bytes", width=420
    )
    labels = at_hand.data.held_out_labels[: len(at_hand.held_out)]
    which = reconstructions.chosen("each", labels, np.zeros(len(labels)))

    def of_run(name: str) -> Callable[[int], np.ndarray]:
        def rebuilt(point: int) -> np.ndarray:
            found = evaluation.rounded_outputs(sights[name], curves[name], point, which)
            if found is None:
                raise inference.gone(sights[name].run)
            return found

        return rebuilt

    ways = [(name, one.curve, of_run(name)) for name, one in curves.items()]
    ways.append(("PCA", by_pca, lambda point: evaluation.pca_images(at_hand, point)[which]))
    ways.append(("JPEG", files.jpeg, lambda point: evaluation.jpeg_images(at_hand, point)[which]))
    rows, too_dear = [(_("original"), at_hand.held_out[which])], []
    for name, curve, rebuilt in ways:
        point = curve.within(8 * budget)
        if point is None:
            too_dear.append(_whole_bytes(name, curve.bits.min()))
        else:
            rows.append((_whole_bytes(name, curve.bits[point]), rebuilt(point)))
    image_rows(
        [
            (label, as_grey(pixels).reshape(-1, *at_hand.data.dataset.shape))
            for label, pixels in rows
        ],
        key="compare.equal",
        alt=_("{n} images, and below them what {names} make of each").format(
            n=len(which), names=", ".join(label for label, _pixels in rows[1:])
        ),
    )
    texts = [
        _whole_bytes("PNG", files.png),
        _whole_bytes(_("pixels"), 8 * at_hand.held_out[0].size),
    ]
    caption = _("Without any loss: {texts}.").format(texts=", ".join(texts))
    if too_dear:
        caption += " " + _("At least: {texts}.").format(texts=", ".join(too_dear))
    st.caption(caption)


def _whole_bytes(name: str, bits: float) -> str:
    return _("{name}: {bytes:.0f} bytes").format(name=name, bytes=np.ceil(bits / 8))


# The probe


def draw_probe(sights: Sights) -> None:
    """How well a linear classifier tells the class from the code."""
    at_hand = evaluation.reference(next(iter(sights.values())).recipe)
    dataset, found = at_hand.data.dataset, at_hand.data
    if dataset.num_labels < 2:
        st.info(_("These data have no classes that a probe could tell."))
        return
    glossary.prose(
        _(
            "A [[linear probe]] is trained on the codes of {train:,} images and their classes, and "
            "asked for the classes of {n:,} [[held-out]] ones. The [[encoder]] stays as it is."
        ).format(train=len(found.train), n=len(found.held_out))
    )
    if not st.session_state.get("compare.probing"):
        st.button(
            _("Train the probes"),
            key="compare.probe",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_begin_probing,
            help=_("A few seconds per run, once."),
        )
        return
    sizes = sorted({sight.recipe.hyperparameters.pca_dim for sight in sights.values()})
    bars, references = {}, {}
    with st.spinner(_("Training the probes …")):
        for name, sight in sights.items():
            bars[name] = evaluation.probed(sight)
        for size in sizes:
            share = evaluation.probed_reference(at_hand, size)
            references[_("PCA, {size} numbers").format(size=size)] = share
        pixels = evaluation.probed_reference(at_hand)
        references[_("all {count} pixels").format(count=found.held_out.shape[1])] = pixels
    _explain_missing([name for name, share in bars.items() if share is None])
    _draw_bars(
        {name: share for name, share in bars.items() if share is not None}, references, found
    )


def _begin_probing() -> None:
    st.session_state["compare.probing"] = True


def _draw_bars(
    bars: Mapping[str, float], references: Mapping[str, float], found: datasets.Data
) -> None:
    every = {**bars, **references}
    chance = np.bincount(found.held_out_labels).max() / len(found.held_out_labels)
    live_plots(
        [comparison_charts.accuracy_bars(list(every), list(every.values()), len(bars), chance)],
        key="compare.probe.bars",
        titles=[_("Classes told from the code")],
        alts=["; ".join(f"{name}: {share:.1%}" for name, share in every.items())],
        height=80 + 36 * len(every),
    )
    deviation = np.sqrt(0.25 / len(found.held_out_labels))
    st.caption(
        _(
            "With {n:,} images, differences below {points:.0f} points may be chance. Dotted: "
            "always naming the commonest class."
        ).format(n=len(found.held_out_labels), points=np.ceil(200 * deviation))
    )

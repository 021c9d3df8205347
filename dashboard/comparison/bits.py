"""What runs lose when their codes are rounded to so many bits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import streamlit as st

from dashboard.comparison import evaluation
from dashboard.comparison.evaluation import Files, RatedRun, Reference, RunViews
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import live_plots
from dashboard.figures import distortion_charts
from dashboard.figures.comparison_charts import Series
from dashboard.figures.style import Figure
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from dashboard.views import reconstructions
from models.data.images import as_grey
from models.evaluation.rate_distortion import Curve

BUDGET = 400.0
"""Bits per example at which a winner is named."""

BYTES = (10, 20, 30, 50, 75, 100, 150, 200, 300, 500)


def draw_bits(run_views: RunViews) -> None:
    """Error against bits for all runs, PCA, JPEG and PNG; then the images at equal bytes."""
    at_hand = evaluation.reference(next(iter(run_views.values())).recipe)
    with st.spinner(_("Rounding codes, and measuring what is lost …")):
        every = {name: evaluation.rate(run_view) for name, run_view in run_views.items()}
        by_pca = evaluation.pca_curve(at_hand)
        files = evaluation.files(at_hand) if at_hand.data.dataset.kind == "images" else None
    explain_missing([name for name, one in every.items() if one is None])
    curves = {name: one for name, one in every.items() if one}
    if sentence := name_winner(curves, by_pca):
        st.markdown(sentence)
    live_plots(
        [_bits_figure(curves, by_pca, files)],
        key="compare.bits",
        titles=[_("What is lost, against what is kept")],
        alts=[_bits_alt(curves)],
        height=480,
    )
    st.caption(_bits_caption(at_hand, files))
    if files:
        _draw_equal_bytes(run_views, curves, by_pca, files, at_hand)


def name_winner(curves: Mapping[str, RatedRun], by_pca: Curve, bits: float = BUDGET) -> str:
    """Who loses least with at most so many bits per example, in a sentence; "" where nobody needs
    so few."""

    def least(curve: Curve) -> float:
        place = curve.within(bits)
        return math.inf if place is None else float(curve.errors[place])

    errors = {name: least(one.curve) for name, one in curves.items()} | {"PCA": least(by_pca)}
    winner = min(errors, key=lambda name: errors[name])
    if not math.isfinite(errors[winner]):
        return ""
    text = _(
        "With at most {bits:.0f} bits, **{name}** loses least: a mean squared error of {error:.4f}."
    )
    found = text.format(bits=bits, name=in_markdown(winner), error=errors[winner])
    if winner != "PCA" and math.isfinite(errors["PCA"]):
        found += " " + _("PCA at its best: {error:.4f}.").format(error=errors["PCA"])
    return found


def _bits_figure(curves: Mapping[str, RatedRun], by_pca: Curve, files: Files | None) -> Figure:
    runs = [
        _series(name, one.curve, _("{0} bits per number"), _("its symbols"))
        for name, one in curves.items()
    ]
    references = [_series(_("PCA, at its best"), by_pca, _("{0} components, in steps of {1:.2g}"))]
    if not files:
        return distortion_charts.distortion_curves(runs, references)
    quality = _("quality {0}")
    references.append(_series(_("JPEG, all in one file"), files.jpeg, quality))
    references.append(_series(_("JPEG, a file each"), files.jpeg_each, quality))
    lossless = [(_("PNG, all in one file"), files.png), (_("PNG, a file each"), files.png_each)]
    return distortion_charts.distortion_curves(runs, references, lossless)


def _series(name: str, curve: Curve, text: str, without: str = "") -> Series:
    """A curve for the figure, with the text of each setting, or the one where there is none."""
    texts = [text.format(*setting) if setting else without for setting in curve.settings]
    return Series(name, curve.bits, curve.errors, texts)


def explain_missing(names: Sequence[str]) -> None:
    """Says which runs are not shown, and why; nothing if all are."""
    if names:
        st.info(
            _(
                "Not shown: {names}. The stored network gives no finite numbers here, or cannot be "
                "evaluated outside of a training process."
            ).format(names=", ".join(names))
        )


def _bits_alt(curves: Mapping[str, RatedRun]) -> str:
    part = _("{name}: error {error:.4f} with {bits:.0f} bits")
    parts = [
        part.format(name=name, error=one.error, bits=one.bits)
        for name, one in curves.items()
        if one.bits is not None
    ]
    text = _("Mean squared error against bits per example, both axes logarithmic. {runs}")
    return text.format(runs="; ".join(parts))


def _bits_caption(at_hand: Reference, files: Files | None) -> str:
    text = _(
        "{n} held-out examples, shown as they are; each number of a code rounded to 1 to 8 bits. "
        "Bits are what arithmetic coding needs with frequencies learned from {train:,} training "
        "examples; weights and frequencies, which belong to the decoder, do not count, but a class "
        "that a network is told does. PCA has the number of components, and the step that all of "
        "them are rounded with, that suit each budget; its grey values beyond black and white are "
        "cut off."
    ).format(n=len(at_hand.held_out), train=len(at_hand.train))
    if files:
        text += " " + _(
            "A file of 28 x 28 pixels is mostly header, which says the same every time; all images "
            "in one picture share it, and that is the fair comparison. PNG loses nothing, and zero "
            "has no place on this axis: a vertical line marks its bits."
        )
    return text


def _draw_equal_bytes(
    run_views: RunViews,
    curves: Mapping[str, RatedRun],
    by_pca: Curve,
    files: Files,
    at_hand: Reference,
) -> None:
    """What each way of storing makes of the same images with a budget of bytes."""
    st.subheader(_("The same images for the same bytes"))
    label = _("Bytes per image, at most")
    budget = st.select_slider(label, BYTES, 50, key="compare.bytes", width=420)
    which = reconstructions.one_of_each(at_hand.data.held_out_labels[: len(at_hand.held_out)])
    ways: list[tuple[str, Curve, Callable[[int], np.ndarray]]] = [
        (name, one.curve, partial(evaluation.rounded_outputs, run_views[name], one, which))
        for name, one in curves.items()
    ]
    ways.append(("PCA", by_pca, lambda point: evaluation.pca_images(at_hand, point)[which]))
    ways.append(("JPEG", files.jpeg, lambda point: evaluation.jpeg_images(at_hand, point)[which]))
    rows, too_dear = [(_("original"), at_hand.held_out[which])], []
    for name, curve, rebuild in ways:
        point = curve.within(8 * budget)
        if point is None:
            too_dear.append(_whole_bytes(name, curve.bits.min()))
        else:
            rows.append((_whole_bytes(name, curve.bits[point]), rebuild(point)))
    _draw_rows(rows, at_hand)
    lossless = [("PNG", files.png), (_("pixels"), 8 * at_hand.held_out[0].size)]
    texts = ", ".join(_whole_bytes(name, bits) for name, bits in lossless)
    caption = _("Without any loss: {texts}.").format(texts=texts)
    if too_dear:
        caption += " " + _("At least: {texts}.").format(texts=", ".join(too_dear))
    st.caption(caption)


def _draw_rows(rows: Sequence[tuple[str, np.ndarray]], at_hand: Reference) -> None:
    shape, names = at_hand.data.dataset.shape, ", ".join(label for label, _pixels in rows[1:])
    image_rows(
        [(label, as_grey(pixels).reshape(-1, *shape)) for label, pixels in rows],
        key="compare.equal",
        alt=_("{n} images, and below them what {names} make of each").format(
            n=len(rows[0][1]), names=names
        ),
    )


def _whole_bytes(name: str, bits: float) -> str:
    return _("{name}: {bytes:.0f} bytes").format(name=name, bytes=np.ceil(bits / 8))

"""How much of an image's class can be read off the codes of runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from dashboard.comparison import evaluation
from dashboard.comparison.bits import explain_missing
from dashboard.comparison.evaluation import RunViews
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.figures import comparison_charts
from dashboard.text.i18n import _, _n
from models.data import datasets


def draw_probe(run_views: RunViews) -> None:
    """How well a linear classifier tells the class from the code."""
    at_hand = evaluation.reference(next(iter(run_views.values())).recipe)
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
            on_click=st.session_state.update,
            args=({"compare.probing": True},),
            help=_("A few seconds per run, once."),
        )
        return
    sizes = sorted({run_view.recipe.hyperparameters.pca_dim for run_view in run_views.values()})
    with st.spinner(_("Training the probes …")):
        bars = {name: evaluation.probe(run_view) for name, run_view in run_views.items()}
        references = {
            _n("PCA, {size} number", "PCA, {size} numbers", size).format(
                size=size
            ): evaluation.probe_reference(at_hand, size)
            for size in sizes
        }
        pixels = _("all {count} pixels").format(count=found.held_out.shape[1])
        references[pixels] = evaluation.probe_reference(at_hand)
    explain_missing([name for name, share in bars.items() if share is None])
    _draw_bars({name: one for name, one in bars.items() if one is not None}, references, found)


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

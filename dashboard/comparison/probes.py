"""How much of an image's class can be read off the codes of runs."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.comparison import evaluation
from dashboard.comparison.bits import explain_missing
from dashboard.comparison.evaluation import RunViews
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.figures import comparison_charts
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _, _n
from models.data import datasets
from models.evaluation import mcnemar


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
    explain_missing([name for name, right in bars.items() if right is None])
    _draw_bars({name: one for name, one in bars.items() if one is not None}, references, found)


def _draw_bars(
    bars: Mapping[str, np.ndarray], references: Mapping[str, np.ndarray], found: datasets.Data
) -> None:
    every = {**bars, **references}
    accuracies = [float(right.mean()) for right in every.values()]
    size = len(found.held_out_labels)
    errors = [math.sqrt(share * (1 - share) / size) for share in accuracies]
    chance = np.bincount(found.held_out_labels).max() / size
    figure = comparison_charts.accuracy_bars(list(every), accuracies, errors, len(bars), chance)
    shares = zip(every, accuracies, strict=True)
    live_plots(
        [figure],
        key="compare.probe.bars",
        titles=[_("Classes told from the code")],
        alts=["; ".join(f"{name}: {share:.1%}" for name, share in shares)],
        height=80 + 36 * len(every),
    )
    st.caption(
        _(
            "±: one standard error, for other images than these {n:,}. Dotted: always naming the "
            "commonest class."
        ).format(n=size)
    )
    _draw_disagreements(every)


def _draw_disagreements(every: Mapping[str, np.ndarray]) -> None:
    """Whether the best one is more than luckily better than each of the others."""
    best = max(every, key=lambda name: every[name].mean())
    others = [name for name in every if name != best]
    found = [mcnemar.compare(every[best], every[name]) for name in others]
    st.markdown(_("Against **{best}**:").format(best=in_markdown(best)))
    table = {
        _("compared with"): others,
        _("only the best is right"): [one.only_first for one in found],
        _("only this one is right"): [one.only_second for one in found],
        _("by luck"): [f"{min(1.0, len(others) * one.p_value):.2g}" for one in found],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True)
    st.caption(
        _(
            "All see the same images, so only those count on which two disagree. “By luck” is how "
            "often equals would disagree as unevenly (McNemar's test), times the number of "
            "comparisons: below 0.05 the difference is taken for real. Another seed of the "
            "training has luck of its own."
        )
    )

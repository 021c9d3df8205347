"""Several runs as a table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.comparison import evaluation
from dashboard.comparison.evaluation import RatedRun, RunViews
from dashboard.components.glossary import glossary
from dashboard.runs.run_view import RunView
from dashboard.session import own_data
from dashboard.text.i18n import _
from models.data import datasets


def table(run_views: RunViews, curves: Mapping[str, RatedRun | None]) -> pd.DataFrame:
    """One row per run: what its result says, and what its code costs."""
    return pd.DataFrame([_row(name, run_views[name], curves.get(name)) for name in run_views])


def _row(name: str, run_view: RunView, one: RatedRun | None) -> dict[str, Any]:
    h, result = run_view.recipe.hyperparameters, run_view.result or {}
    last = result or (run_view.events[-1] if run_view.events else {})
    return {
        _("Run"): name,
        _("Held-out error"): (last.get("held_out") or {}).get("reconstruction_mse"),
        _("Baseline"): (result.get("pca") or {}).get("held_out"),
        _("Training error"): (last.get("train") or {}).get("reconstruction_mse"),
        _("Bits, rounded"): one.bits if one else None,
        _("Bits, stored"): h.stored_bits,
        _("Code size"): h.latent_dim,
        _("Parameters"): h.num_parameters,
        _("Epochs"): int(run_view.epoch),
        _("Seconds"): last.get("seconds"),
        _("Examples per second"): result.get("images_per_second"),
        _("Measured on"): evaluation.group_of(run_view.recipe),
        _("Device"): result.get("device"),
        _("State"): run_view.state,
        _("Run id"): run_view.run.id,
    }


def as_csv(rows: pd.DataFrame) -> bytes:
    """The table for a spreadsheet: commas, points in numbers, every digit."""
    file = io.StringIO()
    rows.to_csv(file, index=False)
    return file.getvalue().encode("utf-8-sig")  # the mark tells Excel how letters are written


def draw_table(run_views: RunViews) -> None:
    """Figures of all chosen runs, to sort and to download."""
    curves = {}
    with st.spinner(_("Rounding codes, and measuring what is lost …")):
        for name, run_view in run_views.items():
            with suppress(datasets.DataError):  # a gap in one column; all else is in the results
                curves[name] = evaluation.rate(run_view)
    rows, recipes = table(run_views, curves), [one.recipe for one in run_views.values()]
    st.dataframe(rows, hide_index=True, column_config=_formats(rows), key="compare.table")
    st.download_button(
        _("Download as CSV"),
        own_data.while_seen(recipes, lambda: as_csv(rows)),
        "autoencoder-lab-comparison.csv",
        "text/csv",
        key="compare.csv",
        icon=":material/download:",
        on_click="ignore",
    )
    glossary.prose(
        _(
            "[[held-out|Held-out]] and training error, mean squared and per number, are what the "
            "training itself recorded last: of noisy images if the network was shown noise, and of "
            "sampled codes if it samples them. The baseline is what a run's own page compares "
            "it with: PCA with as many numbers as the code, unless the page says otherwise. “Bits, "
            "stored” are 32 per number, or those of the symbols; “bits, rounded” are the fewest "
            "with which the error on held-out examples rises by at most 5 %."
        )
    )


def _formats(rows: pd.DataFrame) -> dict[str, Any]:
    errors = (_("Held-out error"), _("Training error"), _("Baseline"))
    whole = (_("Bits, stored"), _("Bits, rounded"), _("Parameters"))
    number = st.column_config.NumberColumn
    return (
        {name: number(format="%.5f") for name in errors}
        | {name: number(format="localized", step=1) for name in whole}
        | {_("Run"): st.column_config.TextColumn(pinned=True)}
    )

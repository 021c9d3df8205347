"""What is shown on demand: all epochs as a table, the architecture."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components.plots.plots import live_plots
from dashboard.controls.choices import Choices
from dashboard.controls.drawer import drawer
from dashboard.figures import architecture_diagrams
from dashboard.runs.run_view import view_asked
from dashboard.text.i18n import _
from models.runs.recipe import Recipe


def draw_record(chosen: Choices) -> None:
    """All recorded epochs as a table, which can be searched, sorted and downloaded."""
    title = _("All epochs as a table")
    with drawer(title, f"{chosen.page}.record", ":material/table_rows:") as is_open:
        if not is_open:
            return
        run_view = view_asked(chosen.recipe)
        if run_view.active:
            st.markdown(_("The table is made when the training has ended."))
        elif run_view.events:
            st.dataframe(pd.json_normalize(run_view.events, sep=" "), hide_index=True)
        else:
            st.markdown(_("Nothing is recorded before the first training."))


def draw_architecture(recipe: Recipe) -> None:
    """The network that the settings describe."""
    h = recipe.hyperparameters
    sizes = " – ".join(architecture_diagrams.shape_text(shape) for shape in h.layer_shapes)
    figure = architecture_diagrams.architecture_diagram(
        h.layer_shapes, h.layer_activations, h.code_index, h.num_parameters
    )
    live_plots(
        [figure],
        key=f"{recipe.type.name}.architecture",
        alts=[
            _("Network with layers of {sizes} units and {count} parameters").format(
                sizes=sizes, count=f"{h.num_parameters:,}"
            )
        ],
        height=260,
        run_id=recipe.run_id(),
    )

"""Downloads of a run: its network for Keras, and a script and a notebook that train it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.components.glossary.glossary import prose
from dashboard.controls.choices import Choices
from dashboard.controls.drawer import drawer
from dashboard.runs.run_view import RunView, view_asked
from dashboard.session import own_data, render_slots
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from models.export import keras_file, scripts


def draw(chosen: Choices) -> None:
    """Draws the downloads of the page's run, or why there are none."""
    title = _("Take it home: the network, and a script that trains it again")
    with drawer(title, f"{chosen.page}.home", ":material/download:") as is_open:
        if not is_open:
            return
        run_view = view_asked(chosen.recipe)
        if run_view.active or run_view.result is None:
            st.markdown(_("When the training has ended, its files can be downloaded here."))
            return
        result = run_view.result
        problem = scripts.obstacle(run_view.recipe, result)
        if problem:
            st.markdown(in_markdown(problem))
            return
        prose(
            _(
                "For your own computer with Python and TensorFlow; nothing of this lab is needed "
                "there. The **network** opens with `keras.models.load_model`; its layers "
                '"encoder" and "decoder" are the two halves. The **script**, and the [[notebook]] '
                "with the same steps, write the model out in plain Keras, draw the same random "
                "numbers, train, and print their [[loss|losses]] beside this run's. Read them, run "
                "them, then change them."
            )
        )
        if run_view.recipe.hyperparameters.num_classes:
            prose(
                _(
                    "The network and its halves are given a list: the numbers, and the class of "
                    "each image, as `model([images, labels])`."
                )
            )
        _draw_files(run_view, result)


def _draw_files(run_view: RunView, result: Mapping[str, Any]) -> None:
    about = run_view.recipe, result
    problem = scripts.script_obstacle(*about)
    with st.container(horizontal=True):
        _draw_network(run_view)
        if not problem:
            _draw_download(run_view, _("Script"), "py", lambda: scripts.write_script(*about))
            _draw_download(run_view, _("Notebook"), "ipynb", lambda: scripts.write_notebook(*about))
    if problem:
        st.caption(in_markdown(problem))


def _draw_network(run_view: RunView) -> None:
    """The network's file; the first time, a button that has it made, which takes seconds."""
    name = run_view.recipe.type.name
    if not keras_file.is_fresh(run_view.run):
        wanted = st.button(
            _("Prepare the network"), key=f"{name}.home.prepare", icon=":material/neurology:"
        )
        if not wanted:
            return
        try:
            with st.spinner(_("Saving the network; this takes some seconds …")):
                render_slots.give_up()
                keras_file.prepare(run_view.run)
        except keras_file.ExportError as error:
            st.error(in_markdown(error), icon=":material/error:")
            return
    _draw_download(run_view, _("Network"), "keras", keras_file.file_of(run_view.run).read_bytes)


def _draw_download(
    run_view: RunView, label: str, ending: str, content: Callable[[], str | bytes]
) -> None:
    st.download_button(
        f"{label} (.{ending})",
        own_data.while_seen([run_view.recipe], content),
        f"{run_view.run.id}.{ending}",
        key=f"{run_view.recipe.type.name}.home.{ending}",
        icon=":material/download:",
        on_click="ignore",
    )

"""All settings of a lesson, in the sidebar."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.components.shared import assets
from dashboard.controls import upload_panel
from dashboard.controls.choices import Choices, address_parameters, go_to, set_hyperparameters, undo
from dashboard.controls.widgets import apply_limits, choose_dataset, draw_own_widget, has_effect
from dashboard.text.foreign import first_messages
from dashboard.text.i18n import _
from models.autoencoders.base.training_hyperparameters import DatasetChoice
from models.hyperparameters.declaration import GROUPS, Hyperparameter


def draw(chosen: Choices) -> None:
    """Draws presets, one widget per hyperparameter, undo, reset and the link to this page.

    The recipe in `chosen` is what the widgets say afterwards.
    """
    _draw_presets(chosen)
    before, hidden = chosen.recipe.hyperparameters, assignment.current().hidden
    fields, problems = before.fields(), []
    texts = {name: before.as_text()[name] for name in hidden if name in fields}
    for group in GROUPS:
        members = [one for one in fields.values() if one.group == group and one.name not in texts]
        if members:
            st.markdown(f"**{_(group)}**")
        for hyperparameter in members:
            texts[hyperparameter.name], wrong = _draw_hyperparameter(chosen, hyperparameter, texts)
            problems += wrong
    after, clashes = before.parse_leniently(texts)
    for message in first_messages(problems + clashes):
        st.error(message, icon=":material/error:")
    set_hyperparameters(chosen, after)
    _draw_actions(chosen)
    _draw_link(chosen)


def _draw_hyperparameter(
    chosen: Choices, hyperparameter: Hyperparameter, texts: Mapping[str, str]
) -> tuple[str, list[str]]:
    """Its widget, after those whose `texts` limit it; returns its value as text, and what is
    wrong with it."""
    if not has_effect(hyperparameter, texts):
        return chosen.recipe.hyperparameters.as_text()[hyperparameter.name], []
    is_locked = hyperparameter.name in assignment.current().locked
    text, wrong = draw_own_widget(chosen, apply_limits(hyperparameter, texts), is_locked)
    if isinstance(hyperparameter.kind, DatasetChoice) and not is_locked:
        use = partial(choose_dataset, chosen)
        upload_panel.draw(hyperparameter.kind, chosen.page, text, use)
    return text, wrong


def _draw_presets(chosen: Choices) -> None:
    type = chosen.recipe.type
    with st.container(horizontal=True):
        for name, label in type.presets.items():
            preset = chosen.preset(name)
            st.button(
                _(label),
                key=f"{chosen.page}.preset.{name}",
                on_click=go_to,
                args=(chosen, preset),
                disabled=chosen.recipe == preset,
                help=_("Sets all settings below."),
            )


def _draw_actions(chosen: Choices) -> None:
    with st.container(horizontal=True):
        st.button(
            _("Undo"),
            key=f"{chosen.page}.undo",
            icon=":material/undo:",
            on_click=undo,
            args=(chosen,),
            disabled=not chosen.past,
            help=_("Takes back the last change of a setting."),
        )
        st.button(
            _("Reset"),
            key=f"{chosen.page}.reset",
            icon=":material/restart_alt:",
            on_click=go_to,
            args=(chosen, chosen.preset("ours")),
            help=_("All settings back to the preset “Ours”."),
        )


def _draw_link(chosen: Choices) -> None:
    _copy_link(
        key=f"{chosen.page}.copy",
        data={
            "query": urlencode(address_parameters(chosen, complete=True)),
            "label": _("Copy link to this run"),
            "copied": _("Copied"),
            "byHand": _("Address of this run, press Ctrl+C to copy it"),
        },
    )


_copy_link = st.components.v2.component(
    "copy_link",
    html='<button type="button"></button><output></output>',
    css=assets.read("copy_link/copy_link.css"),
    js=assets.bundle("copy_link/copy_link.js"),
)

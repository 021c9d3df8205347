"""The settings of a lesson: a few that matter most, and a drawer with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from dashboard.catalogue import assignment, lessons
from dashboard.controls import upload_panel, widgets
from dashboard.controls.choices import Choices, go_to, set_hyperparameters, undo
from dashboard.controls.drawer import drawer
from dashboard.controls.widgets import apply_limits, choose_dataset, draw_own_widget, has_effect
from dashboard.text.foreign import first_messages, in_markdown
from dashboard.text.i18n import _, mark
from models.autoencoders.base.training_hyperparameters import DatasetChoice
from models.hyperparameters.declaration import GROUPS, Hyperparameter

PRESET_HELP = {
    "ours": mark("Sets all settings as this lab recommends them: they learn well in little time."),
    "article": mark("Sets all settings as in the article that this lab starts from."),
}
FIRST = ("hidden_sizes", "latent_dim", "learning_rate", "epochs")
"""Settings that matter on every page; a lesson's own stand before them."""


def draw(chosen: Choices) -> None:
    """Draws presets, undo, and one widget per hyperparameter, most of them in a drawer.

    The recipe in `chosen` is what the widgets say afterwards.
    """
    presets = st.container(key="presets", horizontal=True, gap="small")
    before, hidden = chosen.recipe.hyperparameters, assignment.current().hidden
    fields = {name: one for name, one in before.fields().items() if name not in hidden}
    texts, problems = before.as_text(), []
    focus = lessons.by_name(chosen.page).focus
    first = [fields.pop(name) for name in dict.fromkeys([*focus, *FIRST]) if name in fields]
    with st.container(key="main_settings"):
        for hyperparameter in first:
            texts[hyperparameter.name], wrong = _draw_hyperparameter(chosen, hyperparameter, texts)
            problems += wrong
    changed = st.container()
    with drawer(_("More settings"), f"{chosen.page}.more", ":material/tune:") as is_open:
        for group in GROUPS if is_open else ():
            members = [one for one in fields.values() if one.group == group]
            if members:
                st.markdown(f"**{_(group)}**")
            for hyperparameter in members:
                found = _draw_hyperparameter(chosen, hyperparameter, texts)
                texts[hyperparameter.name], wrong = found
                problems += wrong
    after, clashes = before.parse_leniently(texts)
    for message in first_messages(problems + clashes):
        st.error(message, icon=":material/error:")
    set_hyperparameters(chosen, after)
    with presets:
        _draw_presets(chosen)
    with changed:
        _note_changed(chosen, fields)


def _draw_hyperparameter(
    chosen: Choices, hyperparameter: Hyperparameter, texts: Mapping[str, str]
) -> tuple[str, list[str]]:
    """Its widget, within what the other settings' `texts` leave; returns its value as text, and
    what is wrong with it."""
    if not has_effect(hyperparameter, texts):
        return chosen.recipe.hyperparameters.as_text()[hyperparameter.name], []
    is_locked = hyperparameter.name in assignment.current().locked
    text, wrong = draw_own_widget(chosen, apply_limits(hyperparameter, texts), is_locked)
    if isinstance(hyperparameter.kind, DatasetChoice) and not is_locked:
        use = partial(choose_dataset, chosen)
        upload_panel.draw(hyperparameter.kind, chosen.page, text, use)
    return text, wrong


def _note_changed(chosen: Choices, fields: Mapping[str, Hyperparameter]) -> None:
    """Says which of these settings, which are out of sight, are not the recommended ones."""
    h = chosen.recipe.hyperparameters
    changed = [
        name for name in h.difference(chosen.preset("ours").hyperparameters) if name in fields
    ]
    if changed:
        text = _("Changed below: {settings}.")
        st.caption(text.format(settings=in_markdown(widgets.describe_as_shown(h, changed))))


def _draw_presets(chosen: Choices) -> None:
    type = chosen.recipe.type
    for name, label in type.presets.items():
        preset = chosen.preset(name)
        st.button(
            _(label),
            key=f"{chosen.page}.preset.{name}",
            on_click=go_to,
            args=(chosen, preset),
            disabled=chosen.recipe == preset,
            help=_(PRESET_HELP[name]),
        )
    st.button(
        "",
        key=f"{chosen.page}.undo",
        icon=":material/undo:",
        on_click=undo,
        args=(chosen,),
        disabled=not chosen.past,
        help=_("Undo: takes back the last change of a setting."),
    )

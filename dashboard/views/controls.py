"""Widgets of several views: one of a few things, units to leaf through, other draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import streamlit as st

from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _

UNITS_PER_PAGE = 24

Option = TypeVar("Option")


def choose(
    label: str, options: Mapping[Option, str], key: str, default: Option | None = None, **more: Any
) -> Option:
    """Lets the visitor choose one of the options, given with their names; `more` is as for
    `st.segmented_control`. At first it is the first one, or the default."""
    return st.segmented_control(
        label,
        list(options),
        default=next(iter(options)) if default is None else default,
        format_func=options.__getitem__,
        required=True,
        key=key,
        **more,
    )


def choose_units(run_view: RunView, num_units: int) -> range:
    """Lets the visitor leaf through units; returns those to show."""
    first = 0
    if num_units > UNITS_PER_PAGE:
        key = f"{run_view.recipe.type.name}.unit.{num_units}"
        last = (num_units - 1) // UNITS_PER_PAGE * UNITS_PER_PAGE + 1
        first = st.slider(_("From number"), 1, last, 1, UNITS_PER_PAGE, key=key) - 1
    return range(first, min(first + UNITS_PER_PAGE, num_units))


def draw_seed_button(
    label: str, key: str, seed: str, icon: str = ":material/casino:", **more: Any
) -> int:
    """A button that draws others; returns how often it was pressed.

    Args:
        label: What it says.
        key: Names it on the page.
        seed: Where the session's state counts.
        icon: A Material symbol.
        more: As for `st.button`.
    """
    st.button(label, key=key, icon=icon, on_click=_count_up, args=(seed,), **more)
    return st.session_state.get(seed, 0)


def _count_up(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, 0) + 1

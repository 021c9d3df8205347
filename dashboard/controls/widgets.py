"""One widget for each hyperparameter."""

from __future__ import annotations

import bisect
import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, Unpack

import streamlit as st

from dashboard.controls import upload_panel
from dashboard.controls.choices import Choices, go_to
from dashboard.text.i18n import _
from models.autoencoders.base.training_hyperparameters import DatasetChoice
from models.data import datasets
from models.hyperparameters.declaration import Hyperparameter, HyperparameterError, Hyperparameters
from models.hyperparameters.kinds import Choice, Classes, Integer, Real, Sizes
from models.runs.recipe import Recipe


def format_value(hyperparameter: Hyperparameter, text: str) -> str:
    """A value, given as text, as its widget shows it."""
    if not isinstance(hyperparameter.kind, Choice):
        return text
    label = hyperparameter.kind.label(text)
    return _(label)


def describe(h: Hyperparameters, values: Mapping[str, object]) -> str:
    """Settings by their labels and their values, in one line."""
    fields = h.fields()
    return ", ".join(f"{_(fields[name].label).lower()} {one}" for name, one in values.items())


def describe_as_shown(h: Hyperparameters, names: Iterable[str]) -> str:
    """The same with the values that these settings have, as their widgets show them."""
    fields, texts = h.fields(), h.as_text()
    return describe(h, {name: format_value(fields[name], texts[name]) for name in names})


def apply_limits(hyperparameter: Hyperparameter, texts: Mapping[str, str]) -> Hyperparameter:
    """The setting with the limits that the choices above it leave."""
    if hyperparameter.name not in ("num_train", "latent_dim", "excluded_classes"):
        return hyperparameter
    dataset, kind = datasets.by_name(texts["dataset"]), hyperparameter.kind
    if hyperparameter.name == "excluded_classes":
        return dataclasses.replace(
            hyperparameter, kind=Classes(dataset.num_labels, dataset.label_names)
        )
    most = dataset.max_train if hyperparameter.name == "num_train" else math.prod(dataset.shape)
    if isinstance(kind, Integer):
        kind = dataclasses.replace(kind, maximum=min(kind.maximum, most))
    return dataclasses.replace(hyperparameter, kind=kind)


def has_effect(hyperparameter: Hyperparameter, texts: Mapping[str, str]) -> bool:
    """Whether changing the setting changes anything, after the choices above it."""
    return hyperparameter.name != "noise" or not datasets.by_name(texts["dataset"]).is_own


def choose_dataset(chosen: Choices, name: str) -> None:
    """Chooses a data set, and what the other settings can still be with it.

    Raises:
        HyperparameterError: If this page's autoencoder cannot use it.
    """
    h = chosen.recipe.hyperparameters
    texts = {**h.as_text(), "dataset": name}
    fields = [apply_limits(hyperparameter, texts) for hyperparameter in h.fields().values()]
    fitting = {
        hyperparameter.name: _clamp(hyperparameter, getattr(h, hyperparameter.name))
        for hyperparameter in fields
    }
    go_to(chosen, Recipe(chosen.recipe.type, h.replace(**{**fitting, "dataset": name})))


def draw_own_widget(
    chosen: Choices, hyperparameter: Hyperparameter, is_locked: bool
) -> tuple[str, list[str]]:
    """Draws one widget; returns its value as text, and what was wrong with it."""
    stored = _clamp(hyperparameter, getattr(chosen.recipe.hyperparameters, hyperparameter.name))
    if isinstance(hyperparameter.kind, DatasetChoice):
        hyperparameter = dataclasses.replace(
            hyperparameter, kind=upload_panel.offer_sets(hyperparameter.kind, stored)
        )
    return draw_widget(
        hyperparameter, stored, f"{chosen.page}.{hyperparameter.name}.{chosen.version}", is_locked
    )


def _clamp(hyperparameter: Hyperparameter, value: Any) -> Any:
    """The value that is nearest to this one within the setting's limits."""
    if isinstance(hyperparameter.kind, Integer):
        return min(value, hyperparameter.kind.maximum)
    if isinstance(hyperparameter.kind, Classes):
        kept = tuple(number for number in value if number < hyperparameter.kind.count)
        return kept if len(kept) < hyperparameter.kind.count else ()
    return value


def draw_widget(
    hyperparameter: Hyperparameter, stored: Any, key: str, is_locked: bool = False
) -> tuple[str, list[str]]:
    """Draws the widget of a hyperparameter that has a value; returns what it says then, as text,
    and what was wrong with it."""
    help = _(hyperparameter.help)
    if is_locked:
        help = _("**Fixed by the link that opened this page.** {help}").format(help=help)
    value = _draw_widget(hyperparameter, stored, key=key, help=help, disabled=is_locked)
    try:
        checked = (
            hyperparameter.parse(value) if isinstance(value, str) else hyperparameter.check(value)
        )
        return hyperparameter.format(checked), []
    except HyperparameterError as error:
        return hyperparameter.format(stored), [str(error)]


class _Common(TypedDict):
    """What all widgets are given alike."""

    key: str
    help: str
    disabled: bool


def _draw_widget(hyperparameter: Hyperparameter, value: Any, **common: Unpack[_Common]) -> object:
    label, kind = _(hyperparameter.label), hyperparameter.kind
    if isinstance(kind, Integer):
        return _draw_integer(label, kind, value, **common)
    if isinstance(kind, Real):
        return _draw_real(label, kind, value, **common)
    if isinstance(kind, Choice):
        return _draw_choice(label, kind, value, **common)
    if isinstance(kind, Sizes):
        return st.text_input(label, kind.format(value), 60, placeholder="300-150", **common)
    return _draw_classes(label, kind, value, **common)


def _draw_integer(label: str, kind: Integer, value: int, **common: Unpack[_Common]) -> int:
    few = (kind.maximum - kind.minimum) / kind.step <= 50
    if few and kind.minimum % kind.step:
        round_numbers = range(kind.step, kind.maximum, kind.step)
        options = sorted({kind.minimum, *round_numbers, kind.maximum, value})
        return st.select_slider(label, options, value, **common)
    if few:
        return st.slider(label, kind.minimum, kind.maximum, value, kind.step, **common)
    return st.number_input(label, kind.minimum, kind.maximum, value, kind.step, **common)


def _draw_real(label: str, kind: Real, value: float, **common: Unpack[_Common]) -> float:
    if kind.logarithmic:
        options = _one_two_five(kind, value)
        return st.select_slider(label, options, value, "{:g}".format, **common)
    form = f"%.{max(0, -int(f'{kind.step:e}'.partition('e')[2]))}f"
    if (kind.maximum - kind.minimum) / kind.step <= 100:
        return st.slider(label, kind.minimum, kind.maximum, value, kind.step, form, **common)
    return st.number_input(label, kind.minimum, kind.maximum, value, kind.step, form, **common)


def _one_two_five(kind: Real, current: float) -> list[float]:
    """1, 2 and 5 times all powers of ten within the limits, and the current value."""
    ladder = [float(f"{digit}e{power}") for power in range(-9, 9) for digit in (1, 2, 5)]
    options = [value for value in ladder if kind.minimum <= value <= kind.maximum]
    if current not in options:
        bisect.insort(options, current)
    return options


def _draw_choice(label: str, kind: Choice, value: str, **common: Unpack[_Common]) -> str:
    options = kind.options
    index = list(options).index(value)
    return st.selectbox(label, list(options), index, lambda one: _(options[one]), **common)


def _draw_classes(
    label: str, kind: Classes, value: tuple[int, ...], **common: Unpack[_Common]
) -> list[int]:
    names = kind.names
    return st.multiselect(
        label,
        range(kind.count),
        value,
        format_func=lambda number: names[number] if names else str(number),
        placeholder=_("no class"),
        **common,
    )

"""From hyperparameters to widgets and web addresses, and back.

What a visitor has chosen on a page lives in the session as one `Choices`; widgets and address
are two views of it. The address is read before the first widget, so that every bad value in it
can be named instead of being dropped.
"""

from __future__ import annotations

import bisect
import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypedDict, Unpack
from urllib.parse import urlencode

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import Lesson
from dashboard.components.shared import assets
from dashboard.controls import upload_panel
from dashboard.text.i18n import _
from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.training_hyperparameters import DatasetChoice, TrainingHyperparameters
from models.data import datasets
from models.data.uploads import upload
from models.hyperparameters.declaration import GROUPS, HyperparameterError, Knob
from models.hyperparameters.kinds import Choice, Classes, Integer, Real, Sizes
from models.runs.recipe import Recipe

CONTINUED = "continued"
"""The address's parameter for earlier horizons, as in continued=1000-1500."""

BRANCHED = "branched"
"""The address's parameter for the runs that a branch comes from, see `Recipe.ancestry`."""

_HORIZONS = Sizes(20, 1, 1_000_000)
_MAX_UNDO = 50


@dataclass
class Choices:
    """What one visitor has chosen on one page.

    Attributes:
        recipe: The run that the page shows.
        page: The page's name, with which its widgets' keys begin: two pages may train one type.
        start: Hyperparameters, as text, on top of a preset: those that make the page's subject.
        given: Likewise, those that a teacher's link began with.
        version: Counts the times that something else than a widget changed the recipe. It is
            part of the widgets' keys: new widgets start from the new values.
        query: The address's parameters as last read or written here.
        messages: What was wrong with the address or with a widget's text.
        past: Recipes to go back to.
        seen: Recipes whose runs this visitor has looked at, the latest last.
    """

    recipe: Recipe
    page: str
    start: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    query: dict[str, str] | None = None
    messages: list[str] = field(default_factory=list)
    past: list[Recipe] = field(default_factory=list)
    seen: list[Recipe] = field(default_factory=list)

    @property
    def default(self) -> Recipe:
        """The page's first run, whatever a link says."""
        type = self.recipe.type
        return Recipe(type, type.preset("ours").parse(self.start))

    def preset(self, name: str) -> Recipe:
        """What a preset means on this page."""
        type = self.recipe.type
        return Recipe(type, type.preset(name).parse({**self.start, **self.given}))


def choices(lesson: Lesson) -> Choices:
    """The visitor's choices on the page of `lesson`, brought up to date with the address."""
    chosen = chosen_on(lesson)
    query = st.query_params.to_dict()
    if query and query != chosen.query:
        _read_address(chosen, query)
    return chosen


def chosen_on(lesson: Lesson) -> Choices:
    """The visitor's choices on the page of `lesson` as they were left, from any page."""
    name = f"choices.{lesson.name}"
    if name not in st.session_state:
        st.session_state[name] = Choices(lesson.recipe, lesson.name, lesson.start)
    _leave_what_is_gone(st.session_state[name])
    return st.session_state[name]


def _leave_what_is_gone(chosen: Choices) -> None:
    """Drops recipes on own data that have been erased since they were chosen."""
    for name in ("past", "seen"):
        kept = [recipe for recipe in getattr(chosen, name) if not _problem(recipe)]
        setattr(chosen, name, kept)
    if problem := _problem(chosen.recipe):
        _show(chosen, chosen.default)
        chosen.messages, chosen.past = [problem], []


def _problem(recipe: Recipe) -> str:
    if not upload.is_name(recipe.hyperparameters.dataset):
        return ""
    try:
        recipe.hyperparameters.replace()  # checks all values again
    except HyperparameterError as error:
        return str(error)
    return ""


def seen_of(type: AutoencoderType) -> list[Recipe]:
    """The recipes of that type whose runs this visitor has looked at, on whatever page."""
    pages = [one for one in st.session_state.values() if isinstance(one, Choices)]
    seen = [recipe for page in pages for recipe in page.seen if recipe.type == type]
    return list({recipe.run_id(): recipe for recipe in seen}.values())


def _read_address(chosen: Choices, query: dict[str, str]) -> None:
    texts, type = dict(query), chosen.recipe.type
    continued, branched = texts.pop(CONTINUED, ""), texts.pop(BRANCHED, "")
    assigned, _messages = assignment.parse(texts)  # assignment.draw shows them
    for name in assignment.PARAMETERS:
        texts.pop(name, None)
    hyperparameters, messages = chosen.default.hyperparameters.parse_leniently(texts)
    recipe = Recipe(type, hyperparameters)
    try:
        horizons = _HORIZONS.parse(continued)
        if branched:
            # Horizons count from where the branch begins, so it has to be known first.
            recipe = dataclasses.replace(recipe.with_ancestry(branched), earlier_horizons=horizons)
        else:
            recipe = Recipe(type, hyperparameters, horizons)
    except HyperparameterError as error:
        messages.append(str(error))
    except ValueError:
        messages.append(
            _(
                "{name} = {text} cannot be used: it must be epochs joined by hyphens, such as "
                "1000-1500."
            ).format(name=CONTINUED, text=continued[:60])
        )
    _show(chosen, recipe)
    if assigned != assignment.Assignment() and not chosen.given:
        chosen.given = hyperparameters.difference(chosen.default.hyperparameters)
    chosen.query, chosen.messages, chosen.past = query, messages, []


def adopt(chosen: Choices, recipe: Recipe) -> bool:
    """Makes `recipe` the page's, as a preset, an experiment or a button wants it; what a
    teacher's link fixes stays as it is.

    Returns:
        Whether that could be: if not, the page says why and shows what it showed before.
    """
    texts = chosen.recipe.hyperparameters.as_text()
    fixed = {name: texts[name] for name in assignment.current().fixed & set(texts)}
    try:
        hyperparameters = recipe.hyperparameters.parse(fixed)
    except HyperparameterError as error:
        chosen.messages = [str(error)]
        return False
    if hyperparameters != recipe.hyperparameters:
        recipe = Recipe(recipe.type, hyperparameters)
    _show(chosen, recipe)
    return True


def go_to(chosen: Choices, recipe: Recipe) -> None:
    """`adopt` as the answer to a click."""
    adopt(chosen, recipe)


def _show(chosen: Choices, recipe: Recipe) -> None:
    if recipe != chosen.recipe:
        chosen.past = [*chosen.past, chosen.recipe][-_MAX_UNDO:]
    chosen.recipe, chosen.messages = recipe, []
    chosen.version += 1


def undo(chosen: Choices) -> None:
    """Goes back to the choices before the last change."""
    if chosen.past:
        recipe = chosen.past[-1]
        past = chosen.past[:-1]
        adopt(chosen, recipe)
        chosen.past = past


# The address


def address_parameters(chosen: Choices, complete: bool = False) -> dict[str, str]:
    """The parameters that lead another visitor here.

    Args:
        complete: Also those that have their default value, for links that must outlive a
            change of the defaults.
    """
    recipe = chosen.recipe
    default = chosen.default.hyperparameters
    h = recipe.hyperparameters
    parameters = h.as_text() if complete else h.difference(default)
    if recipe.earlier_horizons:
        parameters[CONTINUED] = _HORIZONS.format(recipe.earlier_horizons)
    if recipe.origin:
        parameters[BRANCHED] = recipe.ancestry
    return parameters


def write_address(chosen: Choices) -> None:
    """Lets the browser's address bar show what is chosen."""
    parameters = address_parameters(chosen) | assignment.current().parameters()
    if parameters != st.query_params.to_dict():
        st.query_params.from_dict(parameters)
    chosen.query = parameters


# Widgets


def draw(chosen: Choices) -> None:
    """Draws presets, one widget per hyperparameter, undo, reset and the link to this page.

    The recipe in `chosen` is what the widgets say afterwards.
    """
    _draw_presets(chosen)
    problems = []
    before = chosen.recipe.hyperparameters
    knobs, assigned = before.knobs(), assignment.current()
    texts = {name: before.as_text()[name] for name in assigned.hidden if name in knobs}
    for group in GROUPS:
        members = [k for k in knobs.values() if k.group == group and k.name not in texts]
        if members:
            st.markdown(f"**{_(group)}**")
        for knob in members:
            if not _has_effect(knob, texts):
                texts[knob.name] = before.as_text()[knob.name]
                continue
            is_locked = knob.name in assigned.locked
            texts[knob.name], problem = _draw_knob(chosen, limited(knob, texts), is_locked)
            problems += problem
            if isinstance(knob.kind, DatasetChoice) and not is_locked:
                use = partial(choose_dataset, chosen)
                upload_panel.draw(knob.kind, chosen.page, texts[knob.name], use)
    after, clashes = before.parse_leniently(texts)
    for message in problems + clashes:
        st.error(message, icon=":material/error:")
    if after != before:
        chosen.messages = []
        chosen.past = [*chosen.past, chosen.recipe][-_MAX_UNDO:]
        chosen.recipe = _with(chosen.recipe, after)
    _draw_actions(chosen)


def _with(recipe: Recipe, hyperparameters: TrainingHyperparameters) -> Recipe:
    """The recipe with other hyperparameters; it continues its forebear only if just the number
    of epochs differs."""
    changed = set(hyperparameters.difference(recipe.hyperparameters))
    goes_on = changed <= {"epochs", "device"} and recipe.first_epoch
    if goes_on and hyperparameters.epochs > recipe.first_epoch:
        return dataclasses.replace(recipe, hyperparameters=hyperparameters)
    return Recipe(recipe.type, hyperparameters)


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
                help=_("Sets all knobs below."),
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
            help=_("Takes back the last change of a knob."),
        )
        st.button(
            _("Reset"),
            key=f"{chosen.page}.reset",
            icon=":material/restart_alt:",
            on_click=go_to,
            args=(chosen, chosen.preset("ours")),
            help=_("All knobs back to the preset “Ours”."),
        )
    _copy_link(
        key=f"{chosen.page}.copy",
        data={
            "query": urlencode(address_parameters(chosen, complete=True)),
            "label": _("Copy link to this run"),
            "copied": _("Copied"),
            "byHand": _("Address of this run, press Ctrl+C to copy it"),
        },
    )


def shown(knob: Knob, text: str) -> str:
    """A value, given as text, as its widget shows it."""
    if not isinstance(knob.kind, Choice):
        return text
    label = knob.kind.label(text)
    return _(label)


_copy_link = st.components.v2.component(
    "copy_link",
    html='<button type="button"></button><output></output>',
    css=assets.read("copy_link/copy_link.css"),
    js=assets.bundle("copy_link/copy_link.js"),
)


def limited(knob: Knob, texts: Mapping[str, str]) -> Knob:
    """The knob with the limits that the choices above it leave."""
    if knob.name not in ("num_train", "latent_dim", "left_out"):
        return knob
    dataset, kind = datasets.by_name(texts["dataset"]), knob.kind
    if knob.name == "left_out":
        return dataclasses.replace(knob, kind=Classes(dataset.num_labels, dataset.label_names))
    most = dataset.max_train if knob.name == "num_train" else math.prod(dataset.shape)
    if isinstance(kind, Integer):
        kind = dataclasses.replace(kind, maximum=min(kind.maximum, most))
    return dataclasses.replace(knob, kind=kind)


def _has_effect(knob: Knob, texts: Mapping[str, str]) -> bool:
    """Whether turning the knob changes anything, after the choices above it."""
    return knob.name != "noise" or not datasets.by_name(texts["dataset"]).is_own


def choose_dataset(chosen: Choices, name: str) -> None:
    """Chooses a data set, and what the other knobs can still be with it.

    Raises:
        HyperparameterError: If this page's autoencoder cannot use it.
    """
    h = chosen.recipe.hyperparameters
    texts = {**h.as_text(), "dataset": name}
    knobs = [limited(knob, texts) for knob in h.knobs().values()]
    fitting = {knob.name: _fitting(knob, getattr(h, knob.name)) for knob in knobs}
    adopt(chosen, Recipe(chosen.recipe.type, h.replace(**{**fitting, "dataset": name})))


def _draw_knob(chosen: Choices, knob: Knob, is_locked: bool) -> tuple[str, list[str]]:
    """Draws one widget; returns its value as text, and what was wrong with it."""
    stored = _fitting(knob, getattr(chosen.recipe.hyperparameters, knob.name))
    if isinstance(knob.kind, DatasetChoice):
        knob = dataclasses.replace(knob, kind=upload_panel.offered(knob.kind, stored))
    return draw_knob(knob, stored, f"{chosen.page}.{knob.name}.{chosen.version}", is_locked)


def _fitting(knob: Knob, value: Any) -> Any:
    """The value that is nearest to this one within the knob's limits."""
    if isinstance(knob.kind, Integer):
        return min(value, knob.kind.maximum)
    if isinstance(knob.kind, Classes):
        kept = tuple(number for number in value if number < knob.kind.count)
        return kept if len(kept) < knob.kind.count else ()
    return value


def draw_knob(knob: Knob, stored: Any, key: str, is_locked: bool = False) -> tuple[str, list[str]]:
    """Draws the widget of a hyperparameter that has a value; returns what it says then, as text,
    and what was wrong with it."""
    help = _(knob.help)
    if is_locked:
        help = _("**Fixed by the link that opened this page.** {help}").format(help=help)
    value = _draw_widget(knob, stored, key=key, help=help, disabled=is_locked)
    try:
        checked = knob.parse(value) if isinstance(value, str) else knob.check(value)
        return knob.format(checked), []
    except HyperparameterError as error:
        return knob.format(stored), [str(error)]


class _Common(TypedDict):
    """What all widgets are given alike."""

    key: str
    help: str
    disabled: bool


def _draw_widget(knob: Knob, value: Any, **common: Unpack[_Common]) -> object:
    label, kind = _(knob.label), knob.kind
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

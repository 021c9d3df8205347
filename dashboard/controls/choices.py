"""What a visitor has chosen on a lesson, and the address that says it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import LESSONS, Lesson
from dashboard.session import asked_runs, own_data
from dashboard.text.i18n import _
from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.data.uploads import upload
from models.hyperparameters.declaration import HyperparameterError
from models.hyperparameters.kinds import Sizes
from models.runs.recipe import MAX_CONTINUED, Recipe

CONTINUED = "continued"
"""The address's parameter for earlier horizons, as in continued=1000-1500."""

BRANCHED = "branched"
"""The address's parameter for the runs that a branch comes from, see `Recipe.ancestry`."""

_HORIZONS = Sizes(MAX_CONTINUED, 1, 1_000_000)
MAX_UNDO = 50


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
        cleared: Ids of the runs that the visitor has taken off the charts.
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
    cleared: set[str] = field(default_factory=set)

    @property
    def default(self) -> Recipe:
        """The page's first run, whatever a link says."""
        type = self.recipe.type
        return Recipe(type, type.preset("ours").parse(self.start))

    def preset(self, name: str) -> Recipe:
        """What a preset means on this page."""
        type = self.recipe.type
        return Recipe(type, type.preset(name).parse({**self.start, **self.given}))


_PAGES = "pages"
"""The pages that were drawn last and before."""


def load_choices(lesson: Lesson) -> Choices:
    """The visitor's choices on the page of `lesson`, brought up to date with the address."""
    chosen = find_choices(lesson)
    query = st.query_params.to_dict()
    if query and query != chosen.query:
        _read_address(chosen, query)
    elif not query and chosen.query and _has_stayed():
        # The browser's button Back has led to where the address said nothing.
        _show(chosen, chosen.default)
    return chosen


def note_page(path: str) -> None:
    """Notes which page is drawn: an address without parameters means one thing to whoever comes
    from another page, and another to whoever goes back on the same."""
    pages = st.session_state.get(_PAGES, ("", ""))
    st.session_state[_PAGES] = (pages[1], path)


def _has_stayed() -> bool:
    before, now = st.session_state.get(_PAGES, ("", ""))
    return bool(now) and before == now


def find_choices(lesson: Lesson) -> Choices:
    """The visitor's choices on the page of `lesson` as they were left, from any page."""
    key = _key(lesson)
    if key not in st.session_state:
        st.session_state[key] = Choices(lesson.recipe, lesson.name, lesson.start)
    _drop_lost_data(st.session_state[key])
    return st.session_state[key]


def _key(lesson: Lesson) -> str:
    return f"choices.{lesson.name}"


def _drop_lost_data(chosen: Choices) -> None:
    """Drops recipes on own data that have been erased, or are no longer shared, since they were
    chosen."""
    for name in ("past", "seen"):
        kept = [recipe for recipe in getattr(chosen, name) if not loss(recipe)]
        setattr(chosen, name, kept)
    if problem := loss(chosen.recipe):
        _show(chosen, chosen.default)
        chosen.messages, chosen.past = [problem], []


def loss(recipe: Recipe) -> str:
    """Why a recipe's own data are not there for this visitor (any more); "" if they are."""
    if not upload.is_name(recipe.hyperparameters.dataset):
        return ""
    if refused := own_data.refusal(recipe.hyperparameters.dataset):
        return refused
    try:
        recipe.hyperparameters.replace()  # checks all values again
    except HyperparameterError as error:
        return str(error)
    return ""


def list_seen(type: AutoencoderType) -> list[Recipe]:
    """The recipes of that type whose runs this visitor has looked at, on whatever page, and still
    may see."""
    # Not all values of the session: Streamlit raises an error for one that a browser has made up.
    keys = [_key(lesson) for lesson in LESSONS]
    pages = [st.session_state[key] for key in keys if key in st.session_state]
    seen = [recipe for page in pages for recipe in page.seen if recipe.type == type]
    return list({recipe.run_id(): recipe for recipe in seen if not loss(recipe)}.values())


def _read_address(chosen: Choices, query: dict[str, str]) -> None:
    others = (CONTINUED, BRANCHED, *assignment.PARAMETERS)
    texts = {name: text for name, text in query.items() if name not in others}
    continued, branched = query.get(CONTINUED, ""), query.get(BRANCHED, "")
    assigned, _messages = assignment.parse(query)  # assignment.draw shows them
    texts, refused = own_data.without_refused(texts)
    hyperparameters, messages = chosen.default.hyperparameters.parse_leniently(texts)
    messages = refused + messages
    recipe = Recipe(chosen.recipe.type, hyperparameters)
    try:
        horizons = _HORIZONS.parse(continued)
        # Horizons count from where a branch begins, so it has to be known first.
        first = recipe.with_ancestry(branched) if branched else recipe
        recipe = dataclasses.replace(first, earlier_horizons=horizons)
    except HyperparameterError as error:
        messages.append(str(error))
    except ValueError:
        text = _(
            "{name} = {text} cannot be used: it must be epochs joined by hyphens, such as "
            "1000-1500."
        )
        messages.append(text.format(name=CONTINUED, text=continued[:60]))
    _show(chosen, recipe)
    if assigned != assignment.Assignment():
        chosen.given = chosen.given or hyperparameters.difference(chosen.default.hyperparameters)
    elif texts or continued or branched:  # a link to a run, not to a task or a lesson
        asked_runs.ask(chosen.recipe.run_id())
    chosen.query, chosen.messages, chosen.past = query, messages, []


def go_to(chosen: Choices, recipe: Recipe) -> None:
    """Makes `recipe` the page's, as a preset, an experiment or a button wants it; what a
    teacher's link fixes stays as it is. Where that cannot be, the page shows what it showed
    before, and `chosen.messages` says why.
    """
    texts = chosen.recipe.hyperparameters.as_text()
    fixed = {name: texts[name] for name in assignment.current().fixed & set(texts)}
    try:
        hyperparameters = recipe.hyperparameters.parse(fixed)
    except HyperparameterError as error:
        chosen.messages = [str(error)]
        return
    if hyperparameters != recipe.hyperparameters:
        recipe = Recipe(recipe.type, hyperparameters)
    _show(chosen, recipe)


def _show(chosen: Choices, recipe: Recipe) -> None:
    if refused := own_data.refusal(recipe.hyperparameters.dataset):
        chosen.messages = [refused]
        return
    if recipe != chosen.recipe:
        chosen.past = [*chosen.past, chosen.recipe][-MAX_UNDO:]
    chosen.recipe, chosen.messages = recipe, []
    chosen.version += 1


def undo(chosen: Choices) -> None:
    """Goes back to the choices before the last change."""
    if chosen.past:
        *past, recipe = chosen.past
        go_to(chosen, recipe)
        chosen.past = past


def address_parameters(chosen: Choices, complete: bool = False) -> dict[str, str]:
    """The parameters that lead another visitor here.

    Args:
        complete: Also those that have their default value, for links that must outlive a
            change of the defaults.
    """
    recipe, h = chosen.recipe, chosen.recipe.hyperparameters
    parameters = h.as_text() if complete else h.difference(chosen.default.hyperparameters)
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


def set_hyperparameters(chosen: Choices, hyperparameters: TrainingHyperparameters) -> None:
    """Takes over what the widgets say; the recipe continues its forebear only if just the number
    of epochs differs."""
    recipe = chosen.recipe
    if hyperparameters == recipe.hyperparameters:
        return
    chosen.messages = []
    chosen.past = [*chosen.past, recipe][-MAX_UNDO:]
    changed = set(hyperparameters.difference(recipe.hyperparameters))
    goes_on = changed <= {"epochs", "device"} and recipe.first_epoch
    if goes_on and hyperparameters.epochs > recipe.first_epoch:
        chosen.recipe = dataclasses.replace(recipe, hyperparameters=hyperparameters)
    else:
        chosen.recipe = Recipe(recipe.type, hyperparameters)

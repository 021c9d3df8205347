"""Which stored runs are compared: those that the visitor picks, and those that the address names.

A run is offered only if today's program would give it the same numbers: its id is that of its
recipe. Runs of other versions, of other files of a data set or with damaged folders are left out,
and named with the reason where an address asks for them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import LESSONS
from dashboard.controls import upload_panel, widgets
from dashboard.jobs import execution
from dashboard.lesson import frame
from dashboard.runs import inference
from dashboard.session import own_data, render_slots
from dashboard.text.i18n import _
from models.data import datasets
from models.runs.files import UnreadableError
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.runs.store import RunStore

MAX_RUNS = 16
"""Runs on one page: every type's default run, and room for a few more."""

RUNS = "runs"
"""The address's parameter, as in runs=stacked-0123456789abcdef,sparse-0123456789abcdef."""

_PICKED, _OFFERED, _CHOSEN, _QUERY, _MESSAGES, _OPENED = (
    "compare.runs",
    "compare.offered",
    "compare.chosen",
    "compare.query",
    "compare.messages",
    "compare.opened",
)
_ANY = ""


def choose() -> list[Recipe]:
    """Draws what runs are chosen with, and what was wrong with the address; returns the recipes
    of the chosen runs."""
    store = execution.dispatcher().store
    known = known_recipes(store)
    st.session_state[_OFFERED] = set(known)
    query = st.query_params.get(RUNS, "")
    if not query and not st.session_state.get(_CHOSEN) and not st.session_state.get(_OPENED):
        # The page does not open empty; later, what the visitor clears stays cleared.
        at_first = [run_id for run_id in _default_runs() if run_id in known]
        st.session_state.update({_PICKED: at_first, _CHOSEN: at_first, _OPENED: bool(at_first)})
    picked = st.session_state.get(_PICKED, st.session_state.get(_CHOSEN, []))
    if query and query != st.session_state.get(_QUERY):
        picked, st.session_state[_MESSAGES] = read_address(query, store)
    elif picked != st.session_state.get(_CHOSEN, picked):
        st.session_state[_MESSAGES] = []
    st.session_state[_PICKED] = [run_id for run_id in picked if run_id in known]
    title = _("Not all that this address asks for can be compared.")
    frame.show_messages(title, st.session_state.get(_MESSAGES, []))
    count = len(st.session_state[_PICKED])
    title = _("Runs on show: {count}. Choose others").format(count=count)
    with st.expander(title, expanded=not count, icon=":material/checklist:", key="compare.picker"):
        chosen = _draw_picker(known)
    st.session_state[_CHOSEN] = chosen
    _write_address(",".join(chosen))
    return [known[run_id] for run_id in chosen]


def _write_address(query: str) -> None:
    st.session_state[_QUERY] = query
    if query:
        st.query_params[RUNS] = query
    else:
        st.query_params.pop(RUNS, None)


def read_address(query: str, store: RunStore) -> tuple[list[str], list[str]]:
    """The runs that an address names and that can be compared, and what is wrong with the
    others."""
    found, messages = [], []
    texts = list(dict.fromkeys(text.strip() for text in query.split(",") if text.strip()))
    if len(texts) > MAX_RUNS:
        messages.append(
            _("{count} runs are too many; these are the first {most}.").format(
                count=len(texts), most=MAX_RUNS
            )
        )
    for text in texts[:MAX_RUNS]:
        try:
            run = store.run(text[:60])
            if refused := own_data.refusal_of_run(run):  # before anything else is asked of it
                messages.append(refused)
                continue
            upload_panel.note(usable_recipe(run).hyperparameters.dataset)
            found.append(run.id)
        except UnreadableError as error:
            messages.append(f"{text[:60]}: {error}")
        except ValueError as error:
            messages.append(str(error))
    return found, messages


def usable_recipe(run: Run) -> Recipe:
    """The recipe of a run that can be compared.

    Raises:
        ValueError: If it cannot; the message says why.
        UnreadableError: If what it was asked cannot be read.
    """
    config = run.config
    if config is None:
        raise ValueError(_("There is no run {id} here (any more).").format(id=run.id))
    try:
        recipe = _recipe(json.dumps(config, sort_keys=True))
        is_ours = recipe.run_id() == run.id
    except (ValueError, TypeError, KeyError, AttributeError, datasets.DataError):
        is_ours = False
    if not is_ours:
        raise ValueError(
            _(
                "Run {id} was trained by another version of this program or on other files; "
                "train it again to compare it."
            ).format(id=run.id)
        )
    if not inference.has_weights(run):
        raise ValueError(_("Run {id} has nothing to show yet.").format(id=run.id))
    return recipe


def known_recipes(store: RunStore) -> dict[str, Recipe]:
    """The runs that can be compared, by id, the last used first; without those on the own data
    of others."""
    found = {}
    for run in store.runs():
        try:
            recipe = usable_recipe(run)
        except (UnreadableError, ValueError):
            continue
        if upload_panel.is_seen(recipe.hyperparameters.dataset):
            found[run.id] = recipe
    return found


@lru_cache(maxsize=1024)
def _recipe(config: str) -> Recipe:
    """From the text of a config.json: a page looks at all stored runs at every rerun."""
    return Recipe.from_dict(json.loads(config))


# Names


def full_label(recipe: Recipe) -> str:
    """A run's type, and what differs from the type's recommended settings."""
    different = recipe.hyperparameters.difference(recipe.type.preset("ours"))
    return _describe(recipe, different)


def labels(recipes: Sequence[Recipe]) -> list[str]:
    """Names for the chosen runs, all different: the type, and the settings in which runs of one
    type differ."""
    found = []
    for recipe in recipes:
        h = recipe.hyperparameters
        siblings = [one.hyperparameters for one in recipes if one.type == recipe.type]
        names = {name for other in siblings for name in h.difference(other)}
        found.append(_describe(recipe, [name for name in h.fields() if name in names]))
    return [
        label if found.count(label) == 1 else f"{label} ({recipe.run_id()[-4:]})"
        for label, recipe in zip(found, recipes, strict=True)
    ]


def _describe(recipe: Recipe, names: Iterable[str]) -> str:
    title, settings = _(recipe.type.title), widgets.describe_as_shown(recipe.hyperparameters, names)
    return f"{title}: {settings}" if settings else title


# What is drawn


def _draw_picker(known: Mapping[str, Recipe]) -> list[str]:
    """Filters, and the list of runs."""
    offered = _draw_filters(known)
    picked = st.session_state[_PICKED]
    texts = {run_id: full_label(recipe) for run_id, recipe in known.items()}
    counts = Counter(texts.values())
    return st.multiselect(
        _("Stored runs, the last used first ({count} to choose from)").format(count=len(offered)),
        [*picked, *(run_id for run_id in offered if run_id not in picked)],
        # Names that are alike are told apart by the end of their ids.
        format_func=lambda run_id: (
            texts[run_id] if counts[texts[run_id]] == 1 else f"{texts[run_id]} ({run_id[-4:]})"
        ),
        key=_PICKED,
        max_selections=MAX_RUNS,
        placeholder=_("Choose runs, or type to search"),
    )


def _draw_filters(known: Mapping[str, Recipe]) -> list[str]:
    """What is offered: by type, by data set; and the button for the runs trained ahead."""
    first, second, third = st.columns([1, 1, 1.4], vertical_alignment="bottom")
    types = {one.type.name: _(one.type.title) for one in known.values()}
    names = sorted({one.hyperparameters.dataset for one in known.values()})
    sets = {name: _(datasets.by_name(name).label) for name in names}
    with first:
        type = _draw_filter(_("Type"), {_ANY: _("all types"), **types}, "type")
    with second:
        dataset = _draw_filter(_("Data set"), {_ANY: _("all data"), **sets}, "dataset")
    with third:
        _draw_defaults_button(known)
    return [
        run_id
        for run_id, recipe in known.items()
        if type in (_ANY, recipe.type.name) and dataset in (_ANY, recipe.hyperparameters.dataset)
    ]


def _draw_filter(label: str, options: Mapping[str, str], name: str) -> str:
    key = f"compare.{name}"
    if st.session_state.get(key, _ANY) not in options:
        st.session_state[key] = _ANY
    return st.selectbox(label, list(options), format_func=lambda one: options[one], key=key)


def _draw_defaults_button(known: Mapping[str, Recipe]) -> None:
    defaults = [run_id for run_id in _default_runs() if run_id in known]
    st.button(
        _("All default runs ({count})").format(count=len(defaults)),
        key="compare.defaults",
        icon=":material/select_all:",
        on_click=st.session_state.update,
        args=({_PICKED: defaults},),
        disabled=not defaults,
        help=_("Those that the server trains by itself when it starts, one per lesson."),
    )


def _default_runs() -> list[str]:
    found = []
    for one in LESSONS:
        with suppress(datasets.DataError):
            found += [one.recipe.run_id()] if one.type else []
    return list(dict.fromkeys(found))[:MAX_RUNS]  # several lessons may begin with the same run


def draw_empty() -> None:
    """What to do where no run is chosen."""
    st.info(
        _(
            "Choose two runs or more above. The button picks those that the server has trained by "
            "itself; your own appear as soon as you have trained something in a lesson:"
        )
    )
    with st.container(horizontal=True):
        for one in LESSONS:
            if one.type and assignment.current().offers(one):
                st.page_link(one.path, label=one.title, icon=one.icon)
    _wait_for_runs()


@render_slots.fragment(run_every=frame.IDLE_SECONDS)
def _wait_for_runs() -> None:
    """Draws the page anew when there are other runs than it offers."""
    if set(known_recipes(execution.dispatcher().store)) != st.session_state[_OFFERED]:
        st.rerun()

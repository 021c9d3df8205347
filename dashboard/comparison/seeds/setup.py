"""What is compared over several seeds: two settings of one type."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from dashboard.comparison.seeds import pairs
from dashboard.comparison.seeds.pairs import Pair
from dashboard.controls import widgets
from dashboard.controls.choices import loss
from dashboard.lesson.worksheet import TERMS
from dashboard.session import own_data
from dashboard.text.foreign import first_messages
from dashboard.text.i18n import _
from models.autoencoders import registry
from models.evaluation.paired_test import NUMBERS_OF_PAIRS

STATES = {
    "": "–",
    "waiting": _("waits"),
    "running": _("in training"),
    "stopped": _("stopped"),
    "diverged": _("ran away"),
    "failed": _("failed"),
    "unreadable": _("cannot be read"),
}


@dataclass(frozen=True)
class Example:
    """A comparison to try with one click: the button's title, the address of the comparison, what
    to look at, and what one should see then."""

    title: str
    address: Mapping[str, str]
    question: str
    answer: str


@dataclass
class Chosen:
    """What a visitor compares.

    Attributes:
        pair: The two configurations.
        version: Counts the times that something else than a widget changed them.
        query: The address's parameters as last read or written.
        messages: What was wrong with the address or the last click.
        differing: Settings that are offered twice, whether or not their values differ yet.
    """

    pair: Pair
    version: int = 0
    query: dict[str, str] | None = None
    messages: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def load_chosen() -> Chosen:
    """The visitor's comparison, brought up to date with the address."""
    first = pairs.start(registry.FAMILY[0])
    found = st.session_state.setdefault("paired", Chosen(first))
    query = st.query_params.to_dict()
    if query and query != found.query:
        texts, refused = own_data.without_refused(query)
        pair, messages = pairs.read_address(texts)
        set_pair(found, pair)
        found.query, found.messages = query, refused + messages
    if problem := loss(found.pair.recipes()[0][1]):
        set_pair(found, pairs.start(found.pair.type))
        found.messages = [problem]
    return found


def set_pair(found: Chosen, pair: Pair) -> None:
    """Makes `pair` the page's, as a button wants it."""
    found.pair, found.messages, found.differing = pair, [], pair.differing
    found.version += 1


def _write_address(found: Chosen) -> None:
    parameters = pairs.address_of(found.pair)
    if parameters != st.query_params.to_dict():
        st.query_params.from_dict(parameters)
    found.query = parameters


def draw_setup(found: Chosen) -> None:
    """Type, seeds and the settings that differ, with a value for A and one for B. The pair in
    `found` is what the widgets say afterwards."""
    with st.container(border=True):
        _draw_frame(found)
        _draw_starts(found)
        found.differing = _draw_differing(found)
        problems = _draw_values(found)
    for message in first_messages([*found.messages, *problems]):
        st.warning(message, icon=":material/error:")
    _write_address(found)


def _draw_frame(found: Chosen) -> None:
    pair, version = found.pair, found.version
    of_type, of_seeds, of_measure = st.columns(3)
    key = f"paired.type.{version}"
    types = [one.name for one in registry.FAMILY]
    of_type.selectbox(
        _("Autoencoder"),
        types,
        types.index(pair.type.name),
        lambda name: _(registry.by_name(name).title),
        key=key,
        on_change=lambda: set_pair(found, pairs.start(registry.by_name(st.session_state[key]))),
    )
    count = of_seeds.segmented_control(
        _("Seeds"),
        NUMBERS_OF_PAIRS,
        default=pair.num_seeds,
        required=True,
        key=f"paired.seeds.{version}",
        help=_(
            "Each seed trains A once and B once. Choose before you train, and stay with it: "
            "whoever looks, and then trains more, finds too many differences."
        ),
    )
    measure = of_measure.selectbox(
        _("Compared, on held-out examples"),
        pairs.measures(pair.type),
        pairs.measures(pair.type).index(pair.measure),
        lambda term: TERMS[term],
        key=f"paired.measure.{pair.type.name}.{version}",
    )
    found.pair = dataclasses.replace(pair, num_seeds=count, measure=measure)


def _draw_starts(found: Chosen) -> None:
    """Buttons that take A from a preset, or from the visitor's run on the type's own page."""
    type = found.pair.type
    starts = {_(label): type.preset(name) for name, label in type.presets.items()}
    visited = st.session_state.get(f"choices.{type.name}")
    if visited:
        starts[_("My run on its page")] = visited.recipe.hyperparameters
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("Begin with"), width="content")
        for label, a in starts.items():
            st.button(
                label,
                key=f"paired.start.{label}",
                on_click=set_pair,
                args=(found, pairs.start(type, a)),
            )
        st.caption(_description(found.pair))


def _description(pair: Pair) -> str:
    """What A and B have in common, where it is not as in the preset."""
    common = pair.a.difference(pair.type.preset("ours"))
    same = {
        name: text for name, text in common.items() if name not in pair.differing and name != "seed"
    }
    if not same:
        return ""
    return _("All else as recommended, but {fields}.").format(fields=widgets.describe(pair.a, same))


def _draw_differing(found: Chosen) -> list[str]:
    fields = pairs.comparable(found.pair.type)
    return st.multiselect(
        _("What differs between A and B"),
        list(fields),
        found.differing,
        lambda name: _(fields[name].label),
        key=f"paired.differing.{found.pair.type.name}.{found.version}",
        placeholder=_("Choose a setting"),
        help=_("One, for a clear answer. With several you learn only what they do together."),
    )


def _draw_values(found: Chosen) -> list[str]:
    """Two widgets for each setting; returns what is wrong with their values."""
    pair, problems = found.pair, []
    fields = pairs.comparable(pair.type)
    texts: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for column, letter, one, values in zip(
        st.columns(2), "AB", (pair.a, pair.b), texts, strict=True
    ):
        with column:
            for name in found.differing:
                hyperparameter = widgets.apply_limits(fields[name], pair.a.as_text())
                hyperparameter = dataclasses.replace(
                    hyperparameter, label=f"{letter}: {_(hyperparameter.label)}"
                )
                key = f"paired.{letter}.{name}.{pair.type.name}.{found.version}"
                values[name], wrong = widgets.draw_widget(hyperparameter, getattr(one, name), key)
                problems += wrong
    # B is A but for these: a setting that is no longer chosen has A's value in B again.
    found.pair, clashes = pair.with_values(*texts)
    return problems + clashes

"""Trains two configurations over a few seeds and says whether their difference may be luck."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from dashboard.comparison import pairs
from dashboard.comparison.pairs import Pair
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.controls import widgets
from dashboard.figures import pair_charts
from dashboard.jobs import execution, limits
from dashboard.jobs.queue import AHEAD
from dashboard.lesson import buttons, frame
from dashboard.lesson.worksheet import TERMS
from dashboard.session import render_slots
from dashboard.session.visitors import visitor
from dashboard.text.i18n import _, duration
from models import settings
from models.autoencoders import registry
from models.data import datasets
from models.evaluation.paired_test import FEWEST_PAIRS, MOST_PAIRS, Comparison, compare
from models.runs.files import RunError
from models.runs.recipe import Recipe

STATES = {
    "": "–",
    "waiting": _("waits"),
    "running": _("in training"),
    "stopped": _("stopped"),
    "diverged": _("ran away"),
    "failed": _("failed"),
}


@dataclass(frozen=True)
class Example:
    """A comparison to try with one click: the button's title, the address of the comparison,
    and what it turned out to say."""

    title: str
    address: Mapping[str, str]
    outcome: str


@dataclass
class Chosen:
    """What a visitor compares.

    Attributes:
        pair: The two configurations.
        version: Counts the times that something else than a widget changed them.
        query: The address's parameters as last read or written.
        messages: What was wrong with the address or the last click.
        differing: Knobs that are offered twice, whether or not their values differ yet.
    """

    pair: Pair
    version: int = 0
    query: dict[str, str] | None = None
    messages: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Half:
    """One run of a pair: its figure, once it is trained, or else where it stands."""

    recipe: Recipe
    run_id: str
    state: str
    figure: float | None = None

    @property
    def active(self) -> bool:
        return self.state in ("waiting", "running")

    @property
    def over(self) -> bool:
        """Whether training it again would change nothing."""
        return self.figure is not None or self.state == "diverged"

    @property
    def text(self) -> str:
        return STATES[self.state] if self.figure is None else f"{self.figure:.5g}"


def chosen() -> Chosen:
    """The visitor's comparison, brought up to date with the address."""
    first = pairs.start(registry.FAMILY[0])
    found = st.session_state.setdefault("paired", Chosen(first))
    query = st.query_params.to_dict()
    if query and query != found.query:
        pair, messages = pairs.read_address(query)
        adopt(found, pair)
        found.query, found.messages = query, messages
    return found


def adopt(found: Chosen, pair: Pair) -> None:
    """Makes `pair` the page's, as a button wants it."""
    found.pair, found.messages, found.differing = pair, [], pair.differing
    found.version += 1


def _write_address(found: Chosen) -> None:
    parameters = pairs.address_of(found.pair)
    if parameters != st.query_params.to_dict():
        st.query_params.from_dict(parameters)
    found.query = parameters


# What is to be compared


def draw_examples(found: Chosen, examples: list[Example]) -> None:
    """Buttons that set up comparisons whose outcome was measured."""
    present = None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("**Try this:**"), width="content")
        for example in examples:
            pair, _messages = pairs.read_address(example.address)
            if found.pair == pair:
                present = example
            st.button(
                example.title,
                key=f"paired.example.{example.title}",
                icon=":material/science:",
                on_click=_try,
                args=(found, pair),
            )
    if present:
        with st.expander(_("What came out when this was measured …")):
            glossary.prose(present.outcome)


def draw_setup(found: Chosen) -> None:
    """Type, seeds and the knobs that differ, with a value for A and one for B. The pair in `found`
    is what the widgets say afterwards."""
    with st.container(border=True):
        _draw_frame(found)
        _draw_starts(found)
        found.differing = _draw_differing(found)
        problems = _draw_values(found)
    for message in [*found.messages, *problems]:
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
        on_change=lambda: adopt(found, pairs.start(registry.by_name(st.session_state[key]))),
    )
    count = of_seeds.segmented_control(
        _("Seeds"),
        list(range(FEWEST_PAIRS, MOST_PAIRS + 1)),
        default=pair.num_seeds,
        required=True,
        key=f"paired.seeds.{version}",
        help=_("Each seed trains A once and B once."),
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
                on_click=adopt,
                args=(found, pairs.start(type, a)),
            )
        st.caption(_description(found.pair))


def _description(pair: Pair) -> str:
    """What A and B have in common, where it is not as in the preset."""
    knobs = pair.type.hyperparameters.knobs()
    common = pair.a.difference(pair.type.preset("ours"))
    texts = [
        f"{_(knobs[name].label).lower()} {text}"
        for name, text in common.items()
        if name not in pair.differing and name != "seed"
    ]
    return _("All else as in “Ours”, but {knobs}.").format(knobs=", ".join(texts)) if texts else ""


def _draw_differing(found: Chosen) -> list[str]:
    knobs = pairs.comparable(found.pair.type)
    return st.multiselect(
        _("What differs between A and B"),
        list(knobs),
        found.differing,
        lambda name: _(knobs[name].label),
        key=f"paired.differing.{found.pair.type.name}.{found.version}",
        placeholder=_("Choose a knob"),
        help=_("One, for a clear answer. With several you learn only what they do together."),
    )


def _draw_values(found: Chosen) -> list[str]:
    """Two widgets for each knob; returns what is wrong with their values."""
    pair, problems = found.pair, []
    knobs = pairs.comparable(pair.type)
    texts: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for column, letter, one, values in zip(
        st.columns(2), "AB", (pair.a, pair.b), texts, strict=True
    ):
        with column:
            for name in found.differing:
                knob = widgets.limited(knobs[name], pair.a.as_text())
                knob = dataclasses.replace(knob, label=f"{letter}: {_(knob.label)}")
                key = f"paired.{letter}.{name}.{pair.type.name}.{found.version}"
                values[name], wrong = widgets.draw_knob(knob, getattr(one, name), key)
                problems += wrong
    # B is A but for these: a knob that is no longer chosen has A's value in B again.
    found.pair, clashes = pair.changed(*texts)
    return problems + clashes


# Training


def watch(found: Chosen) -> None:
    """Buttons, and what has come out so far, kept up to date while runs are being trained."""
    pair = found.pair
    try:
        first = look(pair)
    except datasets.DataError as error:
        st.error(str(error), icon=":material/database_off:")
        return
    _draw_buttons(found, first)
    active = _active(first)

    @render_slots.fragment(run_every=frame.POLL_SECONDS if active else None)
    def progress() -> None:
        rows = look(pair)
        _draw_progress(rows)
        _draw_outcome(pair, rows)
        _draw_table(rows)
        if _active(rows) != active:
            st.rerun()  # the buttons change

    progress()


def look(pair: Pair) -> list[tuple[int, Half, Half]]:
    """Where the runs stand: for each seed A's and B's.

    Raises:
        models.data.datasets.DataError: If the data set cannot be identified.
    """
    return [(seed, _half(a, pair.measure), _half(b, pair.measure)) for seed, a, b in pair.recipes()]


def _half(recipe: Recipe, measure: str) -> Half:
    dispatcher, epochs = execution.dispatcher(), recipe.hyperparameters.epochs
    run = dispatcher.store.run(recipe.run_id())
    if run.exists:
        run.watch(visitor())  # not to be evicted while it is needed here
    result = run.finished(epochs)
    if result and result["status"] != "diverged":
        # A run with a constant learning rate may have gone further than is asked for here.
        (event,) = [one for one in run.events() if one["epoch"] == epochs][-1:] or [result]
        return Half(recipe, run.id, "completed", event["held_out"][measure])
    state = run.state
    if state != "running" and dispatcher.position(run.id) is not None:
        state = "waiting"
    return Half(recipe, run.id, state if state in STATES else "")


def _active(rows: list[tuple[int, Half, Half]]) -> bool:
    return any(half.active for _seed, a, b in rows for half in (a, b))


def _draw_buttons(found: Chosen, rows: list[tuple[int, Half, Half]]) -> None:
    missing = [half for _seed, a, b in rows for half in (a, b) if not half.over]
    seconds = [buttons.estimate(half.recipe) for half in missing]
    obstacles = [
        limits.obstacle(half.recipe, needed, settings.current())
        for half, needed in zip(missing, seconds, strict=True)
    ]
    obstacle = next(filter(None, obstacles), "")
    hint = ""
    if not found.pair.differing:
        hint = _("A and B are the same so far: choose what differs, and two values.")
    elif obstacle:
        hint = obstacle
    elif missing:
        hint = _("{count} runs to train, about {duration} when nobody else trains.").format(
            count=len(missing), duration=duration(sum(seconds))
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if _active(rows):
            st.button(
                _("Stop"),
                key="paired.stop",
                icon=":material/stop:",
                on_click=_stop,
                args=([half.run_id for half in missing],),
                help=_("What is trained is kept; the rest can go on later."),
            )
        elif missing or not found.pair.differing:
            st.button(
                _("Train the pairs"),
                key="paired.train",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_submit,
                args=(found, found.pair),
                disabled=bool(obstacle) or not found.pair.differing,
            )
        st.caption(hint)


def _try(found: Chosen, pair: Pair) -> None:
    adopt(found, pair)
    _submit(found, pair)


def _submit(found: Chosen, pair: Pair) -> None:
    """Asks for all runs that are missing, pair by pair. They wait for every visitor's single run,
    so that nobody has to wait for ten."""
    try:
        for _seed, a, b in look(pair):
            for half in [one for one in (a, b) if not one.over]:
                expected = buttons.estimate(half.recipe)
                dispatcher = execution.dispatcher()
                dispatcher.submit(half.recipe, expected_seconds=expected, background=True)
    except (RunError, datasets.DataError) as error:
        found.messages = [str(error)]


def _stop(run_ids: list[str]) -> None:
    for run_id in run_ids:
        execution.dispatcher().stop(run_id, AHEAD)


# What has come out


def _draw_progress(rows: list[tuple[int, Half, Half]]) -> None:
    halves = [half for _seed, a, b in rows for half in (a, b)]
    done = sum(half.over for half in halves)
    text = _("**{done}** of {count} runs trained").format(done=done, count=len(halves))
    st.progress(done / len(halves), text=text)


def _draw_table(rows: list[tuple[int, Half, Half]]) -> None:
    table = {
        _("seed"): [str(seed) for seed, _a, _b in rows],
        "A": [a.text for _seed, a, _b in rows],
        "B": [b.text for _seed, _a, b in rows],
        "B − A": [_difference(a, b) for _seed, a, b in rows],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True)


def _difference(a: Half, b: Half) -> str:
    if a.figure is None or b.figure is None:
        return "–"
    return _signed(b.figure - a.figure, ".3g")


def _draw_outcome(pair: Pair, rows: list[tuple[int, Half, Half]]) -> None:
    """Charts of the pairs that are complete, and the verdict once all of them are."""
    complete = [
        (seed, a.figure, b.figure)
        for seed, a, b in rows
        if a.figure is not None and b.figure is not None
    ]
    if any(half.state == "diverged" for _seed, a, b in rows for half in (a, b)):
        st.warning(
            _(
                "A training ran away, so its pair cannot be compared. That is a difference too, "
                "but not one that an interval can measure."
            )
        )
    if len(complete) < FEWEST_PAIRS:
        st.info(
            _("The interval appears when {count} pairs are trained.").format(count=FEWEST_PAIRS)
        )
        return
    seeds = [seed for seed, _a, _b in complete]
    of_a, of_b = [a for _seed, a, _b in complete], [b for _seed, _a, b in complete]
    outcome = compare(of_a, of_b)
    if len(complete) == len(rows):
        box = st.success if outcome.real else st.info
        box(verdict(outcome, TERMS[pair.measure]), icon=":material/balance:")
    _draw_charts(pair, seeds, of_a, of_b, outcome)
    glossary.prose(explanation(outcome))


def _draw_charts(
    pair: Pair, seeds: list[int], a: list[float], b: list[float], outcome: Comparison
) -> None:
    label, (text_a, text_b) = TERMS[pair.measure], _labels(pair)
    names = f"A: {text_a}", f"B: {text_b}"
    interval = outcome.low, outcome.mean, outcome.high
    live_plots(
        [
            pair_charts.paired_figures(seeds, a, b, names=names, title=label),
            pair_charts.paired_differences(
                seeds, outcome.differences, interval, title=_("difference B − A")
            ),
        ],
        key="paired.charts",
        alts=[
            _("{label} of A and B for {count} seeds, each pair joined by a line").format(
                label=label, count=len(seeds)
            ),
            _("Differences of the pairs; their mean is {mean:.3g}, from {low:.3g} to {high:.3g}")
            .format(mean=outcome.mean, low=outcome.low, high=outcome.high),
        ],
        titles=[_("The pairs"), _("Their differences")],
        height=320,
    )  # fmt: skip


def _labels(pair: Pair) -> tuple[str, str]:
    """What tells A and B apart: the values of the knobs that differ."""
    knobs = pair.type.hyperparameters.knobs()
    a, b = (
        ", ".join(widgets.shown(knobs[name], one.as_text()[name]) for name in pair.differing)
        for one in (pair.a, pair.b)
    )
    return a, b


def _signed(number: float, form: str) -> str:
    """A number with its sign, and a minus that is as wide as a plus."""
    return f"{number:+{form}}".replace("-", "−")


def verdict(outcome: Comparison, label: str) -> str:
    """The answer in two sentences: whether the difference is real, and how large it is.

    Args:
        outcome: Of all pairs.
        label: What was measured.
    """
    share, low, high = map(outcome.per_cent, (outcome.mean, outcome.low, outcome.high))
    if outcome.mean < 0:
        text = _("On average over {count} seeds B's {label} is **{share:.1f} % smaller** than A's.")
    else:
        text = _("On average over {count} seeds B's {label} is **{share:.1f} % larger** than A's.")
    size = text.format(count=len(outcome.differences), label=label, share=abs(share))
    if outcome.real:
        text = _("**Real.** {size} The 95 % interval, {low} % to {high} %, excludes 0.")
    else:
        text = _(
            "**Could be luck.** {size} But the 95 % interval, {low} % to {high} %, includes 0."
        )
    return text.format(size=size, low=_signed(low, ".1f"), high=_signed(high, ".1f"))


def explanation(outcome: Comparison) -> str:
    """What the interval rests on."""
    return _(
        "The [[confidence interval|interval]] is the mean difference plus and minus {factor:.1f} "
        "standard errors. With 3 seeds that factor is 4.3, with 5 it is 2.8, with very many 2: "
        "three pairs show only what is large, or very regular. It assumes that the differences of "
        "different seeds are independent and roughly normally distributed, which so few cannot "
        "prove. It speaks of the luck of the *training*: all runs are measured on the same "
        "held-out examples."
    ).format(factor=outcome.factor)

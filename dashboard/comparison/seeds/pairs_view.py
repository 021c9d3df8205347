"""The pairs of runs: asked for, followed and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.comparison.seeds import pairs
from dashboard.comparison.seeds.pairs import Pair
from dashboard.comparison.seeds.setup import STATES, Chosen, Example, set_pair
from dashboard.comparison.seeds.words import explanation, format_signed, pairing, verdict
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.controls import widgets
from dashboard.controls.choices import loss
from dashboard.figures import pair_charts
from dashboard.jobs import execution
from dashboard.lesson import buttons, frame
from dashboard.lesson.worksheet import TERMS
from dashboard.runs.run_view import view_run
from dashboard.session import render_slots
from dashboard.session.visitors import visitor
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _, _n, duration
from models.data import datasets
from models.evaluation.paired_test import Comparison, compare
from models.runs.files import RunError, UnreadableError
from models.runs.recipe import Recipe


@dataclass(frozen=True)
class Half:
    """One run of a pair: its figure, once it is trained, or else where it stands."""

    recipe: Recipe
    run_id: str
    state: str
    figure: float | None = None
    trouble: UnreadableError | None = None

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


FEWEST_COMPLETE = 3
"""Pairs that an interval is drawn from at least, where trainings ran away."""

Rows = list[tuple[int, Half, Half]]
"""Of each seed, A's run and B's."""


def watch(found: Chosen) -> None:
    """Buttons, and what has come out so far, kept up to date while runs are being trained."""
    pair = found.pair
    try:
        first = look(pair)
    except datasets.DataError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
        return
    _draw_buttons(found, first)
    active = any(half.active for half in _halves(first))

    @render_slots.fragment(run_every=frame.POLL_SECONDS if active else None)
    def progress() -> None:
        if loss(pair.recipes()[0][1]):
            st.rerun()  # its data were erased, or are no longer shared: the page says so
        execution.dispatcher().see(visitor())
        rows = look(pair)
        _draw_progress(rows)
        _draw_outcome(pair, rows)
        _draw_table(rows)
        if any(half.active for half in _halves(rows)) != active:
            st.rerun()  # the buttons change

    progress()


def look(pair: Pair) -> Rows:
    """Where the runs stand: for each seed A's and B's.

    Raises:
        models.data.datasets.DataError: If the data set cannot be identified.
    """
    return [(seed, _half(a, pair.measure), _half(b, pair.measure)) for seed, a, b in pair.recipes()]


def _half(recipe: Recipe, measure: str) -> Half:
    run_view, epochs = view_run(recipe), recipe.hyperparameters.epochs
    run, result = run_view.run, run_view.result
    if run.exists:
        run.watch(visitor())  # not to be evicted while it is needed here
    if result and run_view.complete and result["status"] != "diverged":
        # A run with a constant learning rate may have gone further than is asked for here.
        (event,) = [one for one in run_view.events if one["epoch"] == epochs][-1:] or [result]
        return Half(recipe, run.id, "completed", event["held_out"][measure])
    state = run_view.state if run_view.state in STATES else ""
    return Half(recipe, run.id, state, trouble=run_view.trouble)


def _halves(rows: Rows) -> list[Half]:
    return [half for _seed, *pair in rows for half in pair]


def _draw_buttons(found: Chosen, rows: Rows) -> None:
    missing = [half for half in _halves(rows) if not half.over]
    seconds = [buttons.estimate(half.recipe) for half in missing]
    obstacle = next(filter(None, (buttons.obstacle_to(half.recipe) for half in missing)), "")
    hint = ""
    if not found.pair.differing:
        hint = _("A and B are the same so far: choose what differs, and two values.")
    elif obstacle:
        hint = obstacle
    elif missing:
        text = _n(
            "{count} run to train, about {duration} when nobody else trains.",
            "{count} runs to train, about {duration} when nobody else trains.",
            len(missing),
        )
        hint = text.format(count=len(missing), duration=duration(sum(seconds)))
    with st.container(horizontal=True, vertical_alignment="center"):
        if _own(rows):
            st.button(
                _("Stop"),
                key="paired.stop",
                icon=":material/stop:",
                on_click=_stop,
                args=(rows,),
                help=_(
                    "What is trained is kept; the rest can go on later. What others want, too, "
                    "goes on for them."
                ),
            )
        elif missing or not found.pair.differing:
            buttons.draw_start(
                _("Train the pairs"),
                "paired.train",
                partial(_submit, found, found.pair),
                disabled=bool(obstacle) or not found.pair.differing,
            )
        st.caption(in_markdown(hint))


def _submit(found: Chosen, pair: Pair) -> None:
    """Asks for all runs that are missing, pair by pair. They wait for every visitor's single run,
    so that nobody has to wait for ten."""
    try:
        for half in _halves(look(pair)):
            if not half.over:
                execution.dispatcher().submit(
                    half.recipe,
                    visitor=visitor(),
                    expected_seconds=buttons.estimate(half.recipe),
                    background=True,
                )
    except (RunError, datasets.DataError) as error:
        found.messages = [str(error)]


def _own(rows: Rows) -> list[str]:
    """Which of the runs that wait or are in training this visitor wants."""
    wanting = execution.dispatcher().visitors
    active = [half.run_id for half in _halves(rows) if half.active]
    return [run_id for run_id in active if visitor() in wanting(run_id)]


def _stop(rows: Rows) -> None:
    for run_id in _own(rows):
        execution.dispatcher().stop(run_id, visitor())


def _draw_progress(rows: Rows) -> None:
    halves = _halves(rows)
    done = sum(half.over for half in halves)
    text = _("**{done}** of {count} runs trained").format(done=done, count=len(halves))
    st.progress(done / len(halves), text=text)
    if any(half.state == "diverged" for half in halves):
        st.warning(
            _(
                "A training ran away, so its pair cannot be compared. That is a difference too, "
                "but not one that an interval can measure."
            )
        )
    for half in halves:
        if half.trouble and not half.active:
            text = f"{half.run_id}: {half.trouble}"
            st.error(in_markdown(text), icon=":material/broken_image:")


def _draw_table(rows: Rows) -> None:
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
    return format_signed(b.figure - a.figure, ".3g")


def _draw_outcome(pair: Pair, rows: Rows) -> None:
    """Charts and verdict, once every pair is trained: nobody can stop where it pleases."""
    complete = [
        (seed, a.figure, b.figure)
        for seed, a, b in rows
        if a.figure is not None and b.figure is not None
    ]
    if not all(half.over for half in _halves(rows)):
        text = _("The interval appears when all {count} pairs are trained, and not before.")
        st.info(text.format(count=len(rows)))
        return
    if len(complete) < FEWEST_COMPLETE:
        text = _("Fewer than {count} pairs are complete: too few for an interval.")
        st.info(text.format(count=FEWEST_COMPLETE))
        return
    seeds, of_a, of_b = map(list, zip(*complete, strict=True))
    outcome = compare(of_a, of_b)
    box = st.success if outcome.real else st.info
    box(verdict(outcome, TERMS[pair.measure]), icon=":material/balance:")
    _draw_charts(pair, seeds, of_a, of_b, outcome)
    glossary.prose(f"{pairing(outcome)} {explanation(outcome)}")


def _draw_charts(
    pair: Pair, seeds: list[int], a: list[float], b: list[float], outcome: Comparison
) -> None:
    label, names = TERMS[pair.measure], _labels(pair)
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
    """What tells A and B apart: the values of the settings that differ."""
    fields = pair.type.hyperparameters.fields()
    a, b = (
        [widgets.format_value(fields[name], one.as_text()[name]) for name in pair.differing]
        for one in (pair.a, pair.b)
    )
    return f"A: {', '.join(a)}", f"B: {', '.join(b)}"


def draw_examples(found: Chosen, examples: list[Example]) -> None:
    """Buttons that set up comparisons to try; the question stands below while its own is on the
    page."""
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
        label = _("**{question}** What you should see …").format(question=present.question)
        with st.expander(label):
            glossary.prose(present.answer)


def _try(found: Chosen, pair: Pair) -> None:
    set_pair(found, pair)
    _submit(found, pair)

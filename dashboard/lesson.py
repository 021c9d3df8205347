"""The frame of every lesson that trains: knobs, buttons, progress, and what the run shows now.

A page calls `open_lesson`, then `watch` with a function that draws its pictures. That function
gets a `Sight` and is called again and again while the run is being trained.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import (
    appearance,
    assignment,
    controls,
    execution,
    figures,
    glossary,
    lessons,
    limits,
    metrics,
    turns,
)
from dashboard.controls import Choices
from dashboard.plots import live_plots
from dashboard.text import _, duration
from dashboard.visitors import visitor
from models import settings
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.data import datasets
from models.hyperparameters.declaration import HyperparameterError, Hyperparameters
from models.runs.files import RunError
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.training import estimates

POLL_SECONDS = 0.4
"""How often a page looks at a run in training, unless many pages do."""

ONLOOKER_SECONDS = 0.06
"""How much longer a page waits between two such looks for each page that looks: with more than
six onlookers each looks less often, so that thirty leave the server time for who opens a page."""

IDLE_SECONDS = 8.0
"""How often a page looks at any other run: somebody else may start it, and looking protects it
from being evicted."""

EARLIER_RUNS = 3
"""Runs of this visitor that stay on the chart as faint curves."""

RUNS_SEEN = 20
"""Runs of this visitor that the worksheet lists."""

PACES = {0: _("full"), 8: _("8 s"), 30: _("30 s"), 120: _("2 min")}
"""How long a training lasts at least; small networks learn faster than anyone can watch."""


@dataclass(frozen=True)
class Experiment:
    """One thing to try with one click.

    Attributes:
        title: What to do, for the button.
        changes: Hyperparameters, as text, on top of the page's preset “Ours”.
        question: What to look at.
        answer: What one sees then, and why.
    """

    title: str
    changes: Mapping[str, str]
    question: str
    answer: str


@dataclass(frozen=True)
class Number:
    """A figure that a page shows large: its name, its value, what to compare it with, and a
    sentence on what it is."""

    label: str
    value: str
    comparison: str
    help: str


@dataclass(frozen=True)
class Sight:
    """What a run has to show at one moment.

    Attributes:
        recipe: The run's recipe.
        run: Its directory.
        state: As `Run.state`, or "waiting" while it stands in the queue.
        ahead: Runs before it in the queue.
        events: Recorded epochs.
        pictures: Arrays of the latest pictures, empty before the first.
        live: What came with them: "epoch", "seconds_left", "device", "images_per_second".
        result: How it ended, or None.
    """

    recipe: Recipe
    run: Run
    state: str
    ahead: int
    events: list[dict]
    pictures: dict[str, np.ndarray]
    live: dict[str, Any]
    result: dict[str, Any] | None

    @property
    def active(self) -> bool:
        """Whether it is waiting or in training, so that looking again soon is worthwhile."""
        return self.state in ("waiting", "running")

    @property
    def epoch(self) -> float:
        """Epochs trained so far."""
        recorded = self.events[-1]["epoch"] if self.events else 0
        return max(recorded, self.live.get("epoch", 0))

    @property
    def complete(self) -> bool:
        """Whether the run has reached its recipe's last epoch."""
        return self.run.finished(self.recipe.hyperparameters.epochs) is not None


def look(recipe: Recipe) -> Sight:
    """What the run of a recipe has to show now.

    Raises:
        models.data.datasets.DataError: If the data set cannot be identified.
    """
    dispatcher = execution.dispatcher()
    run = dispatcher.store.run(recipe.run_id())
    ahead = dispatcher.position(run.id)
    state = run.state
    if state != "running" and ahead is not None:
        state = "waiting"
    pictures, live = run.live() or ({}, {})
    return Sight(recipe, run, state, ahead or 0, run.events(), pictures, live, run.result())


# The page's frame


def open_lesson(name: str, pace: int = 0) -> Choices | None:
    """Draws a lesson's knobs and buttons in the sidebar, and what was wrong with its address.

    Args:
        name: Of the lesson, see `lessons.Lesson`.
        pace: One of `PACES`, until the visitor chooses another.

    Returns:
        The visitor's choices; None, with an explanation on the page, if nothing can be trained.
    """
    glossary.begin()
    if not is_served():
        return None
    dispatcher = execution.dispatcher()
    if dispatcher.is_broken:
        st.error(
            _(
                "The training processes of this server end while they start, so nothing can be "
                "trained. Runs trained before can be looked at. The server's log says why."
            )
        )
    chosen = controls.choices(lessons.by_name(name))
    with st.sidebar:
        top = st.container()
        controls.draw(chosen)
        _draw_device_note(dispatcher)
        appearance.draw_switch()
    _show_messages(chosen)
    controls.write_address(chosen)
    try:
        sight = look(chosen.recipe)
    except datasets.DataError as error:
        st.error(str(error), icon=":material/database_off:")
        return None
    with top:
        _draw_buttons(chosen, sight, pace)
    return chosen


def is_served() -> bool:
    """Whether this page belongs to a server that has a store of runs; says so where not."""
    if execution.current() is None:
        st.error(
            _(
                "The training processes are not running. Start the lab with "
                "`streamlit run streamlit_app.py` from its folder."
            )
        )
    return execution.current() is not None


def _show_messages(chosen: Choices) -> None:
    if chosen.messages:
        st.warning(
            _("Some of this address could not be used; the other knobs are set as it says.")
            + "\n\n"
            + "\n".join(f"- {message}" for message in chosen.messages),
            icon=":material/link_off:",
        )


def _draw_device_note(dispatcher: execution.Dispatcher) -> None:
    if dispatcher.gpu is not None:
        found = _("GPU found: {name}.") if dispatcher.gpu else _("No GPU here: CPU it is.")
        st.caption(found.format(name=dispatcher.gpu))


# Buttons


def _draw_buttons(chosen: Choices, sight: Sight, default_pace: int) -> None:
    pace = _draw_pace(chosen, default_pace)
    if sight.active:
        _draw_stop(chosen, sight, pace)
    elif sight.complete and sight.state != "diverged":
        _draw_continue(chosen, sight, pace)
    elif sight.state != "diverged":
        _draw_train(chosen, sight, pace)
    if not sight.active:
        st.caption(_preview(sight, pace))


def _draw_pace(chosen: Choices, default: int) -> int:
    return st.segmented_control(
        _("Pace"),
        list(PACES),
        default=default,
        format_func=lambda seconds: PACES[seconds],
        required=True,
        key=f"{chosen.page}.pace",
        help=_(
            "How long a training lasts at least; “full” is full speed. Small networks learn faster "
            "than anyone can watch; this only inserts pauses, the numbers stay the same."
        ),
    )


def _draw_train(chosen: Choices, sight: Sight, pace: int) -> None:
    recipe = chosen.recipe
    label = _("Train")
    if sight.epoch:
        label = _("Go on to epoch {last}").format(last=f"{recipe.hyperparameters.epochs:,}")
    obstacle = limits.obstacle(recipe, estimate(recipe), settings.current())
    st.button(
        label,
        key=f"{chosen.page}.train",
        type="primary",
        icon=":material/play_arrow:",
        on_click=_submit,
        args=(chosen, recipe, pace),
        disabled=bool(obstacle),
        width="stretch",
        shortcut="Ctrl+Enter",
    )
    if obstacle:
        st.error(obstacle)


def _draw_stop(chosen: Choices, sight: Sight, pace: int) -> None:
    others = len(execution.dispatcher().visitors(sight.run.id) - {visitor()})
    key = f"{chosen.page}.stop"
    if others and sight.run.id in _left():
        st.button(
            _("Join again"),
            key=key,
            icon=":material/group_add:",
            on_click=_submit,
            args=(chosen, sight.recipe, pace),
            width="stretch",
        )
        st.caption(_("You have left this run. It goes on, as {number} still want it.").format(
            number=others))  # fmt: skip
        return
    st.button(
        _("Leave the queue") if sight.state == "waiting" else _("Stop"),
        key=key,
        icon=":material/stop:",
        on_click=_leave,
        args=(sight.run.id,),
        width="stretch",
        help=_("The run is kept and can go on later.")
        + (" " + _("It goes on now for {number} others.").format(number=others) if others else ""),
    )


def _left() -> set[str]:
    """Runs that this visitor has left while others still want them."""
    return st.session_state.setdefault("left", set())


def _leave(run_id: str) -> None:
    if not execution.dispatcher().stop(run_id, visitor()):
        _left().add(run_id)


def _draw_continue(chosen: Choices, sight: Sight, pace: int) -> None:
    more = chosen.recipe.hyperparameters.epochs - chosen.recipe.first_epoch
    try:
        further = chosen.recipe.continued(more)
    except HyperparameterError:
        st.caption(_("Trained as far as this page allows."))
        return
    st.button(
        _("Continue for {more} more epochs").format(more=f"{more:,}"),
        key=f"{chosen.page}.continue",
        icon=":material/fast_forward:",
        on_click=_submit,
        args=(chosen, further, pace),
        width="stretch",
        help=_(
            "From where the run stands now. A learning rate that has fallen to zero starts "
            "again at its full value."
        )
        if chosen.recipe.has_horizon
        else _("From where the run stands now."),
    )


def _submit(chosen: Choices, recipe: Recipe, pace: int) -> None:
    """Trains a recipe; runs before the page's script, as the answer to a click."""
    if not controls.adopt(chosen, recipe):
        return
    recipe = chosen.recipe
    try:
        recipe.hyperparameters.replace()  # own data may have been erased while the page was open
        run_id = execution.dispatcher().submit(
            recipe,
            visitor=visitor(),
            at_least_seconds=float(pace),
            expected_seconds=estimate(recipe),
        )
        _left().discard(run_id)
    except (RunError, datasets.DataError, HyperparameterError) as error:
        chosen.messages = [str(error)]


def _preview(sight: Sight, pace: int) -> str:
    """What a click would cost, or that it would cost nothing."""
    recipe = sight.recipe
    parts = [_("{count} parameters").format(count=f"{recipe.hyperparameters.num_parameters:,}")]
    if sight.complete:
        parts.append(_("already trained"))
    else:
        needed = duration(max(estimate(recipe), pace))
        parts.append(_("about {duration} here").format(duration=needed))
        ahead = execution.dispatcher().num_ahead(visitor())
        if ahead:
            parts.append(_("{number} ahead of you").format(number=ahead))
    if not execution.dispatcher().is_warm:
        parts.append(_("the training process is starting"))
    return " · ".join(parts)


def estimate(recipe: Recipe) -> float:
    """Seconds that training a recipe is likely to take on this machine."""
    return estimates.estimated_seconds(recipe, _correction(str(execution.dispatcher().store.root)))


@st.cache_data(ttl=20, max_entries=4, show_spinner=False)
def _correction(root: str) -> float:
    """How this machine's speed differs from the rough constants, by its latest runs."""
    finished = []
    for run in execution.dispatcher().store.runs()[:12]:
        config, result = run.config, run.result()
        if config is None or not result:
            continue
        try:
            finished.append((Recipe.from_dict(config), result))
        except (ValueError, TypeError, KeyError):
            continue  # of another version
    return estimates.correction(finished)


# What the run shows


def watch(
    chosen: Choices,
    numbers: Callable[[Sight], list[Number]],
    draw: Callable[[Sight], None],
    busy: Callable[[Sight], bool] = lambda sight: False,
) -> None:
    """Draws the run's progress, numbers and pictures, and keeps them up to date.

    Args:
        chosen: The visitor's choices.
        numbers: The page's most important figures of a `Sight`.
        draw: Draws the page's pictures of a `Sight`; called again twice a second and more while
            the run is in training.
        busy: Whether something else is under way that is worth looking at as often.
    """
    recipe = chosen.recipe
    first = look(recipe)
    was_busy = busy(first)
    pace = _seconds_between_looks() if first.active or was_busy else IDLE_SECONDS

    @turns.fragment(run_every=pace)
    def pictures() -> None:
        if chosen.recipe != recipe:
            st.rerun()  # a button among the pictures has changed the knobs
        sight = look(recipe)
        if sight.run.exists:
            sight.run.watch(visitor())
        if sight.active and sight.run.id not in _left():
            execution.dispatcher().attend(sight.run.id, visitor())
        _draw_overview(chosen, sight, numbers(sight))
        draw(sight)
        hurry = _seconds_between_looks() / pace if sight.active else 1.0
        if sight.state != first.state or busy(sight) != was_busy or not 0.5 <= hurry <= 2.0:
            st.rerun()  # the buttons change, or the pace of looking

    pictures()
    _note_seen(chosen, first)


def _seconds_between_looks() -> float:
    return max(POLL_SECONDS, ONLOOKER_SECONDS * execution.dispatcher().num_onlookers())


def _note_seen(chosen: Choices, sight: Sight) -> None:
    if st.session_state.get("looked") != sight.run.id:  # a script runs again for every click
        st.session_state["looked"] = sight.run.id
        metrics.LOOKS.labels("stored" if sight.complete else "not stored").inc()
    if sight.events:
        rest = [one for one in chosen.seen if one.run_id() != sight.run.id]
        chosen.seen = [*rest, sight.recipe][-RUNS_SEEN:]


def _draw_overview(chosen: Choices, sight: Sight, numbers: list[Number]) -> None:
    """Progress on the left, the numbers beside it: both in view above the pictures."""
    progress, *rest = st.columns([2.2, *(1 for _ in numbers)], vertical_alignment="center")
    with progress:
        _draw_status(chosen, sight)
    for column, number in zip(rest, numbers, strict=True):
        column.metric(
            number.label,
            number.value,
            number.comparison,
            delta_color="off",
            delta_arrow="off",
            help=number.help,
        )


def _draw_status(chosen: Choices, sight: Sight) -> None:
    if sight.state == "waiting":
        st.progress(0.0, text=_waiting_text(sight))
    elif sight.state == "running":
        st.progress(_share(sight), text=_running_text(sight))
    elif sight.result and sight.state in ("diverged", "failed"):
        _draw_trouble(chosen, sight, sight.result)
    elif sight.result and (sight.complete or sight.state == "stopped"):
        st.progress(_share(sight), text=_ended_text(sight, sight.result))
    else:
        st.progress(
            0.0,
            text=_("Not trained yet. Guess what will happen, then press **Train** (Ctrl+Enter)."),
        )


def _waiting_text(sight: Sight) -> str:
    if not execution.dispatcher().is_warm:
        if not sight.ahead:
            return _("The training process is starting; yours is next.")
        text = _("The training process is starting; {number} ahead of you.")
        return text.format(number=sight.ahead)
    if not sight.ahead:
        return _("Starting …")
    wait = duration(execution.dispatcher().expected_wait(sight.run.id))
    text = _("In the queue, {number} ahead of you, about {wait} to wait.")
    return text.format(number=sight.ahead, wait=wait)


def _share(sight: Sight) -> float:
    last = sight.recipe.hyperparameters.epochs
    return min(sight.epoch / last, 1.0)


def _running_text(sight: Sight) -> str:
    last = sight.recipe.hyperparameters.epochs
    text = _("Epoch **{epoch}** of {last}")
    parts = [text.format(epoch=f"{int(sight.epoch):,}", last=f"{last:,}")]
    left = sight.live.get("seconds_left")
    if left is not None:
        parts.append(_("{duration} left").format(duration=duration(left)))
    return " · ".join([*parts, *_speed(sight)])


def _ended_text(sight: Sight, result: Mapping[str, Any]) -> str:
    last = sight.recipe.hyperparameters.epochs
    text = _("Trained for **{epochs}** epochs")
    if result["epochs"] < last:
        text = _("Stopped after epoch **{epochs}** of {last}")
    ended = text.format(epochs=f"{result['epochs']:,}", last=f"{last:,}")
    took = _("{seconds:.1f} s").format(seconds=result["seconds"])
    return " · ".join([ended, took, *_speed(sight)])


def _speed(sight: Sight) -> list[str]:
    rate, device = sight.live.get("images_per_second"), sight.live.get("device")
    if not device:
        return []
    text = _("{rate:,} examples/s on {device}") if rate else _("on {device}")
    return [text.format(rate=rate, device=device)]


def _draw_trouble(chosen: Choices, sight: Sight, result: Mapping[str, Any]) -> None:
    st.error(result["message"], icon=":material/error:")
    suggestion = result.get("suggestion", {})
    knobs = sight.recipe.hyperparameters.knobs()
    for name, text in suggestion.items():
        label = _("Try {knob} {value}").format(knob=_(knobs[name].label).lower(), value=text)
        draw_offer(chosen, label, {name: text}, key=f"suggestion.{name}")


def draw_offer(chosen: Choices, label: str, changes: Mapping[str, str], *, key: str) -> None:
    """A button that changes some knobs, given as text, and trains at once."""
    st.button(
        label,
        key=f"{chosen.page}.{key}",
        type="primary",
        on_click=_try,
        args=(chosen, chosen.recipe.hyperparameters.parse(changes)),
        disabled=bool(obstacle := assignment.obstacle(changes)),
        help=obstacle,
    )


def _try(chosen: Choices, hyperparameters: TrainingHyperparameters) -> None:
    pace = st.session_state.get(f"{chosen.page}.pace", 0)
    _submit(chosen, Recipe(chosen.recipe.type, hyperparameters), pace)


def draw_branch_button(
    chosen: Choices, branch: Recipe | None, *, disabled: bool, hint: str
) -> None:
    """The button that trains a branch, with what it would cost, or a hint why it is disabled."""
    pace = st.session_state.get(f"{chosen.page}.pace", 0)
    if obstacle := branch and limits.obstacle(branch, estimate(branch), settings.current()):
        disabled, hint = True, obstacle
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Branch and train"),
            key=f"{chosen.page}.branch.train",
            type="primary",
            icon=":material/call_split:",
            on_click=_submit,
            args=(chosen, branch, pace),
            disabled=disabled or branch is None,
        )
        st.caption(hint or (_preview(look(branch), pace) if branch else ""))


def earlier_runs(chosen: Choices) -> list[tuple[str, list[dict]]]:
    """This visitor's last runs before the present one: what differed, and their events."""
    present = chosen.recipe.run_id()
    found = []
    origin = [chosen.recipe.origin.recipe] if chosen.recipe.origin else []
    seen = [recipe for recipe in chosen.seen if recipe not in origin]
    earlier = [recipe for recipe in [*seen, *origin] if recipe.run_id() != present]
    for recipe in earlier[-EARLIER_RUNS:]:
        events = execution.dispatcher().store.run(recipe.run_id()).events()
        found.append((_difference(recipe, chosen.recipe), events))
    return found


def _difference(recipe: Recipe, present: Recipe) -> str:
    knobs = recipe.hyperparameters.knobs()
    different = recipe.hyperparameters.difference(present.hyperparameters)
    texts = [f"{_(knobs[name].label).lower()} {text}" for name, text in different.items()]
    return ", ".join(texts) or _("before it was continued")


@contextmanager
def drawer(title: str, key: str, icon: str) -> Iterator[bool]:
    """An expander, and whether it is open: make its content only then. Most never open it."""
    place = st.expander(title, icon=icon, key=key, on_change="rerun")
    with place:
        yield bool(place.open)


def draw_record(chosen: Choices) -> None:
    """All recorded epochs as a table, which can be searched, sorted and downloaded."""
    title = _("The record: all epochs as a table")
    with drawer(title, f"{chosen.page}.record", ":material/table_rows:") as is_open:
        if not is_open:
            return
        sight = look(chosen.recipe)
        if sight.active:
            st.markdown(_("The table is made when the training has ended."))
        elif sight.events:
            st.dataframe(pd.json_normalize(sight.events, sep=" "), hide_index=True)
        else:
            st.markdown(_("Nothing is recorded before the first training."))


def draw_architecture(recipe: Recipe) -> None:
    """The network that the knobs describe."""
    h = recipe.hyperparameters
    sizes = " – ".join(figures.shape_text(shape) for shape in h.layer_shapes)
    figure = figures.architecture_diagram(
        h.layer_shapes, h.layer_activations, h.code_index, h.num_parameters
    )
    live_plots(
        [figure],
        key=f"{recipe.type.name}.architecture",
        alts=[
            _("Network with layers of {sizes} units and {count} parameters").format(
                sizes=sizes, count=f"{h.num_parameters:,}"
            )
        ],
        height=260,
        run_id=recipe.run_id(),
    )


def draw_experiments(chosen: Choices, experiments: Sequence[Experiment]) -> None:
    """Buttons that set the knobs and train at once; the question stands below while its
    experiment is on the page."""
    present = None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("**Try this:**"), width="content")
        for experiment in experiments:
            hyperparameters = chosen.preset("ours").hyperparameters.parse(experiment.changes)
            if chosen.recipe.hyperparameters == hyperparameters:
                present = experiment
            st.button(
                experiment.title,
                key=f"{chosen.page}.experiment.{experiment.title}",
                icon=":material/science:",
                on_click=_try,
                args=(chosen, hyperparameters),
                disabled=bool(obstacle := assignment.obstacle(experiment.changes)),
                help=obstacle or _about_experiment(hyperparameters, experiment.changes),
            )
    if present:
        label = _("**{question}** What you should see …").format(question=present.question)
        with st.expander(label):
            glossary.prose(present.answer)


def _about_experiment(hyperparameters: Hyperparameters, names: Collection[str]) -> str:
    """Which knobs an experiment sets, and what becomes of the others."""
    knobs = hyperparameters.knobs()
    texts = hyperparameters.as_text()
    changes = [
        f"{_(knobs[name].label).lower()} {controls.shown(knobs[name], texts[name])}"
        for name in names
    ]
    return _(
        "Trains at once with {changes}; all other knobs as in the preset “Ours”. *Undo* takes it "
        "back."
    ).format(changes=", ".join(changes))

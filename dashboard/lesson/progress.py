"""How far a run has come, in words, and what to do where it went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.controls.choices import Choices
from dashboard.jobs import execution
from dashboard.lesson.buttons import submit_training
from dashboard.runs.run_view import RunView
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _, _n, duration
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.runs.files import UnreadableError
from models.runs.recipe import Recipe


def draw_status(chosen: Choices, run_view: RunView) -> None:
    """How far the run has come, in a line and a bar, and what went wrong."""
    if run_view.state == "waiting":
        st.progress(0.0, text=_waiting_text(run_view))
    elif run_view.state == "running":
        st.progress(_share(run_view), text=_running_text(run_view))
    elif run_view.result and run_view.state in ("diverged", "failed"):
        _draw_trouble(chosen, run_view, run_view.result)
    elif run_view.result and (run_view.complete or run_view.state == "stopped"):
        st.progress(_share(run_view), text=_ended_text(run_view, run_view.result))
    elif run_view.trouble:
        draw_unreadable(chosen, run_view.trouble)
    elif run_view.state == "interrupted" and run_view.events:
        st.progress(_share(run_view), text=_cut_off_text(run_view))
    else:
        st.progress(
            0.0,
            text=_("An untrained network. Press **Train**."),
        )


def draw_unreadable(chosen: Choices, trouble: UnreadableError) -> None:
    """Which file of the page's run cannot be read, and the way on."""
    st.error(in_markdown(trouble), icon=":material/broken_image:")
    if not trouble.is_newer:
        st.button(
            _("Train it again"),
            key=f"{chosen.page}.mend",
            icon=":material/healing:",
            on_click=submit_training,
            args=(chosen, chosen.recipe),
            help=_("What is damaged is made anew, with the same numbers; all else is kept."),
        )


def _waiting_text(run_view: RunView) -> str:
    if execution.dispatcher().is_broken:
        return _("Waiting for a training process: none can be had at the moment.")
    if not execution.dispatcher().is_warm:
        if not run_view.ahead:
            return _("The training process is starting; yours is next.")
        text = _("The training process is starting; {number} ahead of you.")
        return text.format(number=run_view.ahead)
    if not run_view.ahead:
        return _("Starting …")
    wait = duration(execution.dispatcher().expected_wait(run_view.run.id))
    text = _("In the queue, {number} ahead of you, about {wait} to wait.")
    return text.format(number=run_view.ahead, wait=wait)


def _share(run_view: RunView) -> float:
    last = run_view.recipe.hyperparameters.epochs
    return min(run_view.epoch / last, 1.0)


def _running_text(run_view: RunView) -> str:
    last = run_view.recipe.hyperparameters.epochs
    text = _("Epoch **{epoch}** of {last}")
    parts = [text.format(epoch=f"{int(run_view.epoch):,}", last=f"{last:,}")]
    left = run_view.live.get("seconds_left")
    if left is not None:
        parts.append(_("{duration} left").format(duration=duration(left)))
    return " · ".join([*parts, *_speed(run_view)])


def _cut_off_text(run_view: RunView) -> str:
    # Nothing was stored of why: a process that dies or finds no room on the disk cannot.
    text = _(
        "Cut off after epoch **{epoch}** of {last}: the training process died, or the server's "
        "disk was full. Press **Train**: it goes on from what is stored."
    )
    last = run_view.recipe.hyperparameters.epochs
    return text.format(epoch=f"{int(run_view.epoch):,}", last=f"{last:,}")


def _ended_text(run_view: RunView, result: Mapping[str, Any]) -> str:
    last = run_view.recipe.hyperparameters.epochs
    text = _n("Trained for **{epochs}** epoch", "Trained for **{epochs}** epochs", result["epochs"])
    if result["epochs"] < last:
        text = _("Stopped after epoch **{epochs}** of {last}")
    ended = text.format(epochs=f"{result['epochs']:,}", last=f"{last:,}")
    took = _("{seconds:.1f} s").format(seconds=result["seconds"])
    return " · ".join([ended, took, *_speed(run_view)])


def _speed(run_view: RunView) -> list[str]:
    rate, device = run_view.live.get("images_per_second"), run_view.live.get("device")
    if not device:
        return []
    text = _("{rate:,} examples/s on {device}") if rate else _("on {device}")
    return [text.format(rate=rate, device=in_markdown(device))]


def _draw_trouble(chosen: Choices, run_view: RunView, result: Mapping[str, Any]) -> None:
    st.error(in_markdown(result["message"]), icon=":material/error:")
    suggestion = result.get("suggestion", {})
    fields = run_view.recipe.hyperparameters.fields()
    for name, text in suggestion.items():
        label = _("Try {hyperparameter} {value}").format(
            hyperparameter=_(fields[name].label).lower(), value=in_markdown(text)
        )
        draw_offer(chosen, label, {name: text}, key=f"suggestion.{name}")


def draw_offer(chosen: Choices, label: str, changes: Mapping[str, str], *, key: str) -> None:
    """A button that changes some settings, given as text, and trains at once."""
    st.button(
        label,
        key=f"{chosen.page}.{key}",
        type="primary",
        on_click=try_settings,
        args=(chosen, chosen.recipe.hyperparameters.parse(changes)),
        disabled=bool(obstacle := assignment.obstacle(changes)),
        help=obstacle,
    )


def try_settings(chosen: Choices, hyperparameters: TrainingHyperparameters) -> None:
    """Trains other settings, at the pace that is chosen; the answer to a click."""
    submit_training(chosen, Recipe(chosen.recipe.type, hyperparameters))

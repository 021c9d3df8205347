"""Predict, then check: the student commits a guess, trains, and the run answers.

Nobody has to guess: the settings and the button Train work without. A guess belongs to one run, so
another configuration can be guessed anew; of a run that has ended, such as the default that the
server trains ahead, the answer stands on the page, so the question waits for the next.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.controls.choices import Choices
from dashboard.runs.run_view import RunView, view_run
from dashboard.text.i18n import _

MAX_GUESSES = 50
"""Guesses remembered per lesson and visitor."""


def run_has_ended(run_view: RunView) -> bool:
    """Whether the run has a result, and nobody trains it on."""
    return run_view.result is not None and not run_view.active


@dataclass(frozen=True)
class Prediction:
    """A question that a run decides.

    Attributes:
        question: What the student is asked before training.
        options: The possible answers, as short phrases.
        answer: The index of the option that a run which has ended found true; None if it does not
            decide the question.
        why: One sentence of explanation: one per option, for when that option is the true one, or
            a single one for all.
        ended: Whether what decides the question has ended; by default the run.
    """

    question: str
    options: Sequence[str]
    answer: Callable[[RunView], int | None]
    why: str | Sequence[str]
    ended: Callable[[RunView], bool] = run_has_ended

    def __post_init__(self) -> None:
        if not isinstance(self.why, str) and len(self.why) != len(self.options):
            raise ValueError(
                f"{self.question!r} has {len(self.options)} options, but {len(self.why)} "
                "explanations: give one per option, or a single text."
            )

    def reason(self, index: int) -> str:
        """Why this option is the true one."""
        return self.why if isinstance(self.why, str) else self.why[index]

    def verdict(self, run_view: RunView) -> int | None:
        """The option that the run found true; None before it has ended, or if it decides none."""
        if not self.ended(run_view) or not run_view.events:
            return None
        return self.answer(run_view)


def answer_by(
    measure: Callable[[RunView], float | None], *limits: float
) -> Callable[[RunView], int | None]:
    """What answers a question by a figure of a run: 0 below the first limit, 1 from there on up to
    the second, and so on. A training that diverged, or has no such figure, decides nothing."""

    def answer(run_view: RunView) -> int | None:
        if run_view.result is None or run_view.result["status"] == "diverged":
            return None
        value = measure(run_view)
        return None if value is None else bisect_right(limits, value)

    return answer


def draw(chosen: Choices, prediction: Prediction) -> None:
    """The question, the guess, or the guess beside the run's answer: whichever it is time for."""
    run_view = view_run(chosen.recipe)
    page, run_id = chosen.page, run_view.run.id
    guesses = _guesses(page)
    with st.container(key=f"{page}.prediction"):
        if run_id in guesses:
            _draw_guess(prediction, run_view, page)
        elif prediction.ended(run_view):
            st.markdown(
                _(
                    "**Guess first:** {question} This run has told already. Change a setting, the "
                    "seed for instance, and guess before you train."
                ).format(question=prediction.question)
            )
        elif guesses and st.session_state.get(_asking(page)) != run_id:
            _draw_ask_again(page, run_id)
        else:
            _draw_question(prediction, page, run_id)


def guess_of(page: str, run_id: str) -> int | None:
    """The option that this visitor has guessed for a run."""
    return _guesses(page).get(run_id)


def _guesses(page: str) -> dict[str, int]:
    """This visitor's guesses: run id -> option, the latest last."""
    return st.session_state.setdefault(f"guesses.{page}", {})


def _asking(page: str) -> str:
    """Where the session keeps the run for which the question was asked for again."""
    return f"guesses.{page}.asking"


def _draw_ask_again(page: str, run_id: str) -> None:
    st.button(
        _("Guess again, for this configuration"),
        key=f"{page}.guess.again",
        type="tertiary",
        icon=":material/psychology_alt:",
        on_click=st.session_state.update,
        args=({_asking(page): run_id},),
    )


def _draw_question(prediction: Prediction, page: str, run_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        text = _("**Guess first:** {question}").format(question=prediction.question)
        st.markdown(text, width="content")
        option = st.radio(
            prediction.question,
            range(len(prediction.options)),
            index=None,
            format_func=lambda index: prediction.options[index],
            horizontal=True,
            label_visibility="collapsed",
            key=f"{page}.guess.{run_id}",
        )
        st.button(
            _("That is my guess"),
            key=f"{page}.guess.commit",
            disabled=option is None,
            on_click=_commit,
            args=(page, run_id, option),
        )


def _commit(page: str, run_id: str, option: int) -> None:
    guesses = _guesses(page)
    guesses[run_id] = option
    while len(guesses) > MAX_GUESSES:
        del guesses[next(iter(guesses))]


def _take_back(page: str, run_id: str) -> None:
    _guesses(page).pop(run_id, None)


def _draw_guess(prediction: Prediction, run_view: RunView, page: str) -> None:
    guesses = _guesses(page)
    guess, truth = guesses[run_view.run.id], prediction.verdict(run_view)
    if not prediction.ended(run_view):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                _("{question} You guess: **{guess}**. The run will tell.").format(
                    question=prediction.question, guess=prediction.options[guess]
                ),
                width="content",
            )
            st.button(
                _("Change"),
                key=f"{page}.guess.change",
                type="tertiary",
                on_click=_take_back,
                args=(page, run_view.run.id),
            )
    else:
        st.markdown(_answer_text(prediction, guess, truth))


def _answer_text(prediction: Prediction, guess: int, truth: int | None) -> str:
    guessed = prediction.options[guess]
    if truth is None:
        text = _(":material/help: You guessed **{guess}**. This run does not decide it.")
        return text.format(guess=guessed)
    if truth == guess:
        text = _(":material/check_circle: You guessed **{guess}**, and so it is. {why}")
    else:
        text = _(":material/lightbulb: You guessed **{guess}**, the run says **{truth}**. {why}")
    return text.format(guess=guessed, truth=prediction.options[truth], why=prediction.reason(truth))

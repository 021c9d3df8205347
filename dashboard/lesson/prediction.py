"""Questions that a run decides, and what a visitor has guessed and seen.

Nobody has to guess: the settings and the button Train work without. A guess belongs to one run, so
another configuration can be guessed anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.runs.run_view import RunView
from dashboard.session.memory import remembered

TOLD = -1
"""Stands for a reading of whoever wanted to be told."""

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


def guess_of(page: str, run_id: str) -> int | None:
    """The option that this visitor has guessed for a run before its training."""
    return _answers("guesses", page).get(run_id)


def note_guess(page: str, run_id: str, option: int | None) -> None:
    """Remembers a guess; None takes it back."""
    _note("guesses", page, run_id, option)


def reading_of(page: str, run_id: str) -> int | None:
    """The option that this visitor has read from the pictures of a run that has ended, or TOLD."""
    return _answers("readings", page).get(run_id)


def note_reading(page: str, run_id: str, option: int | None) -> None:
    """Remembers what was read."""
    _note("readings", page, run_id, option)


def _answers(kind: str, page: str) -> dict[str, int]:
    """This visitor's answers: run id -> option, the latest last."""
    return remembered().setdefault(f"{kind}.{page}", {})


def _note(kind: str, page: str, run_id: str, option: int | None) -> None:
    answers = _answers(kind, page)
    answers.pop(run_id, None)
    if option is not None:
        answers[run_id] = option
    while len(answers) > MAX_GUESSES:
        del answers[next(iter(answers))]

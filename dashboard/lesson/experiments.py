"""Things to try: each changes some settings, asks what comes of it, and says so afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.controls.choices import Choices
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters


@dataclass(frozen=True)
class Experiment:
    """One thing to try.

    Attributes:
        title: What to do, in a few words.
        changes: Hyperparameters, as text, on top of the page's recommended ones.
        question: What to look at.
        answer: What one sees then, and why.
    """

    title: str
    changes: Mapping[str, str]
    question: str
    answer: str


Card = tuple[Experiment | None, TrainingHyperparameters]
"""An experiment, or None for a lesson's opening, and its settings."""


def list_cards(chosen: Choices, experiments: Iterable[Experiment]) -> list[Card]:
    """The opening of a lesson, and the experiments."""
    base = chosen.preset("ours").hyperparameters
    return [(None, base), *((one, base.parse(one.changes)) for one in experiments)]

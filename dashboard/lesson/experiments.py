"""Things to try: each changes some settings, asks what comes of it, and says so afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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

"""Sentences that state an outcome, each with a comparison of figures of runs that decides it.

A page puts what it says together from them: `f"{TWO_NUMBERS} And the others?"`. A claim is right if
it holds for every seed that `python -m benchmarks.claims` tries; docs/claims.md has the figures.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.autoencoders import registry
from models.runs.recipe import Recipe

HELD_OUT, TRAIN = "held_out.reconstruction_mse", "train.reconstruction_mse"
PCA = "pca.held_out"
"""Where the result has the squared errors that most claims compare."""

NUM_SEEDS = 5
"""With how many seeds a claim is checked."""


@dataclass(frozen=True)
class Figure:
    """A number of a run that has ended.

    Attributes:
        type: Of the autoencoder.
        measure: One of `measures.MEASURES`, or where the number stands in the run's result, such as
            "held_out.reconstruction_mse" or "pca.held_out".
        settings: Hyperparameters, as text, on top of the preset.
        preset: "ours" or "article".
    """

    type: str
    measure: str
    settings: Mapping[str, str] = field(default_factory=dict)
    preset: str = "ours"

    def recipe(self, seed: int) -> Recipe:
        """The run that has the number, with another seed, also of the points where these are drawn
        at random."""
        type = registry.by_name(self.type)
        h = type.preset(self.preset).parse(self.settings)
        drawn = {"sample": seed} if "sample" in h.fields() else {}
        return Recipe(type, h.replace(seed=seed, **drawn))

    def describe(self) -> list[str]:
        """All that determines the number but the seed, today's defaults included."""
        recipe = self.recipe(0)
        return [self.measure, recipe.run_id(), str(recipe.hyperparameters.epochs)]


@dataclass(frozen=True)
class Claim:
    """That one figure is smaller than another, whatever the seed.

    Attributes:
        sentence: As a page says it. `str` of the claim is the sentence.
        less: The figure that is smaller, or a number.
        more: The one that is larger, or a number.
        times: How many times as large it is at least, more than 1; of `by` and this one is given.
        by: By how much it is larger at least, more than 0; for figures that may be 0.

    Raises:
        ValueError: If what is claimed would hold of runs that were swapped.
    """

    sentence: str
    less: Figure | float
    more: Figure | float
    times: float | None = None
    by: float | None = None

    def __post_init__(self) -> None:
        if (self.times is None) == (self.by is None):
            raise ValueError(f"{self.sentence!r} needs either `times` or `by`.")
        if self.least <= (0.0 if self.times is None else 1.0):
            raise ValueError(f"{self.sentence!r} would hold of two runs that are alike.")

    def __str__(self) -> str:
        return self.sentence

    @property
    def least(self) -> float:
        """The smallest effect with which it holds."""
        return (self.by if self.times is None else self.times) or 0.0

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Those that runs have to give."""
        return tuple(one for one in (self.less, self.more) if isinstance(one, Figure))

    def effect(self, less: float, more: float) -> float:
        """How many times as large the second number is, or by how much larger."""
        return more - less if self.by is not None else more / less

    def holds(self, effect: float) -> bool:
        """Whether an effect is large enough; one that is no number is not."""
        return effect >= self.least

    @property
    def condition(self) -> str:
        """What the effect must be, for a table."""
        return f"by {self.by:g} or more" if self.times is None else f"{self.times:g} times or more"

    @property
    def key(self) -> str:
        """Changes with all that may change the effect, and with nothing else."""
        return _hash([_described(self.less), _described(self.more), self.times, self.by])

    def seeds(self, attempt: int = 1) -> list[int]:
        """The seeds that it is checked with. They follow from `key`, so that nobody picks them.

        Args:
            attempt: Other numbers give fresh seeds: whoever has changed a claim because of what
                some seeds gave checks it with others.
        """
        drawn = (int(_hash([self.key, attempt, n]), 16) % 9_000 + 1_000 for n in itertools.count())
        found: dict[int, None] = {}
        while len(found) < NUM_SEEDS:
            found[next(drawn)] = None
        return list(found)


@dataclass(frozen=True)
class Alike(Claim):
    """That two figures, whichever is the larger, differ by no more than a factor, `times`."""

    def effect(self, less: float, more: float) -> float:
        """How many times as large the larger one is."""
        return max(less, more) / min(less, more)

    def holds(self, effect: float) -> bool:
        return effect <= self.least

    @property
    def condition(self) -> str:
        return f"at most {self.times:g} times"


def _described(figure: Figure | float) -> Any:
    return figure.describe() if isinstance(figure, Figure) else figure


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]

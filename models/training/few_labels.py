"""A study of what an encoder is worth that was trained without labels: its plan and its outcome.

Nothing here imports TensorFlow, so that the web process can ask for a study and show it; the
training itself is in `models.training.pretraining`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import stdtrit

from models.data import datasets
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import Recipe
from models.runs.records import STUDY

VERSION = 1
"""Raised by hand whenever the same study gives other numbers than before."""

COUNTS = (10, 20, 50, 100, 200, 500, 1000, 2000, 4000)
"""Labelled images that a study may give to the classifiers."""

MAX_SEEDS = 10
"""Tries that a study may have."""

ARMS = ("scratch", "fine_tuned", "frozen", "pixels")
"""What is compared: the whole network from its random start, the same from the trained encoder,
only a softmax layer on the trained codes, and one on the pixels."""


@dataclass(frozen=True)
class Study:
    """Classifiers on few labelled images, with and without pre-training.

    Attributes:
        recipe: The run whose encoder is used, trained up to the recipe's last epoch.
        num_seeds: Tries; each draws other labelled images, other first weights, other batches. All
            start from the same encoder, so their scatter has no part of the luck of its training.
        epochs: How often each classifier sees its labelled images.
        least_steps: Optimiser steps that each takes at least: few images have short epochs.
        batch_size: Labelled images per step, drawn with replacement.
        learning_rate: Of Adam, for all that is trained.
    """

    recipe: Recipe
    num_seeds: int = 5
    epochs: int = 10
    least_steps: int = 100
    batch_size: int = 50
    learning_rate: float = 0.001

    def __post_init__(self) -> None:
        if datasets.by_name(self.recipe.hyperparameters.dataset).num_labels < 2:
            raise HyperparameterError(
                "dataset", "These data have no classes: choose a set of images to classify."
            )

    @property
    def counts(self) -> tuple[int, ...]:
        """How many labelled images are tried: no more than there are training images."""
        return tuple(n for n in COUNTS if n <= self.recipe.hyperparameters.num_examples)

    @property
    def num_labels(self) -> int:
        """Classes to tell apart."""
        return datasets.by_name(self.recipe.hyperparameters.dataset).num_labels

    @property
    def trials(self) -> list[tuple[int, int]]:
        """Pairs of a number of labelled images and a seed, in the order in which they are tried:
        a first seed for all numbers, then a second."""
        return [(count, seed) for seed in range(self.num_seeds) for count in self.counts]

    def steps(self, count: int) -> int:
        """Optimiser steps on `count` labelled images, the same for everything that is trained."""
        return max(self.least_steps, math.ceil(self.epochs * count / self.batch_size))

    def run_id(self) -> str:
        """Names the study's folder in the run store, as `Recipe.run_id` names a run's.

        Raises:
            models.data.datasets.DataError: If the offline files of the data set cannot be read.
        """
        plan = self._plan() | {"encoder": self.recipe.run_id(), "version": VERSION}
        plan["encoder_epochs"] = self.recipe.hyperparameters.epochs
        text = json.dumps(plan, sort_keys=True)
        return f"{STUDY}{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def _plan(self) -> dict[str, Any]:
        names = ("num_seeds", "epochs", "least_steps", "batch_size", "learning_rate")
        return {name: getattr(self, name) for name in names}

    def as_dict(self) -> dict[str, Any]:
        """What the folder's config.json and a request to a training process hold."""
        return {"study": self._plan(), "recipe": self.recipe.as_dict()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`.

        Raises:
            ValueError: If `stored` names a type or a value that does not exist (any more).
        """
        return cls(Recipe.from_dict(stored["recipe"]), **stored["study"])


def labelling_order(labels: np.ndarray, seed: int) -> np.ndarray:
    """Indices of the examples in the order in which they get labels: at random, but in rounds of
    one of each class, so that the first n hold every class equally often, to within one.

    Args:
        labels: Class of each example, [n].
        seed: Another number draws another order.
    """
    order = np.random.RandomState(seed).permutation(len(labels))
    rounds = np.empty(len(labels), int)
    for label in np.unique(labels):
        members = np.flatnonzero(labels[order] == label)
        rounds[members] = np.arange(len(members))
    return order[np.argsort(rounds, kind="stable")]


# The outcome


@dataclass(frozen=True)
class Accuracy:
    """Held-out accuracies of one arm over the seeds: mean and half the 95 % interval."""

    mean: float
    half_width: float


def interval(values: Iterable[float], level: float = 0.95) -> Accuracy:
    """The mean of the values and half of its confidence interval by Student's t, NaN with fewer
    than two values (Student, "The probable error of a mean", 1908)."""
    values = np.asarray(list(values), float)
    if len(values) < 2:
        return Accuracy(float(values.mean()) if len(values) else math.nan, math.nan)
    error = values.std(ddof=1) / math.sqrt(len(values))
    factor = float(stdtrit(len(values) - 1, 0.5 + level / 2))
    return Accuracy(float(values.mean()), float(factor * error))


@dataclass(frozen=True)
class Outcome:
    """What a study has found so far.

    Attributes:
        accuracies: By number of labelled images and arm, one per seed.
    """

    accuracies: Mapping[tuple[int, str], tuple[float, ...]]

    @classmethod
    def of(cls, events: Iterable[Mapping]) -> Self:
        """Reads the study's recorded trials."""
        found: dict[tuple[int, str], list[float]] = {}
        for event in events:
            for arm in ARMS:
                found.setdefault((event["count"], arm), []).append(event["accuracy"][arm])
        return cls({key: tuple(values) for key, values in found.items()})

    @property
    def counts(self) -> list[int]:
        """Numbers of labelled images that were tried."""
        return sorted({count for count, _arm in self.accuracies})

    def accuracy(self, count: int, arm: str) -> Accuracy:
        """Mean and uncertainty of one arm."""
        return interval(self.accuracies[count, arm])

    def gain(self, count: int, level: float = 0.95) -> Accuracy:
        """How much larger the accuracy is after pre-training than from scratch. Seed by seed, as
        both were given the same images: what a lucky draw does to both cancels."""
        arms = (self.accuracies[count, arm] for arm in ("fine_tuned", "scratch"))
        return interval((a - b for a, b in zip(*arms, strict=True)), level)

    def verdict(self, count: int) -> int:
        """1 if that gain is more than luck, -1 if that loss is, 0 if the interval holds zero or
        is unknown.

        Whoever judges nine times errs more often than who judges once: the intervals are widened
        so that in 95 of 100 studies none of all verdicts takes luck for more (Bonferroni).
        """
        gain = self.gain(count, 1 - 0.05 / len(self.counts))
        beyond = abs(gain.mean) > gain.half_width
        return int(np.sign(gain.mean)) if beyond else 0

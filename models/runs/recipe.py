"""A recipe is all that determines a run: type, hyperparameters, and what lies before it.

Nothing here imports TensorFlow, so that the web process can name runs.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.autoencoders.registry import by_name
from models.data import loading
from models.hyperparameters.declaration import HyperparameterError

BRANCHING = ("learning_rate", "schedule", "beta", "kl_warmup_epochs", "epochs")
"""What may change in the middle of a training: it alters neither data nor network."""

MAX_BRANCHES = 10
"""Branches upon branches that an address may name."""

MAX_CONTINUED = 20
"""How often a run may be continued, each time with a fresh schedule, as an address says it."""

_EPOCH, _HORIZONS = re.compile(r"[0-9]{1,9}"), re.compile(r"([0-9]{1,9}(-[0-9]{1,9})*)?")


@dataclass(frozen=True)
class Origin:
    """Where a branch begins.

    Attributes:
        recipe: The run that it leaves.
        epoch: After which of its epochs.
    """

    recipe: Recipe
    epoch: int


@dataclass(frozen=True)
class Recipe:
    """All that determines a run: a type, its hyperparameters and what lies before it.

    A learning rate that falls to zero at the last epoch ends there. Training such a run
    further makes another run, which starts from the end of the first with a fresh schedule;
    `earlier_horizons` lists the last epochs of its forebears. With a constant learning rate it
    is empty: ten epochs and ten more are the same as twenty.

    A branch leaves another run at its `origin` with other values of some of `BRANCHING`.
    Weights and the optimiser's state go on; so does the count of steps, which a KL warm-up
    heeds; a cosine schedule begins anew.
    """

    type: AutoencoderType
    hyperparameters: TrainingHyperparameters
    earlier_horizons: tuple[int, ...] = ()
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if self.origin:
            self._check_origin(self.origin)
        first = self.origin.epoch if self.origin else 0
        horizons = (first, *self.earlier_horizons, self.hyperparameters.epochs)
        if any(a >= b for a, b in itertools.pairwise(horizons)):
            before = f"continues one of {horizons[-2]} epochs"
            if self.origin and not self.earlier_horizons:
                before = f"begins after epoch {first} of another"
            raise HyperparameterError(
                "epochs",
                f"epochs = {self.hyperparameters.epochs} cannot be used: this run {before}, so "
                "it must be a larger number.",
            )
        if len(self.earlier_horizons) > MAX_CONTINUED:
            raise HyperparameterError(
                "epochs",
                f"A run may be continued at most {MAX_CONTINUED} times. Train a new one for as "
                "many epochs, or with a constant learning rate, which has no such limit.",
            )
        if self.earlier_horizons and not self.has_horizon:
            raise HyperparameterError(
                "schedule", "Only a run with a cosine schedule has earlier horizons."
            )

    def _check_origin(self, origin: Origin) -> None:
        parent = origin.recipe
        changed = self.hyperparameters.difference(parent.hyperparameters)
        fixed = [name for name in changed if name not in (*BRANCHING, "device")]
        if parent.type != self.type or fixed:
            raise _unchangeable(fixed or ["type"])
        if not parent.first_epoch < origin.epoch <= parent.hyperparameters.epochs:
            raise HyperparameterError(
                "epochs",
                f"There is no branch after epoch {origin.epoch}: the run that it leaves has "
                f"epochs {parent.first_epoch + 1} to {parent.hyperparameters.epochs}.",
            )
        if self.num_branches > MAX_BRANCHES:
            raise HyperparameterError(
                "epochs", f"A run may be a branch of a branch at most {MAX_BRANCHES} times."
            )

    @property
    def num_branches(self) -> int:
        """How many branches led here."""
        return 1 + self.origin.recipe.num_branches if self.origin else 0

    @property
    def has_horizon(self) -> bool:
        """Whether the number of epochs changes the numbers of every epoch."""
        return self.hyperparameters.schedule != "constant"

    @property
    def first_epoch(self) -> int:
        """Epochs already behind a run when it starts: those of its parent."""
        if self.earlier_horizons:
            return self.earlier_horizons[-1]
        return self.origin.epoch if self.origin else 0

    def stage_horizon(self, stage: int) -> tuple[int, int]:
        """After which epochs a stage of this run begins and ends: where its learning rate, unless
        constant, begins to fall and is zero."""
        h = self.hyperparameters
        starts = (*h.stage_starts, max(h.epochs, h.stage_starts[-1] + 1))
        return max(starts[stage], self.first_epoch), starts[stage + 1]

    @property
    def parent(self) -> Recipe | None:
        """The run that this one starts from."""
        if not self.earlier_horizons:
            return self.origin.recipe if self.origin else None
        *earlier, last = self.earlier_horizons
        h = self.hyperparameters.replace(epochs=last)
        return Recipe(self.type, h, tuple(earlier), self.origin)

    def continue_for(self, more_epochs: int) -> Recipe:
        """The recipe that trains this one's result for some more epochs.

        Raises:
            HyperparameterError: If that is more than the type allows.
        """
        epochs = self.hyperparameters.epochs
        further = self.hyperparameters.replace(epochs=epochs + more_epochs)
        earlier = (*self.earlier_horizons, epochs) if self.has_horizon else ()
        return Recipe(self.type, further, earlier, self.origin)

    def branch_at(self, epoch: int, changes: Mapping[str, str]) -> Recipe:
        """The recipe that leaves this run after `epoch` with other values, given as text.

        Raises:
            HyperparameterError: If there is no such epoch, or a value cannot change.
        """
        return Recipe(self.type, self.hyperparameters.parse(changes), (), Origin(self, epoch))

    @property
    def ancestry(self) -> str:
        """The runs that this branch comes from, the nearest first, such as
        "12:learning_rate=0.002,epochs=25;3:beta=1": after which epoch each was left, and what of
        its hyperparameters was different from the one that left it. Empty if it is no branch."""
        if not self.origin:
            return ""
        parent, epoch = self.origin.recipe, self.origin.epoch
        other = parent.hyperparameters.difference(self.hyperparameters)
        texts = [f"{name}={text}" for name, text in other.items() if name in BRANCHING]
        if parent.earlier_horizons:
            texts.append(f"continued={'-'.join(map(str, parent.earlier_horizons))}")
        rest = f";{parent.ancestry}" if parent.origin else ""
        return f"{epoch}:{','.join(texts)}{rest}"

    def with_ancestry(self, text: str) -> Recipe:
        """This recipe as a branch of what `ancestry` says.

        Raises:
            HyperparameterError: If the text names no such runs; the message says why.
        """
        stage, _, rest = text.partition(";")
        epoch, colon, changes = stage.partition(":")
        values = dict(one.partition("=")[::2] for one in changes.split(",") if one)
        horizons = values.pop("continued", "")
        is_short = len(text) < 2000 and text.count(";") < MAX_BRANCHES
        are_numbers = _EPOCH.fullmatch(epoch) and _HORIZONS.fullmatch(horizons)
        if not (colon and are_numbers and is_short):
            raise HyperparameterError(
                "epochs",
                f"branched = {text[:60]} cannot be used: it must be epochs and the other values "
                "before them, such as 12:learning_rate=0.002.",
            )
        # Unread: to read the name of a data set is to look at the set, whosever it is.
        if fixed := [name for name in values if name not in BRANCHING]:
            raise _unchangeable(fixed)
        numbers = tuple(map(int, horizons.split("-"))) if horizons else ()
        parent = Recipe(self.type, self.hyperparameters.parse(values), numbers)
        if rest:
            parent = parent.with_ancestry(rest)
        return dataclasses.replace(self, origin=Origin(parent, int(epoch)))

    def run_id(self) -> str:
        """Names the run: equal for all recipes that give the same numbers, epoch by epoch.

        Raises:
            models.data.datasets.DataError: If the offline files of the data set cannot be read.
        """
        identity: dict[str, Any] = dict(self.hyperparameters.identity())
        if self.has_horizon:
            identity["horizons"] = [*self.earlier_horizons, self.hyperparameters.epochs]
        identity["data"] = loading.fingerprint(**self.hyperparameters.data_arguments)
        identity["recipe_version"] = self.type.recipe_version
        if self.origin:
            identity["origin"] = [self.origin.recipe.run_id(), self.origin.epoch]
        text = json.dumps([self.type.name, identity], sort_keys=True)
        return f"{self.type.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def as_dict(self) -> dict[str, Any]:
        """What a run's config.json and a request to a training process hold."""
        return {
            "type": self.type.name,
            "hyperparameters": self.hyperparameters.as_text(),
            "earlier_horizons": list(self.earlier_horizons),
            "recipe_version": self.type.recipe_version,
        } | (
            {"origin": {"recipe": self.origin.recipe.as_dict(), "epoch": self.origin.epoch}}
            if self.origin
            else {}
        )

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`.

        Raises:
            ValueError: If `stored` names a type or a value that does not exist (any more).
        """
        type = by_name(stored["type"])
        hyperparameters = type.preset("ours").parse(stored["hyperparameters"])
        origin = stored.get("origin")
        if origin:
            origin = Origin(cls.from_dict(origin["recipe"]), origin["epoch"])
        return cls(type, hyperparameters, tuple(stored.get("earlier_horizons", ())), origin)


def _unchangeable(names: list[str]) -> HyperparameterError:
    shown = ", ".join(name[:60] for name in names[:4])
    return HyperparameterError(
        names[0],
        f"A branch cannot change {shown}: only {', '.join(BRANCHING)} may differ from the run "
        "that it leaves.",
    )

"""One stretch of training, in chunks of about a third of a second's worth of steps.

Between two chunks Python looks at the stop flag, writes what is to be seen and goes on. All
randomness is keyed by (seed, purpose, epoch or step), so that chunks, interruptions and other
threads change nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models import settings
from models.data import datasets, loading
from models.evaluation import pca
from models.runs.files import Arrays
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.training import step_trace
from models.training.compiled_model import EVALUATION_ROWS, compile_model
from models.training.devices import find_device
from models.training.recording import (
    MAX_BRANCH_POINTS,
    branch_epochs,
    film_frame,
    is_pictured,
    is_recorded,
)

CHUNK_SECONDS = 0.3
"""How long the compiled loop runs before Python looks around again."""

SHOW_SECONDS = 0.5
"""How often pictures are written at most."""

CHECKPOINT_SECONDS = 2.0
"""How much training a killed worker may lose."""

DIVERGENCE_FACTOR = 1_000.0
"""A loss that exceeds its very first value so many times is beyond recovery."""

EVALUATED_OF_OWN = 2_000
"""Training examples of own data that are evaluated, even if fewer are held out."""


@lru_cache(maxsize=4)
def _components_of(arguments: tuple, fingerprint: str) -> pca.PCA:
    return pca.fit(loading.load(**dict(arguments)).train)


def pca_of(recipe: Recipe, examples: datasets.Data) -> pca.PCA:
    """The principal components of a recipe's training set, kept for the runs to come."""
    arguments = tuple(recipe.hyperparameters.data_arguments.items())
    return _components_of(arguments, examples.fingerprint)


def _in_batches(x: np.ndarray, labels: np.ndarray, count: int) -> list[tuple]:
    """So many batches (x, labels), as tensors, of sizes that differ by one at most."""
    parts = zip(np.array_split(x, count), np.array_split(labels, count), strict=True)
    return [(tf.constant(rows), tf.constant(classes)) for rows, classes in parts]


class Session:
    """One stretch of training: from the last checkpoint to the end, a stop or a divergence."""

    def __init__(
        self,
        recipe: Recipe,
        run: Run,
        should_stop: Callable[[], bool],
        at_least_seconds: Callable[[], float],
        on_event: Callable[[dict], None],
        until: int | None,
    ):
        self.recipe, self.run = recipe, run
        self.hyperparameters = recipe.hyperparameters
        epochs = recipe.hyperparameters.epochs
        self.last_epoch = min(epochs, until) if until else epochs
        self.should_stop, self.on_event = should_stop, on_event
        self.started = time.perf_counter()
        self.earlier_seconds = 0.0
        coming = range(recipe.first_epoch + 1, epochs + 1)
        self.num_events = sum(map(is_recorded, coming))  # still to come
        self.at_least_seconds, self.num_paced = at_least_seconds, max(self.num_events, 1)
        self.paced_at = -math.inf
        self.first_loss: float | None = None
        self.shown_at = -math.inf
        self.drawn: tuple[int, dict[str, np.ndarray]] = (-1, {})
        self.num_chunks, self.timed_steps, self.timed_seconds = 0, 0, 0.0

    def train(self, inherited: tuple[Arrays, dict] | None) -> dict[str, Any]:
        """Trains, a new run from the state it inherits, and returns the result. See the function
        of that name."""
        device, self.device_name = find_device(self.hyperparameters.device)
        self.data = loading.load(**self.hyperparameters.data_arguments, download=True)
        self.components = pca_of(self.recipe, self.data)
        self.compiled = compile_model(self.recipe, device)
        with tf.device(device):
            self._place_data()
            self._compare_with_pca()
            self._resume(inherited)
            return self._finish(self._run_epochs())

    def _compare_with_pca(self) -> None:
        model = self.compiled.model
        self.pca = model.pca_errors(self.data, self.components)
        self.run.save_sample(model.sample(self.data, self.components), {"pca": self.pca})

    def _place_data(self) -> None:
        self.images = tf.constant(self.data.train)
        self.labels = tf.constant(self.data.train_labels)
        # As many training as held-out examples: the two curves are equally noisy, and
        # evaluating costs a sixth of training instead of a third.
        d, size = self.data, len(self.data.held_out)
        if d.dataset.is_own:
            # Of a few rows the mean says little, and it is compared with PCA's on all of them.
            size = max(size, EVALUATED_OF_OWN)
        size = min(len(d.train), size)
        count = min(math.ceil(len(d.held_out) / EVALUATION_ROWS), size, len(d.held_out))
        self.evaluated = (
            _in_batches(d.train[:size], d.train_labels[:size], count),
            _in_batches(d.held_out, d.held_out_labels, count),
        )

    # Where to begin

    def _resume(self, inherited: tuple[Arrays, dict] | None) -> None:
        stored = self.run.checkpoint() or inherited
        self.epoch = self._adopt(*stored) if stored else 0
        self._enter_stage()
        self.run.truncate(after_epoch=self.epoch)
        for event in self.run.events():
            self.on_event(event)
        behind = range(self.recipe.first_epoch + 1, self.epoch + 1)
        self.num_events -= sum(map(is_recorded, behind))
        self.boundary = self.compiled.state()
        self.branch_epochs = self._plan_branches()
        self.saved_at = time.perf_counter()
        if not self.run.events():
            self._show(self.epoch)  # something to look at while the rest is compiled
            self._save_snapshot(self.epoch)
            self._record(self.epoch)

    def _enter_stage(self) -> None:
        """Enters the stage of the epoch to come, and prepares what it learns from."""
        self.compiled.begin_stage(self.hyperparameters.stage_after(self.epoch), self.recipe)
        self.inputs = self.compiled.model.prepare(self.images)

    def _adopt(self, state: dict[str, np.ndarray], meta: dict[str, Any]) -> int:
        """Takes over a checkpoint; returns its epoch."""
        try:
            self.compiled.restore(state)
            self.first_loss, self.earlier_seconds = meta["first_loss"], meta["seconds"]
            return int(meta["epoch"])
        except (KeyError, ValueError):
            # A file of another version: the numbers are worth nothing, the recipe is all.
            self.compiled.restart(self.recipe)
            self.first_loss, self.earlier_seconds = None, 0.0
            return 0

    def _plan_branches(self) -> set[int]:
        """After which epochs a state is kept: counted from where this run begins, as many as
        fit. Not a matter of how fast it trains, so that all who train it keep the same ones."""
        size = sum(tensor.numpy().nbytes for tensor in self.boundary.values())
        fitting = settings.current().max_branch_megabytes * 10**6 // max(size, 1)
        first, last = self.recipe.first_epoch, self.hyperparameters.epochs
        epochs = branch_epochs(last - first, min(MAX_BRANCH_POINTS, fitting))
        return {first + epoch for epoch in epochs}

    # The epochs

    def _run_epochs(self) -> str:
        """Trains until something ends it; returns the run's status."""
        steps_per_epoch = self.hyperparameters.steps_per_epoch
        step, chunk, shown = self.epoch * steps_per_epoch, 1, self.boundary
        while self.epoch < self.last_epoch:
            if self.should_stop() or self.run.stop_requested:
                return "stopped"
            if (
                self.epoch in self.hyperparameters.stage_starts
                and step == self.epoch * steps_per_epoch
            ):
                self._enter_stage()
            last = min(step + chunk, self._next_event() * steps_per_epoch)
            if not self._take_steps(step, last):
                self._show_sound_state(step / steps_per_epoch, shown)
                return "diverged"
            chunk = self._next_chunk(chunk)
            step, shown = last, self.present
            if step % steps_per_epoch == 0:
                self._pass_boundary(step // steps_per_epoch, shown)
            self._show_now_and_then(step / steps_per_epoch)
        return "completed" if self.epoch == self.hyperparameters.epochs else "stopped"

    def _next_event(self) -> int:
        """The next epoch after which losses are recorded, a state is kept or a stage ends."""
        kept = self.branch_epochs.union(self.hyperparameters.stage_starts)
        epochs = range(self.epoch + 1, self.last_epoch)
        return next((one for one in epochs if is_recorded(one) or one in kept), self.last_epoch)

    def _take_steps(self, first: int, last: int) -> bool:
        """Whether all is well after those steps."""
        began = time.perf_counter()
        limit = math.inf
        if self.first_loss is not None:
            limit = DIVERGENCE_FACTOR * max(abs(self.first_loss), 1e-3)
        losses, finite, self.present = self.compiled.run(
            self.inputs, self.labels, first, last, limit=limit
        )
        if self.first_loss is None:
            self.first_loss = float(losses[0])
        self.last_chunk = (last - first, time.perf_counter() - began)
        return finite and bool(losses[-1] <= limit)

    def _next_chunk(self, chunk: int) -> int:
        """Steps that take about CHUNK_SECONDS, from what the last ones took."""
        steps, seconds = self.last_chunk
        if self.num_chunks >= 2:  # the first one compiled, the second warmed caches
            self.timed_steps += steps
            self.timed_seconds += seconds
        self.num_chunks += 1
        if self.num_chunks == 1:
            return 2
        wanted = int(CHUNK_SECONDS * steps / max(seconds, 1e-6))
        return max(1, min(wanted, 8 * chunk))

    def _pass_boundary(self, epoch: int, state: dict[str, np.ndarray]) -> None:
        self.epoch, self.boundary = epoch, state
        last = self.hyperparameters.epochs
        if is_recorded(epoch) or epoch == last:
            self._record(epoch)
            self._keep_pace()
        if is_pictured(epoch) or epoch == last:
            self._save_snapshot(epoch)
        if epoch in self.branch_epochs:
            self.run.save_branch_point(epoch, *self._checkpoint())
            self.run.keep_branch_points(self.branch_epochs)
        if time.perf_counter() - self.saved_at > CHECKPOINT_SECONDS:
            self._save_checkpoint()
        if epoch in self.hyperparameters.stage_starts and epoch < self.last_epoch:
            self._enter_stage()

    def _seconds_per_event(self) -> float:
        return self.at_least_seconds() / self.num_paced

    def _keep_pace(self) -> None:
        """Sleeps where training is faster than wished: equally long for each event."""
        while not (self.should_stop() or self.run.stop_requested):
            rest = self.paced_at + self._seconds_per_event() - time.perf_counter()
            if rest <= 0:
                break
            time.sleep(min(rest, 0.1))
        self.paced_at = time.perf_counter()
        self.num_events -= 1

    # What is written

    def _record(self, epoch: int) -> None:
        event = {
            "epoch": epoch,
            "seconds": round(self._seconds(), 3),
            **self.compiled.evaluate(*self.evaluated),
            "diagnostics": self.compiled.model.diagnostics(self.data, self.components),
        }
        self.run.append_event(event)
        self.on_event(event)

    def _seconds(self) -> float:
        return self.earlier_seconds + time.perf_counter() - self.started

    def _checkpoint(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        meta = {"epoch": self.epoch, "first_loss": self.first_loss, "seconds": self._seconds()}
        return {name: np.asarray(tensor) for name, tensor in self.boundary.items()}, meta

    def _save_checkpoint(self) -> None:
        self.run.save_checkpoint(*self._checkpoint())
        self.saved_at = time.perf_counter()

    def _pictures(self) -> dict[str, np.ndarray]:
        """The pictures of the present weights: drawn once, shown live and kept as a snapshot."""
        step = self.compiled.step
        if self.drawn[0] != step:
            self.drawn = (step, self.compiled.model.pictures(self.data))
        return self.drawn[1]

    def _save_snapshot(self, epoch: int) -> None:
        self.run.save_snapshot(epoch, film_frame(self._pictures()), {"epoch": epoch})

    def _show_now_and_then(self, epoch: float) -> None:
        if time.perf_counter() - self.shown_at >= SHOW_SECONDS:
            self._show(epoch)

    def _show(self, epoch: float) -> None:
        meta = {"epoch": epoch, "seconds_left": self._seconds_left(epoch), **self._speed()}
        self.run.save_live(self._pictures(), meta)
        self.shown_at = time.perf_counter()

    def _show_sound_state(self, epoch: float, state: dict[str, tf.Tensor]) -> None:
        """Shows that state, or the last epoch's if its weights are finite but not its pictures."""
        self.compiled.restore(state)
        if not all(np.isfinite(array).all() for array in self._pictures().values()):
            self.compiled.restore(self.boundary)
            epoch = self.epoch
        self._show(epoch)

    def _seconds_left(self, epoch: float) -> float | None:
        """Until the last epoch; None before a chunk has been timed."""
        if seconds_per_event := self._seconds_per_event():
            return round(max(self.num_events, 0) * seconds_per_event, 1)
        if not self.timed_steps:
            return None
        h = self.hyperparameters
        steps = (h.epochs - epoch) * h.steps_per_epoch
        return round(steps * self.timed_seconds / self.timed_steps, 1)

    def _speed(self) -> dict[str, Any]:
        h = self.hyperparameters
        rate = self.timed_steps / self.timed_seconds if self.timed_seconds else 0.0
        return {
            "device": self.device_name,
            "images_per_second": round(rate * h.effective_batch_size),
        }

    def _finish(self, status: str) -> dict[str, Any]:
        """Stores the last epoch boundary and what there is to say about the run."""
        if status == "stopped":
            self.compiled.restore(self.boundary)
        if status != "diverged" and self.run.events()[-1]["epoch"] != self.epoch:
            self._record(self.epoch)
        if status == "completed":
            self._show(self.epoch)
        self._save_checkpoint()
        if status != "diverged" and self.compiled.model.baseline_follows_code:
            self._compare_with_pca()
        last = self.run.events()[-1]
        result = {
            "status": status,
            "epochs": self.epoch,
            "train": last["train"],
            "held_out": last["held_out"],
            "diagnostics": last["diagnostics"],
            "pca": self.pca,
            "seconds": round(self._seconds(), 3),
            **self._speed(),
            "num_parameters": self.compiled.model.count_params(),
            "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        }
        if status == "diverged":
            result |= self._explain_divergence()
        self.run.finish(result)
        batch = slice(self.compiled.batch_size)  # nobody waits for what follows
        step_trace.record_steps(
            self.compiled, self.recipe, self.run, self.images[batch], self.labels[batch]
        )
        return result

    def _explain_divergence(self) -> dict[str, Any]:
        h = self.hyperparameters
        safe = self.recipe.type.safe_learning_rate(h.optimizer)
        better = safe if h.learning_rate > safe else h.learning_rate / 10
        better = h.fields()["learning_rate"].check(max(better, 1e-5))
        return {
            "message": (
                f"Training ran away in epoch {self.epoch + 1}: the loss grew without bound. "
                f"The learning rate {h.learning_rate:g} is too large here; try {better:g}. "
                "What you see is the last state before that."
            ),
            "suggestion": {"learning_rate": f"{better:g}"},
        }

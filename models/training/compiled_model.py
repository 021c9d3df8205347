"""A model with its optimiser, compiled: steps, evaluation and state as graphs.

Keras' `fit` spends some 36 ms per epoch before any arithmetic. Here the optimiser step is
compiled by XLA and called from a compiled loop that covers many steps.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf

from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.runs.recipe import Recipe
from models.training.devices import find_device
from models.training.schedules import CosineOrConstant, make_optimizer

CACHED_MODELS = 8
"""Compiled models that a training process keeps for runs to come."""

EVALUATION_ROWS = 1_000
"""Examples per evaluation call."""

BURST_STEPS = 64
"""Steps on a full batch that XLA runs in a loop of its own, where a step is small."""

BURST_WORK = 1e6
"""Weights times examples up to which a step is small. XLA on a CPU runs the products inside its
loops on one core; below this size starting a step costs more than the step."""


def _trace(function: Callable, *signature: tf.TensorSpec, xla: bool = False) -> Callable:
    """A graph of the function for arguments of this signature.

    Unlike the `tf.function` it comes from, it need not look for the trace that fits each call,
    which takes longer than many epochs of the linear autoencoder. Loops and conditions on tensors
    are written as such in this file: that AutoGraph looks for some in all of Keras takes as long
    as everything else of a first step together.
    """
    graph = tf.function(function, input_signature=signature, jit_compile=xla, autograph=False)
    return graph.get_concrete_function()


def _keeps(loss: tf.Tensor, limit: tf.Tensor) -> tf.Tensor:
    """Whether a loss is a number within the limit."""
    return tf.logical_and(tf.math.is_finite(loss), loss <= limit)


def _per_stage(build: Callable) -> property:
    """A graph of the model's present stage, built when it is first needed."""

    def graph(self: CompiledModel) -> Callable:
        key = build.__name__, self.model.stage
        if key not in self._graphs:
            self._graphs[key] = build(self)
        return self._graphs[key]

    return property(graph, doc=build.__doc__)


class CompiledModel:
    """A model with its optimiser and its compiled loop; serves all recipes of one `graph_key`.

    Args:
        recipe: Any recipe of that key.
        device: A TensorFlow device name, "/CPU:0" or "/GPU:0".
    """

    def __init__(self, recipe: Recipe, device: str):
        h = recipe.hyperparameters
        self.device = device
        self.batch_size = h.effective_batch_size
        with tf.device(device):
            self.model = recipe.type.model_class()(h)
            self.schedule = CosineOrConstant()
            self.optimizer = make_optimizer(h.optimizer, self.schedule, h.clip_norm)
            self.optimizer.build(self.model.trainable_variables)
            self.model.optimizer = self.optimizer
        self._fresh_optimizer = [v.numpy() for v in self.optimizer.variables]
        self._graphs: dict[tuple[str, int], Callable] = {}
        with_xla = self.model.compiles_with_xla
        is_small = self.batch_size * self.model.count_params() <= BURST_WORK
        self._is_small = with_xla and is_small

    @_per_stage
    def _step(self) -> Callable:
        with_xla = self.model.compiles_with_xla
        return tf.function(self.model.training_step, jit_compile=with_xla, autograph=False)

    @_per_stage
    def _loop(self) -> Callable:
        number, limit = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)
        flag = tf.TensorSpec((), tf.bool)
        batch = self._examples(prepared=True)
        return _trace(self._run_steps, *batch, number, number, flag, limit)

    @_per_stage
    def _burst(self) -> Callable:
        number, limit = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)
        batch = self._examples(self.batch_size, prepared=True)
        return _trace(self._repeat_step, *batch, number, limit, xla=True)

    @_per_stage
    def _evaluate(self) -> Callable:
        # XLA computes small ones in this thread; large ones gain nothing from it.
        pair = self._examples() + self._examples()
        return _trace(self._objectives, *pair, xla=self._is_small)

    @cached_property
    def _read(self) -> Callable:
        return _trace(self._values)

    def _examples(
        self, rows: int | None = None, prepared: bool = False
    ) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """The signature of inputs, as they are or prepared for the present stage, and labels."""
        width = self.model.hyperparameters.input_dim
        if prepared:
            width = self.model.prepare(tf.zeros((1, width))).shape[-1]
        return tf.TensorSpec((rows, width), tf.float32), tf.TensorSpec((rows,), tf.int32)

    @staticmethod
    def graph_key(recipe: Recipe, device: str) -> tuple:
        """What needs another compilation: everything but the numbers that enter as data."""
        h = recipe.hyperparameters
        text = {
            name: h.as_text()[name]
            for name, hyperparameter in h.fields().items()
            if hyperparameter.in_graph
        }
        sizes = (h.input_dim, h.num_classes, h.effective_batch_size)
        return (recipe.type.name, device, sizes, tuple(sorted(text.items())))

    def restart(self, recipe: Recipe) -> None:
        """Becomes the untrained model of `recipe`."""
        self.model.load_hyperparameters(recipe.hyperparameters)
        for variable, fresh in zip(self.optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(fresh)
        self.begin_stage(0, recipe)

    def begin_stage(self, stage: int, recipe: Recipe) -> None:
        """Begins another stage of `recipe`: other layers learn, with a schedule of their own."""
        self.model.begin_stage(stage)
        self.schedule.load(recipe, stage)

    @property
    def step(self) -> int:
        """Optimiser steps taken so far."""
        return int(self.optimizer.iterations.numpy())

    def state(self) -> dict[str, tf.Tensor]:
        """All numbers that training changes, as they are now: "weights/...", "optimizer/...".

        The tensors stay on the device; TensorFlow copies a variable that is changed while
        somebody still holds its former value.
        """
        return self._named(self._read())

    def restore(self, state: dict[str, Any]) -> None:
        """Takes over numbers from `state`.

        Raises:
            KeyError or ValueError: If they are those of another architecture.
        """
        for name, variable in self._variables().items():
            variable.assign(state[name])

    def _values(self) -> list[tf.Tensor]:
        return [tf.identity(variable) for variable in self._variables().values()]

    def _named(self, values: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        return dict(zip(self._names, values, strict=True))

    @cached_property
    def _names(self) -> list[str]:
        return list(self._variables())

    def _variables(self) -> dict[str, Any]:
        weights = {f"weights/{v.path}": v for v in self.model.weights}
        rest = enumerate(self.optimizer.variables)
        return weights | {f"optimizer/{index:03d}": variable for index, variable in rest}

    def run(
        self,
        inputs: tf.Tensor,
        labels: tf.Tensor,
        first: int,
        last: int,
        shuffle: bool = True,
        limit: float = math.inf,
    ) -> tuple[np.ndarray, bool, dict[str, tf.Tensor]]:
        """Takes the optimiser steps from number `first` up to, not including, `last`.

        Args:
            inputs: What the stage learns from, see `Autoencoder.prepared`, float32 [num_train, n].
            labels: int32 [num_train].
            first: Number of the first step, counted from 0 over the whole run.
            last: Number after the last step.
            shuffle: Whether each epoch has an order of its own; else that of `inputs`.
            limit: Training stops after the step whose loss is larger, or not a number.

        Returns:
            The losses of the steps taken, float32, fewer than asked if one broke the limit;
            whether all weights are finite afterwards; and the `state` then.
        """
        if self._is_small and len(inputs) == self.batch_size:
            return self._run_bursts(inputs, labels, last - first, limit)
        losses, finite, values = self._loop(inputs, labels, first, last, shuffle, limit)
        return losses.numpy(), bool(finite), self._named(values)

    def _run_bursts(
        self, x: tf.Tensor, labels: tf.Tensor, num_steps: int, limit: float
    ) -> tuple[np.ndarray, bool, dict[str, tf.Tensor]]:
        """`run` on a full batch, which has no order, with XLA's own loop around the steps."""
        losses, fine = [], True
        while num_steps > 0 and fine:
            count = min(num_steps, BURST_STEPS)
            burst, taken, fine, finite, values = self._burst(x, labels, count, limit)
            losses.append(burst.numpy()[: int(taken)])
            num_steps -= count
        return np.concatenate(losses), bool(finite), self._named(values)

    def _repeat_step(
        self, x: tf.Tensor, labels: tf.Tensor, count: tf.Tensor, limit: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Up to `count` steps on one batch, until a loss breaks the limit.

        Returns:
            The losses, [BURST_STEPS]; how many of them are of steps taken; whether the last one
            keeps the limit; whether all weights are finite; the values of all variables.
        """
        losses = tf.TensorArray(tf.float32, BURST_STEPS, element_shape=())

        def goes_on(taken, fine, losses):
            return tf.logical_and(taken < count, fine)

        def take(taken, fine, losses):
            loss = self.model.training_step(x, labels)["total"]
            return taken + 1, _keeps(loss, limit), losses.write(taken, loss)

        taken, fine, losses = tf.while_loop(goes_on, take, (0, True, losses))
        return losses.stack(), taken, fine, self._is_finite(), self._values()

    def _run_steps(
        self,
        inputs: tf.Tensor,
        labels: tf.Tensor,
        first: tf.Tensor,
        last: tf.Tensor,
        shuffle: tf.Tensor,
        limit: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        size, num_train = self.batch_size, tf.shape(inputs)[0]
        steps = num_train // size
        # A full batch has no order; shuffling it would only cost time.
        shuffle = tf.logical_and(shuffle, num_train > size)
        losses = tf.TensorArray(tf.float32, last - first, element_shape=())

        def order_of(epoch):
            noise = Noise(self.model._seed, epoch)
            return tf.cond(
                shuffle,
                lambda: noise.permutation("order", num_train),
                lambda: tf.range(num_train),
            )

        def goes_on(number, fine, order, losses):
            return tf.logical_and(number < last, fine)

        def take(number, fine, order, losses):
            start = number % steps
            order = tf.cond(start == 0, lambda: order_of(number // steps), lambda: order)
            rows = tf.slice(order, [start * size], [size])
            loss = self._step(tf.gather(inputs, rows), tf.gather(labels, rows))["total"]
            losses = losses.write(number - first, loss)
            return number + 1, _keeps(loss, limit), order, losses

        begin = first, True, order_of(first // steps), losses
        number, _, _, losses = tf.while_loop(goes_on, take, begin)
        return losses.stack()[: number - first], self._is_finite(), self._values()

    def _is_finite(self) -> tf.Tensor:
        # A sum is finite only if all summands are (or, harmlessly, if it overflows).
        sums = [tf.math.is_finite(tf.reduce_sum(v)) for v in self.model.trainable_variables]
        return tf.reduce_all(sums)

    def _objectives(self, *pair: tf.Tensor) -> tf.Tensor:
        noise = Noise(self.model._seed, EVALUATION_STEP)
        batches = pair[:2], pair[2:]
        terms = [self.model.objective(x, labels, noise) for x, labels in batches]
        return tf.stack([[each[name] for name in self.model.term_names] for each in terms])

    def evaluate(self, train: list[tuple], held_out: list[tuple]) -> dict[str, dict[str, float]]:
        """Every term of the objective on both sets, as means over all of their examples.

        Args:
            train: Batches (x, labels) of the one set.
            held_out: As many batches of the other. A call of a graph costs more than the
                arithmetic of a small model, so that one call takes a batch of each.
        """
        pairs = list(zip(train, held_out, strict=True))
        terms = np.stack([self._evaluate(*one, *other).numpy() for one, other in pairs])
        sizes = np.array([[float(len(x)) for x, _ in pair] for pair in pairs])
        means = np.einsum("bs,bst->st", sizes, terms) / sizes.sum(axis=0)[:, None]
        names = self.model.term_names
        return {
            part: dict(zip(names, values, strict=True))
            for part, values in zip(("train", "held_out"), means.tolist(), strict=True)
        }


_models: OrderedDict[tuple, CompiledModel] = OrderedDict()


def compile_model(recipe: Recipe, device: str) -> CompiledModel:
    """A compiled model in the initial state of `recipe`, reused where the graph is the same."""
    key = CompiledModel.graph_key(recipe, device)
    if key not in _models:
        while len(_models) >= CACHED_MODELS:
            _models.popitem(last=False)
        _models[key] = CompiledModel(recipe, device)
    _models.move_to_end(key)
    _models[key].restart(recipe)
    return _models[key]


def warm_up(recipe: Recipe) -> None:
    """Compiles what a recipe needs, so that its training starts at once."""
    h = recipe.hyperparameters
    compiled = compile_model(recipe, find_device(h.device)[0])
    x = tf.zeros((h.num_examples, h.input_dim))
    labels = tf.zeros((h.num_examples,), tf.int32)
    compiled.run(x, labels, 0, 1)
    rows = [(x[:EVALUATION_ROWS], labels[:EVALUATION_ROWS])]
    compiled.evaluate(rows, rows)
    compiled.state()

"""The one training function: from a recipe to a stored run, resumable at every epoch.

Keras' `fit` spends some 36 ms per epoch before any arithmetic. Here the optimiser step is
compiled by XLA and called from a compiled loop that covers many steps, about a third of a
second's worth; between two such chunks Python looks at the stop flag, writes what is to be seen
and goes on. All randomness is keyed by (seed, purpose, epoch or step), so that chunks,
interruptions and other threads change nothing.
"""

from __future__ import annotations

import math
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models import data, pca, settings
from models.autoencoder import EVALUATION_STEP, SAMPLE_SIZE, Noise
from models.recipe import Recipe
from models.runs import (
    SNAPSHOT_IMAGES,
    Arrays,
    Lease,
    LeaseHeld,
    LeaseLost,
    Run,
    RunError,
    RunStore,
)

CHUNK_SECONDS = 0.3
"""How long the compiled loop runs before Python looks around again."""

SHOW_SECONDS = 0.5
"""How often pictures are written at most."""

CHECKPOINT_SECONDS = 2.0
"""How much training a killed worker may lose."""

DIVERGENCE_FACTOR = 1_000.0
"""A loss that exceeds its very first value so many times is beyond recovery."""

CACHED_MODELS = 8
"""Compiled models that a training process keeps for runs to come."""

EVALUATION_ROWS = 1_000
"""Examples per evaluation call."""

EVALUATED_OF_OWN = 2_000
"""Training examples of own data that are evaluated, even if fewer are held out."""

HALVED = ("codes", "log_variances", "activities", "discriminator")
"""Pictures that a snapshot keeps as 16-bit floats: on the screen nobody sees the difference."""

BURST_STEPS = 64
"""Steps on a full batch that XLA runs in a loop of its own, where a step is small."""

BURST_WORK = 1e6
"""Weights times examples up to which a step is small. XLA on a CPU runs the products inside its
loops on one core; below this size starting a step costs more than the step."""

_HEARTBEAT_SECONDS = 2.0


def is_recorded(epoch: int) -> bool:
    """Whether the losses after `epoch` (counted from 1) are recorded in every run.

    Each of the first 40 epochs, then about 29 for each factor of e: 133 of the first thousand,
    179 of the first five thousand. The choice depends on nothing else, so that ten epochs and
    ten more leave the same record as twenty.
    """
    return epoch <= 40 or int(29 * math.log(epoch)) != int(29 * math.log(epoch - 1))


def is_pictured(epoch: int) -> bool:
    """Whether the pictures after `epoch` are kept: about 14 for each factor of e, so that
    early epochs, when most happens, lie dense. Half of 29: each of them is a recorded one."""
    return epoch <= 10 or int(14.5 * math.log(epoch)) != int(14.5 * math.log(epoch - 1))


def film_frame(pictures: Arrays) -> Arrays:
    """What a snapshot keeps of a run's pictures: images of SNAPSHOT_IMAGES examples, of all else
    SAMPLE_SIZE rows. The default runs take 4 MB (variational) and 6 MB (stacked) for all of them.
    """
    frame = {}
    for name, array in pictures.items():
        rows = SNAPSHOT_IMAGES if array.dtype == np.uint8 else SAMPLE_SIZE
        frame[name] = array[:rows] if array.ndim > 1 else array
        if name in HALVED:
            limits = np.finfo(np.float16)
            frame[name] = np.clip(frame[name], limits.min, limits.max).astype(np.float16)
    return frame


MAX_BRANCH_POINTS = 8
"""States that a run keeps for branches, besides its last one."""

BRANCH_RATIO = 1.5
"""Between the epochs of two such states, while there are few."""


def branch_epochs(last: int, most: int = MAX_BRANCH_POINTS) -> list[int]:
    """After which epochs a run that has come to epoch `last` keeps a state to branch off from.

    1, 2, 3, 5, 8, 12, 18, 27, ... If these are too many, every second goes, and so on: what is
    kept at a later epoch was kept before, whoever trained the run and however often it stopped.
    """
    epochs, epoch = [], 1
    while epoch <= last:
        epochs.append(epoch)
        epoch = max(epoch + 1, round(epoch * BRANCH_RATIO + 0.1))
    step = 1
    while most and math.ceil(len(epochs) / step) > most:
        step *= 2
    return epochs[::step] if most else []


class TrainingError(RunError):
    """Training could not begin; the message says why and what would help."""


class CosineOrConstant(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate computed from the absolute step, adjustable without recompiling.

    With `cosine`: rate * (1 + cos(pi * progress)) / 2, progress rising from 0 at `first_step`
    to 1 at `last_step` (Loshchilov and Hutter, "SGDR", 2017, equation 5).
    """

    def __init__(self) -> None:
        super().__init__()
        self.rate = tf.Variable(0.0, trainable=False)
        self.is_cosine = tf.Variable(False, trainable=False)
        self.first_step = tf.Variable(0.0, trainable=False)
        self.last_step = tf.Variable(1.0, trainable=False)

    def adopt(self, recipe: Recipe, stage: int) -> None:
        """Takes rate, shape and the horizon of a stage from a recipe."""
        h = recipe.hyperparameters
        first, last = recipe.stage_horizon(stage)
        self.rate.assign(h.learning_rate)
        self.is_cosine.assign(recipe.has_horizon)
        self.first_step.assign(first * h.steps_per_epoch)
        self.last_step.assign(last * h.steps_per_epoch)

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        passed = tf.cast(step, tf.float32) - self.first_step
        progress = tf.clip_by_value(passed / (self.last_step - self.first_step), 0.0, 1.0)
        cosine = 0.5 * (1.0 + tf.cos(math.pi * progress))
        return self.rate * tf.where(self.is_cosine, cosine, 1.0)


def make_optimizer(
    name: str, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """A Keras optimiser by its name among the hyperparameters."""
    if name == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=0.9)
    return keras.optimizers.get({"class_name": name, "config": {"learning_rate": learning_rate}})


def _traced(function: Callable, *signature: tf.TensorSpec, xla: bool = False) -> Callable:
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
            self.model = recipe.type.model_class().from_hyperparameters(h)
            self.schedule = CosineOrConstant()
            self.optimizer = make_optimizer(h.optimizer, self.schedule)
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
        return _traced(self._run_steps, *batch, number, number, flag, limit)

    @_per_stage
    def _burst(self) -> Callable:
        number, limit = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)
        batch = self._examples(self.batch_size, prepared=True)
        return _traced(self._repeat_step, *batch, number, limit, xla=True)

    @_per_stage
    def _evaluate(self) -> Callable:
        # XLA computes small ones in this thread; large ones gain nothing from it.
        pair = self._examples() + self._examples()
        return _traced(self._objectives, *pair, xla=self._is_small)

    @cached_property
    def _read(self) -> Callable:
        return _traced(self._values)

    def _examples(
        self, rows: int | None = None, prepared: bool = False
    ) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """The signature of inputs, as they are or prepared for the present stage, and labels."""
        width = self.model.input_dim
        if prepared:
            width = self.model.prepared(tf.zeros((1, width))).shape[-1]
        return tf.TensorSpec((rows, width), tf.float32), tf.TensorSpec((rows,), tf.int32)

    @staticmethod
    def graph_key(recipe: Recipe, device: str) -> tuple:
        """What needs another compilation: everything but the numbers that enter as data."""
        h = recipe.hyperparameters
        text = {name: h.as_text()[name] for name, knob in h.knobs().items() if knob.in_graph}
        sizes = (h.input_dim, h.num_classes, h.effective_batch_size)
        return (recipe.type.name, device, sizes, tuple(sorted(text.items())))

    def restart(self, recipe: Recipe) -> None:
        """Becomes the untrained model of `recipe`."""
        self.model.adopt(recipe.hyperparameters)
        for variable, fresh in zip(self.optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(fresh)
        self.enter(0, recipe)

    def enter(self, stage: int, recipe: Recipe) -> None:
        """Begins another stage of `recipe`: other layers learn, with a schedule of their own."""
        self.model.enter(stage)
        self.schedule.adopt(recipe, stage)

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


def compiled_model(recipe: Recipe, device: str) -> CompiledModel:
    """A compiled model in the initial state of `recipe`, reused where the graph is the same."""
    key = CompiledModel.graph_key(recipe, device)
    if key not in _models:
        while len(_models) >= CACHED_MODELS:
            _models.popitem(last=False)
        _models[key] = CompiledModel(recipe, device)
    _models.move_to_end(key)
    _models[key].restart(recipe)
    return _models[key]


def rehearse(recipe: Recipe) -> None:
    """Compiles what a recipe needs, so that its training starts at once."""
    h = recipe.hyperparameters
    compiled = compiled_model(recipe, find_device(h.device)[0])
    x = tf.zeros((h.num_examples, h.input_dim))
    labels = tf.zeros((h.num_examples,), tf.int32)
    compiled.run(x, labels, 0, 1)
    rows = [(x[:EVALUATION_ROWS], labels[:EVALUATION_ROWS])]
    compiled.evaluate(rows, rows)
    compiled.state()


def gpu_name() -> str | None:
    """The first GPU that TensorFlow can use, in words, or None."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return None
    return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")


def find_device(wish: str) -> tuple[str, str]:
    """The TensorFlow device for "auto", "cpu" or "gpu", and its name for people.

    Raises:
        TrainingError: If a GPU is wished for and there is none.
    """
    gpu = gpu_name() if wish != "cpu" else None
    if gpu:
        return "/GPU:0", gpu
    if wish == "gpu":
        raise TrainingError(
            "There is no GPU here that TensorFlow can use. Choose the device “automatic” or "
            "“CPU”, or install the NVIDIA driver and tensorflow[and-cuda]."
        )
    return "/CPU:0", "CPU"


def use_memory_growth() -> None:
    """Lets several processes share a GPU; by default TensorFlow takes all of its memory."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)


@lru_cache(maxsize=4)
def _components_of(arguments: tuple, fingerprint: str) -> pca.PCA:
    return pca.fit(data.load(**dict(arguments)).train)


def pca_of(recipe: Recipe, examples: data.Data) -> pca.PCA:
    """The principal components of a recipe's training set, kept for the runs to come."""
    arguments = tuple(recipe.hyperparameters.data_arguments.items())
    return _components_of(arguments, examples.fingerprint)


def _in_batches(x: np.ndarray, labels: np.ndarray, count: int) -> list[tuple]:
    """So many batches (x, labels), as tensors, of sizes that differ by one at most."""
    parts = zip(np.array_split(x, count), np.array_split(labels, count), strict=True)
    return [(tf.constant(rows), tf.constant(classes)) for rows, classes in parts]


def train(
    recipe: Recipe,
    store: RunStore,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    owner: str = "foreground",
    at_least_seconds: float = 0.0,
    on_event: Callable[[dict], None] = lambda event: None,
    until: int | None = None,
) -> dict[str, Any]:
    """Trains a run up to its recipe's last epoch, from wherever it stands in the store.

    Args:
        recipe: What to train. A parent that is missing is trained first.
        store: Where runs are kept.
        should_stop: Asked between chunks, besides the run's own stop flag.
        owner: Who holds the run meanwhile; shown to whoever else wants it.
        at_least_seconds: Stretches the training so that a class can watch it. The numbers stay
            the same.
        on_event: Called with each recorded event, first with those of earlier sessions.
        until: An epoch after which it stops by itself.

    Returns:
        The run's result, as stored: "status" ("completed", "stopped" or "diverged"), "epochs",
        "train" and "held_out" (terms by name), "pca", "seconds", "images_per_second",
        "device", "versions"; for a diverged run "message" and "suggestion".

    Raises:
        models.runs.RunError: If somebody else trains the run, or the store cannot be written.
        models.data.DataError: If the data set is not to be had.
        TrainingError: If the device is not.
    """
    run = store.run(recipe.run_id())
    stored = run.finished(recipe.hyperparameters.epochs)
    if stored:
        for event in run.events():
            on_event(event)
        return stored
    parent = recipe.parent
    if parent:
        # Its last checkpoint is where this run starts from; if it is there, this is instant.
        # Asked for now, it heeds no stop of former times but one of the run that waits for it.
        if store.run(parent.run_id()).state != "running":
            store.run(parent.run_id()).clear_stop()

        def stopped() -> bool:
            return should_stop() or run.stop_requested

        if not _is_ready(recipe, store):
            first = _parents_result(parent, store, stopped, owner)
            if first["status"] != "completed":
                return first
    store.create(run.id, recipe.as_dict())
    with run.acquire(owner, recipe.hyperparameters.epochs) as lease, Heartbeat(lease):
        run.clear_result()
        session = _Session(recipe, run, should_stop, at_least_seconds, on_event, until)
        result = session.train(_inherited(recipe, store, should_stop) if parent else None)
    store.evict(keep=(run.id,))
    return result


def _parents_result(
    parent: Recipe, store: RunStore, should_stop: Callable[[], bool], owner: str
) -> dict[str, Any]:
    """`train`'s answer for a parent, awaited where somebody else is training it."""
    while True:
        try:
            return train(parent, store, should_stop, owner=owner)
        except LeaseHeld:
            if should_stop():
                return {"status": "stopped"}
            time.sleep(0.2)


def _is_ready(recipe: Recipe, store: RunStore) -> bool:
    """Whether a branch's parent has already come to where the branch begins."""
    if recipe.earlier_horizons or not recipe.origin:
        return False
    origin = recipe.origin
    return store.run(origin.recipe.run_id()).branch_point(origin.epoch) is not None


def _inherited(
    recipe: Recipe, store: RunStore, should_stop: Callable[[], bool]
) -> tuple[Arrays, dict] | None:
    """The state that a continued run or a branch starts from; None if a stop came first.

    A state that the parent has lost, or never kept, is trained once more, aside.
    """
    if recipe.parent and (recipe.earlier_horizons or not recipe.origin):
        return store.run(recipe.parent.run_id()).checkpoint()
    if not recipe.origin:
        return None
    parent, epoch = recipe.origin.recipe, recipe.origin.epoch
    stored = store.run(parent.run_id()).branch_point(epoch)
    if stored is None:
        with tempfile.TemporaryDirectory(prefix="autoencoder-lab-branch-") as folder:
            aside = RunStore(Path(folder), 10**12)
            train(parent, aside, should_stop, until=epoch)
            stored = aside.run(parent.run_id()).branch_point(epoch)
    return stored


class Heartbeat:
    """Renews a lease from its own thread, as compiling or downloading may take minutes."""

    def __init__(self, lease: Lease):
        self._lease = lease
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._done.wait(_HEARTBEAT_SECONDS):
            try:
                self._lease.renew()
            except LeaseLost:
                return  # the trainer's next write says so
            except RunError:
                continue  # a full disk, say: the lease still has some seconds


class _Session:
    """One stretch of training: from the last checkpoint to the end, a stop or a divergence."""

    def __init__(
        self,
        recipe: Recipe,
        run: Run,
        should_stop: Callable[[], bool],
        at_least_seconds: float,
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
        self.seconds_per_event = at_least_seconds / max(self.num_events, 1)
        self.paced_at = -math.inf
        self.first_loss: float | None = None
        self.shown_at = -math.inf
        self.drawn: tuple[int, dict[str, np.ndarray]] = (-1, {})
        self.num_chunks, self.timed_steps, self.timed_seconds = 0, 0, 0.0

    def train(self, inherited: tuple[Arrays, dict] | None) -> dict[str, Any]:
        """Trains, a new run from the state it inherits, and returns the result. See the function
        of that name."""
        device, self.device_name = find_device(self.hyperparameters.device)
        self.data = data.load(**self.hyperparameters.data_arguments, download=True)
        self.components = pca_of(self.recipe, self.data)
        self.compiled = compiled_model(self.recipe, device)
        self.pca = {
            part: self.compiled.model.yardstick(examples, self.components)
            for part, examples in (("train", self.data.train), ("held_out", self.data.held_out))
        }
        with tf.device(device):
            self._place_data()
            sample = self.compiled.model.sample(self.data, self.components)
            self.run.save_sample(sample, {"pca": self.pca})
            self._resume(inherited)
            return self._finish(self._run_epochs())

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
        self.compiled.enter(self.hyperparameters.stage_after(self.epoch), self.recipe)
        self.inputs = self.compiled.model.prepared(self.images)

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

    def _keep_pace(self) -> None:
        """Sleeps where training is faster than wished: equally long for each event."""
        due = self.paced_at + self.seconds_per_event
        while not (self.should_stop() or self.run.stop_requested):
            rest = due - time.perf_counter()
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
        if self.seconds_per_event:
            return round(self.num_events * self.seconds_per_event, 1)
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
        self._narrate()  # nobody waits for it
        return result

    def _narrate(self) -> None:
        """Tells of two steps on the same batch: the run's first, and one from where it stands.

        It leaves weights behind that nobody needs any more. Not as a graph: to trace one for two
        steps takes a second, in which a stopped run would still count as running.
        """
        narrate = self.compiled.model.narrate
        batch = self.images[: self.compiled.batch_size], self.labels[: self.compiled.batch_size]
        for name in ("last", "first"):
            if name == "first":
                if self.recipe.parent or self.run.step(name):
                    return
                self.compiled.restart(self.recipe)
            step, rate = self.compiled.step, float(self.compiled.schedule(self.compiled.step))
            story = {one: np.asarray(array) for one, array in narrate(*batch).items()}
            if all(np.isfinite(array).all() for array in story.values()):
                trained = self.compiled.model.stage_variables
                variables = [variable.path for variable in trained]
                shapes = [list(variable.shape) for variable in trained]
                terms = self.compiled.model.term_names
                about = {
                    **{"step": step, "learning_rate": rate, "batch_size": len(batch[0])},
                    **{"terms": terms, "variables": variables, "shapes": shapes},
                }
                self.run.save_step(name, story, about)

    def _explain_divergence(self) -> dict[str, Any]:
        h = self.hyperparameters
        safe = self.recipe.type.safe_learning_rate(h.optimizer)
        better = safe if h.learning_rate > safe else h.learning_rate / 10
        better = h.knobs()["learning_rate"].check(max(better, 1e-5))
        return {
            "message": (
                f"Training ran away in epoch {self.epoch + 1}: the loss grew without bound. "
                f"The learning rate {h.learning_rate:g} is too large here; try {better:g}. "
                "What you see is the last state before that."
            ),
            "suggestion": {"learning_rate": f"{better:g}"},
        }

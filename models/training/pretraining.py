"""Trains the classifiers of a study: a softmax layer on an encoder that has, or has not, been
trained without labels.

Erhan, Bengio, Courville, Manzagol, Vincent and Bengio, "Why does unsupervised pre-training help
deep learning?", Journal of Machine Learning Research 11, 2010: networks that differ in nothing but
their first weights are trained alike. Everything is compiled once; the number of labelled images
and the seed enter as data.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.noise import Noise, seed_for
from models.data import datasets, loading
from models.runs.files import RunError
from models.runs.run import Run
from models.runs.store import RunStore
from models.training import compiled_model, heartbeat
from models.training.few_labels import Study, labelling_order


class Classifier:
    """log p(y | x) = log softmax(W f(x) + b), trained to make the mean of -log p(y | x) small.

    Args:
        features: f, a function from inputs [batch, n] to [batch, num_features].
        num_features: How many it gives.
        num_labels: Classes.
        trained: Variables of f that are trained with W and b; none if f is frozen.
        batch_size: Labelled examples per step.
        learning_rate: Of Adam.
    """

    def __init__(
        self,
        features: Callable,
        num_features: int,
        num_labels: int,
        trained: list,
        batch_size: int,
        learning_rate: float,
    ):
        self.features, self.batch_size = features, batch_size
        self.head = keras.layers.Dense(num_labels, kernel_initializer="zeros", name="softmax")
        self.head.build((None, num_features))
        self.variables = [*trained, *self.head.trainable_variables]
        self.optimizer = keras.optimizers.Adam(learning_rate)
        self.optimizer.build(self.variables)
        self._fresh = [variable.numpy() for variable in self.optimizer.variables]
        # As in models.training: what AutoGraph would look for in all of Keras is written here.
        self._step = tf.function(self._take_step, jit_compile=True, autograph=False)
        self._steps = tf.function(self._take_steps, autograph=False)

    def restart(self) -> None:
        """Forgets W, b and the optimiser's state: every class is equally likely."""
        for variable in self.head.trainable_variables:
            variable.assign(tf.zeros_like(variable))
        for variable, fresh in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(fresh)

    def train(
        self, x: tf.Tensor, labels: tf.Tensor, order: tf.Tensor, count: int, steps: int, seed: int
    ) -> None:
        """Takes steps on batches that are drawn, with replacement, from some of the examples.

        Args:
            x: Inputs of all examples, float32 [num_examples, n].
            labels: Class of each, int32 [num_examples].
            order: Indices of the examples, int32 [num_examples]; the first `count` are used.
            count: Labelled examples.
            steps: How many batches.
            seed: Of the draws.
        """
        self._steps(x, labels, order, *map(tf.constant, (count, steps, seed)))

    def _take_steps(self, x, labels, order, count, steps, seed):
        def take(number):
            draws = Noise(seed, number).uniform("labelled", (self.batch_size,))
            rows = tf.gather(order, tf.cast(draws * tf.cast(count, tf.float32), tf.int32))
            self._step(tf.gather(x, rows), tf.gather(labels, rows))
            return (number + 1,)

        tf.while_loop(lambda number: number < steps, take, (0,))

    def _take_step(self, x, labels):
        with tf.GradientTape() as tape:
            logits = self.head(self.features(x))
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        self.optimizer.apply(tape.gradient(loss, self.variables), self.variables)

    def accuracy(self, x: tf.Tensor, labels: np.ndarray) -> float:
        """Share of the examples that get their own class."""
        logits = self.head(self.features(x)).numpy()
        return float(np.mean(logits.argmax(axis=1) == labels))


class Laboratory:
    """All that the trials of a study share.

    Args:
        study: The study.
        weights: Arrays "weights/..." of the trained autoencoder.
        examples: A `models.data.datasets.Data`.
    """

    def __init__(self, study: Study, weights: Mapping[str, np.ndarray], examples: datasets.Data):
        h = study.recipe.hyperparameters
        self.study, self.examples = study, examples
        self.model = study.recipe.type.model_class()(h)
        self.pretrained = {v.path: weights[f"weights/{v.path}"] for v in self.model.weights}
        common = (study.batch_size, study.learning_rate)
        encoder = self.model.encoder.trainable_variables
        self.network = Classifier(
            self.model.encode, h.latent_dim, study.num_labels, encoder, *common
        )
        self.on_codes, self.on_pixels = (
            Classifier(lambda x: x, size, study.num_labels, [], *common)
            for size in (h.latent_dim, h.input_dim)
        )
        self.x, self.held_out = tf.constant(examples.train), tf.constant(examples.held_out)
        self.labels = tf.constant(examples.train_labels)
        self.load_encoder()
        self.codes, self.held_out_codes = map(self._encode, (self.x, self.held_out))

    def load_encoder(self) -> None:
        """Gives the network the weights that it was trained to without labels."""
        for variable in self.model.weights:
            variable.assign(self.pretrained[variable.path])

    def _encode(self, x: tf.Tensor) -> tf.Tensor:
        parts = np.array_split(x.numpy(), max(len(x) // compiled_model.EVALUATION_ROWS, 1))
        return tf.concat([self.model.encode(part) for part in parts], axis=0)

    def trial(self, count: int, seed: int) -> dict[str, float]:
        """Held-out accuracies of all arms: same labelled images, same batches, as many steps.

        Args:
            count: Labelled images.
            seed: Of the images, the first weights and the batches.
        """
        order = labelling_order(self.examples.train_labels, seed_for(seed, "labelled"))
        first = seed_for(seed, "scratch")
        runs = {
            "scratch": (self.network, self.x, self.held_out, lambda: self.model.initialize(first)),
            "fine_tuned": (self.network, self.x, self.held_out, self.load_encoder),
            "frozen": (self.on_codes, self.codes, self.held_out_codes, lambda: None),
            "pixels": (self.on_pixels, self.x, self.held_out, lambda: None),
        }
        accuracies = {}
        for arm, (classifier, x, held_out, begin) in runs.items():
            begin()
            classifier.restart()
            steps = self.study.steps(count)
            classifier.train(x, self.labels, tf.constant(order, tf.int32), count, steps, seed)
            accuracies[arm] = classifier.accuracy(held_out, self.examples.held_out_labels)
        return accuracies


def train(
    study: Study,
    store: RunStore,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    owner: str = "foreground",
) -> dict[str, Any]:
    """Carries a study out, from wherever it stands in the store.

    Its folder there is that of a run: each trial is an event (its number is the "epoch"), and a
    stop is heeded between two of them.

    Args:
        study: What to try.
        store: Where runs are kept.
        should_stop: Asked between trials, besides the study's own stop flag.
        owner: Who holds the folder meanwhile.

    Returns:
        The result, as stored: "status" ("completed" or "stopped"), "epochs" (trials that are
        done) and "seconds".

    Raises:
        models.runs.files.RunError: If the encoder has not been trained, or was trained further; if
            somebody else carries the study out, or the store cannot be written.
        models.data.datasets.DataError: If the data set is not to be had.
    """
    run = store.run(study.run_id())
    trials = study.trials
    stored = run.find_result(len(trials))
    if stored and not run.damage():
        return stored
    store.create(run.id, study.as_dict())
    with run.acquire(owner, len(trials)) as lease, heartbeat.Heartbeat(lease):
        run.clear_result()
        result = _try_all(study, run, _encoder_weights(study, store), should_stop)
    store.evict(keep=(run.id, study.recipe.run_id()))
    return result


def _encoder_weights(study: Study, store: RunStore) -> dict[str, np.ndarray]:
    weights, meta = store.run(study.recipe.run_id()).checkpoint() or ({}, {"epoch": 0})
    wanted = study.recipe.hyperparameters.epochs
    if meta["epoch"] != wanted:
        raise RunError(
            f"The encoder has been trained for {meta['epoch']} epochs, not for {wanted}. Train it "
            "first, or set the epochs to what it has."
        )
    return weights


def _try_all(
    study: Study, run: Run, weights: Mapping[str, np.ndarray], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    began, events = time.perf_counter(), run.events()
    done = len(events)
    earlier = events[-1]["seconds"] if events else 0.0
    laboratory = None
    for number, (count, seed) in enumerate(study.trials, start=1):
        if number <= done:
            continue
        if should_stop() or run.stop_requested:
            break
        if laboratory is None:
            examples = loading.load(**study.recipe.hyperparameters.data_arguments, download=True)
            laboratory = Laboratory(study, weights, examples)
        accuracy = laboratory.trial(count, seed)
        seconds = round(earlier + time.perf_counter() - began, 3)
        event = {"epoch": number, "count": count, "seed": seed, "accuracy": accuracy}
        run.append_event(event | {"seconds": seconds})
        done = number
    status = "completed" if done == len(study.trials) else "stopped"
    seconds = round(earlier + time.perf_counter() - began, 3)
    result = {"status": status, "epochs": done, "seconds": seconds}
    run.finish(result)
    return result

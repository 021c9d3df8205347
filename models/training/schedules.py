"""Optimisers and their learning rates."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from models.runs.recipe import Recipe


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

    def load(self, recipe: Recipe, stage: int) -> None:
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
    name: str,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    clip_norm: float = 0.0,
) -> keras.optimizers.Optimizer:
    """A Keras optimiser by its name among the hyperparameters; it shortens gradients that are
    longer than `clip_norm`, all weights together, unless that is 0 (Pascanu et al., "On the
    difficulty of training recurrent neural networks", 2013, algorithm 1)."""
    config = {"learning_rate": learning_rate, "global_clipnorm": clip_norm or None}
    if name == "sgd":
        config["momentum"] = 0.9
    return keras.optimizers.get({"class_name": name, "config": config})

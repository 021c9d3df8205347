"""Operations on tensors that several types share."""

from __future__ import annotations

import tensorflow as tf


def as_bytes(pixels: tf.Tensor) -> tf.Tensor:
    """Pixels from 0 (black) to 1 (white) as uint8; what lies outside is cut off."""
    return tf.cast(tf.round(tf.clip_by_value(pixels, 0.0, 1.0) * 255.0), tf.uint8)


def mean_squared_error(x: tf.Tensor, reconstruction: tf.Tensor) -> tf.Tensor:
    """Mean over all numbers of the batch of (x - reconstruction)^2; a scalar."""
    return tf.reduce_mean(tf.square(x - reconstruction))

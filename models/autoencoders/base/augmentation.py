"""More examples than there are: images that move from step to step."""

from __future__ import annotations

import tensorflow as tf

from models.autoencoders.base.noise import Noise


def shift_images(x: tf.Tensor, shape: tuple[int, int], most: int, noise: Noise) -> tf.Tensor:
    """The images of one step, all moved alike, by up to `most` pixels up or down and sideways.

    Where nothing was, the edge is repeated. The labels stay true, as a digit that has moved is
    the same digit (Simard, Steinkraus and Platt, "Best practices for convolutional neural networks
    applied to visual document analysis", ICDAR 2003).

    Args:
        x: Pixels, float32 [batch, height * width].
        shape: Height and width.
        most: The largest shift, in pixels.
        noise: Source of this step's random numbers.
    """
    height, width = shape
    down, right = tf.unstack(tf.cast(noise.uniform("shift", (2,)) * (2 * most + 1), tf.int32))
    rows = tf.clip_by_value(tf.range(height) + down - most, 0, height - 1)
    columns = tf.clip_by_value(tf.range(width) + right - most, 0, width - 1)
    # Not a slice of a padded image: XLA on a CPU would make it anew for every product with it.
    return tf.gather(x, tf.reshape(rows[:, None] * width + columns, (-1,)), axis=1)

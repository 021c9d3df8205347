"""More examples than there are: images that move from step to step."""

from __future__ import annotations

import tensorflow as tf

from models.autoencoders.base.noise import Noise


def shift_images(x: tf.Tensor, shape: tuple[int, int], most: int, noise: Noise) -> tf.Tensor:
    """The images of one step, all moved alike, by up to `most` pixels up or down and sideways.

    Where nothing was, the edge is mirrored. The labels stay true, as a digit that has moved is
    the same digit (Simard, Steinkraus and Platt, "Best practices for convolutional neural networks
    applied to visual document analysis", ICDAR 2003).

    Args:
        x: Pixels, float32 [batch, height * width].
        shape: Height and width.
        most: The largest shift, in pixels, at most half of a side.
        noise: Source of this step's random numbers.
    """
    height, width = shape
    margins = ((0, 0), (most, most), (most, most))
    images = tf.pad(tf.reshape(x, (-1, height, width)), margins, "SYMMETRIC")
    top, left = tf.unstack(tf.cast(noise.uniform("shift", (2,)) * (2 * most + 1), tf.int32))
    moved = tf.slice(images, [0, top, left], [tf.shape(x)[0], height, width])
    return tf.reshape(moved, (-1, height * width))

"""Randomness without a state: seeds by name, numbers by (seed, stream, step)."""

from __future__ import annotations

import hashlib
import math
import zlib

import tensorflow as tf


def seed_for(seed: int, name: str) -> int:
    """A seed for one purpose, derived from the run's seed and the purpose's name.

    Seeds by name, not by order of use: adding a layer leaves the others' initial weights as
    they were, and nothing is drawn from the process-wide generator that other runs share.
    """
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") & 0x7FFFFFFF


class Noise:
    """Random numbers that are a pure function of (seed, stream, step).

    Args:
        seed: The run's seed, an integer or an int32 scalar tensor.
        step: The optimiser step, likewise. Evaluation uses negative steps.
    """

    def __init__(self, seed: tf.Tensor, step: tf.Tensor):
        self.seed = tf.cast(seed, tf.int32)
        self.step = tf.cast(step, tf.int32)

    def _key(self, stream: str) -> tf.Tensor:
        return tf.stack([self.seed + (zlib.crc32(stream.encode()) >> 2), self.step])

    def normal(self, stream: str, shape: tuple[int, ...] | tf.Tensor) -> tf.Tensor:
        """Standard normal numbers of the given shape, float32."""
        # Twice the midpoint of each of 2**23 intervals, minus 1: never -1 or 1, so never infinite.
        return math.sqrt(2.0) * tf.math.erfinv(2.0 * self.uniform(stream, shape) + 2.0**-23 - 1.0)

    def uniform(self, stream: str, shape: tuple[int, ...] | tf.Tensor) -> tf.Tensor:
        """Numbers evenly spread over [0, 1), float32."""
        # From whole numbers, as TensorFlow's own floating-point noise differs with and without
        # XLA: `fit`, the fast path and the evaluation of one model would see different samples.
        bits = tf.random.stateless_uniform(
            shape, self._key(stream), None, None, tf.uint32, alg="philox"
        )
        return tf.cast(tf.bitwise.right_shift(bits, 9), tf.float32) * 2.0**-23

    def permutation(self, stream: str, size: int) -> tf.Tensor:
        """The integers below `size` in random order, int32."""
        key = self._key(stream)
        return tf.random.experimental.stateless_shuffle(tf.range(size), key, alg="philox")


EVALUATION_STEP = -1
"""The step whose noise every evaluation uses, so that curves differ by the weights alone."""

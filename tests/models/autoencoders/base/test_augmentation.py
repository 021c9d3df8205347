"""Images that move from step to step."""

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.base.augmentation import shift_images
from models.autoencoders.base.noise import Noise
from tests.support.networks import build

SHAPE = (5, 4)


def _shifted(x, most, step):
    return shift_images(tf.constant(x), SHAPE, most, Noise(3, step)).numpy()


@pytest.mark.parametrize("most", [1, 2])
def test_all_images_of_a_step_move_alike_and_every_way_is_taken(most):
    x = np.random.default_rng(0).random((3, 20), np.float32)
    padded = np.pad(x.reshape(3, *SHAPE), [(0, 0), (most, most), (most, most)], "edge")
    ways = {}
    for top in range(2 * most + 1):
        for left in range(2 * most + 1):
            window = padded[:, top : top + SHAPE[0], left : left + SHAPE[1]]
            ways[window.tobytes()] = (top, left)
    taken = [ways[_shifted(x, most, step).tobytes()] for step in range(400)]
    counts = np.unique(taken, axis=0, return_counts=True)[1]
    assert len(counts) == (2 * most + 1) ** 2
    assert counts.min() > 400 / len(counts) / 4


def test_compiled_or_not_the_same(images):
    step = tf.Variable(7)

    def moved():
        return shift_images(tf.constant(images), (28, 28), 3, Noise(3, step))

    np.testing.assert_array_equal(tf.function(moved, jit_compile=True)(), moved())


def test_a_training_step_sees_moved_images_and_an_evaluation_does_not(small, images):
    still, moving = (build(small("stacked", shift=shift)) for shift in (0, 2))
    noise = Noise(42, 0)
    assert still.augment(images, noise) is images
    expected = shift_images(tf.constant(images), (28, 28), 2, noise)
    np.testing.assert_array_equal(moving.augment(tf.constant(images), noise), expected)
    errors = [
        float(model.objective(images, None, noise)["reconstruction_mse"])
        for model in (still, moving)
    ]
    assert errors[0] == errors[1]


def test_a_layer_that_learns_from_codes_is_given_them_as_they_are(small, images):
    tied = build(small("tied", mode="greedy", epochs_per_layer=1, shift=2))
    noise, is_moved = Noise(42, 0), []
    for stage in range(tied.num_stages):
        tied.begin_stage(stage)
        prepared = tied.prepare(tf.constant(images))
        is_moved.append(tied.augment(prepared, noise) is not prepared)
    assert is_moved == [True, *[False] * (tied.num_stages - 2), True]

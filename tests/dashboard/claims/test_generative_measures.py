"""Numbers of generative autoencoders, on made-up runs."""

import numpy as np
import pytest

from dashboard.claims.generative_measures import MEASURES, STYLES
from models.autoencoders.adversarial import priors
from models.data import loading
from models.layers import numpy_inference
from tests.support.recipes import make_recipe


class MadeUp:
    """A run whose records are what is given."""

    def __init__(self, recipe=None, **records):
        self.config = recipe and recipe.as_dict()
        self._records = records

    def __getattr__(self, name):
        return lambda *_arguments: self._records[name]


def test_what_stands_in_the_pictures_is_counted():
    run = MadeUp(live=({"kl_per_dimension": np.array([0.01, 0.2, 3.0])}, {}))
    assert MEASURES["used_dimensions"](run) == 2


def test_both_parts_count_alike():
    terms = {"reconstruction_nats": 100.0, "kl_nats": 20.0, "total": 102.0}
    assert MEASURES["both_parts"](MadeUp(result={"held_out": terms})) == 120.0


def test_the_largest_distance_is_that_between_a_quarter_and_half_of_the_training():
    distances = {5: 9.0, 10: 1.0, 15: 3.0, 20: 2.0, 30: 8.0}
    events = [
        {"epoch": epoch, "diagnostics": {"energy_distance": distance}}
        for epoch, distance in distances.items()
    ]
    run = MadeUp(result={"epochs": 40}, events=events)
    assert MEASURES["largest_distance_midway"](run) == 3.0


def test_draws_of_the_mixture_lie_on_their_own_part():
    recipe = make_recipe("adversarial", prior="mixture")
    parts = priors.parts_in_turn(300, 10)
    codes = priors.draw("mixture", 2, 10, 0, parts)
    for labels, low, high in ((parts, 0.95, 1.0), ((parts + 1) % 10, 0.0, 0.05)):
        run = MadeUp(recipe, live=({"codes": codes}, {}), sample=({"labels": labels}, {}))
        assert low <= MEASURES["on_own_part"](run) <= high


def test_the_class_is_told_from_codes_that_say_it():
    labels = np.arange(100) % 10
    for codes, expected in ((labels[:, None] * 1.0, 1.0), (np.zeros((100, 1)), 0.1)):
        run = MadeUp(live=({"codes": codes}, {}), sample=({"labels": labels}, {}))
        assert MEASURES["class_in_code"](run) == pytest.approx(expected, abs=0.1)


def test_whoever_writes_what_is_asked_for_obeys(monkeypatch):
    digits = {label: _typical(label) for label in range(10)}
    recipe = make_recipe("conditional", num_train="2000", latent_dim="2")
    run = MadeUp(recipe, checkpoint=({}, {}))
    for shift, low, high in ((0, 0.9, 1.0), (1, 0.0, 0.1)):

        def write(_h, _weights, codes, asked, shift=shift):
            assert codes.shape == (10 * STYLES, 2)
            return np.stack([digits[(one + shift) % 10] for one in asked])

        monkeypatch.setattr(numpy_inference, "decode", write)
        assert low <= MEASURES["obedience"](run) <= high


def _typical(label):
    """The mean of the real digits of a class."""
    seen = loading.load("digits", 2000)
    return seen.train[seen.train_labels == label].mean(axis=0)

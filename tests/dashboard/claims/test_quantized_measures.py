"""Measures of runs with codes of symbols, on made-up runs."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from dashboard.claims import quantized_measures


class MadeUp:
    """A run of which only what is read is there."""

    id = "made up"

    def __init__(self, pictures=None, sample=None, result=None, config=None, weights=None):
        self.stored, self.config, self.weights = (pictures, sample, result), config, weights

    def live(self):
        return None if self.stored[0] is None else (self.stored[0], {})

    def sample(self):
        return None if self.stored[1] is None else (self.stored[1], {})

    def result(self):
        return self.stored[2]

    def checkpoint(self, prefix):
        return self.weights, {}


def test_an_error_is_a_multiple_of_the_baselines():
    ended = {"held_out": {"reconstruction_mse": 0.3}, "pca": {"held_out": 0.2}}
    ended["diagnostics"] = {"unrounded_mse": 0.1}
    run = MadeUp(result=ended)
    assert quantized_measures.MEASURES["error_over_pca"](run) == pytest.approx(1.5)
    assert quantized_measures.MEASURES["rounding"](run) == pytest.approx(3.0)


def test_the_most_frequent_entry_is_counted_over_all_places():
    indices = np.array([[5, 5, 2], [5, 0, 2]], np.uint16)
    assert quantized_measures.most_frequent_share(MadeUp({"indices": indices})) == 0.5


def test_what_is_found_by_pixels_is_what_scikit_learn_finds():
    draws = np.random.default_rng(0)
    labels = draws.integers(0, 3, 60)
    inputs = (60 * labels[:, None] + draws.integers(0, 120, (60, 20))).astype(np.uint8)
    run = MadeUp({"codes": (inputs > 127).astype(np.float32)}, {"inputs": inputs, "labels": labels})
    neighbours = NearestNeighbors(n_neighbors=quantized_measures.NEIGHBOURS + 1).fit(inputs)
    found = neighbours.kneighbors(inputs, return_distance=False)[:, 1:]
    expected = np.mean(labels[found] == labels[:, None])
    assert quantized_measures.precision(run, "pixels") == pytest.approx(expected, abs=0.01)
    assert 0.3 < quantized_measures.precision(run, "bits") <= 1


@pytest.mark.parametrize(("kernel_size", "low", "high"), [(1, 1.0, 1.0), (7, 0.3, 0.9)])
def test_a_change_goes_as_far_as_the_decoders_filters_reach(small, kernel_size, low, high):
    recipe = small("vector_quantized", kernel_size=kernel_size)
    h, draws = recipe.hyperparameters, np.random.default_rng(0)
    weights = {
        f"weights/{half}/{layer.name}/{role}": draws.normal(size=shape)
        for half, plan in (("encoder", h.encoder_plan), ("decoder", h.decoder_plan))
        for layer in plan
        for role, shape in zip(layer.roles, layer.weight_shapes, strict=False)
    }
    indices = draws.integers(0, h.num_embeddings, (20, 49)).astype(np.uint16)
    run = MadeUp({"indices": indices}, config=recipe.as_dict(), weights=weights)
    assert low <= quantized_measures.change_nearby(run) <= high


def test_a_run_that_has_kept_nothing_cannot_be_measured():
    with pytest.raises(KeyError, match="made up"):
        quantized_measures.most_frequent_share(MadeUp())

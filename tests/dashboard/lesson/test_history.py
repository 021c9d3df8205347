"""Which earlier runs stand on the same chart."""

import pytest

from dashboard.lesson.history import is_comparable
from tests.support.recipes import make_recipe


@pytest.mark.parametrize(
    ("type", "changes", "term", "expected"),
    [
        ("stacked", {"learning_rate": "0.001", "hidden_sizes": "100"}, "reconstruction_mse", True),
        ("stacked", {"num_train": "500", "shift": "0"}, "reconstruction_mse", True),
        ("stacked", {"l2": "0.001"}, "reconstruction_mse", True),
        ("stacked", {"excluded_classes": "8"}, "reconstruction_mse", False),
        ("linear", {"dataset": "swiss_roll"}, "reconstruction_mse", False),
        ("denoising", {"noise_level": "0.3"}, "reconstruction_mse", False),
        ("variational", {"beta": "4"}, "reconstruction_nats", True),
        ("variational", {"beta": "4"}, "total", False),
        ("variational", {"likelihood": "gaussian"}, "reconstruction_nats", False),
        ("variational", {"latent_dim": "2"}, "total", True),
    ],
)
def test_runs_are_compared_on_the_same_data_and_by_the_same_loss(type, changes, term, expected):
    assert is_comparable(make_recipe(type, **changes), make_recipe(type), term) is expected


def test_runs_of_different_types_are_not_compared():
    assert not is_comparable(make_recipe("sparse"), make_recipe("stacked"), "reconstruction_mse")

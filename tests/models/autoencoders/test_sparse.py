"""What makes an autoencoder sparse: the price of its activity."""

import numpy as np
import pytest
from scipy import stats

from models.autoencoders.base.noise import Noise
from models.autoencoders.sparse.model import bernoulli_kl
from tests.support.networks import build, no_labels, train

VARIANTS = [
    {"sparsity": "kl", "hidden_sizes": ()},
    {"l2": 0.001},
]


def test_the_kl_divergence_of_two_coins_is_numpy_s():
    target, activity = 0.05, np.array([0.001, 0.05, 0.3, 0.999], np.float32)
    expected = [stats.entropy([target, 1 - target], [a, 1 - a]) for a in activity]
    found = bernoulli_kl(target, activity)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert np.isfinite(bernoulli_kl(target, np.array([0.0, 1.0], np.float32))).all()


@pytest.mark.parametrize("sparsity", ["l1", "kl"])
def test_the_sparsity_is_the_stated_sum(small, images, sparsity):
    model = build(
        small("sparse", sparsity=sparsity, sparsity_weight=0.3, activity_target=0.1, l2=0.001)
    )
    codes = model.encode(images).numpy().astype(np.float64)
    activity = codes.mean(axis=0)
    cost = {
        "l1": np.abs(codes).mean(),
        "kl": np.mean([stats.entropy([0.1, 0.9], [a, 1 - a]) for a in activity]),
    }[sparsity]
    squares = sum(np.square(w).sum() for w in model.get_weights() if w.ndim == 2)
    terms = model.objective(images, no_labels(images), Noise(1, 0))
    expected = 0.3 * cost + 0.001 * squares
    assert float(terms["penalty"]) == pytest.approx(expected, rel=1e-4)
    assert float(terms["total"]) == pytest.approx(
        expected + float(terms["reconstruction_mse"]), rel=1e-5
    )


@pytest.mark.training
def test_kl_brings_the_mean_activity_to_its_target(small, store):
    changes = {"latent_dim": 50, "epochs": 60, "learning_rate": 0.01}
    changes |= {"sparsity": "kl", "sparsity_weight": 1.0, "activity_target": 0.1}
    run = train(small("sparse", **changes), store)
    first, last = (run.events()[index]["diagnostics"]["mean_activity"] for index in (0, -1))
    assert abs(first - 0.1) > 0.3 and last == pytest.approx(0.1, abs=0.01)
    means = run.live()[0]["codes"].mean(axis=0)
    assert np.quantile(np.abs(means - 0.1), 0.9) < 0.05


@pytest.mark.training
def test_a_price_on_activity_makes_zeros(small, store):
    zeros = [
        np.mean(
            train(small("sparse", latent_dim=50, sparsity_weight=weight, epochs=30), store).live()[
                0
            ]["codes"]
            == 0
        )
        for weight in (0.0, 0.1)
    ]
    assert zeros[1] > 0.8 and zeros[1] > zeros[0] + 0.2

"""What makes an autoencoder conditional: it obeys, and its code leaves out what it is told."""

import numpy as np
import pytest

from models.autoencoders.base.noise import Noise
from models.data import loading
from models.evaluation import image_factors, linear_probe
from models.layers import numpy_inference
from models.training import compiled_model
from tests.support.networks import build, train, weights_of

VARIANTS = [
    {"hidden_sizes": (), "likelihood": "gaussian"},
    {"hidden_sizes": (20, 10), "l2": 0.001, "beta": 4.0, "parametrization": "sigma"},
]


CLASSES = 10


@pytest.fixture(scope="module")
def digits():
    return loading.load("digits", 2000)


def test_the_bound_is_that_of_a_decoder_that_is_told_the_class(small, digits):
    recipe = small("conditional", latent_dim=4, beta=2.5)
    model, h = build(recipe), recipe.hyperparameters
    x, labels, noise = digits.train[:30], digits.train_labels[:30], Noise(1, 7)
    mean, log_variance = (half.numpy().astype(np.float64) for half in model.posterior(x, labels))
    codes = mean + np.exp(log_variance / 2) * noise.normal("posterior", mean.shape).numpy()
    told = np.hstack([codes, labels[:, None] == np.arange(CLASSES)])
    layers = numpy_inference.decoder_layers(h, weights_of(model))
    picture = numpy_inference.evaluate(layers, told).astype(np.float64)
    nats = -(x * np.log(picture) + (1 - x) * np.log(1 - picture)).sum(axis=1).mean()
    kl = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1).mean()
    terms = {name: float(term) for name, term in model.objective(x, labels, noise).items()}
    assert terms == pytest.approx(
        {
            "reconstruction_mse": np.mean((x - picture) ** 2),
            "reconstruction_nats": nats,
            "kl_nats": kl,
            "total": nats + 2.5 * kl,
        },
        rel=1e-4,
    )


def test_untold_it_gives_the_mean_of_all_classes_and_told_what_numpy_gives(small):
    recipe = small("conditional", latent_dim=3)
    model, h = build(recipe), recipe.hyperparameters
    codes = np.random.default_rng(0).standard_normal((7, 3)).astype(np.float32)
    each = np.stack([model.decode(codes, np.full(7, label)) for label in range(CLASSES)])
    np.testing.assert_allclose(model.decode(codes), each.mean(axis=0), atol=1e-6)
    labels = np.arange(7)
    told = numpy_inference.decode(h, weights_of(model), codes, labels)
    np.testing.assert_allclose(told, each[labels, np.arange(7)], atol=1e-5)
    assert np.abs(each[0] - each[1]).max() > 0.01


def test_what_is_generated_are_rows_of_one_draw_with_every_class(small):
    model = build(small("conditional", latent_dim=3))
    draws, images = model.prior_draws().numpy(), model.generate().numpy()
    assert len(images) == len(draws) * CLASSES == 60
    for row, label in ((0, 0), (2, 7), (5, 9)):
        expected = model.decode(draws[row : row + 1], np.array([label]))[0]
        np.testing.assert_allclose(images[row * CLASSES + label], expected, atol=1e-6)


def test_other_numbers_of_classes_need_another_compilation(small):
    letters = small("conditional", dataset="emnist_letters")
    assert letters.hyperparameters.num_classes == 26
    model = build(letters)
    assert model.decoder.input_shape[-1] == 28
    assert model.count_params() == letters.hyperparameters.num_parameters
    keys = [
        compiled_model.CompiledModel.graph_key(one, "/CPU:0")
        for one in (letters, small("conditional"))
    ]
    assert keys[0] != keys[1]


@pytest.mark.training
def test_it_writes_the_digit_that_is_asked_for_and_its_code_need_not_say_it(small, store, digits):
    size = {"num_train": 2000, "hidden_sizes": (100,), "latent_dim": 4, "batch_size": 50}
    size |= {"hidden_activation": "relu", "epochs": 15, "learning_rate": 0.003}
    readable, runs = {}, {}
    for name in ("conditional", "variational"):
        recipe = small(name, **size)
        runs[name] = recipe, train(recipe, store)
        labels = runs[name][1].sample()[0]["labels"]
        readable[name] = linear_probe.neighbour_accuracy(runs[name][1].live()[0]["codes"], labels)
    recipe, run = runs["conditional"]
    asked = np.tile(np.arange(CLASSES), 20)
    codes = np.random.default_rng(0).standard_normal((len(asked), 4)).astype(np.float32)
    weights = run.checkpoint("weights/")[0]
    images = numpy_inference.decode(recipe.hyperparameters, weights, codes, asked)
    judge = linear_probe.Probe(digits.train, digits.train_labels, scaled=False)
    obeyed, other = judge.accuracy(images, asked), judge.accuracy(images, (asked + 1) % 10)
    print(f"asked digit written: {obeyed:.0%}; class read from the code: {readable}")
    assert obeyed > 0.7 and other < 0.1
    assert readable["conditional"] < readable["variational"] - 0.2


# The yardsticks that its page and that of beta use


def test_neighbours_vote_and_do_not_judge_themselves():
    points = np.array([[0.0], [0.1], [0.2], [0.3], [0.4], [9.0], [9.1], [9.2], [9.3], [9.4]])
    assert linear_probe.neighbour_accuracy(points, np.repeat([0, 1], 5)) == 1.0
    # A stranger among four: its own label does not count, and it is outvoted everywhere.
    assert linear_probe.neighbour_accuracy(points[:5], np.array([0, 0, 0, 0, 1])) == 0.8
    noise = np.random.default_rng(0).standard_normal((400, 3))
    assert linear_probe.neighbour_accuracy(noise, np.arange(400) % 10) < 0.2


def test_the_judge_knows_real_digits(digits):
    judge = linear_probe.Probe(digits.train, digits.train_labels, scaled=False)
    assert judge.accuracy(digits.held_out, digits.held_out_labels) > 0.85


def bar(slant, thickness, height=16):
    """A bar that leans by `slant` pixels for each pixel upwards."""
    down, right = np.mgrid[:28, :28]
    off = np.abs(right - 13.5 - slant * (13.5 - down))
    inside = np.abs(down - 13.5) <= height / 2
    return np.clip(thickness / 2 + 0.5 - off, 0, 1) * inside


@pytest.mark.parametrize(("slant", "thickness"), [(0.0, 2.0), (0.4, 3.0), (-0.3, 4.0)])
def test_a_bar_has_the_slant_and_the_stroke_that_it_was_drawn_with(slant, thickness):
    found = dict(
        zip(
            image_factors.FACTORS,
            image_factors.measure(bar(slant, thickness)[None])[0],
            strict=True,
        )
    )
    assert found["slant"] == pytest.approx(slant, abs=0.02)
    # Across the bar, not along a row; its two ends make its outline longer.
    pen = thickness * np.cos(np.arctan(slant))
    assert found["stroke"] == pytest.approx(pen / (1 + pen / 16), rel=0.12)
    assert found["height"] == pytest.approx(16 / 12**0.5, rel=0.05)
    brighter = image_factors.measure(255 * bar(slant, thickness)[None])[0]
    np.testing.assert_allclose(brighter, list(found.values()), rtol=1e-6)


def test_correlations_are_numpys_once_the_class_is_taken_off():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    values = rng.standard_normal((300, 2)) + 5 * labels[:, None]
    codes = np.stack([values[:, 0] + rng.standard_normal(300), 3.0 * labels], axis=1)
    found = image_factors.correlations(codes, values, labels)
    residuals = [
        one - np.array([one[labels == label].mean(axis=0) for label in range(3)])[labels]
        for one in (codes, values)
    ]
    expected = np.corrcoef(residuals[0][:, 0], residuals[1][:, 0])[0, 1]
    assert found[0, 0] == pytest.approx(expected) and 0.6 < expected < 0.8
    assert found[1, 0] == 0, "what only says the class says nothing within it"
    blank = image_factors.measure(np.zeros((2, 28, 28)))
    assert np.isfinite(blank).all()

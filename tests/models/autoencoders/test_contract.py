"""The autoencoders: a contract that every type keeps, and each loss recomputed in NumPy."""

import dataclasses
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from models.autoencoders import registry
from models.autoencoders.base.latent_gaussian import gaussian_kl, log_variance_of
from models.autoencoders.base.noise import EVALUATION_STEP, Noise, seed_for
from models.data import loading
from models.evaluation import pca
from models.runs.recipe import Recipe
from models.training import session, trainer
from tests.support.networks import build, no_labels

ALTERNATIVES = {
    "linear": [{"latent_dim": 1}, {"latent_dim": 3}],
    "stacked": [
        {"hidden_sizes": (), "latent_dim": 5},
        {"hidden_sizes": (20, 10), "hidden_activation": "elu", "l2": 0.001},
        {"initializer": "lecun_normal", "code_activation": "tanh", "output_activation": "linear"},
    ],
    "variational": [
        {"hidden_sizes": (), "likelihood": "gaussian"},
        {"hidden_sizes": (20, 10), "l2": 0.001, "beta": 4.0, "kl_warmup_epochs": 3},
        {"hidden_sizes": (20,), "likelihood": "gaussian", "l2": 0.001, "latent_dim": 7},
        {"parametrization": "sigma"},
    ],
    "conditional": [
        {"hidden_sizes": (), "likelihood": "gaussian"},
        {"hidden_sizes": (20, 10), "l2": 0.001, "beta": 4.0, "parametrization": "sigma"},
    ],
    "denoising": [{"corruption": "masking"}, {"corruption": "salt_and_pepper", "l2": 0.001}],
    "sparse": [{"sparsity": "kl", "hidden_sizes": ()}, {"l2": 0.001}],
    "convolutional": [
        {"filters": (4, 6, 3), "downsampling": "max_pooling", "upsampling": "bilinear"},
        {"downsampling": "average_pooling", "upsampling": "nearest", "kernel_size": 2},
        {"decoder_filters": (5,), "hidden_sizes": (), "kernel_size": 5, "l2": 0.001},
    ],
    "vector_quantized": [
        {"codebook_update": "loss", "dead_code_threshold": 0.0},
        {"filters": (4,), "num_embeddings": 5, "embedding_dim": 3, "kernel_size": 3},
    ],
    "hashing": [{"hidden_sizes": (), "latent_dim": 7}, {"code_noise": 0.0, "l2": 0.001}],
    "recurrent": [
        {"cell": "lstm", "writing_order": "bottom_up", "l2": 0.001},
        {"cell": "simple_rnn", "hidden_sizes": (), "units": 7},
    ],
    "adversarial": [
        {"prior": "mixture", "labels": "discriminator", "discriminator_sizes": ()},
        {"prior": "swiss_roll", "latent_dim": 5, "l2": 0.001},
        {"latent_dim": 1, "discriminator_sizes": (7,)},
    ],
    "contractive": [{"hidden_sizes": ()}, {"hidden_sizes": (20, 10), "l2": 0.001}],
}


def load(recipe):
    return loading.load(**recipe.hyperparameters.data_arguments)


def variants(small, type):
    return [small(type, **changes) for changes in ({}, *ALTERNATIVES.get(type.name, ()))]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(size=(40, 784)).astype(np.float32)


# The contract


def test_shapes_and_number_of_parameters(type, small):
    for recipe in variants(small, type):
        h, model, x = recipe.hyperparameters, build(recipe), load(recipe).held_out[:9]
        codes = model.encode(x)
        assert codes.shape == (9, h.latent_dim)
        assert model.decode(codes).shape == model(x).shape == x.shape
        assert model.count_params() == h.num_parameters


def test_a_saved_model_gives_the_same_outputs_and_losses(type, small, tmp_path):
    draws = np.random.default_rng(0)
    for index, recipe in enumerate(variants(small, type)):
        model, examples = build(recipe), load(recipe)
        for weights in model.weights:  # biases too: those of a fresh model are all zero
            weights.assign_add(0.01 * draws.uniform(size=weights.shape))
        model.save(tmp_path / f"{index}.keras")
        loaded = keras.models.load_model(tmp_path / f"{index}.keras")
        x, labels = examples.held_out[:9], examples.held_out_labels[:9]
        np.testing.assert_array_equal(loaded(x), model(x))
        theirs, ours = (
            {name: float(term) for name, term in one.objective(x, labels, Noise(1, -1)).items()}
            for one in (loaded, model)
        )
        assert theirs == pytest.approx(ours, rel=1e-6) and tuple(ours) == model.term_names


def test_terms_and_pictures_are_finite_and_named(type, small):
    for recipe in variants(small, type):
        model, examples = build(recipe), load(recipe)
        x, labels = examples.held_out, examples.held_out_labels
        terms = model.objective(x, labels, Noise(1, EVALUATION_STEP))
        assert tuple(terms) == model.term_names
        assert type.criterion in terms and "reconstruction_mse" in terms
        figures = model.diagnostics(examples, session.pca_of(recipe, examples))
        arrays = {**terms, **figures, **model.pictures(examples)}
        assert all(np.isfinite(array).all() for array in arrays.values())


def test_the_seed_alone_determines_the_initial_weights(type, small):
    first = build(small(type, seed=3)).get_weights()
    keras.utils.set_random_seed(99)
    np.random.seed(5)
    tf.random.normal((3,))
    again = build(small(type, seed=3)).get_weights()
    other = build(small(type, seed=4)).get_weights()
    assert same(first, again)
    pairs = zip(first, other, strict=True)
    kernels = [(a, b) for a, b in pairs if a.ndim == 2 and a.any()]  # averages begin at zero
    assert kernels and not any(np.array_equal(a, b) for a, b in kernels)


def test_adopting_is_building(type, small):
    model, other = build(small(type, seed=3)), build(small(type, seed=4))
    model.adopt(small(type, seed=4).hyperparameters)
    assert same(model.get_weights(), other.get_weights())


def test_a_layer_more_leaves_the_other_initial_weights():
    cls = registry.by_name("stacked").model_class()
    shallow, deep = cls(784, (30,), 5), cls(784, (30, 30), 5)
    assert same(shallow.encoder.layers[0].get_weights(), deep.encoder.layers[0].get_weights())
    kernels = [layer.kernel.numpy() for layer in deep.encoder.layers[:2]]
    assert not np.array_equal(kernels[0][:30], kernels[1])


@pytest.mark.parametrize(
    ("initializer", "deviation"),
    [
        *((f"he_{shape}", (2 / 784) ** 0.5) for shape in ("normal", "uniform")),
        *((f"glorot_{shape}", (2 / 1184) ** 0.5) for shape in ("normal", "uniform")),
        ("lecun_normal", (1 / 784) ** 0.5),
    ],
)
def test_initial_weights_have_the_stated_deviation(initializer, deviation, small):
    model = build(small("stacked", hidden_sizes=(400,), initializer=initializer))
    layer = model.encoder.layers[0]
    assert np.std(layer.kernel) == pytest.approx(deviation, rel=0.01)
    assert abs(np.mean(layer.kernel)) < deviation / 100 and not np.any(layer.bias)


# Losses, recomputed


ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def forward(part, x):
    x = np.asarray(x, np.float64)
    for layer in part.layers:
        x = ACTIVATIONS[layer.activation.__name__](x @ layer.kernel.numpy() + layer.bias.numpy())
    return x


def l2_penalty(model, weight):
    kernels = [layer.kernel.numpy().astype(np.float64) for part in (model.encoder, model.decoder)
               for layer in part.layers]  # fmt: skip
    return weight * sum(np.square(kernel).sum() for kernel in kernels)


def check_terms(model, x, noise, expected):
    terms = model.objective(x, no_labels(x), noise)
    assert {name: float(term) for name, term in terms.items()} == pytest.approx(expected, rel=1e-5)


def test_mean_squared_error_of_the_linear_autoencoder(small):
    recipe = small("linear")
    model, x = build(recipe), load(recipe).train
    error = np.mean((x - forward(model.decoder, forward(model.encoder, x))) ** 2)
    check_terms(model, x, Noise(1, 0), {"reconstruction_mse": error, "total": error})


@pytest.mark.parametrize("output", ["linear", "sigmoid", "tanh"])
def test_error_and_penalty_of_the_stacked_autoencoder(small, images, output):
    model = build(
        small(
            "stacked",
            **{"hidden_sizes": (20, 10), "hidden_activation": "elu", "l2": 0.002},
            output_activation=output,
        )
    )
    error = np.mean((images - forward(model.decoder, forward(model.encoder, images))) ** 2)
    penalty = l2_penalty(model, 0.002)
    expected = {"reconstruction_mse": error, "penalty": penalty, "total": error + penalty}
    check_terms(model, images, Noise(1, 0), expected)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_variational_bound(small, images, likelihood):
    model = build(small("variational", likelihood=likelihood, beta=2.5, l2=0.001, latent_dim=4))
    mean, log_variance = np.split(forward(model.encoder, images), 2, axis=1)
    noise = Noise(1, 7)
    standard = noise.normal("posterior", mean.shape).numpy()
    output = forward(model.decoder, mean + np.exp(log_variance / 2) * standard)
    if likelihood == "bernoulli":
        picture = 1 / (1 + np.exp(-output))
        nats = -(images * np.log(picture) + (1 - images) * np.log(1 - picture)).sum(axis=1).mean()
    else:
        model.log_noise_variance.assign(-1.3)
        deviation, picture = np.exp(-0.65), output
        nats = -stats.norm.logpdf(images, picture, deviation).sum(axis=1).mean()
    variance = np.exp(log_variance)
    kl = 0.5 * (variance + mean**2 - 1 - log_variance).sum(axis=1).mean()
    penalty = l2_penalty(model, 0.001)
    expected = {
        "reconstruction_mse": np.mean((images - picture) ** 2),
        "reconstruction_nats": nats,
        "kl_nats": kl,
        "penalty": penalty,
        "total": nats + 2.5 * kl + penalty,
    }
    check_terms(model, images, noise, expected)


def test_the_article_s_bound_learns_sigma_itself(small, images):
    model = build(small("variational", parametrization="sigma", latent_dim=4))
    mean, sigma = np.split(forward(model.encoder, images), 2, axis=1)
    assert np.any(sigma < 0) and np.any(sigma > 0)
    noise = Noise(1, 7)
    standard = noise.normal("posterior", mean.shape).numpy()
    # z = m + s e, with the noise mirrored where s is negative.
    logits = forward(model.decoder, mean + sigma * standard * np.sign(sigma))
    nats = (np.logaddexp(0, logits) - images * logits).sum(axis=1).mean()
    kl = 0.5 * (sigma**2 + mean**2 - 1 - np.log(1e-10 + sigma**2)).sum(axis=1).mean()
    picture = 1 / (1 + np.exp(-logits))
    expected = {
        "reconstruction_mse": np.mean((images - picture) ** 2),
        "reconstruction_nats": nats,
        "kl_nats": kl,
        "total": nats + kl,
    }
    check_terms(model, images, noise, expected)


def test_a_deviation_of_zero_has_a_finite_log_variance_and_a_steep_one_beside_it():
    sigma = tf.constant([0.0, 1e-4, 1.0, -1.0])
    with tf.GradientTape() as tape:
        tape.watch(sigma)
        log_variance = log_variance_of(sigma)
    np.testing.assert_allclose(log_variance, np.log(1e-10 + np.square(sigma)), atol=1e-6)
    slopes = tape.gradient(log_variance, sigma).numpy()
    np.testing.assert_allclose(slopes, [0, 2e-4 / (1e-10 + 1e-8), 2, -2], rtol=1e-4)


def test_the_kl_divergence_agrees_with_sampling():
    mean, log_variance = np.array([[0.0, 1.5, -0.3]]), np.array([[0.0, -1.0, 0.8]])
    deviation = np.exp(log_variance / 2)
    samples = mean + deviation * np.random.default_rng(0).standard_normal((400_000, 3))
    ratios = stats.norm.logpdf(samples, mean, deviation) - stats.norm.logpdf(samples)
    error = ratios.std(axis=0) / len(samples) ** 0.5
    kl = gaussian_kl(mean, log_variance).numpy()[0]
    assert np.all(np.abs(ratios.mean(axis=0) - kl) <= 4 * error + 1e-12)
    assert kl[0] == 0.0 and np.all(kl[1:] > 0.1)


def test_the_floor_of_grey_pixels(small):
    recipe = small("variational")
    x = load(recipe).held_out.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * np.log1p(-x))
    model = build(recipe)
    terms = model.objective(np.float32(x), no_labels(x), Noise(1, 0))
    assert entropy.sum(axis=1).mean() < terms["reconstruction_nats"]
    assert entropy.sum(axis=1).mean() == pytest.approx(45.5, abs=3)


# Noise


def sampled_codes(model, x, noise, monkeypatch):
    """What the decoder is shown while the objective is computed."""
    shown, decoder = [], model.decoder
    with monkeypatch.context() as patch:
        patch.setattr(model, "decoder", lambda codes: shown.append(codes) or decoder(codes))
        model.objective(x, no_labels(x), noise)
    return shown[0].numpy()


def test_sampled_codes_have_the_posterior_s_mean_and_deviation(small, monkeypatch):
    recipe = small("variational", latent_dim=20)
    model, x = build(recipe), load(recipe).train
    mean, log_variance = map(np.asarray, model.posterior(x))
    codes = sampled_codes(model, x, Noise(5, 3), monkeypatch)
    standard = ((codes - mean) / np.exp(log_variance / 2)).ravel()
    assert stats.kstest(standard, "norm").pvalue > 0.001
    assert standard.std() == pytest.approx(1.0, abs=0.03)
    np.testing.assert_array_equal(codes, sampled_codes(model, x, Noise(5, 3), monkeypatch))
    for other in (Noise(5, 4), Noise(6, 3)):
        assert not np.any(codes == sampled_codes(model, x, other, monkeypatch))


def test_noise_streams_are_independent_of_each_other_and_of_steps():
    draws = [
        Noise(seed, step).normal(stream, (10_000,)).numpy()
        for seed, step, stream in [(1, 0, "a"), (1, 0, "b"), (1, 1, "a"), (2, 0, "a"), (1, -1, "a")]
    ]
    correlations = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlations).max() < 0.05
    uniform = Noise(1, 0).uniform("a", (10_000,)).numpy()
    assert stats.kstest(uniform, "uniform").pvalue > 0.001


@pytest.mark.parametrize("draw", [Noise.normal, Noise.uniform])
def test_noise_is_the_same_whether_compiled_or_not(draw):
    step = tf.Variable(4)  # a constant would be folded, and never reach XLA

    def drawn():
        return draw(Noise(3, step), "a", (1_000, 7))

    np.testing.assert_allclose(tf.function(drawn, jit_compile=True)(), drawn(), rtol=1e-5)
    assert np.isfinite(drawn()).all()


def test_permutations_hold_every_number_once():
    first, second = (Noise(1, epoch).permutation("order", 500).numpy() for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(500))
    assert np.mean(first == second) < 0.05


def test_seeds_are_derived_by_name():
    seeds = {seed_for(seed, name) for seed in range(30) for name in ("a/kernel", "a/bias", "b")}
    assert len(seeds) == 90 and all(0 <= seed < 2**31 for seed in seeds)


def test_the_kl_weight_rises_step_by_step_to_beta(small):
    model = build(small("variational", beta=2.0, kl_warmup_epochs=4))  # 3 steps per epoch
    weights = [float(model.kl_weight(step)) for step in range(14)]
    np.testing.assert_allclose(weights, np.minimum(np.arange(1, 15) / 12, 1) * 2.0, rtol=1e-6)
    assert float(model.kl_weight(EVALUATION_STEP)) == 2.0
    immediate = build(small("variational", beta=2.0))
    assert float(immediate.kl_weight(0)) == 2.0


def test_an_unknown_parametrization_is_refused():
    with pytest.raises(ValueError, match=r"'precision'.*'log_variance' or 'sigma'"):
        registry.by_name("variational").model_class()(parametrization="precision")


def test_an_unknown_likelihood_is_refused():
    with pytest.raises(ValueError, match=r"'poisson'.*'bernoulli' or 'gaussian'"):
        registry.by_name("variational").model_class()(likelihood="poisson")


# Principal components


@pytest.mark.parametrize("name", ["arc", "digits"])
def test_components_are_those_of_the_singular_value_decomposition(name):
    x = loading.load(name, 500, noise=0.1 if name == "arc" else 0.0).train.astype(np.float64)
    x = x[:, 300:450] if name == "digits" else x
    components = pca.fit(x)
    _, singular, rows = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    count = min(20, len(rows))
    cosines = np.abs(np.sum(components.components[:count] * rows[:count], axis=1))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-8)
    np.testing.assert_allclose(components.variances[:count], singular[:count] ** 2 / len(x))


def test_the_error_is_that_of_the_reconstruction():
    examples = loading.load("digits", 500)
    columns = slice(300, 450)
    components = pca.fit(examples.train[:, columns])
    for x in (examples.train[:, columns], examples.held_out[:, columns]):
        for count in (0, 1, 30, 150):
            direct = np.mean((x - components.reconstruct(x, count)) ** 2, dtype=np.float64)
            assert components.error(x, count) == pytest.approx(direct, rel=1e-6, abs=1e-12)


def test_many_examples_are_analysed_as_exactly():
    few = np.random.default_rng(0).normal(size=(300, 50)) * np.linspace(1, 3, 50)
    many = np.tile(few, (100, 1))  # beyond a million numbers: single precision
    exact, fast = pca.fit(few), pca.fit(many.astype(np.float32))
    assert fast.components.dtype == np.float32
    assert fast.error(few, 20) == pytest.approx(exact.error(few, 20), rel=1e-5)


@pytest.mark.parametrize("degrees", [0.0, 1e-10, 1e-6, 0.01, 30.0, 45.0, 60.0, 89.9999, 90.0])
def test_angles_between_planes(degrees):
    angle = np.radians(degrees)
    first = np.array([[1.0, 0, 0], [0, 1, 0]])
    turned = np.array([[1.0, 0, 0], [0, np.cos(angle), np.sin(angle)]])
    skewed = np.array([[2.0, 0.3], [-1.0, 5.0]]) @ turned  # another basis of the same plane
    found = pca.principal_angles(first, skewed)
    assert found == pytest.approx([degrees, 0.0], rel=1e-5, abs=1e-12)


def test_several_angles_at_once():
    a, b = np.radians([70.0, 0.001])
    first = np.eye(4)[:2]
    second = [[np.cos(a), 0, np.sin(a), 0], [0, np.cos(b), 0, np.sin(b)]]
    assert pca.principal_angles(first, second) == pytest.approx([70.0, 0.001], rel=1e-7)
    assert pca.principal_angles(first, np.eye(4)[2:]) == pytest.approx([90.0, 90.0])


def test_the_linear_autoencoder_finds_the_principal_plane(store):
    recipe = Recipe(registry.by_name("linear"), registry.by_name("linear").preset("ours"))
    for dataset in ("arc", "helix"):
        h = recipe.hyperparameters.replace(dataset=dataset)
        result = trainer.train(dataclasses.replace(recipe, hyperparameters=h), store)
        assert result["diagnostics"]["principal_angle_degrees"] < 0.1
        floor = result["pca"]["train"]
        assert floor * (1 - 1e-6) <= result["train"]["reconstruction_mse"] < floor * 1.001


def test_models_can_be_built_in_several_threads_at_once(type, small):
    expected, built = build(small(type)).get_weights(), []
    threads = [
        threading.Thread(target=lambda: built.append(build(small(type)).get_weights()))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 3 and all(same(weights, expected) for weights in built)

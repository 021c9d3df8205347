"""Vector quantisation: choices, losses, moving averages and revival, recomputed in NumPy."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.vector_quantized import index_prior
from models.autoencoders.vector_quantized.model import Codebook, VectorQuantizedAutoencoder, usage
from models.data import loading
from models.evaluation import entropy_coded_pca, pca
from models.layers import numpy_inference
from models.training import schedules, trainer
from tests.support.networks import weights_of

VARIANTS = [
    {"codebook_update": "loss", "dead_code_threshold": 0.0},
    {"filters": (4,), "num_embeddings": 5, "embedding_dim": 3, "kernel_size": 3},
]


SIZES = {"num_embeddings": 128, "embedding_dim": 16}
"""Those of the defaults, of which some tests know the numbers."""


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(size=(20, 784)).astype(np.float32)


def model_of(small, **changes):
    h = small("vector_quantized", **(SIZES | changes)).hyperparameters
    return VectorQuantizedAutoencoder(h)


def near(model, x):
    """Puts the codebook where the vectors of x are, so that many entries are chosen."""
    vectors = model.vectors(x).numpy()
    rows = np.random.default_rng(1).permutation(len(vectors))[: model.codebook.num_embeddings]
    model.codebook.codebook.assign(vectors[rows])
    return vectors


def nearest(vectors, book):
    squares = np.square(vectors[:, None].astype(np.float64) - book[None]).sum(axis=2)
    return squares.argmin(axis=1)


def test_every_vector_becomes_the_nearest_entry(small, images):
    model = model_of(small)
    vectors = near(model, images)
    book = model.codebook.codebook.numpy()
    chosen = nearest(vectors, book)
    assert len(set(chosen)) > 50
    np.testing.assert_array_equal(model.indices(images).numpy().ravel(), chosen)
    codes = model.encode(images).numpy()
    np.testing.assert_array_equal(codes.reshape(-1, 16), book[chosen])


def test_the_plan_and_numpy_agree_with_keras(small, images):
    h = small(
        "vector_quantized", filters=(3, 4, 5), embedding_dim=6, num_embeddings=9
    ).hyperparameters
    model = VectorQuantizedAutoencoder(h)
    near(model, images)
    for plan, half in ((h.encoder_plan, model.encoder), (h.decoder_plan, model.decoder)):
        assert [layer.name for layer in plan] == [layer.name for layer in half.layers]
        for layer, built in zip(plan, half.layers, strict=True):
            assert layer.output == built.output.shape[1:]
    assert (h.grid_shape, h.latent_dim, h.code_bits) == ((7, 7), 294, 49 * np.log2(9))
    codes = numpy_inference.encode(h, weights_of(model), images)
    assert len(np.unique(codes.reshape(-1, 6), axis=0)) > 3
    np.testing.assert_allclose(codes, model.encode(images), atol=1e-6)
    outputs = numpy_inference.decode(h, weights_of(model), codes)
    np.testing.assert_allclose(outputs, model.decode(codes), atol=1e-5)
    assert h.encoder_plan[-1].multiplications == 49 * 6 * 9


@pytest.mark.parametrize("update", ["ema", "loss"])
def test_the_terms_of_the_loss_are_numpys(small, images, update):
    model = model_of(small, codebook_update=update, commitment=0.7)
    vectors = near(model, images) + np.float32(0)
    model.codebook.codebook.assign_add(tf.fill((128, 16), 0.01))
    entries = model.codebook.codebook.numpy()[nearest(vectors, model.codebook.codebook.numpy())]
    outputs = model.decode(entries.reshape(20, -1)).numpy()
    error, distance = np.mean((images - outputs) ** 2), np.mean((vectors - entries) ** 2)
    by_loss = {"codebook_loss": distance} if update == "loss" else {}
    total = error + sum(by_loss.values()) + 0.7 * distance
    expected = {"reconstruction_mse": error, **by_loss, "commitment_loss": distance}
    terms = model.objective(images, None, Noise(1, 0))
    found = {name: float(term) for name, term in terms.items()}
    assert distance > 1e-5
    assert found == pytest.approx(expected | {"total": total}, rel=1e-4)


def test_the_encoder_gets_the_gradient_of_the_decoder_and_of_its_commitment(small, images):
    model = model_of(small, codebook_update="loss", commitment=0.7)
    vectors = tf.constant(near(model, images)) + 0.02
    choices = model.codebook.choices(vectors)
    entries = tf.matmul(choices, model.codebook.codebook)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([vectors, entries])
        total = model.terms(images, vectors, choices)["total"]
        error = tf.reduce_mean((images - model.decode(tf.reshape(entries, (20, -1)))) ** 2)
    through = tape.gradient(error, entries)
    committed = 2 * 0.7 * (vectors - entries) / tf.size(vectors, tf.float32)
    assert np.abs(through).max() > 1e-6
    np.testing.assert_allclose(tape.gradient(total, vectors), through + committed, atol=1e-8)
    # The codebook is moved by its own term alone: neither by the decoder nor by the commitment.
    pull = (
        2 * tf.matmul(choices, entries - vectors, transpose_a=True) / tf.size(entries, tf.float32)
    )
    np.testing.assert_allclose(tape.gradient(total, model.codebook.codebook), pull, atol=1e-8)


def test_moving_averages_are_numpys_and_no_gradient_moves_the_codebook(small, images):
    model = model_of(small, dead_code_threshold=0.0, decay=0.8, learning_rate=0.0001)
    model.optimizer = schedules.make_optimizer("adam", 1e-4)
    near(model, images)
    book = model.codebook
    book.codebook[:9].assign(tf.fill((9, 16), 50.0))  # nobody's choice
    assert not any("codebook" in one.path for one in model.trainable_variables)
    counts, sums, entries = np.zeros(128), np.zeros((128, 16)), book.codebook.numpy()
    for _ in range(3):
        vectors = model.vectors(images).numpy()
        chosen = np.eye(128)[nearest(vectors, entries)]
        counts = 0.8 * counts + 0.2 * chosen.mean(axis=0)
        sums = 0.8 * sums + 0.2 * chosen.T @ vectors / len(vectors)
        used = counts > 0
        entries = np.where(used[:, None], sums / np.where(used, counts, 1)[:, None], entries)
        model.training_step(images, None)
        np.testing.assert_allclose(book.codebook, entries, atol=1e-5)
    assert not counts[:9].any() and np.all(entries[:9] == 50) and np.sum(counts > 0) > 100
    np.testing.assert_allclose(book.usage, counts, atol=1e-6)


@pytest.mark.parametrize("by_loss", [False, True])
def test_dead_entries_are_put_where_vectors_are_described_worst(by_loss):
    book, vectors = Codebook(8, 2, by_loss), np.zeros((100, 2), np.float32)
    vectors[:50] = [1, 1]
    vectors[50] = [9, 9]  # two vectors that no entry describes
    vectors[51] = [-9, 9]
    book.build((None, 2))
    book.codebook.assign(np.full((8, 2), 50.0))
    book.codebook[:2].assign([[1, 1], [0, 0]])
    book.forget()
    choices = book.choices(vectors)
    assert usage(np.argmax(choices, axis=1), 8)["used_entries"] == 2
    book.learn(tf.constant(vectors), choices, 0.9, 0.1, Noise(1, 0))
    found = {tuple(one) for one in book.codebook.numpy().round(3).tolist()}
    assert {(9.0, 9.0), (-9.0, 9.0)} <= found and (50.0, 50.0) not in found
    entries = book.codebook.numpy()
    resting = tf.zeros_like(choices)
    book.learn(tf.constant(vectors), resting, 0.9, 0.1, Noise(1, 1))
    np.testing.assert_allclose(book.codebook, entries, atol=1e-5)  # given some time to prove itself


def test_revival_brings_entries_into_use(small, store):
    perplexities = {}
    for dead_code_threshold in (0.0, 0.05):
        recipe = small(
            "vector_quantized", **SIZES, dead_code_threshold=dead_code_threshold, epochs=4
        )
        result = trainer.train(recipe, store)
        perplexities[dead_code_threshold] = result["diagnostics"]["perplexity"]
    assert perplexities[0.05] > 2 * perplexities[0.0]
    recipe = small("vector_quantized", **SIZES, dead_code_threshold=0.05, epochs=4)
    indices = store.run(recipe.run_id()).live()[0]["indices"]
    found = {name: result["diagnostics"][name] for name in ("perplexity", "used_entries")}
    assert usage(indices, 128) == pytest.approx(found, rel=1e-6)


def test_perplexity_is_that_of_the_counted_shares():
    assert usage(np.array([[3, 3], [3, 3]]), 4) == {"perplexity": 1.0, "used_entries": 1.0}
    assert usage(np.arange(8).reshape(2, 4), 8)["perplexity"] == pytest.approx(8)
    skewed = usage(np.array([0, 0, 0, 1]), 5)
    assert skewed["perplexity"] == pytest.approx(4 / 3**0.75) and skewed["used_entries"] == 2


def test_pca_gets_as_many_bits(small):
    examples = loading.load("digits", 500)
    model, components = model_of(small), pca.fit(examples.train)
    assert model.bits(examples) == 343  # before the first step no entry is more frequent
    untrained = model.pca_errors(examples, components)
    near(model, examples.train[:50])
    model.codebook.usage.assign(np.full(128, 1 / 128))
    bits = model.bits(examples)
    counted, grids = (model.indices(x).numpy() for x in (examples.train, examples.held_out[:500]))
    shares = [(np.bincount(one, minlength=128) + 1 / 128) / 501 for one in counted.T]
    expected = sum(
        -np.log2(share[place]).mean() for share, place in zip(shares, grids.T, strict=True)
    )
    assert bits == pytest.approx(expected, rel=1e-6) and bits < 300
    errors = model.pca_errors(examples, components)
    assert errors["held_out"] > untrained["held_out"]
    coded = entropy_coded_pca.fit(components, examples, bits)
    rebuilt = np.clip(coded.reconstruct(examples.held_out), 0, 1)
    assert errors["held_out"] == pytest.approx(
        np.mean((rebuilt - examples.held_out) ** 2), rel=1e-4
    )
    sample = model.sample(examples, components)["pca_reconstructions"]
    np.testing.assert_allclose(sample, rebuilt[:500] * 255, atol=0.51)


def test_the_result_and_the_sample_hold_the_baseline_of_the_trained_code(small, store):
    recipe = small("vector_quantized", epochs=2)
    result = trainer.train(recipe, store)
    examples = loading.load(**recipe.hyperparameters.data_arguments)
    coded = entropy_coded_pca.fit(pca.fit(examples.train), examples, result["diagnostics"]["bits"])
    rebuilt = np.clip(coded.reconstruct(examples.held_out), 0, 1)
    expected = np.mean((rebuilt - examples.held_out) ** 2)
    assert result["pca"]["held_out"] == pytest.approx(expected, rel=1e-4)
    arrays, meta = store.run(recipe.run_id()).sample()
    assert meta["pca"] == result["pca"]
    np.testing.assert_allclose(arrays["pca_reconstructions"], rebuilt[:500] * 255, atol=0.51)


def test_commitment_counts_as_much_as_the_pages_factor_says(small, images):
    """The paper's sums are d times the means here, with beta d / k in the place of beta."""
    model = model_of(small, embedding_dim=4, codebook_update="loss", commitment=0.25)
    vectors, h = near(model, images), model.hyperparameters
    entries = model.encode(images).numpy()
    outputs = model.decode(entries).numpy()
    total = float(model.objective(images, None, Noise(1, 0))["total"])
    distance = np.sum((vectors - entries.reshape(vectors.shape)) ** 2) / 20
    paper = np.sum((images - outputs) ** 2) / 20
    paper += (784 / h.latent_dim) * distance + 0.25 * (784 / h.latent_dim) * distance
    assert h.latent_dim == 196 and 784 * total == pytest.approx(paper, rel=1e-4)


def test_terms_are_evaluated_without_changing_the_codebook(small, images):
    model = model_of(small)
    before = [weight.numpy() for weight in model.weights]
    model.objective(images, None, Noise(1, EVALUATION_STEP))
    for weight, was in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, was)


# Priors


@pytest.fixture(scope="module")
def stripes():
    """Grids of 3 x 3 whose rows are constant: the left neighbour tells all but the first column."""
    rows = np.random.default_rng(0).integers(0, 4, (2000, 3))
    return np.repeat(rows, 3, axis=1)


def test_probabilities_add_up_to_one_and_grow_with_counts(stripes):
    prior = index_prior.fit_neighbours(stripes, 5, columns=3)
    for place in range(9):
        given = prior.probabilities(stripes[:50], place)
        np.testing.assert_allclose(given.sum(axis=1), 1, rtol=1e-6)
        assert given.min() > 0
        if place % 3:
            assert given[np.arange(50), stripes[:50, place]].min() > 0.8
    counts = np.bincount(stripes[:, 4], minlength=5)
    np.testing.assert_allclose(prior.alone.shares[4], (counts + 0.2) / 2001)


def test_draws_follow_the_prior(stripes):
    alone = index_prior.fit_places(stripes, 5)
    drawn = index_prior.draw(alone, 9, 4000, seed=1)
    shares = np.stack([np.bincount(one, minlength=5) for one in drawn.T]) / 4000
    np.testing.assert_allclose(shares, alone.shares, atol=0.03)
    np.testing.assert_array_equal(drawn, index_prior.draw(alone, 9, 4000, seed=1))
    joint = index_prior.draw(index_prior.fit_neighbours(stripes, 5, columns=3), 9, 500, seed=1)
    agreeing = [np.mean(one[:, place] == one[:, place + 1]) for one, place in
                itertools.product((drawn, joint), (0, 3, 6))]  # fmt: skip
    assert max(agreeing[:3]) < 0.35 and min(agreeing[3:]) > 0.8


def test_bits_are_those_of_the_entropy(stripes):
    others = np.repeat(np.random.default_rng(5).integers(0, 4, (200, 3)), 3, axis=1)
    uniform = index_prior.fit_places(stripes[:0], 8)
    assert index_prior.bits(uniform, others) == pytest.approx(9 * 3)
    alone = index_prior.bits(index_prior.fit_places(stripes, 8), others)
    context = index_prior.bits(index_prior.fit_neighbours(stripes, 8, columns=3), others)
    assert alone == pytest.approx(9 * 2, abs=0.2)  # 4 of 8 signs, each place by itself
    assert 3 * 2 < context < 3 * 2 + 2  # only the first sign of a row is news

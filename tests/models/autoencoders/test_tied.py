"""What makes a tied autoencoder one, and how it is trained layer by layer."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.base.noise import Noise
from models.autoencoders.registry import by_name
from models.hyperparameters.declaration import HyperparameterError
from models.layers import numpy_inference
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training import compiled_model, schedules, trainer
from tests.support.networks import build, no_labels, train

VARIANTS = [
    {"hidden_sizes": (20, 10), "l2": 0.001},
    {"mode": "greedy", "epochs_per_layer": 1, "shift": 1},
]


HIDDEN = (30, 20)


@pytest.fixture
def tied(small):
    size = {"hidden_sizes": HIDDEN, "latent_dim": 8, "hidden_activation": "relu"}
    return lambda **changes: small("tied", **size | changes)


@pytest.fixture
def greedy(tied):
    """Each layer alone for two epochs, then three epochs for all."""
    return lambda **changes: tied(
        **{"mode": "greedy", "epochs_per_layer": 2, "epochs": 9, "learning_rate": 0.01} | changes
    )


def test_the_decoder_multiplies_with_the_transposed_matrices(tied, images):
    model = build(tied())
    for layer in model.encoder.layers:
        layer.bias.assign(np.linspace(-0.1, 0.1, layer.bias.shape[0]))
    for layer in model.decoder.layers:
        layer.bias.assign(np.linspace(-0.2, 0.3, layer.bias.shape[0]))
    codes = np.random.default_rng(0).standard_normal((5, 8)).astype(np.float32)
    x = codes
    for index, layer in enumerate(model.decoder.layers):
        twin = model.encoder.layers[-1 - index]
        x = x @ twin.kernel.numpy().T + layer.bias.numpy()
        x = 1 / (1 + np.exp(-x)) if layer.name == "output" else np.maximum(x, 0)
    np.testing.assert_allclose(model.decode(codes), x, rtol=1e-4, atol=1e-6)


def test_the_shared_matrices_are_counted_and_trained_once(tied):
    recipe = tied()
    model = build(recipe)
    matrices = [v for v in model.trainable_variables if len(v.shape) == 2]
    assert len(matrices) == 3
    assert model.count_params() == recipe.hyperparameters.num_parameters
    sizes = (784, *HIDDEN, 8)
    expected = sum(a * b + a + b for a, b in itertools.pairwise(sizes))
    assert recipe.hyperparameters.num_parameters == expected


@pytest.mark.training
@pytest.mark.parametrize("mode", ["joint", "greedy"])
def test_the_matrices_stay_tied_through_a_training(tied, store, without_graphs, mode):
    recipe = tied(mode=mode, epochs=8, epochs_per_layer=2)
    with without_graphs():
        run, h = train(recipe, store), recipe.hyperparameters
    weights = run.checkpoint("weights/")[0]
    encoder, decoder = (
        numpy_inference.encoder_layers(h, weights),
        numpy_inference.decoder_layers(h, weights),
    )
    for layer, mirror in zip(encoder, reversed(decoder), strict=True):
        np.testing.assert_array_equal(layer.weights[0].T, mirror.weights[0])
        assert np.any(mirror.weights[1] != 0)


@pytest.mark.training
def test_one_layer_learns_at_a_time_and_then_all(greedy, store):
    run = train(greedy(), store)
    states = [run.branch_point(epoch) for epoch in (2, 3, 5, 8)]
    assert all(states), "states of every stage are kept"
    weights = [
        {name: array for name, array in state.items() if name.startswith("weights/")}
        for state, _meta in states
    ]
    moved = [
        {name.split("/")[2] for name in before if np.any(before[name] != after[name])}
        for before, after in itertools.pairwise(weights)
    ]
    # From epoch 2 to 3 the second layer; to 5 also the third; to 8 all of them.
    assert moved[0] == {"encoder_2", "decoder_2"}
    assert moved[1] == {"encoder_2", "decoder_2", "code", "decoder_1"}
    assert moved[2] == {"encoder_1", "encoder_2", "code", "decoder_1", "decoder_2", "output"}


@pytest.mark.training
def test_the_total_is_the_error_of_the_layer_that_learns(greedy, store):
    events = train(greedy(), store).events()
    for event in events:
        whole, total = (event["held_out"][term] for term in ("reconstruction_mse", "total"))
        assert (whole == total) == (event["epoch"] > 6), event["epoch"]
    first, last = events[0]["held_out"], events[-1]["held_out"]
    assert last["reconstruction_mse"] < 0.7 * first["reconstruction_mse"]


def test_the_codes_of_a_stage_are_what_the_layers_before_it_give(greedy, images):
    model = build(greedy())
    model.begin_stage(2)
    expected = images
    for layer in model.encoder.layers[:2]:
        expected = np.maximum(expected @ layer.kernel.numpy() + layer.bias.numpy(), 0)
    np.testing.assert_allclose(model.prepare(tf.constant(images)), expected, rtol=1e-4, atol=1e-5)
    error = np.mean((model.decoder.layers[0](model.encoder.layers[2](expected)) - expected) ** 2)
    terms = model.objective(tf.constant(images), no_labels(images), Noise(0, 0))
    assert float(terms["total"]) == pytest.approx(error, rel=1e-4)
    whole = np.mean((model(images).numpy() - images) ** 2)
    assert float(terms["reconstruction_mse"]) == pytest.approx(whole, rel=1e-5)


@pytest.mark.training
@pytest.mark.parametrize("stage", range(len(HIDDEN) + 2))
def test_steps_on_cached_codes_are_those_that_fit_takes(greedy, images, stage):
    recipe = greedy(batch_size=100, schedule="constant", optimizer="sgd")
    labels = no_labels(images)
    compiled = compiled_model.compile_model(recipe, "/CPU:0")
    compiled.begin_stage(stage, recipe)
    before = [variable.numpy() for variable in compiled.model.weights]
    prepared = compiled.model.prepare(tf.constant(images))
    compiled.run(prepared, tf.constant(labels), 0, 3, shuffle=False)
    model = build(recipe)
    model.begin_stage(stage)
    model.compile(schedules.make_optimizer("sgd", 0.01))
    model.fit(images, labels, batch_size=100, epochs=1, shuffle=False, verbose=0)
    for ours, theirs in zip(compiled.model.weights, model.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    changed = sum(
        np.any(old != new.numpy()) for old, new in zip(before, compiled.model.weights, strict=True)
    )
    assert changed == (9 if stage == 3 else 3)


@pytest.mark.training
def test_a_stop_in_any_stage_changes_nothing(greedy, store, tmp_path):
    recipe = greedy(schedule="cosine")
    whole = trainer.train(recipe, store)
    other = RunStore(tmp_path / "other", 10**9)
    for epoch in (1, 2, 3, 4, 6, 7):
        stopped = trainer.train(recipe, other, until=epoch)
        assert stopped["status"] == "stopped" and stopped["epochs"] == epoch
    resumed = trainer.train(recipe, other)
    assert resumed["held_out"] == whole["held_out"] and resumed["train"] == whole["train"]
    pair = [one.run(recipe.run_id()).checkpoint("weights/")[0] for one in (store, other)]
    for name, array in pair[0].items():
        np.testing.assert_array_equal(array, pair[1][name])


@pytest.mark.training
def test_every_stage_has_a_cosine_of_its_own(greedy):
    recipe = greedy(schedule="cosine")
    compiled = compiled_model.compile_model(recipe, "/CPU:0")
    steps = recipe.hyperparameters.steps_per_epoch
    for stage, (first, last) in enumerate([(0, 2), (2, 4), (4, 6), (6, 9)]):
        compiled.begin_stage(stage, recipe)
        assert float(compiled.schedule(first * steps)) == pytest.approx(0.01)
        assert float(compiled.schedule(last * steps)) == pytest.approx(0, abs=1e-9)


def test_too_few_epochs_for_all_layers_are_refused():
    preset = by_name("tied").preset("ours")
    with pytest.raises(HyperparameterError, match=r"2 layers need 16 epochs"):
        preset.parse({"mode": "greedy", "epochs": "15"})
    assert Recipe(by_name("tied"), preset.parse({"mode": "greedy", "epochs": "16"}))


@pytest.mark.training
def test_a_run_may_end_with_its_last_layer(greedy, store):
    result = trainer.train(greedy(epochs=6, schedule="cosine"), store)
    assert result["status"] == "completed" and np.isfinite(result["held_out"]["total"])


def test_behind_sigmoids_the_outermost_matrix_is_told_only_what_the_decoder_wants(tied, images):
    """What the lesson says of its gradient, which is the sum of two parts."""
    shares = {}
    for activation in ("sigmoid", "tanh"):
        changes = {"hidden_sizes": (40, 30, 20, 10), "hidden_activation": activation}
        model = build(tied(**changes))
        outermost = model.encoder.layers[0].kernel
        with tf.GradientTape(persistent=True) as tape:
            codes, rebuilt = (
                model.encode(images),
                model.decode(tf.stop_gradient(model.encode(images))),
            )
            whole = tf.reduce_mean(tf.square(model.decode(codes) - images))
            of_decoder = tf.reduce_mean(tf.square(rebuilt - images))
        gradient, part = (tape.gradient(one, outermost) for one in (whole, of_decoder))
        shares[activation] = float(tf.norm(gradient - part) / tf.norm(gradient))
    assert shares["sigmoid"] < 0.01 < 0.1 < shares["tanh"]


def test_a_saved_model_is_tied_when_it_is_loaded(tied, images, tmp_path):
    model = build(tied())
    model.save(tmp_path / "tied.keras")
    loaded = keras.models.load_model(tmp_path / "tied.keras")
    np.testing.assert_allclose(loaded(images), model(images), rtol=1e-5)
    loaded.encoder.layers[0].kernel.assign(0 * loaded.encoder.layers[0].kernel)
    assert float(np.ptp(loaded(images).numpy(), axis=1).max()) == 0

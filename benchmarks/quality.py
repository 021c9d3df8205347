"""How well the default autoencoders learn: `python -m benchmarks.quality`.

Trains them with several seeds and prints medians beside the goals. Takes half a minute without
MNIST and about half an hour with it (`AUTOENCODER_LAB_DATA`), on two cores.
"""

from __future__ import annotations

import itertools
import statistics
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.measuring import Row, at_most, note, run_command, temporary_store
from models.autoencoders import registry
from models.autoencoders.base.autoencoder_type import PRESETS
from models.data import loading
from models.evaluation import density, pca
from models.layers import numpy_inference
from models.runs.recipe import Recipe

COLUMNS = ("what", "value", "", "", "goal", "reached")
LINEAR_SEEDS = 10
GOALS = {"linear": 0.1, "stacked": 0.0010, "variational": 94.5}
DIGITS_GOALS = {"stacked": 0.0024, "variational": 110.0}
"""With the embedded digits, in the time that the defaults took before they were searched for."""

ON_MNIST = {
    "stacked": {"epochs": 30, "batch_size": 50, "learning_rate": 0.002},
    "variational": {"epochs": 50},
}
"""Fifteen times as many images give so many steps that they may be smaller."""

FULL_MNIST = {"dataset": "mnist", "num_train": 60_000}

FAMILY = {
    "denoising": (0.0105, {"batch_size": 150}),
    "convolutional": (0.003, {"batch_size": 100, "latent_dim": 100}),
    "vector_quantized": (0.0042, {"batch_size": 100}),
}
"""Goals for the held-out error on full MNIST, and how the types are trained for them."""

GENERATORS = {
    "stacked": {"hidden_sizes": (500, 500), "hidden_activation": "elu", "epochs": 25},
    "variational": {"epochs": 25},
}
"""Two networks of equal size that are to invent images from codes of GENERATOR_DIM numbers."""

GENERATOR_DIM = 16
MIXTURE_COMPONENTS = 10
COMPARED = 10_000
"""Images of each kind, at most, of which Frechet distances are measured."""

DRAWN = 1_000
CERTAIN = 0.9
"""Images that are invented, and how sure the classifier must be of a class."""

FORMER = {
    "hidden_activation": "elu",
    "initializer": "he_normal",
    "optimizer": "adam",
    "learning_rate": 0.002,
    "clip_norm": 0.0,
    "shift": 0,
    "batch_size": 150,
    "epochs": 25,
}
"""The variational autoencoder's settings before better ones were searched for."""


def _linear(options) -> list[Row]:
    changes = {"epochs": 20} if options.quick else {}
    rows = []
    for preset in PRESETS:
        h = registry.by_name("linear").preset(preset).replace(**changes)
        results, _ = _train("linear", h, 2 if options.quick else LINEAR_SEEDS)
        excesses = [
            100.0 * (result["train"]["reconstruction_mse"] / result["pca"]["train"] - 1.0)
            for result in results
        ]
        goal = GOALS["linear"] if preset == "ours" else None
        what = f"linear, {preset}, arc, {h.epochs} epochs: training error above PCA's"
        for word, value in (("median", statistics.median(excesses)), ("worst", max(excesses))):
            text = f"{what}, {word} of {len(excesses)}"
            rows.append(at_most(text, value, goal, "%", 3))
    return rows


def _digits(options) -> list[Row]:
    changes = {"num_train": 300, "epochs": 2} if options.quick else {}
    presets = itertools.product(("stacked", "variational"), PRESETS)
    goals = {} if options.quick else {(name, "ours"): goal for name, goal in DIGITS_GOALS.items()}
    return [
        row
        for name, preset in presets
        for row in _images(name, preset, changes, options.count, goals.get((name, preset)))
    ]


def _mnist(options) -> list[Row]:
    if not loading.available("mnist"):
        return [Row("mnist, 60,000 images", "not measured: set AUTOENCODER_LAB_DATA")]
    rows = []
    for name, changes in ON_MNIST.items():
        ours = FULL_MNIST | changes
        rows += _images(name, "ours", ours, options.count, GOALS[name])
        rows += _images(name, "article", FULL_MNIST, options.count, goal=None)
    return rows


def _family(options) -> list[Row]:
    """The types with a goal of their own; on the embedded digits, without a goal, in quick runs."""
    if not (options.quick or loading.available("mnist")):
        return [Row("other types, 60,000 images", "not measured: set AUTOENCODER_LAB_DATA")]
    rows = []
    for name, (goal, changes) in FAMILY.items():
        if options.quick:
            goal, changes = None, {"num_train": 300, "epochs": 2}
        else:
            changes = FULL_MNIST | changes
        rows += _images(name, "ours", changes, options.count, goal)
    return rows


def _density(options) -> list[Row]:
    """How far images that two kinds of networks invent are from real ones: decoded from a mixture
    fitted to a plain autoencoder's codes, and from a variational one's prior."""
    found = {name: [] for name in GENERATORS}
    full = FULL_MNIST if loading.available("mnist") and not options.quick else {}
    for name, changes in GENERATORS.items():
        changes = changes | full | ({"num_train": 300, "epochs": 2} if options.quick else {})
        h = registry.by_name(name).preset("ours").replace(latent_dim=GENERATOR_DIM, **changes)
        for seed in range(h.seed, h.seed + options.count):
            found[name].append(_measure_generated(name, h.replace(seed=seed)))
    what = f"{h.dataset}, {GENERATOR_DIM} numbers, {h.epochs} epochs: Frechet distance"
    mixture = f"plain, mixture of {MIXTURE_COMPONENTS} Gaussians"
    variational, plain = found["variational"], found["stacked"]
    return [
        *_spread(f"{what}, variational, draws of N(0, I), median", variational, None, "", 3),
        *_spread(f"{what}, {mixture}, median", plain, statistics.median(variational), "", 3),
    ]


def _recognized(options) -> list[Row]:
    """Of how many invented digits a classifier is certain: with the defaults, with the former ones,
    and, as a measure of what can be had, of held-out digits."""
    if not loading.available("mnist"):
        return [Row("invented digits, recognised", "not measured: set AUTOENCODER_LAB_DATA")]
    classify = _train_classifier(2_000 if options.quick else 60_000)
    type = registry.by_name("variational")
    held_out = loading.load(**type.preset("ours").data_arguments).held_out[:DRAWN]
    rows = [at_most("held-out digits", _certain_share(classify, held_out), None, "%", 3)]
    quick = {"num_train": 300, "epochs": 2} if options.quick else {}
    for name, changes in (("the former defaults", FORMER), ("the defaults", {})):
        h, shares = type.preset("ours").replace(**changes | quick), []
        for seed in range(h.seed, h.seed + options.count):
            invented = _invent(h.replace(seed=seed), DRAWN)
            shares.append(_certain_share(classify, invented))
        rows += _spread(f"digits invented with {name}, median", shares, None, "%", 3)
    return [replace(row, what=f"certain of a class: {row.what}") for row in rows]


def _train_classifier(count: int):
    """A small convolutional network that has learned the classes of MNIST's training images."""
    import keras

    note(f"a classifier, {count:,} images of MNIST")
    data = loading.load("mnist", count)
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(_as_maps(data.train), data.train_labels, 128, epochs=3, verbose=0)
    _, accuracy = model.evaluate(_as_maps(data.held_out), data.held_out_labels, verbose=0)
    note(f"is right on {100 * accuracy:.2f} % of the test images")
    return model


def _as_maps(x: np.ndarray) -> np.ndarray:
    return x.reshape(-1, 28, 28, 1)


def _certain_share(classify, x: np.ndarray) -> float:
    """Percent of the images that the classifier gives one class more than CERTAIN."""
    return 100.0 * float(np.mean(classify.predict(_as_maps(x), verbose=0).max(axis=1) > CERTAIN))


def _spread(
    what: str, values: list[float], goal: float | None, unit: str, digits: int
) -> list[Row]:
    """Rows of the median and of the range of what several seeds gave."""
    highest = f"to {max(values):.4g}"
    return [
        at_most(what, statistics.median(values), goal, unit, digits),
        at_most("  lowest and highest seed", min(values), None, highest),
    ]


def _measure_generated(name: str, h) -> float:
    """The squared Frechet distance of as many invented images as held-out ones to those."""
    examples = loading.load(**h.data_arguments)
    real = examples.held_out[:COMPARED]
    if name == "variational":
        invented = _invent(h, len(real))
    else:
        weights = _train_weights(name, h)
        known = numpy_inference.encode(h, weights, examples.train[:COMPARED])
        codes = density.fit_mixture(known, MIXTURE_COMPONENTS).draw(len(real), h.seed)
        invented = np.clip(numpy_inference.decode(h, weights, codes), 0.0, 1.0)
    components = pca.fit(examples.train)
    return density.frechet_distance(
        *(density.features(components, images) for images in (invented, real))
    )


def _invent(h, count: int) -> np.ndarray:
    """Images that a variational autoencoder makes of codes drawn from its prior."""
    weights = _train_weights("variational", h)
    codes = np.random.default_rng(h.seed).standard_normal((count, h.latent_dim))
    return np.clip(numpy_inference.decode(h, weights, codes), 0.0, 1.0)


def _train_weights(name: str, h) -> dict[str, np.ndarray]:
    """The weights at the end of a training."""
    from models.training import trainer

    recipe = Recipe(registry.by_name(name), h)
    note(f"{name}, {h.dataset}, {h.epochs} epochs, seed {h.seed}")
    with temporary_store() as store:
        trainer.train(recipe, store)
        return store.run(recipe.run_id()).checkpoint("weights/")[0]


def _images(name: str, preset: str, changes: dict, seeds: int, goal: float | None) -> list[Row]:
    """The held-out loss after the last epoch, PCA's, and the worst moment on the way."""
    h = registry.by_name(name).preset(preset).replace(**changes)
    results, curves = _train(name, h, seeds)
    term, unit = ("total", "nats") if name == "variational" else ("reconstruction_mse", "")
    losses = [result["held_out"][term] for result in results]
    what = f"{name}, {preset}, {h.dataset}, {h.epochs} epochs: held-out"
    rows = _spread(f"{what}, median of {seeds}", losses, goal, unit, 4)
    if name == "stacked":
        pca = results[0]["pca"]["held_out"]
        rows.append(at_most(f"  PCA with {h.latent_dim} components", pca, None, unit))
    rises = [_largest_rise([event["held_out"][term] for event in curve]) for curve in curves]
    rows.append(at_most("  largest rise from one epoch to the next", max(rises), None, "%", 3))
    return rows


def _largest_rise(losses: list[float]) -> float:
    """In percent of the lower one; a measure of spikes. Negative if the loss always fell."""
    return max(100.0 * (b / a - 1.0) for a, b in itertools.pairwise(losses))


def _train(name: str, h, seeds: int) -> tuple[list[dict], list[list[dict]]]:
    """Results and recorded epochs of some seeds."""
    from models.training import trainer

    type, results, curves = registry.by_name(name), [], []
    with temporary_store() as store:
        for seed in range(h.seed, h.seed + seeds):
            note(f"{name}, {h.dataset}, {h.epochs} epochs, seed {seed}")
            recipe = Recipe(type, h.replace(seed=seed))
            results.append(trainer.train(recipe, store))
            curves.append(store.run(recipe.run_id()).events())
    return results, curves


_PARTS = {
    "linear": _linear,
    "digits": _digits,
    "mnist": _mnist,
    "family": _family,
    "density": _density,
    "recognized": _recognized,
}

main = partial(run_command, __doc__, _PARTS, COLUMNS, ("--seeds", "default: 3; linear always 10"))

if __name__ == "__main__":
    raise SystemExit(main())

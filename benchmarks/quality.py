"""How well the default autoencoders learn: `python -m benchmarks.quality`.

Trains them with several seeds and prints medians beside the goals. Takes half a minute without
MNIST and about half an hour with it (`AUTOENCODER_LAB_DATA`), on two cores.
"""

from __future__ import annotations

import itertools
import statistics
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
    from models.training import trainer

    recipe, examples = Recipe(registry.by_name(name), h), loading.load(**h.data_arguments)
    note(f"{name}, {h.dataset}, {h.epochs} epochs, seed {h.seed}")
    with temporary_store() as store:
        trainer.train(recipe, store)
        weights = store.run(recipe.run_id()).checkpoint("weights/")[0]
    real = examples.held_out[:COMPARED]
    if name == "variational":
        codes = np.random.default_rng(h.seed).standard_normal((len(real), h.latent_dim))
    else:
        known = numpy_inference.encode(h, weights, examples.train[:COMPARED])
        codes = density.fit_mixture(known, MIXTURE_COMPONENTS).draw(len(real), h.seed)
    invented = np.clip(numpy_inference.decode(h, weights, codes), 0.0, 1.0)
    components = pca.fit(examples.train)
    return density.frechet_distance(
        *(density.features(components, images) for images in (invented, real))
    )


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
}

main = partial(run_command, __doc__, _PARTS, COLUMNS, ("--seeds", "default: 3; linear always 10"))

if __name__ == "__main__":
    raise SystemExit(main())

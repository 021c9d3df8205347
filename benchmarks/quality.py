"""How well the default autoencoders learn: `python -m benchmarks.quality`.

Trains them with several seeds and prints medians beside the goals. Takes half a minute without
MNIST and about half an hour with it (`AUTOENCODER_LAB_DATA`), on two cores.
"""

from __future__ import annotations

import itertools
import statistics
from functools import partial

from benchmarks.measuring import (
    Row,
    at_most,
    note,
    run_command,
    temporary_store,
)
from models import data, family
from models.recipe import Recipe

COLUMNS = ("what", "value", "", "", "goal", "reached")
LINEAR_SEEDS = 10
GOALS = {"linear": 0.1, "stacked": 0.0025, "variational": 97.3}
MNIST_EPOCHS = {"stacked": 30, "variational": 50}


def _linear(options) -> list[Row]:
    changes = {"epochs": 20} if options.quick else {}
    rows = []
    for preset in family.PRESETS:
        h = family.by_name("linear").preset(preset).replace(**changes)
        results, _ = _trained("linear", h, 2 if options.quick else LINEAR_SEEDS)
        excesses = [
            100.0 * (result["train"]["reconstruction_mse"] / result["pca"]["train"] - 1.0)
            for result in results
        ]
        goal = GOALS["linear"] if preset == "ours" else None
        what = f"linear, {preset}, arc, {h.epochs} epochs: training error above PCA's"
        for word, value in (
            ("median", statistics.median(excesses)),
            ("worst", max(excesses)),
        ):
            text = f"{what}, {word} of {len(excesses)}"
            rows.append(at_most(text, value, goal, "%", 3))
    return rows


def _digits(options) -> list[Row]:
    changes = {"num_train": 300, "epochs": 2} if options.quick else {}
    presets = itertools.product(("stacked", "variational"), family.PRESETS)
    return [
        row
        for name, preset in presets
        for row in _images(name, preset, changes, options.count, goal=None)
    ]


def _mnist(options) -> list[Row]:
    if not data.available("mnist"):
        return [Row("mnist, 60,000 images", "not measured: set AUTOENCODER_LAB_DATA")]
    rows = []
    for name, epochs in MNIST_EPOCHS.items():
        changes = {"dataset": "mnist", "num_train": 60_000}
        ours = changes | {"epochs": epochs}
        rows += _images(name, "ours", ours, options.count, GOALS[name])
        rows += _images(name, "article", changes, options.count, goal=None)
    return rows


def _images(name: str, preset: str, changes: dict, seeds: int, goal: float | None) -> list[Row]:
    """The held-out loss after the last epoch, PCA's, and the worst moment on the way."""
    h = family.by_name(name).preset(preset).replace(**changes)
    results, curves = _trained(name, h, seeds)
    term, unit = ("total", "nats") if name == "variational" else ("reconstruction_mse", "")
    losses = [result["held_out"][term] for result in results]
    what = f"{name}, {preset}, {h.dataset}, {h.epochs} epochs: held-out"
    rows = [at_most(f"{what}, median of {seeds}", statistics.median(losses), goal, unit)]
    rows.append(at_most("  lowest and highest seed", min(losses), None, f"to {max(losses):.4g}"))
    if name == "stacked":
        pca = results[0]["pca"]["held_out"]
        rows.append(at_most(f"  PCA with {h.latent_dim} components", pca, None, unit))
    rises = [_largest_rise([event["held_out"][term] for event in curve]) for curve in curves]
    rows.append(at_most("  largest rise from one epoch to the next", max(rises), None, "%", 3))
    return rows


def _largest_rise(losses: list[float]) -> float:
    """In percent of the lower one; a measure of spikes. Negative if the loss always fell."""
    return max(100.0 * (b / a - 1.0) for a, b in itertools.pairwise(losses))


def _trained(name: str, h, seeds: int) -> tuple[list[dict], list[list[dict]]]:
    """Results and recorded epochs of some seeds."""
    from models import training

    type, results, curves = family.by_name(name), [], []
    with temporary_store() as store:
        for seed in range(h.seed, h.seed + seeds):
            note(f"{name}, {h.dataset}, {h.epochs} epochs, seed {seed}")
            recipe = Recipe(type, h.replace(seed=seed))
            results.append(training.train(recipe, store))
            curves.append(store.run(recipe.run_id()).events())
    return results, curves


_PARTS = {"linear": _linear, "digits": _digits, "mnist": _mnist}

main = partial(run_command, __doc__, _PARTS, COLUMNS, ("--seeds", "default: 3; linear always 10"))

if __name__ == "__main__":
    raise SystemExit(main())

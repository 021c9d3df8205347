"""Which settings learn best in the time of the defaults: `python -m benchmarks.search TYPE`.

Optuna proposes settings; each is trained for as many epochs as fit into the time that the default
run is estimated to take, or into the one that is given, with three seeds, and judged by a fifth of
the training set that it has not seen. The held-out images are not looked at. A study is a file, and
goes on where it was left.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna

from benchmarks.measuring import note, print_machine
from models.autoencoders import registry
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.data import loading
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import Recipe
from models.training.estimates import model_seconds

SEEDS = (7001, 7002, 7003)
"""None of those that lessons, tests and goals use."""

VALIDATION_SHARE = 0.2
HOPELESS = 1.05
"""Times the best: where the first seed is worse, the others are not tried."""

Suggest = Callable[[optuna.Trial], dict]


def _common(trial: optuna.Trial) -> dict:
    return {
        "optimizer": trial.suggest_categorical("optimizer", ["adam", "nadam"]),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 2e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [25, 50, 75, 100, 150, 250]),
        "initializer": trial.suggest_categorical(
            "initializer", ["he_normal", "glorot_uniform", "lecun_normal"]
        ),
        "shift": trial.suggest_categorical("shift", [0, 1]),
    }


def _bent(trial: optuna.Trial) -> dict:
    activations = ["relu", "elu", "selu", "gelu", "tanh"]
    return _common(trial) | {
        "hidden_activation": trial.suggest_categorical("hidden_activation", activations)
    }


def _variational(trial: optuna.Trial) -> dict:
    sizes = {"500-500": (500, 500), "500": (500,), "800": (800,), "400-400": (400, 400)}
    sizes |= {"300-300": (300, 300), "800-400": (800, 400), "500-250": (500, 250)}
    return _bent(trial) | {
        "hidden_sizes": sizes[trial.suggest_categorical("hidden_sizes", list(sizes))],
        "kl_warmup_epochs": trial.suggest_categorical("kl_warmup_epochs", [0, 3, 8]),
    }


def _quantized(trial: optuna.Trial) -> dict:
    return _bent(trial) | {
        "commitment": trial.suggest_float("commitment", 0.05, 2.0, log=True),
        "decay": trial.suggest_categorical("decay", [0.9, 0.95, 0.99]),
    }


def _hashing(trial: optuna.Trial) -> dict:
    return _bent(trial) | {"code_noise": trial.suggest_float("code_noise", 0.0, 8.0)}


def _recurrent(trial: optuna.Trial) -> dict:
    return _common(trial)


SPACES: dict[str, Suggest] = {
    "stacked": _bent,
    "tied": _bent,
    "convolutional": _bent,
    "variational": _variational,
    "conditional": _bent,
    "denoising": _bent,
    "sparse": _common,
    "contractive": _common,
    "vector_quantized": _quantized,
    "hashing": _hashing,
    "recurrent": _recurrent,
}
"""By type, what is tried. The ideas of the types stay as they are: how much is corrupted, how
sparse, how many bits. The linear type has a goal of its own, and the adversarial one is judged by
more than one number."""


@dataclass(frozen=True)
class Split:
    """The training set without those images that judge, and these."""

    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]


def split(h: TrainingHyperparameters) -> Split:
    """The training set of a type's default run in two parts, the same ones every time."""
    data = loading.load(**h.data_arguments)
    order = np.random.default_rng(7000).permutation(len(data.train))
    last = round(VALIDATION_SHARE * len(order))
    parts = (data.train[rows] for rows in (order[last:], order[:last]))
    labels = (data.train_labels[rows] for rows in (order[last:], order[:last]))
    return Split(*zip(parts, labels, strict=True))


def fit_epochs(h: TrainingHyperparameters, seconds: float, type) -> int:
    """As many epochs as take no longer.

    Raises:
        HyperparameterError: If not even one does.
    """
    epochs = math.floor(seconds / model_seconds(Recipe(type, h.replace(epochs=1))))
    return h.replace(epochs=epochs).epochs


def train_and_judge(type, h: TrainingHyperparameters, data: Split) -> float:
    """The criterion of a type on the validation images; infinite for a training that diverged."""
    import tensorflow as tf

    from models.training.compiled_model import compile_model

    recipe = Recipe(type, h)
    compiled = compile_model(recipe, "/CPU:0")
    images, labels = (tf.constant(part) for part in data.train)
    starts = [*h.stage_starts, h.epochs]
    for stage, (first, last) in enumerate(itertools.pairwise(starts)):
        compiled.begin_stage(stage, recipe)
        inputs = compiled.model.prepare(images)
        _, is_finite, _ = compiled.run(
            inputs, labels, first * h.steps_per_epoch, min(last, h.epochs) * h.steps_per_epoch
        )
        if not is_finite:
            return math.inf
    batches = [tuple(tf.constant(part) for part in data.validation)]
    found = compiled.evaluate(batches, batches)["held_out"][type.criterion]
    return found if math.isfinite(found) else math.inf


class Search:
    """What Optuna minimises for one type."""

    def __init__(self, name: str, seconds: float | None = None):
        self._type = registry.by_name(name)
        self.default = self._type.preset("ours")
        self._seconds = seconds or model_seconds(Recipe(self._type, self.default))
        self._space, self._data = SPACES[name], split(self.default)

    def __call__(self, trial: optuna.Trial) -> float:
        try:
            h = self.default.replace(**self._space(trial))
            h = h.replace(epochs=fit_epochs(h, self._seconds, self._type))
        except HyperparameterError as error:
            raise optuna.TrialPruned(str(error)) from error
        trial.set_user_attr("epochs", h.epochs)
        best = min((one.value for one in trial.study.trials if one.value), default=math.inf)
        found = []
        for seed in SEEDS:
            found.append(self.judge(h, seed))
            if found[0] > HOPELESS * best:
                return found[0]
        return statistics.median(found)

    def judge(self, h: TrainingHyperparameters, seed: int) -> float:
        return train_and_judge(self._type, self._on_part(h).replace(seed=seed), self._data)

    def judge_default(self) -> float:
        return statistics.median(self.judge(self.default, seed) for seed in SEEDS)

    def _on_part(self, h: TrainingHyperparameters) -> TrainingHyperparameters:
        return h.replace(num_train=len(self._data.train[0]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("type", choices=sorted(SPACES))
    parser.add_argument("--hours", type=float, default=2.0, help="when to stop; 2 by default")
    parser.add_argument(
        "--seconds", type=float, help="of a training, as estimated; the default's if not given"
    )
    parser.add_argument("--study", type=Path, default=Path("search.sqlite"), help="its file")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print_machine()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search = Search(options.type, options.seconds)
    study = optuna.create_study(
        storage=f"sqlite:///{options.study}",
        study_name=options.type,
        load_if_exists=True,
        # Others may work on the same study: what they try at the moment is thought to be bad.
        sampler=optuna.samplers.TPESampler(seed=os.getpid(), constant_liar=True),
    )
    print(f"{options.type}: the default has {search.judge_default():.6g}")
    began = len(study.trials)

    def tell(study: optuna.Study, trial) -> None:
        if study.best_trial.number == trial.number:
            note(f"trial {trial.number}: {trial.value:.6g} {_about(trial)}")

    study.optimize(search, timeout=3_600 * options.hours, callbacks=[tell])
    print(f"{len(study.trials) - began} settings tried now, {len(study.trials)} in all")
    ranked = sorted((one for one in study.trials if one.value), key=lambda one: one.value)
    for trial in ranked[:10]:
        print(f"{trial.value:.6g}  {_about(trial)}")
    return 0


def _about(trial) -> Mapping:
    return trial.params | trial.user_attrs


if __name__ == "__main__":
    sys.exit(main())

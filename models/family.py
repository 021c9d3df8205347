"""The family of autoencoders: for each type its hyperparameters, its presets and its model.

Nothing here imports TensorFlow. The models themselves are one file per type;
`AutoencoderType.model_class` imports it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models import knobs
from models.hyperparameters import HyperparameterError

if TYPE_CHECKING:  # it imports TensorFlow
    from models.autoencoder import Autoencoder

# Works for every type here, offered when a training has diverged; for SGD see `AutoencoderType`.
SAFE_LEARNING_RATES = {"adam": 0.001, "nadam": 0.001, "rmsprop": 0.001}


@dataclass(frozen=True)
class AutoencoderType:
    """One member of the family.

    Attributes:
        name: In URLs, run ids and on the command line.
        title: For people.
        hyperparameters: Its knobs; the defaults are the preset “ours”.
        model: Module and class of its Keras model.
        recipe_version: Raised by hand whenever the same hyperparameters give other numbers
            than before, so that old runs are not mistaken for new ones.
        article: The hyperparameters with which the article trains this type, as text;
            empty where the article has no such type, so that there is only the preset “ours”.
        criterion: The term that the page draws and the list of runs shows.
        safe_sgd_rate: A learning rate at which gradient descent does not run away. A loss in
            nats is a sum over all pixels, so it needs a far smaller one than a mean.
    """

    name: str
    title: str
    hyperparameters: type[knobs.TrainingHyperparameters]
    model: str
    recipe_version: int
    article: Mapping[str, str] = field(default_factory=dict)
    criterion: str = "reconstruction_mse"
    safe_sgd_rate: float = 0.01

    def safe_learning_rate(self, optimizer: str) -> float:
        """What to try when a training has diverged."""
        return SAFE_LEARNING_RATES.get(optimizer, self.safe_sgd_rate)

    def model_class(self) -> type[Autoencoder]:
        """The Keras model's class. Imports TensorFlow."""
        module, _, name = self.model.partition(":")
        return getattr(importlib.import_module(module), name)

    def preset(self, name: str) -> knobs.TrainingHyperparameters:
        """The hyperparameters of a preset.

        Raises:
            HyperparameterError: If it is none of this type's `presets`.
        """
        if name not in self.presets:
            raise HyperparameterError(
                "preset",
                f"preset = {name} cannot be used: {self.title.lower()} autoencoders have the "
                f"presets {', '.join(self.presets)} here.",
            )
        defaults = self.hyperparameters()
        return defaults.parse(self.article) if name == "article" else defaults

    @property
    def presets(self) -> dict[str, str]:
        """Names and labels of its presets."""
        labels = PRESETS.items()
        return {name: label for name, label in labels if name != "article" or self.article}


PRESETS = {"ours": "Ours", "article": "As in the article"}

FAMILY = (
    AutoencoderType(
        name="linear",
        title="Linear",
        hyperparameters=knobs.LinearHyperparameters,
        model="models.linear:LinearAutoencoder",
        recipe_version=1,
        article={"learning_rate": "0.01", "schedule": "constant"},
    ),
    AutoencoderType(
        name="stacked",
        title="Stacked",
        hyperparameters=knobs.StackedHyperparameters,
        model="models.stacked:StackedAutoencoder",
        recipe_version=1,
        article={
            "hidden_activation": "elu",
            "code_activation": "elu",
            "output_activation": "linear",
            "l2": "0.0001",
            "learning_rate": "0.01",
            "schedule": "constant",
            "epochs": "5",
        },
    ),
    AutoencoderType(
        name="variational",
        title="Variational",
        hyperparameters=knobs.VariationalHyperparameters,
        model="models.variational:VariationalAutoencoder",
        recipe_version=1,
        article={
            "learning_rate": "0.001",
            "schedule": "constant",
            "parametrization": "sigma",
            "epochs": "50",
        },
        criterion="total",
        safe_sgd_rate=0.0001,
    ),
    AutoencoderType(
        name="conditional",
        title="Conditional",
        hyperparameters=knobs.ConditionalHyperparameters,
        model="models.conditional:ConditionalAutoencoder",
        recipe_version=1,
        criterion="total",
        safe_sgd_rate=0.0001,
    ),
    AutoencoderType(
        name="denoising",
        title="Denoising",
        hyperparameters=knobs.DenoisingHyperparameters,
        model="models.denoising:DenoisingAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="sparse",
        title="Sparse",
        hyperparameters=knobs.SparseHyperparameters,
        model="models.sparse:SparseAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="contractive",
        title="Contractive",
        hyperparameters=knobs.ContractiveHyperparameters,
        model="models.contractive:ContractiveAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="convolutional",
        title="Convolutional",
        hyperparameters=knobs.ConvolutionalHyperparameters,
        model="models.convolutional:ConvolutionalAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="tied",
        title="Tied",
        hyperparameters=knobs.TiedHyperparameters,
        model="models.tied:TiedAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="vector_quantized",
        title="Vector-quantised",
        hyperparameters=knobs.VectorQuantizedHyperparameters,
        model="models.vector_quantized:VectorQuantizedAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="hashing",
        title="Hashing",
        hyperparameters=knobs.HashingHyperparameters,
        model="models.hashing:HashingAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="recurrent",
        title="Recurrent",
        hyperparameters=knobs.RecurrentHyperparameters,
        model="models.recurrent:RecurrentAutoencoder",
        recipe_version=1,
    ),
    AutoencoderType(
        name="adversarial",
        title="Adversarial",
        hyperparameters=knobs.AdversarialHyperparameters,
        model="models.adversarial:AdversarialAutoencoder",
        recipe_version=1,
    ),
)


def by_name(name: str) -> AutoencoderType:
    """The type of that name.

    Raises:
        ValueError: If there is none; the message lists those that there are.
    """
    for one in FAMILY:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in FAMILY)
    raise ValueError(f"{name[:60]!r} is not an autoencoder type. Known are: {known}.")

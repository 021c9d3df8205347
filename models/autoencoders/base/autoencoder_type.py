"""One type of autoencoder: its hyperparameters, its presets and its model.

Nothing here imports TensorFlow; `AutoencoderType.model_class` does.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.hyperparameters.declaration import HyperparameterError

if TYPE_CHECKING:  # it imports TensorFlow
    from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters

SAFE_LEARNING_RATES = {"adam": 0.001, "nadam": 0.001, "rmsprop": 0.001}


PRESETS = {"ours": "Recommended", "article": "The article's"}


@dataclass(frozen=True)
class AutoencoderType:
    """One member of the family.

    Attributes:
        name: In URLs, run ids and on the command line.
        title: For people.
        hyperparameters: Its hyperparameters; the defaults are the preset “ours”.
        model: Module and class of its Keras model.
        recipe_version: Raised by hand whenever the same hyperparameters give other numbers
            than before, so that old runs are not mistaken for new ones.
        article: The hyperparameters with which the article trains this type, as text;
            empty where the article has no such type, so that there is only the preset “ours”.
        criterion: The term that the page draws and the list of runs shows.
        baseline: What the page calls the method that `pca_baseline` measures.
        safe_sgd_rate: A learning rate at which gradient descent does not run away. A loss in
            nats is a sum over all pixels, so it needs a far smaller one than a mean.
    """

    name: str
    title: str
    hyperparameters: type[TrainingHyperparameters]
    model: str
    recipe_version: int
    article: Mapping[str, str] = field(default_factory=dict)
    criterion: str = "reconstruction_mse"
    baseline: str = "PCA"
    safe_sgd_rate: float = 0.01

    def safe_learning_rate(self, optimizer: str) -> float:
        """What to try when a training has diverged."""
        return SAFE_LEARNING_RATES.get(optimizer, self.safe_sgd_rate)

    def model_class(self) -> type[Autoencoder]:
        """The Keras model's class. Imports TensorFlow."""
        module, _, name = self.model.partition(":")
        return getattr(importlib.import_module(module), name)

    def preset(self, name: str) -> TrainingHyperparameters:
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

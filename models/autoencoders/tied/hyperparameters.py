"""What the tied autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import (
    DenseHyperparameters,
    ImageHyperparameters,
)
from models.hyperparameters.declaration import HyperparameterError, hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Integer
from models.layers import spec


@dataclass(frozen=True)
class TiedHyperparameters(DenseHyperparameters):
    """Hyperparameters of the tied autoencoder.

    `benchmarks.search` found how it learns best by default.
    """

    shift: int = with_default(ImageHyperparameters, "shift", 1, added=False)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "selu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "glorot_uniform")
    optimizer: str = with_default(ImageHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(ImageHyperparameters, "learning_rate", 0.0085)
    batch_size: int = with_default(ImageHyperparameters, "batch_size", 50)
    epochs: int = with_default(ImageHyperparameters, "epochs", 26)
    mode: str = hyperparameter(
        "joint",
        Choice({"joint": "all layers at once", "greedy": "one layer at a time"}),
        "Training",
        "All layers at once, or greedily: the outermost layer first, alone, then the next one on "
        "its codes, and so on; what is left of the epochs trains all together.",
        "Training",
    )
    epochs_per_layer: int = hyperparameter(
        8,
        Integer(1, 100),
        "Epochs per layer",
        "For one layer at a time only: how long each of them is trained alone.",
        "Training",
        in_graph=False,
    )

    @property
    def stage_starts(self) -> tuple[int, ...]:
        stages = len(self.encoder_plan) if self.mode == "greedy" else 0
        return tuple(self.epochs_per_layer * stage for stage in range(stages + 1))

    @property
    def decoder_plan(self) -> spec.Plan:
        pairs = zip(super().decoder_plan, reversed(self.encoder_plan), strict=True)
        return tuple(dataclasses.replace(one, tied_to=twin.name) for one, twin in pairs)

    def check_together(self) -> None:
        super().check_together()
        needed = self.stage_starts[-1]
        if self.epochs < needed:
            raise HyperparameterError(
                "epochs",
                f"epochs = {self.epochs} cannot be used: one layer at a time, "
                f"{len(self.encoder_plan)} layers need {needed} epochs. Choose more epochs or "
                "fewer of them per layer.",
            )


TYPE = AutoencoderType(
    name="tied",
    title="Tied",
    hyperparameters=TiedHyperparameters,
    model="models.autoencoders.tied.model:TiedAutoencoder",
    recipe_version=1,
)

"""What the contractive autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import (
    DenseHyperparameters,
    ImageHyperparameters,
)
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Real


@dataclass(frozen=True)
class ContractiveHyperparameters(DenseHyperparameters):
    """Hyperparameters of the contractive autoencoder.

    `benchmarks.search` found how it learns best by default.
    """

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", ())
    code_activation: str = with_default(DenseHyperparameters, "code_activation", "sigmoid")
    shift: int = with_default(ImageHyperparameters, "shift", 1, added=False)
    optimizer: str = with_default(ImageHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(ImageHyperparameters, "learning_rate", 0.015)
    batch_size: int = with_default(ImageHyperparameters, "batch_size", 25)
    epochs: int = with_default(ImageHyperparameters, "epochs", 17)
    contraction: float = hyperparameter(
        0.3,
        Real(0.0, 10.0, 0.01),
        "Contraction",
        "Weight of the squared Jacobian of the encoder: how much it costs that the code moves "
        "when a pixel does. 0: a plain autoencoder.",
        "Objective",
        in_graph=False,
    )

    @property
    def multiplications(self) -> int:
        """Also those of the Jacobian, by the chain rule; with a single layer they are few."""
        sizes, chain = self.hidden_sizes, 0
        if sizes:
            # See squared_jacobian in model.py: layer by layer, then the Gram matrix.
            chain = sum(a * b for a, b in itertools.pairwise(sizes)) + sizes[0] ** 2
        return super().multiplications + self.latent_dim * chain

    @property
    def activation_numbers(self) -> int:
        """Also those of the Jacobian: a matrix per hidden layer and example, several times over."""
        return super().activation_numbers + round(4.5 * self.latent_dim * sum(self.hidden_sizes))


TYPE = AutoencoderType(
    name="contractive",
    title="Contractive",
    hyperparameters=ContractiveHyperparameters,
    model="models.autoencoders.contractive.model:ContractiveAutoencoder",
    recipe_version=1,
)

"""What the denoising autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import (
    DenseHyperparameters,
    ImageHyperparameters,
)
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.autoencoders.denoising import corruption
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Real


@dataclass(frozen=True)
class DenoisingHyperparameters(DenseHyperparameters):
    """Hyperparameters of the denoising autoencoder.

    `benchmarks.search` found how it learns best by default.
    """

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (500,))
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "glorot_uniform")
    optimizer: str = with_default(ImageHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(ImageHyperparameters, "learning_rate", 0.0025)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 18)
    corruption: str = hyperparameter(
        "gaussian",
        Choice(corruption.KINDS),
        "Noise",
        "What is done to the images before the network sees them. Gaussian: every pixel is "
        "shifted. Masking: pixels are lost (black). Salt and pepper: pixels become white or black.",
        "Data",
    )
    noise_level: float = hyperparameter(
        0.5,
        Real(0.0, 1.0, 0.05),
        "Strength",
        "Gaussian: the standard deviation of the shift, where black is 0 and white is 1. The "
        "others: the share of the pixels that are hit.",
        "Data",
        in_graph=False,
    )


TYPE = AutoencoderType(
    name="denoising",
    title="Denoising",
    hyperparameters=DenoisingHyperparameters,
    model="models.autoencoders.denoising.model:DenoisingAutoencoder",
    recipe_version=2,
    baseline="Wiener filter",
)

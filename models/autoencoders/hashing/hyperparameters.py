"""What the hashing autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import ImageHyperparameters
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Integer, Real


@dataclass(frozen=True)
class HashingHyperparameters(ImageHyperparameters):
    """Hyperparameters of the hashing autoencoder.

    `benchmarks.search` found how it learns best by default.
    """

    latent_dim: int = hyperparameter(
        16,
        Integer(1, 784),
        "Bits",
        "Bits that the network keeps of each image; 8 of them are a byte.",
        "Architecture",
    )
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "gelu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "lecun_normal")
    optimizer: str = with_default(TrainingHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.0155)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 25)
    code_noise: float = hyperparameter(
        5.0,
        Real(0.0, 20.0, 0.5),
        "Noise in the code",
        "Standard deviation of the noise that is added, during training only, to what goes into "
        "the code's sigmoids. The more noise, the nearer to 0 or 1 they must come to be "
        "understood. 0: none.",
        "Objective",
        in_graph=False,
    )

    # During training it is a sigmoid; rounded, that is a step.
    code_activation = "step"
    output_activation = "sigmoid"

    @property
    def code_symbols(self) -> tuple[int, int]:
        return self.latent_dim, 2


TYPE = AutoencoderType(
    name="hashing",
    title="Hashing",
    hyperparameters=HashingHyperparameters,
    model="models.autoencoders.hashing.model:HashingAutoencoder",
    recipe_version=2,
    baseline="PCA, as many bits",
)

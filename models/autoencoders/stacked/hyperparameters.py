"""What the stacked autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import DenseHyperparameters
from models.hyperparameters.declaration import with_default


@dataclass(frozen=True)
class StackedHyperparameters(DenseHyperparameters):
    """Hyperparameters of the stacked (deep, undercomplete) autoencoder.

    The defaults were found with `benchmarks.search` and, at the end, by hand on its validation
    images. So large a rate with so small batches needs the
    clipping: without it, training on many more images collapses after some thousand steps.
    """

    shift: int = with_default(DenseHyperparameters, "shift", 1, added=False)
    hidden_activation: str = with_default(DenseHyperparameters, "hidden_activation", "selu")
    optimizer: str = with_default(DenseHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(DenseHyperparameters, "learning_rate", 0.005)
    clip_norm: float = with_default(DenseHyperparameters, "clip_norm", 0.05, added=False)
    batch_size: int = with_default(DenseHyperparameters, "batch_size", 50)
    epochs: int = with_default(DenseHyperparameters, "epochs", 17)


TYPE = AutoencoderType(
    name="stacked",
    title="Stacked",
    hyperparameters=StackedHyperparameters,
    model="models.autoencoders.stacked.model:StackedAutoencoder",
    recipe_version=2,
    article={
        "hidden_activation": "elu",
        "code_activation": "elu",
        "output_activation": "linear",
        "l2": "0.0001",
        "optimizer": "adam",
        "shift": "0",
        "clip_norm": "0",
        "batch_size": "150",
        "learning_rate": "0.01",
        "schedule": "constant",
        "epochs": "5",
    },
)

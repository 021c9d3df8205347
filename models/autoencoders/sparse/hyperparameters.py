"""What the sparse autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import ImageHyperparameters
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Real


@dataclass(frozen=True)
class SparseHyperparameters(ImageHyperparameters):
    """Hyperparameters of the sparse autoencoder.

    `benchmarks.search` found how it learns best by default.
    """

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", ())
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 300)
    shift: int = with_default(ImageHyperparameters, "shift", 1, added=False)
    optimizer: str = with_default(ImageHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(ImageHyperparameters, "learning_rate", 0.0085)
    clip_norm: float = with_default(ImageHyperparameters, "clip_norm", 0.05, added=False)
    batch_size: int = with_default(ImageHyperparameters, "batch_size", 50)
    epochs: int = with_default(ImageHyperparameters, "epochs", 16)
    sparsity: str = hyperparameter(
        "l1",
        Choice({"l1": "L1 (with ReLU)", "kl": "KL to a target (with sigmoid)"}),
        "Sparsity",
        "What makes units rest. L1: every activity costs in proportion to its size. KL: each "
        "unit's mean activity is pulled towards the target below.",
        "Objective",
    )
    sparsity_weight: float = hyperparameter(
        0.02,
        Real(0.0, 1.0, 0.001),
        "Sparsity weight",
        "How much the sparsity counts beside the squared error. 0: not at all.",
        "Objective",
        in_graph=False,
    )
    activity_target: float = hyperparameter(
        0.05,
        Real(0.01, 0.5, 0.01),
        "Target activity",
        "For KL only: the mean activity that every unit is to have, between 0 and 1.",
        "Objective",
        in_graph=False,
    )

    # A mean activity can be compared with a target only where it lies between 0 and 1; exact
    # zeros, which make a code short, come from ReLU.
    output_activation = "sigmoid"

    @property
    def code_activation(self) -> str:
        return "relu" if self.sparsity == "l1" else "sigmoid"


TYPE = AutoencoderType(
    name="sparse",
    title="Sparse",
    hyperparameters=SparseHyperparameters,
    model="models.autoencoders.sparse.model:SparseAutoencoder",
    recipe_version=1,
)

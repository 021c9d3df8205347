"""What the conditional autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import ImageHyperparameters
from models.autoencoders.base.latent_gaussian_hyperparameters import LatentGaussianHyperparameters
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.data import datasets
from models.hyperparameters.declaration import HyperparameterError, with_default
from models.layers import spec


@dataclass(frozen=True)
class ConditionalHyperparameters(LatentGaussianHyperparameters):
    """Hyperparameters of the conditional variational autoencoder.

    `benchmarks.search` found how it learns best by default.
    """

    # With ELU, codes that no image has run off to white; with many numbers the code says the
    # class again, and the decoder need not listen to what it is told.
    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (300,))
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 4)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "relu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "lecun_normal")
    optimizer: str = with_default(ImageHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(ImageHyperparameters, "learning_rate", 0.009)
    clip_norm: float = with_default(ImageHyperparameters, "clip_norm", 100.0, added=False)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 19)

    def check_together(self) -> None:
        if self.num_classes < 2:
            raise HyperparameterError(
                "dataset",
                "These images have no classes that the network could be told. Choose another data "
                "set, or upload them anew with a folder for each class.",
            )
        super().check_together()

    @property
    def num_classes(self) -> int:
        """Classes of the data set; both halves are told which of them an image is of."""
        return datasets.by_name(self.dataset).num_labels

    @property
    def encoder_plan(self) -> spec.Plan:
        return self._condition(super().encoder_plan)

    @property
    def decoder_plan(self) -> spec.Plan:
        return self._condition(super().decoder_plan)

    def _condition(self, plan: spec.Plan) -> spec.Plan:
        """The plan with a first layer that is given the class, too."""
        first, *rest = plan
        inputs, units = first.weight_shapes[0]
        return (spec.dense(first.name, inputs + self.num_classes, units, first.activation), *rest)


TYPE = AutoencoderType(
    name="conditional",
    title="Conditional",
    hyperparameters=ConditionalHyperparameters,
    model="models.autoencoders.conditional.model:ConditionalAutoencoder",
    recipe_version=1,
    criterion="total",
    safe_sgd_rate=0.0001,
)

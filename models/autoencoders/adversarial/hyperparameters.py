"""What the adversarial autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.adversarial import priors
from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import (
    DenseHyperparameters,
    ImageHyperparameters,
)
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.data import datasets
from models.hyperparameters.declaration import HyperparameterError, hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Real, Sizes
from models.layers import spec


@dataclass(frozen=True)
class AdversarialHyperparameters(DenseHyperparameters):
    """Hyperparameters of the adversarial autoencoder."""

    # The number of classes is that of the prior's parts.
    dataset: str = with_default(ImageHyperparameters, "dataset", "digits", in_graph=True)
    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (300, 100))
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 2)
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.001)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 100)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 40)
    prior: str = hyperparameter(
        "gaussian",
        Choice(priors.KINDS),
        "Prior",
        "The shape that the codes are to have. Mixture: as many Gaussians as there are classes, "
        "like petals. Swiss roll: a spiral. In more than two dimensions the others are normal.",
        "Objective",
    )
    labels: str = hyperparameter(
        "unused",
        Choice({"unused": "unused", "discriminator": "told to the discriminator"}),
        "Labels",
        "Told to the discriminator, each class has to fill its own part of the prior: a sector, "
        "a petal or a stretch of the roll. Encoder and decoder never see a label.",
        "Objective",
    )
    adversarial_weight: float = hyperparameter(
        0.03,
        Real(0.0, 1.0, 0.001),
        "Adversarial weight",
        "How much deceiving the discriminator counts beside the squared error. 0: not at all, "
        "codes go where they like.",
        "Objective",
        in_graph=False,
    )
    gradient_penalty: float = hyperparameter(
        0.1,
        Real(0.0, 10.0, 0.01),
        "Gradient penalty",
        "Keeps the discriminator's opinion from being too steep where the prior is. Without it the "
        "two opponents may chase each other in circles.",
        "Objective",
        in_graph=False,
    )
    discriminator_sizes: tuple[int, ...] = hyperparameter(
        (100, 100),
        Sizes(4, 1, 1000),
        "Discriminator",
        "Units of the discriminator's hidden layers, such as 100-100. “none” leaves it a straight "
        "line to divide the code space with.",
        "Architecture",
    )
    discriminator_rate: float = hyperparameter(
        1.0,
        Real(0.0, 20.0, 0.05),
        "Discriminator's rate",
        "Its learning rate as a multiple of the autoencoder's. 0: it never learns; large: it is "
        "always ahead.",
        "Training",
        in_graph=False,
    )

    @property
    def num_parts(self) -> int:
        """Of the prior: as many as there are classes."""
        return datasets.by_name(self.dataset).num_labels

    @property
    def discriminator_classes(self) -> int:
        """How many classes the discriminator is given one of; 0 where it is given none."""
        return self.num_parts if self.labels == "discriminator" else 0

    @property
    def discriminator_plan(self) -> spec.Plan:
        """The layers of the discriminator, from a code, and its class if labels are used, to the
        logit."""
        sizes = (self.latent_dim + self.discriminator_classes, *self.discriminator_sizes)
        hidden = spec.dense_chain("discriminator", sizes, "relu")
        return (*hidden, spec.dense("logit", sizes[-1], 1, "linear"))

    @property
    def num_parameters(self) -> int:
        return super().num_parameters + spec.num_parameters(self.discriminator_plan)

    @property
    def multiplications(self) -> int:
        """Also those of the discriminator, which looks at codes, for either opponent, and at
        draws, and whose slope is needed there."""
        own = sum(layer.multiplications for layer in self.discriminator_plan)
        return super().multiplications + 4 * own

    @property
    def activation_numbers(self) -> int:
        own = sum(layer.num_outputs for layer in self.discriminator_plan)
        return super().activation_numbers + 3 * own

    def check_together(self) -> None:
        super().check_together()
        in_plane = self.prior != "gaussian" or self.labels != "unused"
        if in_plane and self.latent_dim < 2:
            raise HyperparameterError(
                "latent_dim",
                f"latent_dim = {self.latent_dim} cannot be used: the prior's parts lie in a plane. "
                "Choose a code of 2 numbers or more, or a Gaussian prior without labels.",
            )


TYPE = AutoencoderType(
    name="adversarial",
    title="Adversarial",
    hyperparameters=AdversarialHyperparameters,
    model="models.autoencoders.adversarial.model:AdversarialAutoencoder",
    recipe_version=2,
)

"""What the linear autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters, list_datasets
from models.data import datasets
from models.hyperparameters.declaration import HyperparameterError, hyperparameter, with_default
from models.hyperparameters.kinds import Integer, Real


@dataclass(frozen=True)
class LinearHyperparameters(TrainingHyperparameters):
    """Hyperparameters of the linear autoencoder on 3-D points."""

    dataset: str = hyperparameter(
        "arc",
        list_datasets(datasets.POINT_SETS),
        "Data set",
        "A cloud of points in three dimensions, or a table of your own. The first one is the "
        "article's.",
        "Data",
        in_graph=False,
    )
    num_train: int = hyperparameter(
        100,
        Integer(10, 2000, 10),
        "Training points",
        "Points to learn from; as many again are held out to check the result, of own data a "
        "fifth.",
        "Data",
        in_graph=False,
    )
    noise: float = hyperparameter(
        0.1,
        Real(0.0, 1.0, 0.05),
        "Noise",
        "Standard deviation of the random shift that moves every point off the ideal shape. Own "
        "data stay as they are.",
        "Data",
        in_graph=False,
    )
    sample: int = hyperparameter(
        42,
        Integer(0, 9999),
        "Sample",
        "Another number draws another set of points, or of own data other rows to hold out.",
        "Data",
        in_graph=False,
    )
    latent_dim: int = hyperparameter(
        2,
        Integer(1, 3),
        "Code size",
        "Numbers that the network may keep of each point. Three keep everything.",
        "Architecture",
    )
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.1)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 100)
    epochs: int = hyperparameter(
        1000,
        Integer(1, 5000),
        "Epochs",
        "How often the whole training set is seen.",
        in_identity=False,
        in_graph=False,
    )

    # What makes it linear is not a hyperparameter: no hidden layer, no activation, no penalty.
    hidden_sizes = ()
    hidden_activation = code_activation = output_activation = "linear"
    initializer = "glorot_uniform"

    @property
    def data_arguments(self) -> dict[str, Any]:
        return super().data_arguments | {"noise": self.noise, "data_seed": self.sample}

    def check_together(self) -> None:
        if self.latent_dim > self.input_dim:
            raise HyperparameterError(
                "latent_dim",
                f"latent_dim = {self.latent_dim} cannot be used: the data have only "
                f"{self.input_dim} columns. Choose a code of at most {self.input_dim} numbers.",
            )
        super().check_together()


TYPE = AutoencoderType(
    name="linear",
    title="Linear",
    hyperparameters=LinearHyperparameters,
    model="models.autoencoders.linear.model:LinearAutoencoder",
    recipe_version=1,
    article={"learning_rate": "0.01", "schedule": "constant"},
)

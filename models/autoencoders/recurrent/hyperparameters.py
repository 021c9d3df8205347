"""What the recurrent autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import (
    DenseHyperparameters,
    ImageHyperparameters,
    PlannedLayers,
)
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Integer, Sizes
from models.layers import spec

CELL_KINDS = Choice({"gru": "GRU", "lstm": "LSTM", "simple_rnn": "simple"})


@dataclass(frozen=True)
class RecurrentHyperparameters(PlannedLayers, DenseHyperparameters):
    """Hyperparameters of the recurrent autoencoder."""

    cell: str = hyperparameter(
        "gru",
        CELL_KINDS,
        "Cell",
        "How a state becomes the next one. Simple: tanh of a sum of all that comes in. GRU: two "
        "gates decide what is kept and what is new. LSTM: three gates and a second, protected "
        "state.",
        "Architecture",
    )
    units: int = hyperparameter(
        64,
        Integer(1, 512),
        "Units",
        "Numbers in the state that is carried from row to row, in the encoder and in the decoder.",
        "Architecture",
    )
    writing_order: str = hyperparameter(
        "top_down",
        Choice({"top_down": "top row first", "bottom_up": "bottom row first"}),
        "Writing order",
        "The encoder reads from top to bottom. Bottom row first: the decoder begins with what was "
        "read last.",
        "Architecture",
    )
    hidden_sizes: tuple[int, ...] = hyperparameter(
        (),
        Sizes(6, 1, 2000),
        "Dense layers",
        "Units of dense layers between the last state and the code, mirrored in the decoder.",
        "Architecture",
    )
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 30)
    initializer: str = with_default(ImageHyperparameters, "initializer", "glorot_uniform")
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.005)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 20)

    @property
    def encoder_plan(self) -> spec.Plan:
        """The image's rows, read from top to bottom; dense layers; and the code."""
        sizes = (self.units, *self.hidden_sizes)
        return (
            spec.reshape("rows", (math.prod(self.image_shape),), self.image_shape),
            spec.recurrent("reader", self.cell, self.image_shape, self.units, sequences=False),
            *spec.dense_chain("encoder", sizes, self.hidden_activation),
            spec.dense("code", sizes[-1], self.latent_dim, self.code_activation),
        )

    @property
    def decoder_plan(self) -> spec.Plan:
        """Dense layers; their result at every step of a recurrent layer; and each of its states
        made into a row of the image."""
        steps, width = self.image_shape
        sizes = (self.latent_dim, *reversed(self.hidden_sizes))
        repeated = spec.repeat("repeated", sizes[-1], steps)
        states = spec.recurrent("writer", self.cell, repeated.output, self.units, sequences=True)
        rows = spec.step_dense("output", states.output, width, self.output_activation)
        return (
            *spec.dense_chain("decoder", sizes, self.hidden_activation),
            *(repeated, states, rows),
            *((spec.reverse("upright", rows.output),) if self.writing_order == "bottom_up" else ()),
            spec.reshape("pixels", rows.output, (math.prod(rows.output),)),
        )

    @property
    def layer_activations(self) -> tuple[str, ...]:
        return tuple(
            CELL_KINDS.options.get(layer.kind, layer.activation) for layer in self._weighted
        )


TYPE = AutoencoderType(
    name="recurrent",
    title="Recurrent",
    hyperparameters=RecurrentHyperparameters,
    model="models.autoencoders.recurrent.model:RecurrentAutoencoder",
    recipe_version=1,
)

"""What every type can be asked: how it is trained, and what follows from its layers.

Nothing here imports TensorFlow, so that the web process can draw widgets and check links.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import Any

from models import settings
from models.data import datasets, loading
from models.data.uploads import storage, upload
from models.hyperparameters.declaration import HyperparameterError, Hyperparameters, hyperparameter
from models.hyperparameters.kinds import Choice, Integer, Real, Refusal
from models.layers import spec

ACTIVATIONS = Choice(
    {
        "linear": "linear (none)",
        "relu": "ReLU",
        "elu": "ELU",
        "selu": "SELU",
        "gelu": "GELU",
        "tanh": "tanh",
        "sigmoid": "sigmoid",
    }
)
INITIALIZERS = Choice(
    {
        "he_normal": "He (normal)",
        "he_uniform": "He (uniform)",
        "glorot_uniform": "Glorot (uniform)",
        "glorot_normal": "Glorot (normal)",
        "lecun_normal": "LeCun (normal)",
    }
)
OPTIMIZERS = Choice(
    {"adam": "Adam", "nadam": "Nadam", "sgd": "SGD with momentum", "rmsprop": "RMSprop"}
)
SEEDS = Integer(0, 999_999)


@dataclass(frozen=True)
class DatasetChoice(Choice):
    """A data set: one of the lab's, or one that a visitor has uploaded.

    Attributes:
        holds: What an uploaded one must consist of, "points" or "images".
    """

    holds: str = "images"

    @property
    def allowed(self) -> str:
        return f"{super().allowed}, or own data, own- and 16 hexadecimal digits"

    def check(self, value: Any) -> str:
        if not upload.is_name(value):
            return super().check(value)
        if not loading.available(value):
            raise Refusal(storage.absent(value))
        try:
            kind = datasets.by_name(value).kind
        except datasets.DataError as error:
            raise Refusal(str(error)) from error
        if kind != self.holds:
            expected = {"points": "a table of numbers", "images": "images"}[self.holds]
            raise Refusal(f"this lesson needs {expected}. Choose another data set or lesson.")
        return value

    def label(self, value: str) -> str:
        return datasets.by_name(value).label


def list_datasets(sets: tuple[datasets.Dataset, ...]) -> DatasetChoice:
    """The choice between these data sets and own ones of their kind."""
    return DatasetChoice({one.name: one.label for one in sets}, sets[0].kind)


@dataclass(frozen=True)
class TrainingHyperparameters(Hyperparameters):
    """What every type has to answer: how it is trained. Subclasses say on what, and what."""

    optimizer: str = hyperparameter(
        "adam",
        OPTIMIZERS,
        "Optimiser",
        "How gradients become steps. Adam, Nadam and RMSprop scale the step of each weight by "
        "itself; gradient descent (SGD, momentum 0.9) needs a learning rate chosen with care.",
    )
    learning_rate: float = hyperparameter(
        0.001,
        Real(1e-5, 10.0, logarithmic=True),
        "Learning rate",
        "The size of a step. Too small: learning crawls. Too large: the loss jumps or explodes.",
        in_graph=False,
    )
    schedule: str = hyperparameter(
        "cosine",
        Choice({"constant": "constant", "cosine": "cosine to zero"}),
        "Schedule",
        "Constant: the same learning rate throughout. Cosine: it falls smoothly to zero at the "
        "last epoch, which lets the weights settle.",
        in_graph=False,
    )
    clip_norm: float = hyperparameter(
        0.0,
        Real(0.0, 1_000.0, 0.01),
        "Gradient clipping",
        "The longest gradient, over all weights together, that is used as it is; longer ones are "
        "shortened to this length. At a large learning rate a few very long ones can undo all "
        "that was learned. 0: none is shortened.",
        added=True,
    )
    batch_size: int = hyperparameter(
        150,
        Integer(1, 2000),
        "Batch size",
        "Examples per step. As many as there are training examples, or more: every step sees "
        "them all (full-batch gradient descent).",
        in_graph=False,
    )
    epochs: int = hyperparameter(
        30,
        Integer(1, 500),
        "Epochs",
        "How often the whole training set is seen.",
        in_identity=False,
        in_graph=False,
    )
    seed: int = hyperparameter(
        42,
        SEEDS,
        "Seed",
        "The random start: initial weights, order of the examples, sampling noise. The same "
        "seed repeats a run number by number; another seed shows what is luck.",
        in_graph=False,
    )
    device: str = hyperparameter(
        "auto",
        Choice({"auto": "automatic", "cpu": "CPU", "gpu": "GPU"}),
        "Device",
        "Where the arithmetic happens. Automatic takes a GPU if the machine has one.",
        in_identity=False,
        in_graph=False,
    )

    # What every type has. Most declare it; some are the type that they are because it is fixed.

    @property
    def dataset(self) -> str:
        """The name of the data set."""
        raise NotImplementedError

    @property
    def num_train(self) -> int:
        """Training examples that are asked for."""
        raise NotImplementedError

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units of the encoder's hidden layers."""
        raise NotImplementedError

    @property
    def latent_dim(self) -> int:
        """Numbers in the code."""
        raise NotImplementedError

    @property
    def hidden_activation(self) -> str:
        """The activation after each hidden layer."""
        raise NotImplementedError

    @property
    def code_activation(self) -> str:
        """The activation after the code layer."""
        raise NotImplementedError

    @property
    def output_activation(self) -> str:
        """The activation after the last layer."""
        raise NotImplementedError

    @property
    def initializer(self) -> str:
        """What draws the first kernels; biases start at zero."""
        raise NotImplementedError

    @property
    def excluded_classes(self) -> tuple[int, ...]:
        """Classes that are left out of the training."""
        return ()

    @property
    def shift(self) -> int:
        """Up to how many pixels the images of a step are moved."""
        return 0

    @property
    def l2(self) -> float:
        """Weight of the sum of squared weights in the loss."""
        return 0.0

    @property
    def num_classes(self) -> int:
        """How many classes both halves are told one of; most types tell them none."""
        return 0

    @property
    def input_dim(self) -> int:
        """The number of numbers in one example."""
        return math.prod(datasets.by_name(self.dataset).shape)

    @property
    def num_examples(self) -> int:
        """Training examples that there are: as many as asked for, unless some are left out."""
        return self.num_train

    @property
    def data_arguments(self) -> dict[str, Any]:
        """What `data.load` and `data.fingerprint` need to know."""
        return {"dataset": self.dataset, "num_train": self.num_examples}

    @property
    def stage_starts(self) -> tuple[int, ...]:
        """After how many epochs each stage of the training begins; most types have only one."""
        return (0,)

    def stage_after(self, epoch: int) -> int:
        """Which stage the epoch after `epoch` belongs to."""
        return bisect.bisect_right(self.stage_starts, epoch) - 1

    @property
    def effective_batch_size(self) -> int:
        """Examples per step: a batch is at most the whole training set."""
        return min(self.batch_size, self.num_examples)

    @property
    def steps_per_epoch(self) -> int:
        """Optimiser steps per epoch. The remainder of the permuted epoch is dropped: a smaller
        last batch would have to be compiled a second time."""
        return self.num_examples // self.effective_batch_size

    @property
    def code_symbols(self) -> tuple[int, int] | None:
        """How many symbols a code consists of, and how many different ones there are; None where it
        consists of numbers, which have to be rounded first (`models.evaluation.rate_distortion`).
        """
        return None

    @property
    def code_bits(self) -> float | None:
        """Bits of one code where it consists of symbols, each of which takes as many."""
        if self.code_symbols is None:
            return None
        length, alphabet = self.code_symbols
        return length * math.log2(alphabet)

    @property
    def stored_bits(self) -> float:
        """Bits of one code as it is: those of its symbols, or 32 for each of its numbers."""
        return 32.0 * self.latent_dim if self.code_bits is None else self.code_bits

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Units of all layers, input to output; the decoder mirrors the encoder."""
        hidden = self.hidden_sizes
        return (self.input_dim, *hidden, self.latent_dim, *reversed(hidden), self.input_dim)

    @property
    def layer_shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of what all layers give, those of feature maps with their channels."""
        return tuple((size,) for size in self.layer_sizes)

    @property
    def layer_activations(self) -> tuple[str, ...]:
        """The activation of every layer after the input."""
        hidden = (self.hidden_activation,) * len(self.hidden_sizes)
        return (*hidden, self.code_activation, *hidden, self.output_activation)

    @property
    def code_index(self) -> int:
        """Which of the `layer_sizes` is the code's."""
        return len(self.hidden_sizes) + 1

    @property
    def encoder_plan(self) -> spec.Plan:
        """The layers from the input to what the encoder gives."""
        sizes = (self.input_dim, *self.hidden_sizes)
        hidden = spec.dense_chain("encoder", sizes, self.hidden_activation)
        return (*hidden, spec.dense("code", sizes[-1], self.latent_dim, self.code_activation))

    @property
    def decoder_plan(self) -> spec.Plan:
        """The layers from the code to the output."""
        sizes = (self.latent_dim, *reversed(self.hidden_sizes))
        hidden = spec.dense_chain("decoder", sizes, self.hidden_activation)
        return (*hidden, spec.dense("output", sizes[-1], self.input_dim, self.output_activation))

    @property
    def pca_dim(self) -> int:
        """How many numbers PCA may keep where it is compared: as many as the code has."""
        return self.latent_dim

    @property
    def output_range(self) -> tuple[float, float] | None:
        """Between which values all outputs lie, None if anywhere. PCA is bound to the same where
        it is compared."""
        return (0.0, 1.0) if self.output_activation == "sigmoid" else None

    @property
    def num_parameters(self) -> int:
        """Weights and biases of all layers."""
        return spec.num_parameters(self.encoder_plan + self.decoder_plan)

    @property
    def multiplications(self) -> int:
        """In one evaluation of the objective, per example: what a step's time depends on."""
        return sum(layer.multiplications for layer in self.encoder_plan + self.decoder_plan)

    @property
    def activation_numbers(self) -> int:
        """Numbers per example that training keeps of all layers: what its memory depends on."""
        return sum(layer.num_outputs for layer in self.encoder_plan + self.decoder_plan)

    @property
    def size_hyperparameter(self) -> str:
        """The hyperparameter that makes a network smaller."""
        return "hidden_sizes" if self.hidden_sizes else "latent_dim"

    def check_together(self) -> None:
        dataset, limit = datasets.by_name(self.dataset), settings.current().max_parameters
        if self.num_train > dataset.max_train:
            raise HyperparameterError(
                "num_train",
                f"num_train = {self.num_train} cannot be used: the data set "
                f"“{dataset.label}” has {dataset.max_train} training examples.",
            )
        if self.num_parameters > limit:
            raise HyperparameterError(
                self.size_hyperparameter,
                f"These layers have {self.num_parameters:,} parameters; this machine allows "
                f"{limit:,}. Choose smaller hidden layers or a smaller code.",
            )

"""What each type of autoencoder can be asked: its hyperparameters, with their limits and plans.

Nothing here imports TensorFlow, so that the web process can draw widgets and check links.
"""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models import corruption, data, priors, settings, uploads
from models.evaluation import pca
from models.hyperparameters import (
    Choice,
    Classes,
    HyperparameterError,
    Hyperparameters,
    Integer,
    Real,
    Refusal,
    Sizes,
    knob,
    with_default,
)
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
CELL_KINDS = Choice({"gru": "GRU", "lstm": "LSTM", "simple_rnn": "simple"})


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
        if not uploads.is_name(value):
            return super().check(value)
        if not data.available(value):
            raise Refusal(uploads.absent(value))
        try:
            kind = data.by_name(value).kind
        except data.DataError as error:
            raise Refusal(str(error)) from error
        if kind != self.holds:
            expected = {"points": "a table of numbers", "images": "images"}[self.holds]
            raise Refusal(f"this lesson needs {expected}. Choose another data set or lesson.")
        return value

    def label(self, value: str) -> str:
        return data.by_name(value).label


def _options(sets: tuple[data.Dataset, ...]) -> DatasetChoice:
    return DatasetChoice({one.name: one.label for one in sets}, sets[0].kind)


@dataclass(frozen=True)
class TrainingHyperparameters(Hyperparameters):
    """What every type has to answer: how it is trained. Subclasses say on what, and what."""

    optimizer: str = knob(
        "adam",
        OPTIMIZERS,
        "Optimiser",
        "How gradients become steps. Adam, Nadam and RMSprop scale the step of each weight by "
        "itself; gradient descent (SGD, momentum 0.9) needs a learning rate chosen with care.",
    )
    learning_rate: float = knob(
        0.001,
        Real(1e-5, 10.0, logarithmic=True),
        "Learning rate",
        "The size of a step. Too small: learning crawls. Too large: the loss jumps or explodes.",
        in_graph=False,
    )
    schedule: str = knob(
        "cosine",
        Choice({"constant": "constant", "cosine": "cosine to zero"}),
        "Schedule",
        "Constant: the same learning rate throughout. Cosine: it falls smoothly to zero at the "
        "last epoch, which lets the weights settle.",
        in_graph=False,
    )
    batch_size: int = knob(
        150,
        Integer(1, 2000),
        "Batch size",
        "Examples per step. As many as there are training examples, or more: every step sees "
        "them all (full-batch gradient descent).",
        in_graph=False,
    )
    epochs: int = knob(
        30,
        Integer(1, 500),
        "Epochs",
        "How often the whole training set is seen.",
        in_identity=False,
        in_graph=False,
    )
    seed: int = knob(
        42,
        SEEDS,
        "Seed",
        "The random start: initial weights, order of the examples, sampling noise. The same "
        "seed repeats a run number by number; another seed shows what is luck.",
        in_graph=False,
    )
    device: str = knob(
        "auto",
        Choice({"auto": "automatic", "cpu": "CPU", "gpu": "GPU"}),
        "Device",
        "Where the arithmetic happens. Automatic takes a GPU if the machine has one.",
        in_identity=False,
        in_graph=False,
    )

    # What every type has: most as a knob, and some as what makes them the type that they are.

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
    def left_out(self) -> tuple[int, ...]:
        """Classes that are left out of the training."""
        return ()

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
        return math.prod(data.by_name(self.dataset).shape)

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
    def code_bits(self) -> float | None:
        """Bits of one code, where it consists of symbols; None where it consists of numbers, which
        have to be rounded first (`models.evaluation.rate_distortion`)."""
        return None

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
        names = spec.hidden_names("encoder", self.hidden_sizes)
        sizes = self.layer_sizes[: len(names) + 2]
        return spec.dense_chain([*names, "code"], sizes, self.layer_activations)

    @property
    def decoder_plan(self) -> spec.Plan:
        """The layers from the code to the output."""
        names = spec.hidden_names("decoder", self.hidden_sizes)
        middle = self.code_index
        sizes, activations = self.layer_sizes[middle:], self.layer_activations[middle:]
        return spec.dense_chain([*names, "output"], sizes, activations)

    @property
    def pca_dim(self) -> int:
        """How many numbers PCA may keep where it is compared: as many as the code has."""
        return self.latent_dim

    @property
    def num_parameters(self) -> int:
        """Weights and biases of all layers."""
        return spec.num_parameters(self.encoder_plan + self.decoder_plan)

    @property
    def multiplications(self) -> int:
        """In one evaluation of the objective, per example: what a step's time depends on."""
        return sum(layer.multiplications for layer in self.encoder_plan + self.decoder_plan)

    @property
    def size_knob(self) -> str:
        """The knob that makes a network smaller."""
        return "hidden_sizes" if self.hidden_sizes else "latent_dim"

    def check_together(self) -> None:
        dataset, limit = data.by_name(self.dataset), settings.current().max_parameters
        if self.num_train > dataset.max_train:
            raise HyperparameterError(
                "num_train",
                f"num_train = {self.num_train} cannot be used: the data set "
                f"“{dataset.label}” has {dataset.max_train} training examples.",
            )
        if self.num_parameters > limit:
            raise HyperparameterError(
                self.size_knob,
                f"These layers have {self.num_parameters:,} parameters; this machine allows "
                f"{limit:,}. Choose smaller hidden layers or a smaller code.",
            )


@dataclass(frozen=True)
class LinearHyperparameters(TrainingHyperparameters):
    """Knobs of the linear autoencoder on 3-D points."""

    dataset: str = knob(
        "arc",
        _options(data.POINT_SETS),
        "Data set",
        "A cloud of points in three dimensions, or a table of your own. The first one is the "
        "article's.",
        "Data",
        in_graph=False,
    )
    num_train: int = knob(
        100,
        Integer(10, 2000, 10),
        "Training points",
        "Points to learn from; as many again are held out to check the result, of own data a "
        "fifth.",
        "Data",
        in_graph=False,
    )
    noise: float = knob(
        0.1,
        Real(0.0, 1.0, 0.05),
        "Noise",
        "Standard deviation of the random shift that moves every point off the ideal shape. Own "
        "data stay as they are.",
        "Data",
        in_graph=False,
    )
    sample: int = knob(
        42,
        Integer(0, 9999),
        "Sample",
        "Another number draws another set of points, or of own data other rows to hold out.",
        "Data",
        in_graph=False,
    )
    latent_dim: int = knob(
        2,
        Integer(1, 3),
        "Code size",
        "Numbers that the network may keep of each point. Three keep everything.",
        "Architecture",
    )
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.1)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 100)
    epochs: int = knob(
        1000,
        Integer(1, 5000),
        "Epochs",
        "How often the whole training set is seen.",
        in_identity=False,
        in_graph=False,
    )

    # What makes it linear is not a knob: no hidden layer, no activation, no penalty.
    hidden_sizes = ()
    hidden_activation = code_activation = output_activation = "linear"

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


@dataclass(frozen=True)
class ImageSetHyperparameters(TrainingHyperparameters):
    """Knobs that all autoencoders of images share."""

    dataset: str = knob(
        "digits",
        _options(data.IMAGE_SETS),
        "Data set",
        "5,000 handwritten digits are built in; the larger sets are downloaded once or read "
        "from an offline folder; yours are uploaded below.",
        "Data",
        in_graph=False,
    )
    num_train: int = knob(
        4000,
        Integer(10, 60_000, 100),
        "Training images",
        "Images to learn from. Fewer are faster and easier to learn by heart.",
        "Data",
        in_graph=False,
    )
    left_out: tuple[int, ...] = knob(
        (),
        Classes(max(one.num_labels for one in data.IMAGE_SETS)),
        "Left out",
        "Classes that the network is never shown, neither for learning nor among the held-out "
        "images that its error is measured on.",
        "Data",
        in_graph=False,
        added=True,
    )
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.002)

    @property
    def num_examples(self) -> int:
        return min(self.num_train, data.by_name(self.dataset).num_train_without(self.left_out))

    @property
    def data_arguments(self) -> dict[str, Any]:
        return super().data_arguments | {"left_out": self.left_out}

    def check_together(self) -> None:
        labels = data.by_name(self.dataset).num_labels
        unknown = [number for number in self.left_out if number >= labels]
        if unknown or len(self.left_out) == labels:
            text = self.knobs()["left_out"].format(self.left_out)
            raise HyperparameterError(
                "left_out",
                f"left_out = {text} cannot be used: the classes of “"
                f"{data.by_name(self.dataset).label}” are numbered 0 to {labels - 1}, and at least "
                "one must be left to learn from.",
            )
        super().check_together()


@dataclass(frozen=True)
class ImageHyperparameters(ImageSetHyperparameters):
    """Knobs that all autoencoders of images share whose code is a list of numbers."""

    hidden_sizes: tuple[int, ...] = knob(
        (300,),
        Sizes(6, 1, 2000),
        "Hidden layers",
        "Units of the encoder's hidden layers, such as 300 or 500-250; the decoder mirrors "
        "them. “none” connects input and code directly.",
        "Architecture",
    )
    latent_dim: int = knob(
        150,
        Integer(1, 784),
        "Code size",
        "Numbers that the network may keep of each image.",
        "Architecture",
    )
    hidden_activation: str = knob(
        "relu",
        ACTIVATIONS,
        "Hidden activation",
        "The bend after each hidden layer. With “linear” everywhere the network is no better "
        "than PCA.",
        "Architecture",
    )
    initializer: str = knob(
        "he_normal",
        INITIALIZERS,
        "Initialiser",
        "How the first random weights are scaled, so that signals neither die out nor explode.",
        "Architecture",
    )
    l2: float = knob(
        0.0,
        Real(0.0, 0.1, 0.00001),
        "L2 penalty",
        "Added to the loss: this number times the sum of all squared weights.",
        "Objective",
    )


@dataclass(frozen=True)
class StackedHyperparameters(ImageHyperparameters):
    """Knobs of the stacked (deep, undercomplete) autoencoder, and of those that are one with
    another objective."""

    code_activation: str = knob(
        "linear",
        ACTIVATIONS,
        "Code activation",
        "The bend after the code layer; “linear” leaves the code free.",
        "Architecture",
    )
    output_activation: str = knob(
        "sigmoid",
        ACTIVATIONS,
        "Output activation",
        "Sigmoid keeps pixels between black (0) and white (1).",
        "Architecture",
    )


@dataclass(frozen=True)
class TiedHyperparameters(StackedHyperparameters):
    """Knobs of the tied autoencoder."""

    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    mode: str = knob(
        "joint",
        Choice({"joint": "all layers at once", "greedy": "one layer at a time"}),
        "Training",
        "All layers at once, or greedily: the outermost layer first, alone, then the next one on "
        "its codes, and so on; what is left of the epochs trains all together.",
        "Training",
    )
    epochs_per_layer: int = knob(
        8,
        Integer(1, 100),
        "Epochs per layer",
        "For one layer at a time only: how long each of them is trained alone.",
        "Training",
        in_graph=False,
    )

    @property
    def stage_starts(self) -> tuple[int, ...]:
        stages = len(self.encoder_plan) if self.mode == "greedy" else 0
        return tuple(self.epochs_per_layer * stage for stage in range(stages + 1))

    @property
    def decoder_plan(self) -> spec.Plan:
        pairs = zip(super().decoder_plan, reversed(self.encoder_plan), strict=True)
        return tuple(dataclasses.replace(one, tied_to=twin.name) for one, twin in pairs)

    def check_together(self) -> None:
        super().check_together()
        needed = self.stage_starts[-1]
        if self.epochs < needed:
            raise HyperparameterError(
                "epochs",
                f"epochs = {self.epochs} cannot be used: one layer at a time, "
                f"{len(self.encoder_plan)} layers need {needed} epochs. Choose more epochs or "
                "fewer of them per layer.",
            )


@dataclass(frozen=True)
class DenoisingHyperparameters(StackedHyperparameters):
    """Knobs of the denoising autoencoder."""

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (500,))
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 20)
    corruption: str = knob(
        "gaussian",
        Choice(corruption.KINDS),
        "Noise",
        "What is done to the images before the network sees them. Gaussian: every pixel is "
        "shifted. Masking: pixels are lost (black). Salt and pepper: pixels become white or black.",
        "Data",
    )
    strength: float = knob(
        0.5,
        Real(0.0, 1.0, 0.05),
        "Strength",
        "Gaussian: the standard deviation of the shift, where black is 0 and white is 1. The "
        "others: the share of the pixels that are hit.",
        "Data",
        in_graph=False,
    )


@dataclass(frozen=True)
class HashingHyperparameters(ImageHyperparameters):
    """Knobs of the hashing autoencoder."""

    latent_dim: int = knob(
        16,
        Integer(1, 784),
        "Bits",
        "Bits that the network may keep of each image; 8 of them are a byte.",
        "Architecture",
    )
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    code_noise: float = knob(
        4.0,
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
    def code_bits(self) -> float:
        return float(self.latent_dim)


@dataclass(frozen=True)
class SparseHyperparameters(ImageHyperparameters):
    """Knobs of the sparse autoencoder."""

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", ())
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 300)
    sparsity: str = knob(
        "l1",
        Choice({"l1": "L1 (with ReLU)", "kl": "KL to a target (with sigmoid)"}),
        "Sparsity",
        "What makes units rest. L1: every activity costs in proportion to its size. KL: each "
        "unit's mean activity is pulled towards the target below.",
        "Objective",
    )
    sparsity_weight: float = knob(
        0.02,
        Real(0.0, 1.0, 0.001),
        "Sparsity weight",
        "How much the sparsity counts beside the squared error. 0: not at all.",
        "Objective",
        in_graph=False,
    )
    activity_target: float = knob(
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


@dataclass(frozen=True)
class ContractiveHyperparameters(StackedHyperparameters):
    """Knobs of the contractive autoencoder."""

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", ())
    code_activation: str = with_default(StackedHyperparameters, "code_activation", "sigmoid")
    contraction: float = knob(
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
            # See models.contractive.squared_jacobian: layer by layer, then the Gram matrix.
            chain = sum(a * b for a, b in itertools.pairwise(sizes)) + sizes[0] ** 2
        return super().multiplications + self.latent_dim * chain


@dataclass(frozen=True)
class VariationalHyperparameters(ImageHyperparameters):
    """Knobs of the variational autoencoder."""

    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (500, 500))
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 20)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    epochs: int = with_default(ImageHyperparameters, "epochs", 25)
    likelihood: str = knob(
        "bernoulli",
        Choice({"bernoulli": "Bernoulli", "gaussian": "Gaussian"}),
        "Likelihood",
        "How the decoder's picture is scored. Bernoulli: each pixel is the probability of "
        "white. Gaussian: each pixel is a mean, with one learned noise level for all.",
        "Objective",
    )
    parametrization: str = knob(
        "log_variance",
        Choice({"log_variance": "log-variance", "sigma": "deviation (sigma)"}),
        "Spread as",
        "How the encoder states the spread of a code. A log-variance may be any number. A "
        "deviation, as in the article, must not come near zero, and nothing keeps it away: "
        "the loss jumps.",
        "Objective",
    )
    beta: float = knob(
        1.0,
        Real(0.0, 50.0, 0.05),
        "Beta",
        "Weight of the KL divergence. 1 is the variational bound; 0 leaves a plain autoencoder.",
        "Objective",
        in_graph=False,
    )
    kl_warmup_epochs: int = knob(
        0,
        Integer(0, 200),
        "KL warm-up",
        "Epochs over which beta rises from 0 to its value; 0 means from the start.",
        "Objective",
        in_graph=False,
    )

    # The encoder ends in means and spreads, the decoder in what the likelihood needs.
    code_activation = "linear"

    @property
    def output_activation(self) -> str:
        return "sigmoid" if self.likelihood == "bernoulli" else "linear"

    @property
    def encoder_plan(self) -> spec.Plan:
        *hidden, code = super().encoder_plan
        inputs, units = code.weight_shapes[0]
        return (*hidden, spec.dense("posterior", inputs, 2 * units, code.activation))

    @property
    def num_parameters(self) -> int:
        noise_level = int(self.likelihood == "gaussian")
        return super().num_parameters + noise_level


if TYPE_CHECKING:  # as a dataclass among the bases it would bring back the defaults of its fields
    _OfImages = TrainingHyperparameters
else:
    _OfImages = object


class PlannedLayers(_OfImages):
    """What hyperparameters say of layers that are not the dense ones of `hidden_sizes`, by their
    plans."""

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        height, width = data.by_name(self.dataset).shape
        return height, width

    @property
    def layer_shapes(self) -> tuple[tuple[int, ...], ...]:
        return (self.image_shape, *(layer.output for layer in self._weighted))

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        return tuple(math.prod(shape) for shape in self.layer_shapes)

    @property
    def layer_activations(self) -> tuple[str, ...]:
        return tuple(layer.activation for layer in self._weighted)

    @property
    def code_index(self) -> int:
        return sum(bool(layer.weight_shapes) for layer in self.encoder_plan)

    @property
    def _weighted(self) -> list[spec.Layer]:
        plan = self.encoder_plan + self.decoder_plan
        return [layer for layer in plan if layer.weight_shapes]


@dataclass(frozen=True)
class ConditionalHyperparameters(VariationalHyperparameters):
    """Knobs of the conditional variational autoencoder."""

    # With ELU, codes that no image has run off to white; with many numbers the code says the
    # class again, and the decoder need not listen to what it is told.
    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (300,))
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 4)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "relu")
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 20)

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
        return data.by_name(self.dataset).num_labels

    @property
    def encoder_plan(self) -> spec.Plan:
        return self._told(super().encoder_plan)

    @property
    def decoder_plan(self) -> spec.Plan:
        return self._told(super().decoder_plan)

    def _told(self, plan: spec.Plan) -> spec.Plan:
        """The plan with a first layer that is given the class, too."""
        first, *rest = plan
        inputs, units = first.weight_shapes[0]
        return (spec.dense(first.name, inputs + self.num_classes, units, first.activation), *rest)


@dataclass(frozen=True)
class ConvolutionalHyperparameters(PlannedLayers, StackedHyperparameters):
    """Knobs of the convolutional autoencoder."""

    filters: tuple[int, ...] = knob(
        (16, 32),
        Sizes(4, 1, 128, min_layers=1),
        "Filters",
        "Filters of each convolution of the encoder, such as 16-32. Each convolution halves "
        "height and width: 28 becomes 14, then 7; further ones leave it at 7.",
        "Architecture",
    )
    decoder_filters: tuple[int, ...] = knob(
        (),
        Sizes(4, 1, 128),
        "Decoder's filters",
        "The decoder's feature maps, from the code on, such as 32-16; “none” mirrors the encoder.",
        "Architecture",
    )
    kernel_size: int = knob(
        5,
        Integer(1, 7),
        "Kernel",
        "Height and width of a filter, in pixels of the map that it looks at. With 1 no pixel "
        "sees its neighbours.",
        "Architecture",
    )
    downsampling: str = knob(
        "stride",
        Choice(
            {
                "stride": "stride 2",
                "max_pooling": "max pooling",
                "average_pooling": "average pooling",
            }
        ),
        "Halving",
        "How maps become smaller. Stride: the filter moves on by two pixels. Pooling: it moves by "
        "one, and of each 2 x 2 results the largest, or the mean, is kept; four times the work.",
        "Architecture",
    )
    upsampling: str = knob(
        "transposed",
        Choice(
            {
                "transposed": "transposed convolution",
                "nearest": "repeat, then convolve",
                "bilinear": "interpolate, then convolve",
            }
        ),
        "Enlarging",
        "How the decoder makes maps larger. Transposed: each number paints a filter, two pixels "
        "apart. The others enlarge the map first; more work, no chequered patterns.",
        "Architecture",
    )
    hidden_sizes: tuple[int, ...] = knob(
        (),
        Sizes(6, 1, 2000),
        "Dense layers",
        "Units of dense layers between the feature maps and the code, mirrored in the decoder.",
        "Architecture",
    )
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 30)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "glorot_uniform")
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 20)

    @property
    def encoder_plan(self) -> spec.Plan:
        return spec.convolutional_encoder(self)

    @property
    def decoder_plan(self) -> spec.Plan:
        return spec.convolutional_decoder(self)


@dataclass(frozen=True)
class VectorQuantizedHyperparameters(PlannedLayers, ImageSetHyperparameters):
    """Knobs of the vector-quantised autoencoder."""

    filters: tuple[int, ...] = with_default(ConvolutionalHyperparameters, "filters", (16, 32))
    kernel_size: int = with_default(ConvolutionalHyperparameters, "kernel_size", 4)
    num_entries: int = knob(
        128,
        Integer(2, 1024),
        "Codebook entries",
        "How many vectors there are to choose from. Each place of the image then takes so many "
        "bits: 1 for 2 entries, 7 for 128.",
        "Architecture",
    )
    embedding_dim: int = knob(
        16,
        Integer(1, 64),
        "Embedding size",
        "Numbers in each vector of the codebook. They cost no bits: only which vector it is has to "
        "be told.",
        "Architecture",
    )
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "elu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "he_normal")
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 10)
    codebook_update: str = knob(
        "ema",
        Choice({"ema": "moving averages", "loss": "by the loss"}),
        "Codebook learns",
        "Moving averages: each entry becomes the mean of the vectors that chose it lately. By the "
        "loss: the squared distance to them is added to the loss, and the optimiser moves it.",
        "Objective",
    )
    commitment: float = knob(
        0.25,
        Real(0.0, 10.0, 0.01),
        "Commitment",
        "What it costs the encoder that its vectors lie far from the entries they chose. 0: they "
        "may wander off, and the codebook runs after them.",
        "Objective",
        in_graph=False,
    )
    decay: float = knob(
        0.99,
        Real(0.0, 0.999, 0.001),
        "Decay",
        "How much of the moving averages is kept at each step: 0.99 remembers about the last 100 "
        "batches.",
        "Objective",
        in_graph=False,
    )
    revival: float = knob(
        0.05,
        Real(0.0, 0.5, 0.01),
        "Revival below",
        "An entry that is chosen less often than this share of the mean usage is put where a "
        "badly described vector lies. 0: dead entries stay dead.",
        "Objective",
        in_graph=False,
    )

    # Neither a dense layer nor a penalty on the weights.
    hidden_sizes = ()
    l2 = 0.0
    size_knob = "filters"

    @property
    def encoder_plan(self) -> spec.Plan:
        return spec.quantizing_encoder(self)

    @property
    def decoder_plan(self) -> spec.Plan:
        return spec.quantized_decoder(self)

    @property
    def layer_shapes(self) -> tuple[tuple[int, ...], ...]:
        shapes, code = super().layer_shapes, self.code_index
        return (*shapes[:code], self.encoder_plan[-1].settings["shape"], *shapes[code + 1 :])

    @property
    def grid_shape(self) -> tuple[int, int]:
        """Rows and columns of the places that have an entry each."""
        return self.encoder_plan[-1].settings["shape"][:2]

    @property
    def latent_dim(self) -> int:
        """Numbers that the decoder is given: one vector for each place."""
        return math.prod(self.grid_shape) * self.embedding_dim

    @property
    def code_bits(self) -> float:
        """Of the code of one image: which entry, at each place."""
        return math.prod(self.grid_shape) * math.log2(self.num_entries)

    @property
    def pca_dim(self) -> int:
        return pca.dim_of_bits(self.code_bits)

    @property
    def num_parameters(self) -> int:
        """Also the moving averages, which training changes as it does the weights."""
        sums = self.embedding_dim if self.codebook_update == "ema" else 0
        return super().num_parameters + self.num_entries * (1 + sums)


@dataclass(frozen=True)
class RecurrentHyperparameters(PlannedLayers, StackedHyperparameters):
    """Knobs of the recurrent autoencoder."""

    cell: str = knob(
        "gru",
        CELL_KINDS,
        "Cell",
        "How a state becomes the next one. Simple: one bend of all that comes in. GRU: two gates "
        "decide what is kept and what is new. LSTM: three gates and a second, protected state.",
        "Architecture",
    )
    units: int = knob(
        64,
        Integer(1, 512),
        "Units",
        "Numbers in the state that is carried from row to row, in the encoder and in the decoder.",
        "Architecture",
    )
    writing_order: str = knob(
        "top_down",
        Choice({"top_down": "top row first", "bottom_up": "bottom row first"}),
        "Writing order",
        "The encoder reads from top to bottom. Bottom row first: the decoder begins with what was "
        "read last.",
        "Architecture",
    )
    hidden_sizes: tuple[int, ...] = knob(
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
        return spec.recurrent_encoder(self)

    @property
    def decoder_plan(self) -> spec.Plan:
        return spec.recurrent_decoder(self)

    @property
    def layer_activations(self) -> tuple[str, ...]:
        return tuple(
            CELL_KINDS.options.get(layer.kind, layer.activation) for layer in self._weighted
        )


@dataclass(frozen=True)
class AdversarialHyperparameters(StackedHyperparameters):
    """Knobs of the adversarial autoencoder."""

    # The number of classes is that of the prior's parts.
    dataset: str = with_default(ImageHyperparameters, "dataset", "digits", in_graph=True)
    hidden_sizes: tuple[int, ...] = with_default(ImageHyperparameters, "hidden_sizes", (300, 100))
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 2)
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.001)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 100)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 40)
    prior: str = knob(
        "gaussian",
        Choice(priors.KINDS),
        "Prior",
        "The shape that the codes are to have. Mixture: as many Gaussians as there are classes, "
        "like petals. Swiss roll: a spiral. In more than two dimensions the others are normal.",
        "Objective",
    )
    labels: str = knob(
        "unused",
        Choice({"unused": "unused", "discriminator": "told to the discriminator"}),
        "Labels",
        "Told to the discriminator, each class has to fill its own part of the prior: a sector, "
        "a petal or a stretch of the roll. Encoder and decoder never see a label.",
        "Objective",
    )
    adversarial_weight: float = knob(
        0.03,
        Real(0.0, 1.0, 0.001),
        "Adversarial weight",
        "How much deceiving the discriminator counts beside the squared error. 0: not at all, "
        "codes go where they like.",
        "Objective",
        in_graph=False,
    )
    gradient_penalty: float = knob(
        0.1,
        Real(0.0, 10.0, 0.01),
        "Gradient penalty",
        "Keeps the discriminator's opinion from being too steep where the prior is. Without it the "
        "two opponents may chase each other in circles.",
        "Objective",
        in_graph=False,
    )
    discriminator_sizes: tuple[int, ...] = knob(
        (100, 100),
        Sizes(4, 1, 1000),
        "Discriminator",
        "Units of the discriminator's hidden layers, such as 100-100. “none” leaves it a straight "
        "line to divide the code space with.",
        "Architecture",
    )
    discriminator_rate: float = knob(
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
        return data.by_name(self.dataset).num_labels

    @property
    def discriminator_plan(self) -> spec.Plan:
        """The layers of the discriminator, from a code, and its class if labels are used, to the
        logit."""
        names = spec.hidden_names("discriminator", self.discriminator_sizes)
        classes = self.num_parts if self.labels != "unused" else 0
        sizes = (self.latent_dim + classes, *self.discriminator_sizes, 1)
        activations = (*["relu"] * len(names), "linear")
        return spec.dense_chain([*names, "logit"], sizes, activations)

    @property
    def num_parameters(self) -> int:
        return super().num_parameters + spec.num_parameters(self.discriminator_plan)

    @property
    def multiplications(self) -> int:
        """Also those of the discriminator, which looks at codes, for either opponent, and at
        draws, and whose slope is needed there."""
        own = sum(layer.multiplications for layer in self.discriminator_plan)
        return super().multiplications + 4 * own

    def check_together(self) -> None:
        super().check_together()
        in_plane = self.prior != "gaussian" or self.labels != "unused"
        if in_plane and self.latent_dim < 2:
            raise HyperparameterError(
                "latent_dim",
                f"latent_dim = {self.latent_dim} cannot be used: the prior's parts lie in a plane. "
                "Choose a code of 2 numbers or more, or a Gaussian prior without labels.",
            )

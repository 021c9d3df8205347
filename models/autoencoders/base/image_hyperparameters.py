"""What autoencoders of images can be asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.autoencoders.base.training_hyperparameters import (
    ACTIVATIONS,
    INITIALIZERS,
    TrainingHyperparameters,
    list_datasets,
)
from models.data import datasets
from models.hyperparameters.declaration import (
    HyperparameterError,
    Hyperparameters,
    hyperparameter,
    with_default,
)
from models.hyperparameters.kinds import Classes, Integer, Real, Sizes
from models.layers import spec


@dataclass(frozen=True)
class ImageSetHyperparameters(TrainingHyperparameters):
    """Hyperparameters that all autoencoders of images share."""

    dataset: str = hyperparameter(
        "digits",
        list_datasets(datasets.IMAGE_SETS),
        "Data set",
        "5,000 handwritten digits are built in; the larger sets are downloaded once or read "
        "from an offline folder; yours are uploaded below.",
        "Data",
        in_graph=False,
    )
    num_train: int = hyperparameter(
        4000,
        Integer(10, 60_000, 100),
        "Training images",
        "Images to learn from. Fewer are faster and easier to learn by heart.",
        "Data",
        in_graph=False,
    )
    excluded_classes: tuple[int, ...] = hyperparameter(
        (),
        Classes(max(one.num_labels for one in datasets.IMAGE_SETS)),
        "Left out",
        "Classes that the network is never shown, neither for learning nor among the held-out "
        "images that its error is measured on.",
        "Data",
        in_graph=False,
        added=True,
    )
    shift: int = hyperparameter(
        0,
        Integer(0, 4),
        "Random shift",
        "Up to how many pixels the images of a step are moved, up or down and sideways, another "
        "way at every step (data augmentation). What is never seen twice alike is harder to learn "
        "by heart: the held-out error falls. 0: no image is moved.",
        "Data",
        added=True,
    )
    learning_rate: float = with_default(TrainingHyperparameters, "learning_rate", 0.002)

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        height, width = datasets.by_name(self.dataset).shape
        return height, width

    @property
    def num_examples(self) -> int:
        return min(
            self.num_train, datasets.by_name(self.dataset).num_train_without(self.excluded_classes)
        )

    @property
    def data_arguments(self) -> dict[str, Any]:
        return super().data_arguments | {"excluded_classes": self.excluded_classes}

    def check_together(self) -> None:
        dataset = datasets.by_name(self.dataset)
        labels = dataset.num_labels
        unknown = [number for number in self.excluded_classes if number >= labels]
        if unknown or len(self.excluded_classes) == labels:
            text = self.fields()["excluded_classes"].format(self.excluded_classes)
            raise HyperparameterError(
                "excluded_classes",
                f"excluded_classes = {text} cannot be used: the classes of “{dataset.label}” are "
                f"numbered 0 to {labels - 1}, and at least one must be left to learn from.",
            )
        super().check_together()


@dataclass(frozen=True)
class ImageHyperparameters(ImageSetHyperparameters):
    """Hyperparameters that all autoencoders of images share whose code is a list of numbers."""

    hidden_sizes: tuple[int, ...] = hyperparameter(
        (300,),
        Sizes(6, 1, 2000),
        "Hidden layers",
        "Units of the encoder's hidden layers, such as 300 or 500-250; the decoder mirrors "
        "them. “none” connects input and code directly.",
        "Architecture",
    )
    latent_dim: int = hyperparameter(
        150,
        Integer(1, 784),
        "Code size",
        "Numbers that the network may keep of each image.",
        "Architecture",
    )
    hidden_activation: str = hyperparameter(
        "relu",
        ACTIVATIONS,
        "Hidden activation",
        "The bend after each hidden layer. With “linear” everywhere the network is no better "
        "than PCA.",
        "Architecture",
    )
    initializer: str = hyperparameter(
        "he_normal",
        INITIALIZERS,
        "Initialiser",
        "How the first random weights are scaled, so that signals neither die out nor explode.",
        "Architecture",
    )
    l2: float = hyperparameter(
        0.0,
        Real(0.0, 0.1, 0.00001),
        "L2 penalty",
        "Added to the loss: this number times the sum of all squared weights.",
        "Objective",
    )


@dataclass(frozen=True)
class DenseHyperparameters(ImageHyperparameters):
    """Hyperparameters of a deep, undercomplete autoencoder, and of those that are one with another
    objective."""

    code_activation: str = hyperparameter(
        "linear",
        ACTIVATIONS,
        "Code activation",
        "The bend after the code layer; “linear” leaves the code free.",
        "Architecture",
    )
    output_activation: str = hyperparameter(
        "sigmoid",
        ACTIVATIONS,
        "Output activation",
        "Sigmoid keeps pixels between black (0) and white (1).",
        "Architecture",
    )


if TYPE_CHECKING:  # as a dataclass among the bases it would bring back the defaults of its fields
    _OfImages = ImageSetHyperparameters
else:
    _OfImages = object


class PlannedLayers(_OfImages):
    """What hyperparameters say of layers that are not the dense ones of `hidden_sizes`, by their
    plans."""

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
class FeatureMapHyperparameters(Hyperparameters):
    """What types with feature maps declare again, each with a default of its own."""

    filters: tuple[int, ...] = hyperparameter(
        (16, 32),
        Sizes(4, 1, 128, min_layers=1),
        "Filters",
        "Filters of each convolution of the encoder, such as 16-32. Each convolution halves "
        "height and width: 28 becomes 14, then 7; further ones leave it at 7.",
        "Architecture",
    )
    kernel_size: int = hyperparameter(
        5,
        Integer(1, 7),
        "Kernel",
        "Height and width of a filter, in pixels of the map that it looks at. With 1 no pixel "
        "sees its neighbours.",
        "Architecture",
    )

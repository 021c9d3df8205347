"""What the convolutional autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import (
    DenseHyperparameters,
    FeatureMapHyperparameters,
    ImageHyperparameters,
    PlannedLayers,
)
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.hyperparameters.declaration import hyperparameter, with_default
from models.hyperparameters.kinds import Choice, Sizes
from models.layers import spec


@dataclass(frozen=True)
class ConvolutionalHyperparameters(PlannedLayers, DenseHyperparameters):
    """Hyperparameters of the convolutional autoencoder.

    `benchmarks.search` found how it learns best by default.
    """

    filters: tuple[int, ...] = with_default(FeatureMapHyperparameters, "filters", (16, 32))
    decoder_filters: tuple[int, ...] = hyperparameter(
        (),
        Sizes(4, 1, 128),
        "Decoder's filters",
        "The decoder's feature maps, from the code on, such as 32-16; “none” mirrors the encoder.",
        "Architecture",
    )
    kernel_size: int = with_default(FeatureMapHyperparameters, "kernel_size", 5)
    downsampling: str = hyperparameter(
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
    upsampling: str = hyperparameter(
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
    hidden_sizes: tuple[int, ...] = hyperparameter(
        (),
        Sizes(6, 1, 2000),
        "Dense layers",
        "Units of dense layers between the feature maps and the code, mirrored in the decoder.",
        "Architecture",
    )
    latent_dim: int = with_default(ImageHyperparameters, "latent_dim", 30)
    shift: int = with_default(ImageHyperparameters, "shift", 1, added=False)
    hidden_activation: str = with_default(ImageHyperparameters, "hidden_activation", "relu")
    initializer: str = with_default(ImageHyperparameters, "initializer", "glorot_uniform")
    optimizer: str = with_default(ImageHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(ImageHyperparameters, "learning_rate", 0.0035)
    batch_size: int = with_default(TrainingHyperparameters, "batch_size", 50)
    epochs: int = with_default(TrainingHyperparameters, "epochs", 20)

    @property
    def encoder_plan(self) -> spec.Plan:
        maps = spec.convolutions(
            self.image_shape,
            self.filters,
            self.kernel_size,
            self.downsampling,
            self.hidden_activation,
        )
        sizes = (*maps[-1].output, *self.hidden_sizes)
        hidden = spec.dense_chain("encoder", sizes, self.hidden_activation)
        code = spec.dense("code", sizes[-1], self.latent_dim, self.code_activation)
        return (*maps, *hidden, code)

    @property
    def decoder_plan(self) -> spec.Plan:
        filters = self.decoder_filters or self.filters[::-1]
        sizes, bend = (self.latent_dim, *reversed(self.hidden_sizes)), self.hidden_activation
        count = math.prod(spec.first_maps(self.image_shape, filters))
        dense = (
            *spec.dense_chain("decoder", sizes, bend),
            spec.dense("decoder_maps", sizes[-1], count, bend),
        )
        return dense + spec.deconvolutions(
            self.image_shape,
            filters,
            self.kernel_size,
            self.upsampling,
            self.hidden_activation,
            self.output_activation,
        )


TYPE = AutoencoderType(
    name="convolutional",
    title="Convolutional",
    hyperparameters=ConvolutionalHyperparameters,
    model="models.autoencoders.convolutional.model:ConvolutionalAutoencoder",
    recipe_version=1,
)

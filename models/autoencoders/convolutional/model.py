"""The convolutional autoencoder: the same small filters look at every place of the image."""

from __future__ import annotations

import keras

from models.autoencoders.base.planned import PlannedAutoencoder
from models.layers import spec


@keras.saving.register_keras_serializable("autoencoder_lab")
class ConvolutionalAutoencoder(PlannedAutoencoder):
    """An autoencoder of convolutions, minimising |x - g(f(x))|^2 per pixel.

    A filter's weights are shared by all places of the image, so that there are few of them, and
    what is learned at one place is known at all (LeCun et al., "Gradient-based learning applied to
    document recognition", Proceedings of the IEEE 86, 1998, section II; as an autoencoder: Masci,
    Meier, Ciresan and Schmidhuber, "Stacked convolutional auto-encoders", ICANN 2011). Between
    the feature maps and the code lie dense layers, so that the code is a list of numbers as in
    the other types.

    Symbols: x = input; f = `encoder`; z = `codes`; g = `decoder`.

    Args:
        image_shape: Height and width of an image.
        filters: Of each convolution of the encoder; each halves the image while it is even.
        decoder_filters: Of the maps that each convolution of the decoder is given; empty for the
            encoder's, mirrored.
        kernel_size: Height and width of a filter.
        downsampling: "stride", "max_pooling" or "average_pooling".
        upsampling: "transposed", "nearest" or "bilinear".
        hidden_sizes: Units of dense layers between feature maps and code, mirrored.
        latent_dim: Numbers in the code.
        hidden_activation: After each hidden layer.
        code_activation: After the code layer.
        output_activation: After the last layer.
        initializer: Of all kernels; biases start at zero.
        l2: Weight of the sum of squared kernel entries in the loss.
        seed: Determines the initial weights.
    """

    argument_names = (
        *("image_shape", "filters", "decoder_filters", "kernel_size", "downsampling"),
        *("upsampling", "hidden_sizes", "latent_dim", "hidden_activation", "code_activation"),
        *("output_activation", "initializer", "l2", "seed"),
    )
    # XLA compiles convolutions for CPUs into loops that take 1.3 to 2 times as long as
    # TensorFlow's own (measured: batches of 100, 16-32 and 32-64 filters, two cores).
    compiles_with_xla = False

    def __init__(
        self,
        image_shape: tuple[int, int] = (28, 28),
        filters: tuple[int, ...] = (16, 32),
        decoder_filters: tuple[int, ...] = (),
        kernel_size: int = 3,
        downsampling: str = "stride",
        upsampling: str = "transposed",
        hidden_sizes: tuple[int, ...] = (),
        latent_dim: int = 30,
        hidden_activation: str = "relu",
        code_activation: str = "linear",
        output_activation: str = "sigmoid",
        initializer: str = "glorot_uniform",
        l2: float = 0.0,
        seed: int = 42,
        **kwargs,
    ):
        arguments = {
            "image_shape": tuple(image_shape),
            "filters": tuple(filters),
            "decoder_filters": tuple(decoder_filters),
            "kernel_size": kernel_size,
            "downsampling": downsampling,
            "upsampling": upsampling,
            "hidden_sizes": tuple(hidden_sizes),
            "latent_dim": latent_dim,
            "hidden_activation": hidden_activation,
            "code_activation": code_activation,
            "output_activation": output_activation,
            "initializer": initializer,
            "l2": l2,
            "seed": seed,
        }
        plans = spec.convolutional_encoder, spec.convolutional_decoder
        super().__init__(plans, arguments=arguments, **kwargs)

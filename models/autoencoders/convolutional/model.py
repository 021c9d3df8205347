"""The convolutional autoencoder: the same small filters look at every place of the image."""

from __future__ import annotations

import keras

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.convolutional.hyperparameters import ConvolutionalHyperparameters


@keras.saving.register_keras_serializable("autoencoder_lab")
class ConvolutionalAutoencoder(Autoencoder):
    """An autoencoder of convolutions, minimising |x - g(f(x))|^2 per pixel.

    A filter's weights are shared by all places of the image, so that there are few of them, and
    what is learned at one place is known at all (LeCun et al., "Gradient-based learning applied to
    document recognition", Proceedings of the IEEE 86, 1998, section II; as an autoencoder: Masci,
    Meier, Ciresan and Schmidhuber, "Stacked convolutional auto-encoders", ICANN 2011). Between
    the feature maps and the code lie dense layers, so that the code is a list of numbers as in
    the other types.

    Symbols: x = input; f = `encoder`; z = `codes`; g = `decoder`.
    """

    hyperparameters_class = ConvolutionalHyperparameters
    # XLA compiles convolutions for CPUs into loops that take 1.3 to 2 times as long as
    # TensorFlow's own (measured: batches of 100, 16-32 and 32-64 filters, two cores).
    compiles_with_xla = False

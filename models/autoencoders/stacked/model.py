"""The stacked autoencoder: several layers on either side of the code."""

from __future__ import annotations

import keras

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.stacked.hyperparameters import StackedHyperparameters


@keras.saving.register_keras_serializable("autoencoder_lab")
class StackedAutoencoder(Autoencoder):
    """A deep, undercomplete autoencoder: z = f(x), x' = g(z), minimising |x - x'|^2.

    With bends between the layers the code can follow curved surfaces, where PCA is bound to a
    flat one (Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural
    networks", Science 313, 2006). All of it is inherited: it is the family's plain member.

    Symbols: x = input; f = `encoder`; z = `codes`; g = `decoder`.
    """

    hyperparameters_class = StackedHyperparameters

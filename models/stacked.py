"""The stacked autoencoder: several layers on either side of the code."""

from __future__ import annotations

import keras

from models.autoencoder import Autoencoder, dense, mirrored, sequential


@keras.saving.register_keras_serializable("autoencoder_lab")
class StackedAutoencoder(Autoencoder):
    """A deep, undercomplete autoencoder: z = f(x), x' = g(z), minimising |x - x'|^2.

    With bends between the layers the code can follow curved surfaces, where PCA is bound to a
    flat one (Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural
    networks", Science 313, 2006).

    Symbols: x = input; f = `encoder`; z = `codes`; g = `decoder`.

    Args:
        input_dim: Numbers in one example.
        hidden_sizes: Units of the encoder's hidden layers; the decoder mirrors them.
        latent_dim: Numbers in the code.
        hidden_activation: After each hidden layer.
        code_activation: After the code layer.
        output_activation: After the last layer.
        initializer: Of all kernels; biases start at zero.
        l2: Weight of the sum of squared kernel entries in the loss.
        seed: Determines the initial weights.
    """

    def __init__(
        self,
        input_dim: int = 784,
        hidden_sizes: tuple[int, ...] = (300,),
        latent_dim: int = 150,
        hidden_activation: str = "relu",
        code_activation: str = "linear",
        output_activation: str = "sigmoid",
        initializer: str = "he_normal",
        l2: float = 0.0,
        seed: int = 42,
        **kwargs,
    ):
        self.arguments = {
            "input_dim": input_dim,
            "hidden_sizes": tuple(hidden_sizes),
            "latent_dim": latent_dim,
            "hidden_activation": hidden_activation,
            "code_activation": code_activation,
            "output_activation": output_activation,
            "initializer": initializer,
            "l2": l2,
            "seed": seed,
        }
        encoder, decoder = mirrored(hidden_sizes, hidden_activation, initializer, l2)
        encoder += [dense(latent_dim, code_activation, initializer, l2, "code")]
        decoder += [dense(input_dim, output_activation, initializer, l2, "output")]
        super().__init__(
            sequential(input_dim, encoder, "encoder"),
            sequential(latent_dim, decoder, "decoder"),
            seed=seed,
            term_names=("reconstruction_mse", *(("penalty",) if l2 else ()), "total"),
            **kwargs,
        )

    @classmethod
    def from_hyperparameters(cls, hyperparameters) -> StackedAutoencoder:
        h = hyperparameters
        return cls(
            h.input_dim,
            h.hidden_sizes,
            h.latent_dim,
            h.hidden_activation,
            h.code_activation,
            h.output_activation,
            h.initializer,
            h.l2,
            h.seed,
        )

    def get_config(self):
        return super().get_config() | self.arguments

"""Autoencoders of dense layers, mirrored on either side of the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.autoencoders.base.autoencoder import Autoencoder
from models.layers.keras_builder import dense, hidden_layers, sequential


class DenseAutoencoder(Autoencoder):
    """Dense layers on either side of the code, mirrored: z = f(x), x' = g(z).

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
        own: Further arguments, those of the type.
        own_terms: Names of the terms that the type's `objective` has beside the error.
        has_penalty: Whether the type has a penalty of its own.
    """

    argument_names: tuple[str, ...] = (
        *("input_dim", "hidden_sizes", "latent_dim", "hidden_activation", "code_activation"),
        *("output_activation", "initializer", "l2", "seed"),
    )

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
        *,
        own: Mapping[str, Any] | None = None,
        own_terms: tuple[str, ...] = (),
        has_penalty: bool = False,
        **kwargs,
    ):
        arguments = {
            "input_dim": input_dim,
            "hidden_sizes": tuple(hidden_sizes),
            "latent_dim": latent_dim,
            "hidden_activation": hidden_activation,
            "code_activation": code_activation,
            "output_activation": output_activation,
            "initializer": initializer,
            "l2": l2,
            "seed": seed,
            **(own or {}),
        }
        encoder = hidden_layers("encoder", hidden_sizes, hidden_activation, initializer, l2)
        encoder += [dense(latent_dim, code_activation, initializer, l2, "code")]
        penalty = ("penalty",) if l2 or has_penalty else ()
        super().__init__(
            sequential(input_dim, encoder, "encoder"),
            sequential(latent_dim, self.mirror(encoder, arguments), "decoder"),
            arguments=arguments,
            term_names=("reconstruction_mse", *own_terms, *penalty, "total"),
            **kwargs,
        )

    @classmethod
    def mirror(cls, encoder: list, arguments: Mapping[str, Any]) -> list:
        """The layers of the decoder, code to output; `encoder` are those of the encoder."""
        sizes, style = arguments["hidden_sizes"][::-1], (arguments["initializer"], arguments["l2"])
        return [
            *hidden_layers("decoder", sizes, arguments["hidden_activation"], *style),
            dense(arguments["input_dim"], arguments["output_activation"], *style, "output"),
        ]

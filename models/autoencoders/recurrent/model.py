"""The recurrent autoencoder: an image is read row by row into a state, and written from one."""

from __future__ import annotations

import keras
import numpy as np

from models.autoencoders.base.planned import PlannedAutoencoder
from models.layers import spec

WRITING_ORDERS = ("top_down", "bottom_up")


@keras.saving.register_keras_serializable("autoencoder_lab")
class RecurrentAutoencoder(PlannedAutoencoder):
    """An autoencoder of sequences, minimising |x - g(f(x))|^2 per pixel; an image is the sequence
    of its rows.

    f reads one row after the other, h_t = c(x_t, h_{t-1}) from h_0 = 0, and makes the code of the
    last state; g is given the code at every step, and makes a row of each of its states
    (Srivastava, Mansimov and Salakhutdinov, "Unsupervised learning of video representations using
    LSTMs", ICML 2015, section 2.2, without conditioning on rows already written). The cell c has
    the same weights at every step: a bend of a sum, a GRU (Cho et al., "Learning phrase
    representations using RNN encoder-decoder", EMNLP 2014, section 2.3, as Keras has it, with a
    bias of its own inside the reset) or an LSTM, whose forget gates begin open. Written from the
    bottom, the row that was read last comes first (Sutskever, Vinyals and Le, "Sequence to sequence
    learning with neural networks", NIPS 2014, section 3.3).

    Symbols: x_t = row t of the image; h_t = state of `reader`; z = `codes`; g = `decoder`, whose
    states are those of `writer`.

    Args:
        image_shape: Height, the number of steps, and width of an image.
        cell: "gru", "lstm" or "simple_rnn".
        units: Numbers in a state.
        writing_order: "top_down" or "bottom_up".
        hidden_sizes: Units of dense layers between state and code, mirrored.
        latent_dim: Numbers in the code.
        hidden_activation: After each of the dense layers.
        code_activation: After the code layer.
        output_activation: After the last layer.
        initializer: Of all kernels but the recurrent ones, which begin orthogonal; biases start at
            zero.
        l2: Weight of the sum of squared kernel entries in the loss.
        seed: Determines the initial weights.
    """

    argument_names = (
        *("image_shape", "cell", "units", "writing_order", "hidden_sizes", "latent_dim"),
        *("hidden_activation", "code_activation", "output_activation", "initializer", "l2"),
        "seed",
    )
    # XLA runs a loop's products on one core, and steps written out one by one take it 25 s of
    # computing to compile (a GRU of 64 units, batches of 100: 43 ms of computing per step without
    # XLA, 28 with it, 48 written out without it). A default run has 1,600 steps.
    compiles_with_xla = False

    def __init__(
        self,
        image_shape: tuple[int, int] = (28, 28),
        cell: str = "gru",
        units: int = 64,
        writing_order: str = "top_down",
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
        for name, value, known in (
            ("cell", cell, spec.CELLS),
            ("writing_order", writing_order, WRITING_ORDERS),
        ):
            if value not in known:
                allowed = ", ".join(known)
                raise ValueError(f"{name}={value!r} was passed; expected one of {allowed}.")
        arguments = {
            "image_shape": tuple(image_shape),
            "cell": cell,
            "units": units,
            "writing_order": writing_order,
            "hidden_sizes": tuple(hidden_sizes),
            "latent_dim": latent_dim,
            "hidden_activation": hidden_activation,
            "code_activation": code_activation,
            "output_activation": output_activation,
            "initializer": initializer,
            "l2": l2,
            "seed": seed,
        }
        plans = spec.recurrent_encoder, spec.recurrent_decoder
        super().__init__(plans, arguments=arguments, **kwargs)

    def initialize(self, seed: int) -> None:
        super().initialize(seed)
        if self.arguments["cell"] == "lstm":
            # Open forget gates, as Keras begins too: what is read is kept until there is a reason
            # not to (Jozefowicz, Zaremba and Sutskever, ICML 2015).
            for layer in (*self.encoder.layers, *self.decoder.layers):
                if isinstance(layer, keras.layers.LSTM):
                    layer.cell.bias.assign(np.repeat([0.0, 1.0, 0.0, 0.0], layer.units))

"""The recurrent autoencoder: an image is read row by row into a state, and written from one."""

from __future__ import annotations

import keras
import numpy as np

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.recurrent.hyperparameters import RecurrentHyperparameters


@keras.saving.register_keras_serializable("autoencoder_lab")
class RecurrentAutoencoder(Autoencoder):
    """An autoencoder of sequences, minimising |x - g(f(x))|^2 per pixel; an image is the sequence
    of its rows.

    f reads one row after the other, h_t = c(x_t, h_{t-1}) from h_0 = 0, and makes the code of the
    last state; g is given the code at every step, and makes a row of each of its states. It does
    not see the rows already written (the unconditioned decoder of Srivastava, Mansimov and
    Salakhutdinov, "Unsupervised learning of video representations using LSTMs", ICML 2015; theirs
    begins with the encoder's state instead). The cell c has the same weights at every step: tanh of
    a sum, a GRU (Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP
    2014; in Keras' variant `reset_after=True`, whose reset gate multiplies U h_{t-1} + c and not
    h_{t-1}) or an LSTM, whose forget gates begin open. Written from the bottom, the row that was
    read last comes first (Sutskever, Vinyals and Le, "Sequence to sequence learning with neural
    networks", NIPS 2014, read the source backwards).

    Symbols: x_t = row t of the image; h_t = state of `reader`; z = `codes`; g = `decoder`, whose
    states are those of `writer`.
    """

    hyperparameters_class = RecurrentHyperparameters
    # XLA runs a loop's products on one core, and steps written out one by one take it 25 s of
    # computing to compile (a GRU of 64 units, batches of 100: 43 ms of computing per step without
    # XLA, 28 with it, 48 written out without it). A default run has 1,600 steps.
    compiles_with_xla = False

    def initialize(self, seed: int) -> None:
        super().initialize(seed)
        if self.hyperparameters.cell == "lstm":
            # Open forget gates, as Keras begins too: what is read is kept until there is a reason
            # not to (Jozefowicz, Zaremba and Sutskever, ICML 2015).
            for layer in (*self.encoder.layers, *self.decoder.layers):
                if isinstance(layer, keras.layers.LSTM):
                    layer.cell.bias.assign(np.repeat([0.0, 1.0, 0.0, 0.0], layer.units))

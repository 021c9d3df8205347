"""The tied autoencoder: the decoder is the encoder's mirror, trained as one or layer by layer."""

from __future__ import annotations

import keras
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.noise import Noise
from models.autoencoders.base.tensors import mean_squared_error
from models.autoencoders.tied.hyperparameters import TiedHyperparameters
from models.layers.spec import Layer


@keras.saving.register_keras_serializable("autoencoder_lab")
class TransposedDense(keras.layers.Layer):
    """A dense layer that multiplies with the transpose of another one's kernel, and has only its
    bias to itself.

    Args:
        twin: The `keras.layers.Dense` whose kernel it uses, built before this layer is called.
        units: Numbers that it gives: as many as the twin is given.
        activation: After the sums.
    """

    def __init__(self, twin: tf.Tensor, units: int, activation: str, **kwargs):
        super().__init__(**kwargs)
        # As an attribute the twin would become a part of this layer, its weights counted twice.
        self._kernel_of_twin = lambda: twin.kernel
        self.units = units
        self.activation = keras.activations.get(activation)
        self.bias_initializer = keras.initializers.Zeros()

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.bias = self.add_weight(
            name="bias", shape=(self.units,), initializer=self.bias_initializer
        )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        sums = tf.matmul(inputs, self._kernel_of_twin(), transpose_b=True) + self.bias
        return self.activation(sums)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)


@keras.saving.register_keras_serializable("autoencoder_lab")
class TiedAutoencoder(Autoencoder):
    """A stacked autoencoder whose decoder multiplies with the encoder's matrices, transposed.

    Half the matrices, and none of them can grow while its twin shrinks (tied weights: Vincent et
    al., "Stacked denoising autoencoders", JMLR 11, 2010). With `mode="joint"` all layers learn at
    once. With "greedy" each layer is trained alone, the outermost first, as an autoencoder of
    what the layers before it make of the images (Bengio, Lamblin, Popovici and Larochelle,
    "Greedy layer-wise training of deep networks", NIPS 2006); the last stage then
    trains all of them together ("fine-tuning"). A stage's inputs do not change while it lasts, so
    that they are computed once, by `prepare`.

    Symbols: f_l, with W_l and b_l = `encoder.layers[l - 1]`; g_l, with W_l^T and c_l = its mirror,
    `decoder.layers[-l]`; L_l = `stage_objective`.

    To train greedily with `fit`, call `begin_stage(k)`, `compile` and `fit` for each k below
    `num_stages`.
    """

    hyperparameters_class = TiedHyperparameters

    def build_layer(self, layer: Layer) -> keras.Layer:
        if not layer.tied_to:
            return super().build_layer(layer)
        twin = self.encoder.get_layer(layer.tied_to)
        return TransposedDense(twin, layer.output[-1], layer.activation, name=layer.name)

    @property
    def num_stages(self) -> int:
        """One for each layer of the encoder and one for all together; 1 where all learn at once."""
        return len(self.encoder.layers) + 1 if self.hyperparameters.mode == "greedy" else 1

    @property
    def _alone(self) -> tuple | None:
        """The layer that learns alone in the present stage, and its mirror."""
        if self.stage == self.num_stages - 1:
            return None
        return self.encoder.layers[self.stage], self.decoder.layers[-1 - self.stage]

    @property
    def stage_variables(self) -> list[keras.Variable]:
        if self._alone is None:
            return super().stage_variables
        return [variable for layer in self._alone for variable in layer.trainable_variables]

    def prepare(self, x: tf.Tensor) -> tf.Tensor:
        if self._alone:
            for layer in self.encoder.layers[: self.stage]:
                x = layer(x)
        return tf.stop_gradient(x)

    def augment(self, prepared: tf.Tensor, noise: Noise) -> tf.Tensor:
        """Only images move: what a layer learns from that is trained alone on codes stays."""
        return prepared if self._alone and self.stage else super().augment(prepared, noise)

    def stage_objective(
        self, prepared: tf.Tensor, labels: tf.Tensor, noise: Noise
    ) -> dict[str, tf.Tensor]:
        """That of the layer that learns alone, with its mirror."""
        if self._alone is None:
            return super().stage_objective(prepared, labels, noise)
        layer, mirror = self._alone
        codes = layer(prepared)
        error = mean_squared_error(prepared, mirror(codes))
        return self.with_penalty({}, error, prepared, codes, labels)

    def objective(self, x: tf.Tensor, labels: tf.Tensor, noise: Noise) -> dict[str, tf.Tensor]:
        """ "reconstruction_mse" is of the whole network in every stage; "total" is what the
        present stage minimises."""
        terms = super().objective(x, labels, noise)
        if self._alone:
            terms |= self.stage_objective(self.prepare(x), labels, noise)
        return terms

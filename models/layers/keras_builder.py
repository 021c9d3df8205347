"""Keras layers from the plans of `models.layers.spec`."""

from __future__ import annotations

import keras
import tensorflow as tf

from models.layers.spec import CELLS, Layer

POOLS = {
    "max_pooling": keras.layers.MaxPooling2D,
    "average_pooling": keras.layers.AveragePooling2D,
}
CONVOLUTIONS = {
    "conv2d": keras.layers.Conv2D,
    "conv2d_transpose": keras.layers.Conv2DTranspose,
}
RECURRENT = {
    "simple_rnn": keras.layers.SimpleRNN,
    "gru": keras.layers.GRU,
    "lstm": keras.layers.LSTM,
}


@keras.saving.register_keras_serializable("autoencoder_lab")
class Reverse(keras.layers.Layer):
    """The last step of a sequence [batch, steps, numbers] becomes the first."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return tf.reverse(inputs, axis=[1])


def sequential(input_dim: int, layers: list[keras.Layer], name: str) -> keras.Sequential:
    """A chain of layers, built for inputs [batch, input_dim]."""
    return keras.Sequential([keras.Input((input_dim,)), *layers], name=name)


def build_layer(layer: Layer, initializer: str, l2: float = 0.0) -> keras.Layer:
    """The Keras layer of one in a plan; recurrent kernels begin orthogonal.

    Args:
        layer: Of a kind that Keras has.
        initializer: Draws its kernel.
        l2: Weight of the sum of squared kernel entries in the loss.
    """
    settings, name, units = layer.settings, layer.name, layer.output[-1]
    if layer.kind == "reshape":
        return keras.layers.Reshape(layer.output, name=name)
    if layer.kind == "repeat":
        return keras.layers.RepeatVector(settings["steps"], name=name)
    if layer.kind == "reverse":
        return Reverse(name=name)
    if layer.kind == "up_sampling":
        how = settings["interpolation"]
        return keras.layers.UpSampling2D(settings["size"], interpolation=how, name=name)
    if layer.kind in POOLS:
        return POOLS[layer.kind](settings["size"], padding=settings["padding"], name=name)
    # No regulariser object at all without a penalty: even a weight of 0 is computed.
    regularizer = keras.regularizers.L2(l2) if l2 else None
    style = {"kernel_initializer": initializer, "kernel_regularizer": regularizer, "name": name}
    if layer.kind in CELLS:
        sequences = settings["sequences"]
        style |= {"return_sequences": sequences, "recurrent_regularizer": regularizer}
        return RECURRENT[layer.kind](units, **style)
    style["activation"] = layer.activation
    if layer.kind in CONVOLUTIONS:
        style |= {"strides": settings["strides"], "padding": settings["padding"]}
        return CONVOLUTIONS[layer.kind](units, layer.weight_shapes[0][:2], **style)
    return keras.layers.Dense(units, **style)

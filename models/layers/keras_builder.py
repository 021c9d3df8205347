"""Keras layers from the plans of `models.layers.spec`."""

from __future__ import annotations

import keras
import tensorflow as tf

from models.layers.spec import CELLS, Layer, hidden_names

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

    def call(self, inputs):
        return tf.reverse(inputs, axis=[1])


def dense(units: int, activation: str, initializer: str, l2: float, name: str):
    """A Dense layer as all types use it. No regulariser object at all where `l2` is 0."""
    return keras.layers.Dense(
        units,
        activation=activation,
        kernel_initializer=initializer,
        kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
        name=name,
    )


def hidden_layers(half: str, sizes, activation: str, initializer: str, l2: float) -> list:
    """The hidden Dense layers of a half, "encoder" or "decoder"."""
    names = hidden_names(half, sizes)
    return [
        dense(size, activation, initializer, l2, name)
        for size, name in zip(sizes, names, strict=True)
    ]


def sequential(input_dim: int, layers: list, name: str):
    """A chain of layers, built for inputs [batch, input_dim]."""
    return keras.Sequential([keras.Input((input_dim,)), *layers], name=name)


def built(layer: Layer, initializer: str, l2: float = 0.0):
    """The Keras layer of a plan's; recurrent kernels begin orthogonal."""
    settings, name = layer.settings, layer.name
    if layer.kind in ("dense", "step_dense"):
        return dense(layer.output[-1], layer.activation, initializer, l2, name)
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
    style = {
        "kernel_initializer": initializer,
        "kernel_regularizer": _l2(l2),
        "name": name,
    }
    if layer.kind in CELLS:
        return RECURRENT[layer.kind](
            layer.output[-1],
            return_sequences=settings["sequences"],
            recurrent_regularizer=_l2(l2),
            **style,
        )
    return CONVOLUTIONS[layer.kind](
        layer.output[-1],
        layer.weight_shapes[0][:2],
        strides=settings["strides"],
        padding=settings["padding"],
        activation=layer.activation,
        **style,
    )


def _l2(weight: float):
    return keras.regularizers.L2(weight) if weight else None

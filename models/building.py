"""Keras layers from the plans of `models.layers`: what all convolutional types are built of."""

from __future__ import annotations

import keras

from models.autoencoder import dense
from models.layers import Layer

POOLS = {
    "max_pooling": keras.layers.MaxPooling2D,
    "average_pooling": keras.layers.AveragePooling2D,
}
CONVOLUTIONS = {
    "conv2d": keras.layers.Conv2D,
    "conv2d_transpose": keras.layers.Conv2DTranspose,
}


def built(layer: Layer, initializer: str, l2: float = 0.0):
    """The Keras layer of a plan's."""
    settings = layer.settings
    if layer.kind == "dense":
        return dense(layer.output[0], layer.activation, initializer, l2, layer.name)
    if layer.kind == "reshape":
        return keras.layers.Reshape(layer.output, name=layer.name)
    if layer.kind == "up_sampling":
        how = settings["interpolation"]
        return keras.layers.UpSampling2D(settings["size"], interpolation=how, name=layer.name)
    if layer.kind in POOLS:
        return POOLS[layer.kind](settings["size"], padding=settings["padding"], name=layer.name)
    return CONVOLUTIONS[layer.kind](
        layer.output[-1],
        layer.weight_shapes[0][:2],
        strides=settings["strides"],
        padding=settings["padding"],
        activation=layer.activation,
        kernel_initializer=initializer,
        kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
        name=layer.name,
    )

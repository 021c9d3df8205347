"""A trained network as a model of nothing but Keras' own layers, for use without this lab."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from models.layers import numpy_inference
from models.layers.keras_builder import build_layer
from models.layers.spec import Layer
from models.runs.recipe import Recipe


def plain_model(recipe: Recipe, weights: numpy_inference.Weights) -> keras.Model:
    """The model, from inputs to reconstructions; "encoder" and "decoder" are models of their own.

    Where the encoder ends in means and spreads, it gives both, and the means are the codes; where
    the decoder shares the encoder's matrices, it has copies of them. Where both are told the class,
    it is a second input, "labels".

    Args:
        recipe: The run's.
        weights: Its arrays "weights/...", as `Run.checkpoint` returns them.

    Raises:
        KeyError: If the weights are those of another architecture.
    """
    h = recipe.hyperparameters
    encoder = _encoder(h, numpy_inference.encoder_layers(h, weights))
    given, numbers = _given(h, "codes", h.latent_dim)
    rebuilt = _apply(numpy_inference.decoder_layers(h, weights), numbers)
    decoder = keras.Model(_alone(given), rebuilt, name="decoder")
    (inputs, *labels), _ = _given(h, "inputs", h.input_dim)
    codes = encoder(_alone([inputs, *labels]))
    first = codes[0] if isinstance(codes, list) else codes
    rebuilt = decoder(_alone([first, *labels]))
    return keras.Model(_alone([inputs, *labels]), rebuilt, name="autoencoder")


def _alone(tensors: list):
    """The only one of a list, or all of them."""
    return tensors if len(tensors) > 1 else tensors[0]


def _given(h: Any, name: str, size: int) -> tuple[list, Any]:
    """The inputs of a half: so many numbers, and the class where it is told it; and both as one."""
    numbers = keras.Input((size,), name=name)
    if not h.num_classes:
        return [numbers], numbers
    labels = keras.Input((), dtype="int32", name="labels")
    told = keras.ops.one_hot(labels, h.num_classes)
    return [numbers, labels], keras.ops.concatenate([numbers, told], axis=-1)


def _encoder(h: Any, layers: list[Layer]) -> keras.Model:
    given, numbers = _given(h, "inputs", h.input_dim)
    features = _apply(layers[:-1], numbers)
    ends = [_apply([end], features) for end in _ends(layers[-1], h.latent_dim)]
    return keras.Model(_alone(given), _alone(ends), name="encoder")


def _ends(layer: Layer, size: int) -> list[Layer]:
    """The encoder's last layer; two of them if it gives means and, after them, spreads."""
    if layer.output[-1] == size:
        return [layer]
    parts = {"means": slice(size), "spreads": slice(size, None)}
    return [
        dataclasses.replace(
            layer, name=name, output=(size,), weights=tuple(w[..., part] for w in layer.weights)
        )
        for name, part in parts.items()
    ]


def _apply(layers: Iterable[Layer], tensor):
    """What Keras layers with these plans and weights make of a symbolic tensor."""
    for layer in layers:
        tensor = _OTHERS.get(layer.kind, _as_built)(layer, tensor)
    return tensor


def _as_built(layer: Layer, tensor):
    bits = layer.activation == "step"
    made = build_layer(dataclasses.replace(layer, activation="linear") if bits else layer, "zeros")
    tensor = made(tensor)
    made.set_weights(layer.weights)
    return keras.ops.cast(tensor > 0, "float32") if bits else tensor


def _quantize(layer: Layer, vectors):
    """The nearest entry of the codebook in the place of each vector."""
    (book,) = layer.weights
    # |z - e|^2 without |z|^2, which is the same for all entries.
    distances = keras.layers.Dense(len(book), name="distances")
    entries = keras.layers.Embedding(*book.shape, name=layer.name)
    tensor = entries(keras.ops.argmin(distances(vectors), axis=-1))
    distances.set_weights([-2.0 * book.T, np.square(book).sum(axis=1)])
    entries.set_weights([book])
    return keras.layers.Reshape(layer.output)(tensor)


_OTHERS = {
    "reverse": lambda layer, tensor: keras.ops.flip(tensor, axis=1),
    "quantize": _quantize,
}
"""Kinds that are layers of this lab: in their place stands what Keras has itself."""

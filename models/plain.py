"""A trained network as a model of nothing but Keras' own layers, for use without this lab."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import keras

from models import forward
from models.building import built
from models.layers import Layer
from models.recipe import Recipe


def plain_model(recipe: Recipe, weights: forward.Weights) -> keras.Model:
    """The model, from inputs to reconstructions; "encoder" and "decoder" are models of their own.

    Where the encoder ends in means and spreads, it gives both, and the means are the codes; where
    the decoder shares the encoder's matrices, it has copies of them.

    Args:
        recipe: The run's.
        weights: Its arrays "weights/...", as `Run.checkpoint` returns them.

    Raises:
        KeyError: If the weights are those of another architecture.
    """
    h = recipe.hyperparameters
    *hidden, last = forward.encoder_layers(h, weights)
    inputs = keras.Input((h.input_dim,), name="inputs")
    features = _applied(hidden, inputs)
    ends = [_applied([end], features) for end in _ends(last, h.latent_dim)]
    encoder = keras.Model(inputs, ends if len(ends) > 1 else ends[0], name="encoder")
    codes = keras.Input((h.latent_dim,), name="codes")
    layers = forward.decoder_layers(h, weights)
    decoder = keras.Model(codes, _applied(layers, codes), name="decoder")
    made = encoder(inputs)
    first = made[0] if len(ends) > 1 else made
    return keras.Model(inputs, decoder(first), name="autoencoder")


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


def _applied(layers: Iterable[Layer], tensor):
    """What Keras layers with these plans and weights make of a symbolic tensor."""
    for layer in layers:
        made = built(layer, "zeros")
        tensor = made(tensor)
        made.set_weights(layer.weights)
    return tensor

"""Autoencoders of images whose layers are made from plans."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from models.autoencoders.base.autoencoder import Autoencoder
from models.layers.keras_builder import built, sequential
from models.layers.spec import Plan


class PlannedAutoencoder(Autoencoder):
    """Encoder and decoder as their plans say.

    Args:
        plans: Functions that make the plans of both halves from the arguments, which they find as
            attributes.
        arguments: Those of the subclass, among them "image_shape", "latent_dim", "initializer"
            and "l2".
    """

    def __init__(
        self,
        plans: tuple[Callable[[Any], Plan], Callable[[Any], Plan]],
        *,
        arguments: Mapping[str, Any],
        **kwargs,
    ):
        network = SimpleNamespace(**arguments)
        encoder, decoder = (
            [built(layer, network.initializer, network.l2) for layer in plan(network)]
            for plan in plans
        )
        penalty = ("penalty",) if network.l2 else ()
        super().__init__(
            sequential(math.prod(network.image_shape), encoder, "encoder"),
            sequential(network.latent_dim, decoder, "decoder"),
            arguments=arguments,
            term_names=("reconstruction_mse", *penalty, "total"),
            **kwargs,
        )

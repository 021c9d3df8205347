"""Networks as plans: lists of layers with their shapes, without TensorFlow.

The hyperparameters make one plan for each half. Everything else reads it: convolutional models
build their Keras layers from it (`keras_builder`), NumPy (`numpy_inference`) and the browser
evaluate it, the page draws it, and the numbers of parameters and multiplications are counted in it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Shape = tuple[int, ...]

CELLS = {"simple_rnn": 1, "gru": 3, "lstm": 4}
"""Recurrent kinds of layers: how many numbers each of their units computes in a step."""


@dataclass(frozen=True)
class Layer:
    """One layer of a network, as Keras computes it; images are [height, width, channels].

    Attributes:
        kind: "dense", "conv2d", "conv2d_transpose", "up_sampling", "max_pooling",
            "average_pooling", "reshape" (flattening included), "quantize", "activation"; of
            sequences [steps, numbers] one of `CELLS`, "repeat" (the same numbers at every step),
            "step_dense" (a dense layer at every step) or "reverse" (the last step first).
        weights: In Keras' shapes, where the kind has `roles` and they are known.
        activation: What follows the sums: a name that Keras knows, or "step", which makes
            bits: 1 of a positive sum, else 0.
        settings: "shape" of the input of one example (all kinds but dense), "strides",
            "padding" ("same" or "valid"), "size" (of pools and up-sampling), "interpolation"
            ("nearest" or "bilinear"), "output_shape" (reshape), "steps" (repeat), "sequences"
            (whether a recurrent layer gives all of its states, or only the last).
        name: Of the Keras layer.
        weight_shapes: Of the `roles`.
        output: Shape of the output of one example.
        tied_to: The layer of the encoder whose kernel, transposed, is this one's; empty if it has
            one of its own.
    """

    kind: str
    weights: tuple[np.ndarray, ...] = ()
    activation: str = "linear"
    settings: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    weight_shapes: tuple[Shape, ...] = ()
    output: Shape = ()
    tied_to: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """What Keras calls its weights, in their order; a recurrent layer's are its cell's."""
        if self.kind in CELLS:
            roles = ("kernel", "recurrent_kernel", "bias")
            return tuple(f"{self.kind}_cell/{role}" for role in roles)
        return ("codebook",) if self.kind == "quantize" else ("kernel", "bias")

    @property
    def num_parameters(self) -> int:
        """Weights and biases of its own."""
        return sum(map(math.prod, self.weight_shapes[1 if self.tied_to else 0 :]))

    @property
    def multiplications(self) -> int:
        """Per example; a pool's and an up-sampling's are not counted."""
        if not self.weight_shapes:
            return 0
        if self.kind in (*CELLS, "step_dense"):
            products = sum(math.prod(shape) for shape in self.weight_shapes[:-1])
            return self.settings["shape"][0] * products
        # A kernel is applied at every place of the output; transposed, at every one of the input,
        # where a vector is compared with the codebook too.
        given = self.settings.get("shape")
        places = {"conv2d": self.output, "conv2d_transpose": given, "quantize": given}
        return math.prod(self.weight_shapes[0]) * math.prod((places.get(self.kind) or ())[:2])

    @property
    def num_outputs(self) -> int:
        """Numbers per example that training keeps of it: its output; of a recurrent layer also
        what each step computes."""
        if self.kind not in CELLS:
            return math.prod(self.output)
        steps, units = self.settings["shape"][0], self.output[-1]
        return steps * units * 2 * (CELLS[self.kind] + 1)


Plan = tuple[Layer, ...]


def dense(name: str, inputs: int, units: int, activation: str) -> Layer:
    """A dense layer's plan."""
    shapes = ((inputs, units), (units,))
    return Layer("dense", (), activation, name=name, weight_shapes=shapes, output=(units,))


def dense_chain(prefix: str, sizes: Sequence[int], activation: str) -> Plan:
    """Dense layers prefix_1, prefix_2 and so on; `sizes` begins with that of the input."""
    pairs = enumerate(itertools.pairwise(sizes), start=1)
    return tuple(dense(f"{prefix}_{index}", *pair, activation) for index, pair in pairs)


def num_parameters(layers: Iterable[Layer]) -> int:
    """Weights and biases of all layers."""
    return sum(layer.num_parameters for layer in layers)


# Convolutions


def reshape(name: str, before: Shape, after: Shape) -> Layer:
    """The same numbers in another shape."""
    settings = {"shape": before, "output_shape": after}
    return Layer("reshape", settings=settings, name=name, output=after)


def quantize(name: str, shape: Shape, num_embeddings: int) -> Layer:
    """Each of the vectors [height, width, embedding_dim] becomes the nearest entry of a codebook
    of so many; flat."""
    book = (num_embeddings, shape[-1])
    flat = (math.prod(shape),)
    return Layer(
        "quantize", settings={"shape": shape}, name=name, weight_shapes=(book,), output=flat
    )


def convolution(
    name: str,
    shape: Shape,
    filters: int,
    kernel: int,
    stride: int,
    activation: str,
    transposed: bool = False,
) -> Layer:
    """A convolution's plan.

    Args:
        name: Of the layer.
        shape: Of its input: height, width, channels.
        filters: Channels of its output.
        kernel: Height and width of a filter.
        stride: How many places a filter moves on; transposed, how many each place becomes.
        activation: After the sums.
        transposed: Whether it enlarges.
    """
    height, width, channels = shape
    ends = (filters, channels) if transposed else (channels, filters)
    sides = (height * stride, width * stride) if transposed else (height // stride, width // stride)
    return Layer(
        "conv2d_transpose" if transposed else "conv2d",
        activation=activation,
        settings={"shape": shape, "strides": (stride, stride), "padding": "same"},
        name=name,
        weight_shapes=((kernel, kernel, *ends), (filters,)),
        output=(*sides, filters),
    )


def num_halvings(shape: Shape, most: int) -> int:
    """How often, at most `most` times, height and width can be halved without a remainder."""
    halvings = 0
    while halvings < most and all(side % 2 ** (halvings + 1) == 0 for side in shape[:2]):
        halvings += 1
    return halvings


def convolutions(
    image_shape: Shape, filters: Sequence[int], kernel: int, downsampling: str, activation: str
) -> Plan:
    """Convolutions from a flat image to flat feature maps.

    Each layer halves height and width while they are even; further ones leave them.

    Args:
        image_shape: Height and width.
        filters: Of each layer.
        kernel: Height and width of a filter.
        downsampling: "stride", "max_pooling" or "average_pooling".
        activation: Of each layer.
    """
    shape = (*image_shape, 1)
    plan = [reshape("image", (math.prod(shape),), shape)]
    halvings = num_halvings(shape, len(filters))
    for index, count in enumerate(filters, start=1):
        halves = index <= halvings
        stride = 2 if halves and downsampling == "stride" else 1
        layer = convolution(f"convolution_{index}", shape, count, kernel, stride, activation)
        plan.append(layer)
        if halves and stride == 1:
            height, width, _ = layer.output
            pool = {"shape": layer.output, "size": (2, 2), "strides": (2, 2), "padding": "same"}
            output = (height // 2, width // 2, count)
            plan.append(Layer(downsampling, settings=pool, name=f"pool_{index}", output=output))
        shape = plan[-1].output
    return (*plan, reshape("flat", shape, (math.prod(shape),)))


def first_maps(image_shape: Shape, filters: Sequence[int]) -> Shape:
    """Shape of the feature maps with which a decoder of these filters begins."""
    halvings = num_halvings(image_shape, len(filters))
    return (*(side >> halvings for side in image_shape), filters[0])


def deconvolutions(
    image_shape: Shape,
    filters: Sequence[int],
    kernel: int,
    upsampling: str,
    activation: str,
    output_activation: str,
) -> Plan:
    """From flat feature maps of `first_maps` back to a flat image, the mirror of `convolutions`.

    Args:
        image_shape: Height and width.
        filters: Of the maps that each layer is given.
        kernel: Height and width of a filter.
        upsampling: "transposed" convolutions, or "nearest" or "bilinear" enlargement before
            ordinary ones.
        activation: Of each layer but the last.
        output_activation: Of the last one.
    """
    shape = first_maps(image_shape, filters)
    plan = [reshape("maps", (math.prod(shape),), shape)]
    kept = len(filters) - num_halvings(image_shape, len(filters))
    for index, count in enumerate((*filters[1:], 1), start=1):
        doubles, is_last = index > kept, index == len(filters)
        name = "output" if is_last else f"deconvolution_{index}"
        bend = output_activation if is_last else activation
        if doubles and upsampling != "transposed":
            height, width, channels = shape
            larger = (2 * height, 2 * width, channels)
            how = {"shape": shape, "size": (2, 2), "interpolation": upsampling}
            plan.append(Layer("up_sampling", settings=how, name=f"larger_{index}", output=larger))
            shape = larger
        transposed = upsampling == "transposed"
        stride = 2 if doubles and transposed else 1
        plan.append(convolution(name, shape, count, kernel, stride, bend, transposed))
        shape = plan[-1].output
    return (*plan, reshape("pixels", shape, (math.prod(shape),)))


# Sequences


def recurrent(name: str, kind: str, shape: Shape, units: int, sequences: bool) -> Layer:
    """A recurrent layer's plan.

    Args:
        name: Of the layer.
        kind: One of `CELLS`.
        shape: Steps of the sequence, and numbers in each.
        units: Numbers in its state.
        sequences: Whether it gives the states after all steps, or only after the last one.
    """
    steps, numbers = shape
    width = CELLS[kind] * units
    # Keras' GRU has two biases: one for what comes in and one for what comes from the last step.
    bias = (2, width) if kind == "gru" else (width,)
    return Layer(
        kind,
        settings={"shape": shape, "sequences": sequences},
        name=name,
        weight_shapes=((numbers, width), (units, width), bias),
        output=(steps, units) if sequences else (units,),
    )


def repeat(name: str, size: int, steps: int) -> Layer:
    """The same numbers, so many, at every step of a sequence."""
    how = {"shape": (size,), "steps": steps}
    return Layer("repeat", settings=how, name=name, output=(steps, size))


def step_dense(name: str, shape: Shape, units: int, activation: str) -> Layer:
    """A dense layer at every step of a sequence [steps, numbers]."""
    steps, numbers = shape
    return Layer(
        "step_dense",
        activation=activation,
        settings={"shape": shape},
        name=name,
        weight_shapes=((numbers, units), (units,)),
        output=(steps, units),
    )


def reverse(name: str, shape: Shape) -> Layer:
    """The last step of a sequence [steps, numbers] becomes the first."""
    return Layer("reverse", settings={"shape": shape}, name=name, output=shape)

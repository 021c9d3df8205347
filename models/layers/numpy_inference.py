"""Evaluates a stored network in NumPy: what the web process needs between two trainings.

The browser evaluates the same layers: see `dashboard/components/network/network.js`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import numpy as np
from scipy.special import erf, expit

from models.layers.spec import CELLS, Layer, Plan, Shape

Weights = Mapping[str, np.ndarray]


class Network(Protocol):
    """Hyperparameters, as far as they say what the layers are."""

    @property
    def encoder_plan(self) -> Plan: ...

    @property
    def decoder_plan(self) -> Plan: ...

    @property
    def latent_dim(self) -> int: ...

    @property
    def num_classes(self) -> int: ...


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "elu": _elu,
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))),
    "tanh": np.tanh,
    "sigmoid": expit,
    "step": lambda x: (x > 0).astype(np.float32),
}


def encode(
    hyperparameters: Network,
    weights: Weights,
    x: np.ndarray,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """Codes [n, latent_dim] of the inputs [n, input_dim]; for a variational autoencoder the
    means of the posterior.

    Args:
        hyperparameters: Of the run.
        weights: Its arrays "weights/...", as `Run.checkpoint` returns them.
        x: Pixels from 0 to 1, or standardised points.
        labels: Classes [n], for a type whose halves are told them; without them the results are
            means over all classes.

    Raises:
        KeyError: If the weights are those of another architecture.
    """
    layers = encoder_layers(hyperparameters, weights)
    outputs = _evaluate(layers, x, labels, hyperparameters.num_classes)
    return outputs[:, : hyperparameters.latent_dim]


def encoder_layers(hyperparameters: Network, weights: Weights) -> list[Layer]:
    """The layers of the encoder, as `decoder_layers`; that of a variational autoencoder ends in
    means and, after them, spreads."""
    return with_weights(hyperparameters.encoder_plan, "encoder", weights)


def decode(
    hyperparameters: Network,
    weights: Weights,
    codes: np.ndarray,
    labels: np.ndarray | None = None,
) -> np.ndarray:
    """Outputs [n, input_dim] of the codes [n, latent_dim]. Arguments and errors as `encode`."""
    layers = decoder_layers(hyperparameters, weights)
    return _evaluate(layers, codes, labels, hyperparameters.num_classes)


def _evaluate(
    layers: list[Layer], x: np.ndarray, labels: np.ndarray | None, num_classes: int
) -> np.ndarray:
    """The outputs of layers that are told one of so many classes, or none."""
    if not num_classes:
        return evaluate(layers, x)
    if labels is None:
        every = [np.full(len(x), label) for label in range(num_classes)]
        return np.mean([_evaluate(layers, x, one, num_classes) for one in every], axis=0)
    return evaluate(layers, condition(x, labels, num_classes))


def condition(numbers: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """Rows of numbers [n, size] with their classes [n] behind them, one-hot."""
    return np.hstack([numbers, np.eye(num_classes, dtype=np.float32)[labels]])


def decoder_layers(hyperparameters: Network, weights: Weights) -> list[Layer]:
    """The layers of the decoder, in their order. Arguments and errors as `encode`."""
    return with_weights(hyperparameters.decoder_plan, "decoder", weights)


def with_weights(plan: Plan, half: str, weights: Weights) -> list[Layer]:
    """The layers of a plan with their weights, which are those stored of one part of a network:
    "encoder", "decoder" or "discriminator". Errors as `encode`."""
    return [
        dataclasses.replace(
            layer,
            weights=tuple(
                _weight(layer, half, role, weights)
                for role, _ in zip(layer.roles, layer.weight_shapes, strict=False)
            ),
        )
        for layer in plan
    ]


def _weight(layer: Layer, half: str, role: str, weights: Weights) -> np.ndarray:
    if role == "kernel" and layer.tied_to:
        return weights[f"weights/encoder/{layer.tied_to}/kernel"].T
    return weights[f"weights/{half}/{layer.name}/{role}"]


def check_weights(layers: Iterable[Layer]) -> None:
    """Raises ValueError where weights are not of the sizes that the plan says."""
    for layer in layers:
        for weights, shape in zip(layer.weights, layer.weight_shapes, strict=False):
            if weights.shape != shape:
                raise ValueError(f"{layer.name}: {weights.shape} in place of {shape}")


def evaluate(layers: Iterable[Layer], x: np.ndarray) -> np.ndarray:
    """The network's outputs, flat [n, outputs], for inputs [n, ...]."""
    *_, last = outputs(layers, x)
    return last.reshape(len(last), -1)


def outputs(layers: Iterable[Layer], x: np.ndarray) -> Iterator[np.ndarray]:
    """What one layer after the other makes of the inputs [n, ...]."""
    x = np.asarray(x, np.float32)
    for layer in layers:
        x = _ACTIVATIONS[layer.activation](_KINDS[layer.kind](layer, x))
        yield x


def _dense(layer: Layer, x: np.ndarray) -> np.ndarray:
    kernel, bias = layer.weights
    return x.reshape(len(x), -1) @ kernel + bias


def _step_dense(layer: Layer, x: np.ndarray) -> np.ndarray:
    kernel, bias = layer.weights
    return x.reshape(len(x), *layer.settings["shape"]) @ kernel + bias


def _recurrent(layer: Layer, x: np.ndarray) -> np.ndarray:
    states = recurrent_states(layer, x)
    return states if layer.settings["sequences"] else states[:, -1]


def recurrent_states(layer: Layer, x: np.ndarray) -> np.ndarray:
    """The state [n, steps, units] of a recurrent layer after each step of the sequences `x` [n,
    steps, numbers], or the same flat."""
    kernel, recurrent_kernel, bias = layer.weights
    x = x.reshape(len(x), *layer.settings["shape"])
    state = carry = np.zeros((len(x), len(recurrent_kernel)), np.float32)
    states = []
    for step in range(x.shape[1]):
        state, carry = _STEPS[layer.kind](
            x[:, step] @ kernel, state @ recurrent_kernel, bias, state, carry
        )
        states.append(state)
    return np.stack(states, axis=1)


# One step of a recurrent layer: from the products of its input and of its last state with their
# kernels, [n, numbers], the bias, the last state and carry, [n, units], to the next state and
# carry. Gates lie side by side in Keras' order.


def _simple_step(
    inputs: np.ndarray, memory: np.ndarray, bias: np.ndarray, state: np.ndarray, carry: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return np.tanh(inputs + memory + bias), carry


def _gru_step(
    inputs: np.ndarray, memory: np.ndarray, bias: np.ndarray, state: np.ndarray, carry: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    update, reset, new = np.split(inputs + bias[0], 3, axis=1)
    old_update, old_reset, old = np.split(memory + bias[1], 3, axis=1)
    keep = expit(update + old_update)
    new = np.tanh(new + expit(reset + old_reset) * old)
    return keep * state + (1 - keep) * new, carry


def _lstm_step(
    inputs: np.ndarray, memory: np.ndarray, bias: np.ndarray, state: np.ndarray, carry: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    write, keep, new, show = np.split(inputs + memory + bias, 4, axis=1)
    carry = expit(keep) * carry + expit(write) * np.tanh(new)
    return expit(show) * np.tanh(carry), carry


_STEPS = {"simple_rnn": _simple_step, "gru": _gru_step, "lstm": _lstm_step}


def _conv2d(layer: Layer, x: np.ndarray) -> np.ndarray:
    kernel, bias = layer.weights
    windows, places = _windows(layer, x, kernel.shape[:2], 0.0)
    return sum(window @ kernel[place] for window, place in zip(windows, places, strict=True)) + bias


def _conv2d_transpose(layer: Layer, x: np.ndarray) -> np.ndarray:
    kernel, bias = layer.weights  # [height, width, filters, channels]
    x = x.reshape(len(x), *layer.settings["shape"])
    sizes = [
        transposed_size(size, length, stride, layer.settings["padding"])
        for size, length, stride in zip(
            x.shape[1:3], kernel.shape, layer.settings["strides"], strict=False
        )
    ]
    (height, top, rows), (width, left, columns) = sizes
    down, right = layer.settings["strides"]
    whole = np.zeros((len(x), rows, columns, kernel.shape[2]), np.float32)
    for row, column in np.ndindex(kernel.shape[:2]):
        part = whole[:, row : row + down * x.shape[1] : down, column:]
        part[:, :, : right * x.shape[2] : right] += x @ kernel[row, column].T
    return whole[:, top : top + height, left : left + width] + bias


def transposed_size(size: int, kernel: int, stride: int, padding: str) -> tuple[int, int, int]:
    """Of a transposed convolution, along one side: the output's size, how much of the sums is
    cut off before it, and the size of all sums."""
    output = size * stride + (max(kernel - stride, 0) if padding == "valid" else 0)
    whole = max((size - 1) * stride + kernel, output)
    cut = max((size - 1) * stride + kernel - output, 0) // 2 if padding == "same" else 0
    return output, cut, max(whole, cut + output)


def _pool(layer: Layer, x: np.ndarray) -> np.ndarray:
    size = layer.settings["size"]
    if layer.kind == "max_pooling":
        return np.max(_windows(layer, x, size, -np.inf)[0], axis=0)
    # What lies outside of the image does not count.
    sums = np.sum(_windows(layer, x, size, 0.0)[0], axis=0)
    return sums / np.sum(_windows(layer, np.ones_like(x), size, 0.0)[0], axis=0)


def _windows(
    layer: Layer, x: np.ndarray, size: Shape, outside: float
) -> tuple[list[np.ndarray], list[Shape]]:
    """For each place of a window: what it sees, [n, rows, columns, channels], and the place."""
    x = x.reshape(len(x), *layer.settings["shape"])
    strides, padding = layer.settings["strides"], layer.settings["padding"]
    sides = [window_size(*side, padding) for side in zip(x.shape[1:3], size, strides, strict=True)]
    (rows, above, below), (columns, before, after) = sides
    padded = np.pad(x, ((0, 0), (above, below), (before, after), (0, 0)), constant_values=outside)
    places = list(np.ndindex(*size))
    down, right = strides
    seen = [
        padded[:, row : row + down * rows : down, column : column + right * columns : right]
        for row, column in places
    ]
    return [window[:, :rows, :columns] for window in seen], places


def window_size(size: int, window: int, stride: int, padding: str) -> tuple[int, int, int]:
    """Along one side: how many windows fit, and what is added before and after, as TensorFlow
    does it."""
    if padding == "valid":
        return math.ceil((size - window + 1) / stride), 0, 0
    count = math.ceil(size / stride)
    missing = max((count - 1) * stride + window - size, 0)
    return count, missing // 2, missing - missing // 2


def _up_sample(layer: Layer, x: np.ndarray) -> np.ndarray:
    x = x.reshape(len(x), *layer.settings["shape"])
    for axis, factor in enumerate(layer.settings["size"], start=1):
        if layer.settings.get("interpolation", "nearest") == "nearest":
            x = np.repeat(x, factor, axis=axis)
            continue
        # The centres of the new pixels, counted in old ones; beyond the outermost nothing changes.
        places = (np.arange(x.shape[axis] * factor) + 0.5) / factor - 0.5
        places = np.clip(places, 0, x.shape[axis] - 1)
        low = np.floor(places).astype(int)
        share = (places - low).reshape([-1 if one == axis else 1 for one in range(4)])
        high = np.minimum(low + 1, x.shape[axis] - 1)
        x = np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share
    return x.astype(np.float32)


def distances(codebook: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Squared distances [..., entries] of the vectors [..., embedding_dim] to all entries of the
    codebook [entries, embedding_dim]."""
    squares = np.square(vectors).sum(axis=-1, keepdims=True) + np.square(codebook).sum(axis=-1)
    return squares - 2 * vectors @ codebook.T


def _quantize(layer: Layer, x: np.ndarray) -> np.ndarray:
    (codebook,) = layer.weights
    vectors = x.reshape(len(x), -1, codebook.shape[1])
    return codebook[distances(codebook, vectors).argmin(axis=-1)].reshape(len(x), -1)


_KINDS: dict[str, Callable[[Layer, np.ndarray], np.ndarray]] = {
    "dense": _dense,
    "conv2d": _conv2d,
    "conv2d_transpose": _conv2d_transpose,
    "up_sampling": _up_sample,
    "max_pooling": _pool,
    "average_pooling": _pool,
    "reshape": lambda layer, x: x.reshape(len(x), *layer.settings["output_shape"]),
    "quantize": _quantize,
    "activation": lambda layer, x: x,
    "step_dense": _step_dense,
    "repeat": lambda layer, x: np.repeat(x.reshape(len(x), 1, -1), layer.settings["steps"], axis=1),
    "reverse": lambda layer, x: x.reshape(len(x), *layer.settings["shape"])[:, ::-1],
    **dict.fromkeys(CELLS, _recurrent),
}

"""PCA where an example may keep so many bits, neither more nor fewer: the baseline of a hash.

Two ways to spend them, of which the better one is used. Bits allocated by variance: each component
is rounded to 2^b values, the best ones for the training examples (Lloyd, "Least squares
quantization in PCM", IEEE Transactions on Information Theory 28, 1982), and the next bit always
goes to the component that gains most by it (as in Huang and Schultheiss, "Block quantization of
correlated Gaussian random variables", IEEE Transactions on Communications Systems 11, 1963). And
one bit for each of as many components, after these were turned so that little is lost by keeping
only signs (ITQ: Gong and Lazebnik, "Iterative quantization: a Procrustean approach to learning
binary codes", CVPR 2011); images are rebuilt from the signs by linear least squares.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from models.data.datasets import Data
from models.evaluation.pca import PCA, Range, mean_error

MAX_EXAMPLES = 10_000
"""Training examples, at most, from which either way learns."""

MAX_BITS = 8
"""Of one component."""

ROUNDS = 50
"""Of Lloyd's algorithm, and of the iterative quantisation, as in its paper."""

MAX_TURNED = 128
"""Components, at most, that are turned: with more, turning takes long, and allocating is better."""


class BinaryPCA(Protocol):
    """A way to keep bits of PCA's coordinates."""

    def reconstruct(self, x: np.ndarray, within: Range | None = None) -> np.ndarray:
        """What is rebuilt of the examples, both [n, input_dim]."""
        ...


@lru_cache(maxsize=2)
def fit(components: PCA, data: Data, bits: int, within: Range | None) -> BinaryPCA:
    """The better way, on the training examples, to keep so many bits of each."""
    train = data.train[:MAX_EXAMPLES]
    ways: list[BinaryPCA] = [allocate(components, train, bits)]
    if bits <= min(MAX_TURNED, train.shape[1]):
        ways.append(turn(components, train, bits))
    return min(ways, key=lambda way: mean_error(train, lambda x: way.reconstruct(x, within)))


# Bits allocated by variance


@dataclass(frozen=True, eq=False)
class AllocatedPCA:
    """Coordinates that are rounded, each to values of its own.

    Attributes:
        components: Of the training examples.
        values: Of each kept component the 2^b values that stand for it, sorted.
    """

    components: PCA
    values: tuple[np.ndarray, ...]

    @property
    def bits(self) -> list[int]:
        """Of each component."""
        return [len(one).bit_length() - 1 for one in self.values]

    def reconstruct(self, x: np.ndarray, within: Range | None = None) -> np.ndarray:
        codes = self.components.encode(x, len(self.values))
        columns = [one[_nearest(one, code)] for one, code in zip(self.values, codes.T, strict=True)]
        return self.components.decode(np.stack(columns, axis=1).astype(x.dtype), within)


def allocate(components: PCA, train: np.ndarray, bits: int) -> AllocatedPCA:
    """Gives bit after bit to the component whose error it lowers most."""
    codes = np.sort(components.encode(train, min(bits, train.shape[1])), axis=0).astype(np.float64)
    values = [np.array([one.mean()]) for one in codes.T]
    gains: list[tuple[float, int, np.ndarray]] = []

    def offer(index: int) -> None:
        now, next_bit = values[index], 2 * len(values[index])
        if next_bit <= 2**MAX_BITS:
            finer = lloyd(codes[:, index], next_bit)
            gain = _error(codes[:, index], now) - _error(codes[:, index], finer)
            heapq.heappush(gains, (-gain, index, finer))

    for index in range(len(values)):
        offer(index)
    for _bit in range(bits):
        if not gains:
            break
        _gain, index, values[index] = heapq.heappop(gains)
        offer(index)
    used = max((index + 1 for index, one in enumerate(values) if len(one) > 1), default=1)
    return AllocatedPCA(components, tuple(values[:used]))


def lloyd(numbers: np.ndarray, count: int) -> np.ndarray:
    """So many values, sorted, that stand for sorted numbers with little squared error: each is the
    mean of the numbers nearest to it. The better of two beginnings decides: as many numbers for
    each value, or as wide an interval."""
    middles = (np.arange(count) + 0.5) / count
    starts = (np.quantile(numbers, middles), numbers[0] + middles * np.ptp(numbers))
    return min((_move(one, numbers) for one in starts), key=lambda one: _error(numbers, one))


def _move(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    sums = np.concatenate([[0.0], np.cumsum(numbers)])
    for _round in range(ROUNDS):
        limits = np.searchsorted(numbers, (values[1:] + values[:-1]) / 2)
        edges = np.concatenate([[0], limits, [len(numbers)]])
        counts = np.diff(edges)
        means = np.divide(np.diff(sums[edges]), counts, out=values.copy(), where=counts > 0)
        if np.array_equal(means, values):
            break
        values = means
    return values


def _nearest(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return np.searchsorted((values[1:] + values[:-1]) / 2, numbers)


def _error(numbers: np.ndarray, values: np.ndarray) -> float:
    return float(np.square(numbers - values[_nearest(values, numbers)]).sum())


# One bit for each component, turned


@dataclass(frozen=True, eq=False)
class TurnedPCA:
    """Signs of turned coordinates.

    Attributes:
        components: Of the training examples.
        rotation: Of the coordinates, [bits, bits].
        decoder: From the signs, and a 1 behind them, to examples, [bits + 1, input_dim].
    """

    components: PCA
    rotation: np.ndarray
    decoder: np.ndarray

    def signs(self, x: np.ndarray) -> np.ndarray:
        """1 or -1, [n, bits]."""
        turned = self.components.encode(x, len(self.rotation)) @ self.rotation
        return np.where(turned > 0, 1, -1).astype(x.dtype)

    def reconstruct(self, x: np.ndarray, within: Range | None = None) -> np.ndarray:
        rebuilt = self.signs(x) @ self.decoder[:-1] + self.decoder[-1]
        return rebuilt if within is None else np.clip(rebuilt, *within)


def turn(components: PCA, train: np.ndarray, bits: int) -> TurnedPCA:
    """Turns the first components, and learns to rebuild the examples from the signs."""
    codes = components.encode(train, bits)
    start = np.linalg.qr(np.random.default_rng(0).normal(size=(bits, bits)))[0]
    rotation = quantize_iteratively(codes, start.astype(codes.dtype))
    turned = TurnedPCA(components, rotation, np.empty((0, train.shape[1])))
    signs = np.column_stack([turned.signs(train), np.ones(len(train), train.dtype)])
    decoder = np.linalg.lstsq(signs, train, rcond=None)[0]
    return TurnedPCA(components, rotation, decoder)


def quantize_iteratively(codes: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """The rotation after which the codes [n, k] are nearer to their signs, by turns: the signs of
    the turned codes, then the rotation that brings the codes next to these."""
    for _round in range(ROUNDS):
        signs = np.sign(codes @ rotation)
        left, _scales, right = np.linalg.svd(codes.T @ signs)
        rotation = left @ right
    return rotation

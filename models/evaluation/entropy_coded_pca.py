"""PCA where it may keep so many bits of each example: the baseline of a code of symbols.

Every coordinate is rounded to a multiple of one step, the same for all components: so the bits go
where they save most ("reverse water-filling": Cover and Thomas, "Elements of information theory",
2006, section 10.3.3). For a cell stands the mean of the training coordinates in it, and a cell that
makes up a share p of them costs -log2 p bits, which arithmetic coding reaches (Gersho and Gray,
"Vector quantization and signal compression", 1992, chapter 9).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.data.datasets import Data
from models.evaluation.pca import PCA, Range

MAX_EXAMPLES = 4_000
"""Training examples, at most, from which step, cells and shares are learned."""

MAX_COMPONENTS = 400
"""Components, at most, that are looked at: beyond, images vary by less than one grey level."""

STEPS = np.geomspace(0.5, 2.0, 10)
"""Steps that are tried, in units of what a normal distribution would ask for."""

HALVINGS = 8
"""Of the interval in which the step lies that uses the bits up."""


@dataclass(frozen=True)
class Cells:
    """What stands for the multiples of a step, and what each of them costs, component by component.

    Attributes:
        step: Width of all cells.
        values: The means of the training coordinates in each cell, [num_components, 2 * reach + 1];
            the cell in the middle is around 0.
        counts: Training coordinates in each cell, likewise.
    """

    step: float
    values: np.ndarray
    counts: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Of the training coordinates in each cell."""
        return self.counts / self.counts[0].sum()

    @property
    def entropies(self) -> np.ndarray:
        """Bits that a training coordinate costs on average, [num_components]."""
        logarithms = np.log2(self.shares, out=np.zeros_like(self.shares), where=self.counts > 0)
        return -(self.shares * logarithms).sum(axis=1)

    @property
    def saved(self) -> np.ndarray:
        """The squared error that each coordinate saves, on average over the training examples."""
        return (self.shares * self.values**2).sum(axis=1)

    def count_within(self, bits: float) -> int:
        """How many of the first components cost no more than that."""
        return int(np.searchsorted(np.cumsum(self.entropies), bits * (1 + 1e-9), side="right"))

    def look_up(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The rounded coordinates, and the bits of each; both [n, num_components].

        As in `rate_distortion`, one example's worth of doubt is spread over all cells of a
        component, so that none is impossible.
        """
        width = self.values.shape[1]
        reach, rows = width // 2, np.arange(len(self.values))
        places = np.clip(_multiples(codes, self.step), -reach, reach) + reach
        lengths = -np.log2((self.counts + 1 / width) / (self.counts[0].sum() + 1))
        return self.values[rows, places], lengths[rows, places]


def fit_cells(codes: np.ndarray, step: float) -> Cells:
    """The cells of the training coordinates [n, num_components]."""
    multiples, num_components = _multiples(codes, step), codes.shape[1]
    reach = int(np.abs(multiples).max(initial=0))
    width = 2 * reach + 1
    flat = (multiples + reach + width * np.arange(num_components)).ravel()
    counts, sums = (
        np.bincount(flat, weights, width * num_components).reshape(num_components, width)
        for weights in (None, codes.ravel())
    )
    centres = np.tile(step * np.arange(-reach, reach + 1.0), (num_components, 1))
    return Cells(step, np.divide(sums, counts, out=centres, where=counts > 0), counts)


def _multiples(codes: np.ndarray, step: float) -> np.ndarray:
    return np.rint(codes / step).astype(np.int64)


@dataclass(frozen=True, eq=False)
class EntropyCodedPCA:
    """Rounded coordinates.

    Attributes:
        components: Of the training examples.
        cells: Of the coordinates that are kept.
    """

    components: PCA
    cells: Cells

    @property
    def num_components(self) -> int:
        """How many coordinates are kept."""
        return len(self.cells.values)

    @property
    def bits(self) -> float:
        """That a training example costs on average."""
        return float(self.cells.entropies.sum())

    def reconstruct(self, x: np.ndarray, within: Range | None = None) -> np.ndarray:
        """What is rebuilt of the examples [n, input_dim] from their rounded coordinates."""
        codes, _bits = self.cells.look_up(self.components.encode(x, self.num_components))
        return self.components.decode(codes.astype(x.dtype), within)


@lru_cache(maxsize=2)
def fit(components: PCA, data: Data, bits: float) -> EntropyCodedPCA:
    """The step, and the number of components, with which the training examples lose least for so
    many bits each."""
    train = data.train[:MAX_EXAMPLES]
    codes = components.encode(train, min(MAX_COMPONENTS, train.shape[1]))
    step = math.sqrt(12.0 * _water_level(components.variances[: codes.shape[1]], bits))
    tried = [fit_cells(codes, step * factor) for factor in STEPS]
    best = max(tried, key=lambda one: one.saved[: one.count_within(bits)].sum())
    count = max(best.count_within(bits), 1)
    return EntropyCodedPCA(components, _use_up(codes[:, :count], best.step, bits))


def _use_up(codes: np.ndarray, step: float, bits: float) -> Cells:
    """Makes the cells as narrow as the bits allow."""
    low, high = step / 2, step
    while fit_cells(codes, high).entropies.sum() > bits and high < 1e6 * step:
        low, high = high, 2 * high
    for _halving in range(HALVINGS):
        middle = math.sqrt(low * high)
        too_fine = fit_cells(codes, middle).entropies.sum() > bits
        low, high = (middle, high) if too_fine else (low, middle)
    return fit_cells(codes, high)


def _water_level(variances: np.ndarray, bits: float) -> float:
    """The variance above which components of a normal distribution are kept for so many bits."""
    variances = variances[variances > 0]
    if not len(variances):
        return 1.0  # all examples are alike
    count = np.arange(1, len(variances) + 1)
    levels = np.exp2((np.cumsum(np.log2(variances)) - 2 * bits) / count)
    return float(levels[levels <= variances][-1])

"""Priors over grids of indices, counted after the training: what is likely, so as to draw it anew.

A vector-quantised autoencoder is trained as if all entries were equally likely at every place
(van den Oord et al., 2017, section 3.2); what is likely is learned afterwards. The paper trains a
large network for that, a PixelCNN. Here it is counted: how often each entry stood at a place, and
how often it did beside the neighbours that a grid has already when it is written line by line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

UNSEEN = 1.0
"""Weight of the uniform distribution, in grids: so that no entry has probability 0 anywhere."""

TRUST = 20.0
"""Weight, in grids, of what is known without a neighbour, against what was counted with it."""


class IndexPrior(Protocol):
    """A distribution of grids of indices, [rows, columns], read line by line."""

    def probabilities(self, grids: np.ndarray, place: int) -> np.ndarray:
        """Of each entry at one place, [n, num_embeddings], given what stands before it in the grids
        [n, places]."""
        ...


@dataclass(frozen=True)
class PlaceHistogram:
    """Every place has a histogram of its own and heeds no other.

    Attributes:
        shares: p(k) at each place, [places, num_embeddings].
    """

    shares: np.ndarray

    def probabilities(self, grids: np.ndarray, place: int) -> np.ndarray:
        return np.repeat(self.shares[place][None], len(grids), axis=0)


@dataclass(frozen=True)
class NeighbourHistogram:
    """Every place heeds the entry to its left, and then that with the one above.

    With c counts, a = TRUST and p(k) of `PlaceHistogram`, at each place

        p(k | left) = (c(left, k) + a p(k)) / (c(left) + a),
        p(k | left, up) = (c(left, up, k) + a p(k | left)) / (c(left, up) + a).

    So neighbours that were seen often together decide, and rare ones leave it to what is known
    without them (MacKay and Peto, "A hierarchical Dirichlet language model", 1995).

    Attributes:
        alone: The histograms of the places.
        grids: What was counted, [n, places].
        columns: Of a grid.
    """

    alone: PlaceHistogram
    grids: np.ndarray
    columns: int

    def probabilities(self, grids: np.ndarray, place: int) -> np.ndarray:
        found = self.alone.probabilities(grids, place)
        for neighbours in self._contexts(place):
            counts = self._counts(place, neighbours, grids)
            total = counts.sum(axis=1, keepdims=True)
            found = (counts + TRUST * found) / (total + TRUST)
        return found

    def _counts(self, place: int, neighbours: list[int], grids: np.ndarray) -> np.ndarray:
        """How often each entry stood at the place where the neighbours were those of the grids,
        [n, num_embeddings]."""
        size = self.alone.shares.shape[1]
        digits = size ** np.arange(len(neighbours))  # all neighbours as one number
        here, counted = (one[:, neighbours] @ digits for one in (grids, self.grids))
        rows, seen = np.nonzero(here[:, None] == counted)
        counts = np.bincount(rows * size + self.grids[seen, place], minlength=len(grids) * size)
        return counts.reshape(len(grids), size)

    def _contexts(self, place: int) -> list[list[int]]:
        """Which places are heeded, the fewest first."""
        left = [place - 1] if place % self.columns else []
        up = [place - self.columns] if place >= self.columns else []
        contexts = [left, left + up] if up else [left]
        return [one for one in contexts if one]


def fit_places(grids: np.ndarray, num_embeddings: int) -> PlaceHistogram:
    """The histograms of every place of the grids [n, places]."""
    counts = np.stack([np.bincount(one, minlength=num_embeddings) for one in grids.T])
    return PlaceHistogram((counts + UNSEEN / num_embeddings) / (len(grids) + UNSEEN))


def fit_neighbours(grids: np.ndarray, num_embeddings: int, columns: int) -> NeighbourHistogram:
    """The histograms of every place of the grids [n, places], given the neighbours."""
    return NeighbourHistogram(fit_places(grids, num_embeddings), grids, columns)


def draw(prior: IndexPrior, places: int, count: int, seed: int) -> np.ndarray:
    """Grids [count, places], one place after the other; the same for the same seed."""
    draws = np.random.default_rng(seed)
    grids = np.zeros((count, places), np.int64)
    for place in range(places):
        heights = np.cumsum(prior.probabilities(grids, place), axis=1)
        uniform = draws.random((count, 1)) * heights[:, -1:]
        grids[:, place] = (heights <= uniform).sum(axis=1)
    return grids


def bits(prior: IndexPrior, grids: np.ndarray) -> float:
    """-log2 p of a grid of the grids [n, places], on average: what sending one of them would cost
    somebody who knows the prior."""
    rows, total = np.arange(len(grids)), 0.0
    for place in range(grids.shape[1]):
        total -= np.log2(prior.probabilities(grids, place)[rows, grids[:, place]]).mean()
    return float(total)

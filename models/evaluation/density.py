"""Densities fitted to codes after the training, and how far what is drawn from them is from images.

A plain autoencoder says nothing about which codes are likely. A density fitted to the codes of its
training images, "ex post", makes a generator of it (Ghosh, Sajjadi, Vergari, Black and Schölkopf,
"From variational to deterministic autoencoders", ICLR 2020, section 4).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist, pdist

from models.evaluation import pca

JACKKNIFE_PARTS = 20
"""Of which one after the other is left out."""

NUM_FEATURES = 50
"""Principal components that a Frechet distance looks at."""

FULL_COVARIANCE = 200
"""Codes of more numbers get Gaussians with independent numbers: their covariances would have more
entries than there are examples to estimate them from."""

LEAST_POINTS = 3
"""Fewer of a class have no distance whose error could be told."""

MAX_ITERATIONS = 30
"""Of expectation-maximisation; the last ones change little, and somebody waits."""


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians over codes.

    Attributes:
        weights: Of the Gaussians, [components], adding up to 1.
        means: [components, latent_dim].
        roots: A matrix L of each with covariance L L^T, [components, latent_dim, latent_dim]; or
            its diagonal, [components, latent_dim].
    """

    weights: np.ndarray
    means: np.ndarray
    roots: np.ndarray

    def draw(self, count: int, seed: int) -> np.ndarray:
        """Codes [count, latent_dim]; the same for the same seed."""
        draws = np.random.default_rng(seed)
        which = draws.choice(len(self.weights), count, p=self.weights)
        standard = draws.standard_normal((count, self.means.shape[1]))
        roots = self.roots[which]
        if roots.ndim == 2:
            return self.means[which] + roots * standard
        return self.means[which] + np.einsum("nij,nj->ni", roots, standard)


def fit_mixture(codes: np.ndarray, num_components: int, seed: int = 0) -> Mixture:
    """The mixture of Gaussians that expectation-maximisation finds for the codes, in at most
    `MAX_ITERATIONS` iterations.

    Args:
        codes: [n, latent_dim], finite.
        num_components: Gaussians, from 1 to n.
        seed: Of the start, by k-means.
    """
    # Here, because importing them takes a second, and most visitors fit no density.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    size = codes.shape[1]
    kind = "full" if size <= FULL_COVARIANCE else "diag"
    # A number that is always zero, as sparse codes have, has no variance of its own; the codes'
    # scale, which training leaves free, decides how little is next to nothing.
    least = 1e-4 * max(float(codes.var(axis=0).mean()), 1e-12)
    mixture = GaussianMixture(
        num_components,
        covariance_type=kind,
        reg_covar=least,
        max_iter=MAX_ITERATIONS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        # Too few iterations, or fewer different codes than Gaussians: the density is a little
        # worse for it, and the distances on the page say how good it is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = mixture.fit(codes.astype(np.float64))
    roots = (
        np.linalg.cholesky(found.covariances_) if kind == "full" else np.sqrt(found.covariances_)
    )
    return Mixture(found.weights_ / found.weights_.sum(), found.means_, roots)


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The squared Frechet distance between the Gaussians of two samples' means and covariances.

    |m1 - m2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)) (Dowson and Landau, "The Frechet distance between
    multivariate normal distributions", 1982, equation 16); as the Frechet inception distance, but
    in the features that are given.

    Args:
        first: Features [n, d].
        second: Features [m, d].

    Returns:
        In squared units of the features, at least 0; larger for small samples than for large ones,
        so that only samples of one size should be compared.
    """
    means = [np.asarray(one, np.float64).mean(axis=0) for one in (first, second)]
    covariances = [
        np.atleast_2d(np.cov(np.asarray(one, np.float64), rowvar=False, bias=True))
        for one in (first, second)
    ]
    values, vectors = np.linalg.eigh(covariances[0])
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    # S1 S2 has the eigenvalues of the symmetric matrix S1^(1/2) S2 S1^(1/2).
    products = np.linalg.eigvalsh(root @ covariances[1] @ root)
    cross = np.sqrt(np.maximum(products, 0.0)).sum()
    apart = np.square(means[0] - means[1]).sum()
    return float(max(apart + np.trace(covariances[0] + covariances[1]) - 2.0 * cross, 0.0))


def frechet_distance_error(first: np.ndarray, second: np.ndarray) -> float:
    """The standard error of `frechet_distance` by the jackknife: from how much it changes where one
    of JACKKNIFE_PARTS parts of both samples is left out (Efron and Stein, "The jackknife estimate
    of variance", Annals of Statistics 9, 1981).

    Args:
        first: Features [n, d], in no order.
        second: Features [m, d], likewise.
    """
    parts = [np.s_[part::JACKKNIFE_PARTS] for part in range(JACKKNIFE_PARTS)]
    found = [
        frechet_distance(np.delete(first, part, axis=0), np.delete(second, part, axis=0))
        for part in parts
    ]
    return float(np.std(found) * np.sqrt(JACKKNIFE_PARTS - 1))


def energy_distance(
    first: np.ndarray, second: np.ndarray, classes: np.ndarray | None = None
) -> float:
    """How far two samples' distributions are apart: 2 E|X - Y| - E|X - X'| - E|Y - Y'|.

    0 for equal distributions, positive for all others (Szekely and Rizzo, "Energy statistics: a
    class of statistics based on distances", 2013, equation 5). No pair of a point with itself is
    counted, so that two samples of one distribution give 0 on average, and now and then a little
    less.

    Args:
        first: [n, d], n of 2 or more.
        second: [m, d], m of 2 or more.
        classes: Of the points of both samples, which are then as many, [n]: the distance is the
            mean over all points of that within their class. Classes of fewer than
            LEAST_POINTS points are left out.

    Returns:
        In units of the points.
    """
    if classes is not None:
        shares, pairs = _by_class(first, second, classes)
        return float(shares @ [energy_distance(*pair) for pair in pairs])
    between = cdist(first, second).mean()
    within = sum(pdist(one).mean() for one in (first, second))
    return float(2.0 * between - within)


def energy_distance_error(
    first: np.ndarray, second: np.ndarray, classes: np.ndarray | None = None
) -> float:
    """The standard error of `energy_distance`, which is a U-statistic of two samples: what the
    distance would vary by if both were drawn anew.

    Its variance has two parts (Hoeffding, "A class of statistics with asymptotically normal
    distribution", 1948, section 5): that of its projection onto single points, which vanishes for
    equal distributions, and that of the pairs, which is then left. The projection is itself
    estimated from the pairs, so that its variance holds theirs twice; theirs is taken from the
    second sample, as if both had its distribution.

    Args:
        first: [n, d], n of LEAST_POINTS or more.
        second: [m, d], m of LEAST_POINTS or more.
        classes: As for `energy_distance`.

    Returns:
        In units of the points.
    """
    if classes is not None:
        shares, parts = _by_class(first, second, classes)
        return float(np.linalg.norm(shares * [energy_distance_error(*pair) for pair in parts]))
    n, m = len(first), len(second)
    between, within = cdist(first, second), cdist(second, second)
    single = 2 * between.mean(axis=1) - 2 * cdist(first, first).sum(axis=1) / (n - 1)
    other = 2 * between.mean(axis=0) - 2 * within.sum(axis=1) / (m - 1)
    means = within.sum(axis=1) / (m - 1)
    centred = within - means[:, None] - means + means.mean()
    square = np.square(centred[~np.eye(m, dtype=bool)]).mean()
    pairs = square * (4 / (n * m) + 2 / (n * (n - 1)) + 2 / (m * (m - 1)))
    projection = single.var(ddof=1) / n + other.var(ddof=1) / m
    return float(np.sqrt(max(projection - pairs, pairs)))


def _by_class(
    first: np.ndarray, second: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """The share of the points of every class, and its points of both samples."""
    names, counts = np.unique(classes, return_counts=True)
    kept = counts >= LEAST_POINTS
    pairs = [(first[classes == name], second[classes == name]) for name in names[kept]]
    return counts[kept] / counts[kept].sum(), pairs


def chance_distance(
    pairs: Iterable[tuple[np.ndarray, np.ndarray]],
    share: float,
    classes: np.ndarray | None = None,
) -> float:
    """The energy distance that a `share` of pairs of samples stay below: where both are of one
    distribution, what two samples of that size differ by chance. `classes` as for
    `energy_distance`."""
    return float(np.quantile([energy_distance(*pair, classes) for pair in pairs], share))


def features(components: pca.PCA, images: np.ndarray) -> np.ndarray:
    """What images [n, input_dim] are compared by: [n, NUM_FEATURES], their coordinates along the
    first principal components."""
    return components.encode(images, NUM_FEATURES)

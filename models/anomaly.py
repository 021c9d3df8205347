"""Anomaly detection: what a network has never seen, it should rebuild badly.

A score per example, the larger the stranger; a threshold makes an alarm of it. The score is the
mean squared reconstruction error (Hawkins, He, Williams and Baxter, "Outlier detection using
replicator neural networks", DaWaK 2002, equation 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.knobs import VariationalHyperparameters
from models.layers import numpy_inference

LEAST_VARIANCE = 1e-10
"""As `models.variational.LEAST_VARIANCE`, which imports TensorFlow."""

LEAST_PROBABILITY = 1e-7
"""Keeps logarithms finite: 32 bits hold no probability that is nearer to 1."""


def errors(x: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """The mean squared error per number of each example, [n]; both arguments are [n, input_dim]."""
    return np.square(np.asarray(x, np.float32) - rebuilt).mean(axis=1, dtype=np.float64)


def negative_bounds(
    hyperparameters: VariationalHyperparameters,
    weights: numpy_inference.Weights,
    x: np.ndarray,
    seed: int = 0,
) -> np.ndarray:
    """The negative variational bound of each example, [n], in nats: how much a variational
    autoencoder is surprised by it (An and Cho, "Variational autoencoder based anomaly detection
    using reconstruction probability", 2015, with one code drawn per example).

    Args:
        hyperparameters: Of a variational run.
        weights: Its arrays "weights/...".
        x: [n, input_dim], pixels from 0 to 1.
        seed: Of the codes that are drawn.
    """
    h = hyperparameters
    outputs = numpy_inference.evaluate(numpy_inference.encoder_layers(h, weights), x)
    mean, spread = np.split(outputs, 2, axis=1)
    log_variance = spread
    if h.parametrization == "sigma":
        log_variance = np.log(LEAST_VARIANCE + np.square(spread))
    standard = np.random.default_rng(seed).standard_normal(mean.shape, np.float32)
    output = numpy_inference.decode(h, weights, mean + np.exp(0.5 * log_variance) * standard)
    divergence = 0.5 * (np.exp(log_variance) + np.square(mean) - 1 - log_variance).sum(axis=1)
    return _nats(h, weights, x, output) + divergence


def _nats(
    hyperparameters: VariationalHyperparameters,
    weights: numpy_inference.Weights,
    x: np.ndarray,
    output: np.ndarray,
) -> np.ndarray:
    """-log p(x | z) of each example."""
    if hyperparameters.likelihood == "bernoulli":
        white = np.clip(output.astype(np.float64), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return -(x * np.log(white) + (1 - x) * np.log1p(-white)).sum(axis=1)
    (log_variance,) = (
        float(array) for name, array in weights.items() if name.endswith("log_noise_variance")
    )
    squared = np.square(x - output) * np.exp(-log_variance)
    return 0.5 * (squared + log_variance + np.log(2 * np.pi)).sum(axis=1)


def auc(normal: np.ndarray, anomalous: np.ndarray) -> float:
    """The area under the ROC curve: the probability that an anomaly has a larger score than a
    normal example, both drawn at random; a tie counts half.

    Their U statistic by the number of pairs (Mann and Whitney, "On a test of whether one of two
    random variables is stochastically larger than the other", 1947).

    Args:
        normal: Scores [n], n > 0.
        anomalous: Scores [m], m > 0.

    Returns:
        0.5 for scores that say nothing, 1 for those that tell all apart; below 0.5 anomalies look
        more normal than what is normal.
    """
    ordered = np.sort(normal)
    smaller, at_most = (np.searchsorted(ordered, anomalous, side) for side in ("left", "right"))
    return float((smaller + at_most).mean() / (2 * len(normal)))


def roc(normal: np.ndarray, anomalous: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ROC curve: for every threshold, from above the largest score to below the smallest, the
    share of the normal examples and that of the anomalies which raise an alarm.

    Returns:
        Both rise from 0 to 1.
    """
    scores = np.concatenate([normal, anomalous])
    thresholds = np.concatenate([[np.inf], np.unique(scores)[::-1]])
    shares = [
        1 - np.searchsorted(np.sort(part), thresholds, side="left") / len(part)
        for part in (normal, anomalous)
    ]
    return shares[0], shares[1]


@dataclass(frozen=True)
class Alarms:
    """What a threshold does to normal examples and to anomalies, as numbers of examples."""

    false_alarms: int
    passed: int
    caught: int
    missed: int

    @property
    def false_alarm_rate(self) -> float:
        """Share of the normal examples that raise an alarm."""
        return self.false_alarms / (self.false_alarms + self.passed)

    @property
    def hit_rate(self) -> float:
        """Share of the anomalies that raise an alarm."""
        return self.caught / (self.caught + self.missed)


def alarms(normal: np.ndarray, anomalous: np.ndarray, threshold: float) -> Alarms:
    """The alarms of scores from the threshold on."""
    false, caught = int(np.sum(normal >= threshold)), int(np.sum(anomalous >= threshold))
    return Alarms(false, len(normal) - false, caught, len(anomalous) - caught)

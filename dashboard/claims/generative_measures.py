"""Numbers of runs of generative autoencoders that claims compare."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np

from dashboard.claims.records import (
    existing,
    hyperparameters_of,
    pictures_of,
    sample_of,
    weights_of,
)
from models.data import datasets, loading
from models.evaluation import code_use, density, linear_probe, pca
from models.layers import numpy_inference
from models.runs.run_reader import RunReader

CLASSIFIER_IMAGES = 2000
"""Training images, at most, of what classifies those that a decoder was asked for."""

STYLES = 100
"""Draws of the prior that are decoded with every class."""


def used_dimensions(run: RunReader) -> float:
    """How many dimensions of the code are used in the end."""
    return code_use.used_dimensions(pictures_of(run)["kl_per_dimension"])


def both_parts(run: RunReader) -> float:
    """Reconstruction and KL divergence of held-out images together, each with weight 1, in nats."""
    terms = existing(run.result(), run)["held_out"]
    return terms["reconstruction_nats"] + terms["kl_nats"]


def on_own_part(run: RunReader) -> float:
    """Which share of held-out codes lie in the part of the mixture that is their class's: nearer
    to its ray than to any other."""
    labels = sample_of(run)["labels"]
    h = hyperparameters_of(run)
    right, upwards = pictures_of(run)["codes"][:, :2].T
    turns, parts = np.arctan2(upwards, right) / (2 * np.pi), datasets.by_name(h.dataset).num_labels
    return float(np.mean(np.round(turns * parts) % parts == labels))


def largest_distance_midway(run: RunReader) -> float:
    """The largest distance of held-out codes from the prior after the first quarter of the
    training and before its last half."""
    last = existing(run.result(), run)["epochs"]
    middle = [one for one in run.events() if last / 4 <= one["epoch"] <= last / 2]
    return max(one["diagnostics"]["energy_distance"] for one in middle)


def class_in_code(run: RunReader) -> float:
    """Of which share of the held-out images the neighbours' codes tell the class."""
    sample = sample_of(run)
    return linear_probe.neighbour_accuracy(pictures_of(run)["codes"], sample["labels"])


def distance_of_draws(run: RunReader) -> float:
    """The squared Frechet distance of what the prior's draws are decoded to from held-out images,
    as many of each, in the space of the training images' principal components."""
    h = hyperparameters_of(run)
    data, weights = loading.load(**h.data_arguments), weights_of(run)
    codes = np.random.default_rng(h.seed).standard_normal((len(data.held_out), h.latent_dim))
    drawn = np.clip(numpy_inference.decode(h, weights, codes.astype(np.float32)), 0.0, 1.0)
    components = pca.fit(data.train)
    both = (density.features(components, images) for images in (drawn, data.held_out))
    return density.frechet_distance(*both)


def largest_rise(run: RunReader) -> float:
    """By which factor the held-out loss grew most from one recorded epoch to the next."""
    losses = [event["held_out"]["total"] for event in run.events() if event["epoch"]]
    return max(after / before for before, after in itertools.pairwise(losses))


def obedience(run: RunReader) -> float:
    """Which share of invented images a classifier takes for the class that was asked for."""
    h = hyperparameters_of(run)
    codes = np.random.default_rng(h.seed).standard_normal((STYLES, h.latent_dim))
    asked = np.repeat(np.arange(h.num_classes), STYLES)
    codes = np.tile(codes, (h.num_classes, 1)).astype(np.float32)
    weights = weights_of(run)
    images = numpy_inference.decode(h, weights, codes, asked)
    return train_classifier(h.dataset, min(h.num_train, CLASSIFIER_IMAGES)).accuracy(images, asked)


@lru_cache(maxsize=4)
def train_classifier(dataset: str, num_train: int) -> linear_probe.Probe:
    """What tells the classes of images: a logistic regression on the pixels of real ones."""
    seen = loading.load(dataset, num_train)
    return linear_probe.Probe(seen.train, seen.train_labels, scaled=False)


MEASURES = {
    "used_dimensions": used_dimensions,
    "both_parts": both_parts,
    "on_own_part": on_own_part,
    "largest_distance_midway": largest_distance_midway,
    "class_in_code": class_in_code,
    "distance_of_draws": distance_of_draws,
    "largest_rise": largest_rise,
    "obedience": obedience,
}

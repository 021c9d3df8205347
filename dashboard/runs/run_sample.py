"""The examples whose codes and reconstructions a run shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from dashboard.jobs import execution
from dashboard.runs import inference
from dashboard.runs.run_view import RunView
from models.data import datasets, loading
from models.data.datasets import SAMPLE_SIZE


@dataclass(frozen=True)
class Sample:
    """Held-out images of a run, as stored: uint8, 0 black and 255 white.

    Attributes:
        inputs: Shape [n, height * width].
        labels: Class of each, [n].
        pca: What PCA makes of them where it may keep as much as the code does, or None before
            the first training.
        floor: PCA's mean squared error on all "train" and "held_out" images, empty before that.
        dataset: Where they come from.
        noisy: What the network is shown in their place, and PCA too; None if it is they.
    """

    inputs: np.ndarray
    labels: np.ndarray
    pca: np.ndarray | None
    floor: dict[str, float]
    dataset: datasets.Dataset
    noisy: np.ndarray | None = None

    @cached_property
    def pca_errors(self) -> np.ndarray:
        """PCA's error on each, NaN before the first training."""
        if self.pca is None:
            return np.full(len(self.inputs), np.nan)
        return squared_errors(self.inputs, self.pca)

    def as_images(self, rows: np.ndarray) -> np.ndarray:
        """Rows of pixels [n, height * width] as images [n, height, width]."""
        return rows.reshape(-1, *self.dataset.shape)


def squared_errors(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The mean squared error per pixel of each pair of uint8 images, in units of white = 1."""
    difference = (images.astype(np.float32) - others) / 255
    return np.square(difference).mean(axis=1)


def class_means(values: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """The mean of the values of each class, NaN where the class has none."""
    counts = np.bincount(labels, minlength=num_classes)
    sums = np.bincount(labels, values, minlength=num_classes)
    return np.divide(sums, counts, out=np.full(num_classes, np.nan), where=counts > 0)


def signed_images(weights: np.ndarray) -> np.ndarray:
    """Rows of signed numbers as uint8: 0 becomes mid-grey, each row's largest black or white."""
    largest = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12)
    return np.round(127.5 + 127.5 * weights / largest).astype(np.uint8)


def fix_signs(directions: np.ndarray) -> np.ndarray:
    """The directions with their largest entry positive: a sign is arbitrary, and must not flip
    from one picture to the next."""
    largest = np.abs(directions).argmax(axis=1)
    return directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]


def align_signs(points: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """Coordinates [n, k] along principal components, turned to point as `before` did.

    A component's sign means nothing, and a cloud that flips over between two pictures only looks
    as if something had happened. Without a `before`, of two directions the one with the points
    furthest out is positive.
    """
    before = points**2 if before is None else before
    return points * np.where(np.sum(points * before, axis=0) < 0, -1, 1)


def sample(run_view: RunView) -> Sample | None:
    """The run's sample; before its first training the same images where they are at hand (the
    built-in digits, own data), else None."""
    h = run_view.recipe.hyperparameters
    try:
        return _load_stored(run_view.run.id, run_view.run.sample_written, h.dataset)
    except LookupError:
        if h.dataset != "digits" and not datasets.by_name(h.dataset).is_own:
            return None
        try:
            return _make_sample(h.dataset, h.num_examples, h.excluded_classes)
        except datasets.DataError:
            return None  # erased just now


def sample_of_trained(run_view: RunView) -> Sample:
    """The sample of a run that has been trained.

    Raises:
        RunError: If it has gone all the same.
    """
    found = sample(run_view)
    if found is None:
        raise inference.RunRemovedError(run_view.run)
    return found


@lru_cache(maxsize=16)
def _load_stored(run_id: str, written: float, dataset: str) -> Sample:
    """Raises LookupError where nothing is stored yet, which is not cached."""
    found = execution.dispatcher().store.run(run_id).sample()
    if not (found and found[0]):  # the linear lesson makes its points itself
        raise LookupError(run_id)
    arrays, meta = found
    return Sample(
        arrays["inputs"],
        arrays["labels"],
        arrays["pca_reconstructions"],
        meta["pca"],
        datasets.by_name(dataset),
        arrays.get("noisy"),
    )


@lru_cache(maxsize=4)
def _make_sample(dataset: str, num_train: int, excluded_classes: tuple[int, ...]) -> Sample:
    loaded = loading.load(dataset, num_train, excluded_classes=excluded_classes)
    pixels = np.round(loaded.held_out[:SAMPLE_SIZE] * 255).astype(np.uint8)
    return Sample(pixels, loaded.held_out_labels[:SAMPLE_SIZE], None, {}, loaded.dataset)

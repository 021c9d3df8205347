"""What is measured of a stored run after its training: bits, distortion and classes.

All runs on the same data are measured on the same examples, whatever they were trained on. What
takes long is computed once per run and state of its weights; caches are bounded.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import streamlit as st

from dashboard.controls import widgets
from dashboard.runs import inference
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from models.data import datasets, loading
from models.data.images import as_grey
from models.evaluation import linear_probe, pca, rate_distortion
from models.evaluation.rate_distortion import Curve, Quantizer
from models.runs.recipe import Recipe

NUM_TRAIN = 4000
"""Training images, at most, from which roundings, PCA and probes are learned: for all runs the
same ones, whatever they were trained on."""

NUM_HELD_OUT = 500
"""Held-out images, at most, on which distortion and bits are measured: those of a run's sample."""

BATCH = 500
"""Images that pass a network at once; a convolution's windows take room."""

RunViews = Mapping[str, RunView]
"""The chosen runs by their names."""


def group_of(recipe: Recipe) -> str:
    """Names the data that a run is measured on: runs of one group can be compared."""
    h = recipe.hyperparameters
    dataset = datasets.by_name(h.dataset)
    if dataset.kind == "images":
        return _(dataset.label)  # its held-out images are the same for all
    own = {
        hyperparameter.name: getattr(h, hyperparameter.name)
        for hyperparameter in h.fields().values()
        if hyperparameter.group == "Data" and hyperparameter.name != "dataset"
    }
    return f"{_(dataset.label)} ({widgets.describe(h, own)})"


@dataclass(frozen=True, eq=False)
class Reference:
    """The data that the runs of a group are measured on, and PCA's components of it."""

    data: datasets.Data
    components: pca.PCA

    @property
    def train(self) -> np.ndarray:
        return self.data.train

    @property
    def held_out(self) -> np.ndarray:
        return self.data.held_out[:NUM_HELD_OUT]

    @property
    def within(self) -> pca.Range | None:
        """Between which values the numbers of an example lie."""
        return (0.0, 1.0) if self.data.dataset.kind == "images" else None

    @property
    def images(self) -> np.ndarray:
        """`held_out` as uint8, [n, height, width]."""
        return as_grey(self.held_out).reshape(-1, *self.data.dataset.shape)


_KEYS: dict[Any, Any] = {
    Reference: lambda at_hand: at_hand.data.fingerprint,
    RunView: lambda run_view: (run_view.run.id, inference.stamp(run_view)),
}
"""What identifies the arguments of what is cached."""


def reference(recipe: Recipe) -> Reference:
    """That of a run's group.

    Raises:
        models.data.datasets.DataError: If the data are not at hand.
    """
    arguments = recipe.hyperparameters.data_arguments
    dataset = datasets.by_name(arguments["dataset"])
    if dataset.kind == "images":
        # All classes, also those that one of the runs has left out: all are compared on the same.
        arguments = {"dataset": dataset.name, "num_train": min(NUM_TRAIN, dataset.max_train)}
    return _reference(loading.fingerprint(**arguments), arguments)


@st.cache_resource(max_entries=3, show_spinner=False)
def _reference(fingerprint: str, _arguments: dict[str, Any]) -> Reference:
    found = loading.load(**_arguments)
    return Reference(found, pca.fit(found.train))


def _evaluate(
    run_view: RunView, half: str, x: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray | None:
    """What one half of a run's network makes of `x`, and of the classes if it is conditioned on
    them; None where it cannot be evaluated here."""
    try:
        parts = [
            inference.output(run_view, half, x[part], None if labels is None else labels[part])
            for part in (slice(i, i + BATCH) for i in range(0, len(x), BATCH))
        ]
        known = [part for part in parts if part is not None]
        return np.concatenate(known) if len(known) == len(parts) else None
    except (KeyError, ValueError, TypeError):
        # Weights that are not (yet) stored, or a network that needs more than codes.
        return None


def _is_usable(numbers: np.ndarray | None) -> TypeGuard[np.ndarray]:
    return numbers is not None and bool(np.isfinite(numbers).all())


# Bits


@dataclass(frozen=True)
class RatedRun:
    """A run's error on the group's held-out examples, shown as they are, with codes that are not
    rounded; and what rounding makes of it. Codes of symbols need none, and have no quantizer."""

    error: float
    curve: Curve
    quantizer: Quantizer | None = None

    @property
    def bits(self) -> float | None:
        """The fewest bits per example with which the error rises by 5 % at most."""
        return self.curve.bits_for((1 + rate_distortion.TOLERANCE) * self.error)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_KEYS)
def rate(run_view: RunView) -> RatedRun | None:
    """None where the run's network cannot be evaluated."""
    at_hand, h = reference(run_view.recipe), run_view.recipe.hyperparameters
    x = at_hand.held_out
    labels = at_hand.data.held_out_labels[: len(x)]
    codes = _evaluate(run_view, "encoder", x, labels)
    outputs = _evaluate(run_view, "decoder", codes, labels) if _is_usable(codes) else None
    if not (_is_usable(codes) and _is_usable(outputs)):
        return None
    error = rate_distortion.squared_error(x, outputs)
    train_codes = _evaluate(run_view, "encoder", at_hand.train, at_hand.data.train_labels)
    if train_codes is None:
        return None
    if h.code_symbols is not None:
        length, alphabet = h.code_symbols
        train, held_out = (one.reshape(len(one), length, -1) for one in (train_codes, codes))
        bits = rate_distortion.symbol_bits(train, held_out, alphabet)
        return RatedRun(error, Curve(np.array([bits]), np.array([error]), ((),)))

    def decode(rounded: np.ndarray) -> np.ndarray:
        rebuilt = _evaluate(run_view, "decoder", rounded, labels)
        if rebuilt is None:
            raise inference.RunRemovedError(run_view.run)
        return rebuilt

    quantizer = rate_distortion.fit_quantizer(train_codes)
    curve = rate_distortion.code_curve(decode, quantizer, codes, x)
    # The class that a network is conditioned on has to be kept beside the code.
    class_bits = np.log2(h.num_classes) if h.num_classes else 0.0
    return RatedRun(error, dataclasses.replace(curve, bits=curve.bits + class_bits), quantizer)


def rounded_outputs(run_view: RunView, one: RatedRun, which: np.ndarray, point: int) -> np.ndarray:
    """What a run makes of some of its group's held-out examples with the rounding of one point of
    its curve.

    Raises:
        RunError: If its weights have gone.
    """
    at_hand = reference(run_view.recipe)
    labels = at_hand.data.held_out_labels[which]
    codes = _evaluate(run_view, "encoder", at_hand.held_out[which], labels)
    if codes is not None and one.quantizer:
        codes, _lengths = one.quantizer.apply(codes, *one.curve.settings[point])
    outputs = None if codes is None else _evaluate(run_view, "decoder", codes, labels)
    if outputs is None:
        raise inference.RunRemovedError(run_view.run)
    return outputs


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=_KEYS)
def pca_curve(at_hand: Reference) -> Curve:
    """The best that PCA can do, with any number of components."""
    data = (at_hand.train, at_hand.held_out)
    return rate_distortion.pca_curve(at_hand.components, *data, at_hand.within)


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=_KEYS)
def pca_images(at_hand: Reference, point: int) -> np.ndarray:
    """What PCA makes of the held-out examples at one point of its curve, [n, input_dim]."""
    num_components, step = pca_curve(at_hand).settings[point]
    data = (at_hand.train, at_hand.held_out)
    return rate_distortion.pca_images(
        at_hand.components, *data, num_components, step, at_hand.within
    )


@dataclass(frozen=True)
class Files:
    """JPEG and PNG of a group's images, all in one picture and each in a file of its own."""

    jpeg: Curve
    jpeg_each: Curve
    png: float
    png_each: float


@st.cache_data(max_entries=4, show_spinner=False, hash_funcs=_KEYS)
def files(at_hand: Reference) -> Files:
    """JPEG and PNG of a group of images."""
    return Files(
        jpeg=rate_distortion.jpeg_curve(at_hand.images, together=True),
        jpeg_each=rate_distortion.jpeg_curve(at_hand.images, together=False),
        png=rate_distortion.png_bits(at_hand.images, together=True),
        png_each=rate_distortion.png_bits(at_hand.images, together=False),
    )


def jpeg_images(at_hand: Reference, point: int) -> np.ndarray:
    """What JPEG makes of the held-out images at one point of its curve, from 0 to 1."""
    (quality,) = files(at_hand).jpeg.settings[point]
    images = rate_distortion.jpeg_images(at_hand.images, quality)
    return images.reshape(at_hand.held_out.shape) / 255


# The probe


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=_KEYS)
def probe(run_view: RunView) -> np.ndarray | None:
    """Of which held-out examples a linear probe on a run's codes tells the class, bool [n]; None
    where there are no such codes."""
    found = reference(run_view.recipe).data
    codes = _evaluate(run_view, "encoder", found.train)
    held_out = _evaluate(run_view, "encoder", found.held_out)
    if not (_is_usable(codes) and _is_usable(held_out)):
        return None
    return linear_probe.is_right(codes, found.train_labels, held_out, found.held_out_labels)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=_KEYS)
def probe_reference(at_hand: Reference, num_components: int | None = None) -> np.ndarray:
    """The same of a linear probe on so many principal components, or on the pixels."""
    found, components = at_hand.data, at_hand.components
    codes = [found.train, found.held_out]
    if num_components is not None:
        codes = [components.encode(x, num_components) for x in codes]
    return linear_probe.is_right(codes[0], found.train_labels, codes[1], found.held_out_labels)

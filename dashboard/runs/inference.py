"""Encodes and decodes with the weights that a run has stored, for the web process.

Those stored last are used, unless a view is of a kept epoch (`kept_states`). Training stores them
every two seconds, so what is drawn from here follows a running training too.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.jobs import execution
from dashboard.runs import buffers
from dashboard.runs.run_view import RunView
from dashboard.runs.wire_format import as_bytes, describe_layers
from models.data import datasets
from models.data.images import as_grey
from models.layers import numpy_inference
from models.layers.spec import Layer
from models.runs.files import Arrays, RunError, explain_damage
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.runs.run_reader import branch_name

LAYERS_OF = {"encoder": numpy_inference.encoder_layers, "decoder": numpy_inference.decoder_layers}


class RunRemovedError(RunError):
    """Something is missing that a trained run has."""

    def __init__(self, run: Run):
        super().__init__(f"Run {run.id} was removed just now. Train it again.")


def decode(
    run_view: RunView, codes: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray | None:
    """Images, uint8 [n, height, width], of the codes [n, latent_dim], and of the classes [n] where
    the decoder is told them; None before the first weights are stored."""
    pixels = output(run_view, "decoder", np.asarray(codes, np.float32), labels)
    if pixels is None:
        return None
    shape = datasets.by_name(run_view.recipe.hyperparameters.dataset).shape
    return as_grey(pixels).reshape(-1, *shape)


def ready(run_view: RunView) -> bool:
    """Whether weights are stored, so that `output` has something to give."""
    return weights(run_view) is not None


def output(
    run_view: RunView, half: str, x: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray | None:
    """What one half, "encoder" or "decoder", or "both", makes of the inputs [n, ...] with the
    run's weights, float32 [n, outputs]; None before the first are stored. `labels` as for
    `models.layers.numpy_inference.decode`."""
    stored, h = weights(run_view), run_view.recipe.hyperparameters
    if stored is None:
        return None
    if half != "decoder":
        x = numpy_inference.encode(h, stored, x, labels)
    return x if half == "encoder" else numpy_inference.decode(h, stored, x, labels)


def output_of_trained(
    run_view: RunView, half: str, x: np.ndarray, labels: np.ndarray | None = None
) -> np.ndarray:
    """`output` of a run whose weights are known to be stored.

    Raises:
        RunError: If they have gone all the same.
    """
    found = output(run_view, half, x, labels)
    if found is None:
        raise RunRemovedError(run_view.run)
    return found


def weights(run_view: RunView) -> Arrays | None:
    """The arrays "weights/..." of the epoch that is shown; None before the first are stored."""
    run, changed = run_view.run, stamp(run_view)
    return _weights(str(run.folder), changed, run, run_view) if changed else None


# Keyed by folder and stamp: looking again at weights that rest costs nothing.


@st.cache_resource(max_entries=8, show_spinner=False)
def _weights(folder: str, stamp: str, _run: Run, _run_view: RunView) -> Arrays | None:
    return _read_weights(_run, _run_view.recipe, _run_view.kept_epoch)


def _read_weights(run: Run, recipe: Recipe, epoch: int | None) -> Arrays | None:
    stored = run.checkpoint("weights/") if epoch is None else run.branch_point(epoch, "weights/")
    if stored is None:
        return None
    with explain_damage(_file(run, epoch)):
        for find_layers in LAYERS_OF.values():
            numpy_inference.check_weights(find_layers(recipe.hyperparameters, stored[0]))
    return stored[0]


def layers_of(run_view: RunView, half: str) -> list[Layer] | None:
    """The layers of one half, "encoder" or "decoder", with the weights stored last; None before
    the first are stored."""
    stored = weights(run_view)
    return LAYERS_OF[half](run_view.recipe.hyperparameters, stored) if stored else None


def feature_maps(run_view: RunView, half: str, x: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """What each convolution of one half makes of the inputs [n, ...]: the layers' names and
    their outputs [n, height, width, channels]; empty before the first weights are stored."""
    layers = layers_of(run_view, half) or []
    outputs = zip(layers, numpy_inference.outputs(layers, x), strict=True)
    return [(layer.name, maps) for layer, maps in outputs if layer.kind.startswith("conv")]


def network(run: Run, half: str, epoch: int | None = None) -> bytes | None:
    """One half, "encoder" or "decoder", of the network after a kept epoch, by default as stored
    last, for `readNetwork` in network.js: its layers as a header, their weights as 16-bit floats.
    None before the first weights are stored."""
    changed = _changed(run, epoch)
    return _network(run.id, changed, half, epoch) if changed else None


@lru_cache(maxsize=8)
def _network(run_id: str, changed: int, half: str, epoch: int | None) -> bytes | None:
    run = execution.dispatcher().store.run(run_id)
    config = run.config
    recipe = Recipe.from_dict(config) if config else None
    stored = recipe and _read_weights(run, recipe, epoch)
    if not (recipe and stored):
        return None
    layers = LAYERS_OF[half](recipe.hyperparameters, stored)
    header = {"layers": describe_layers(layers)}
    return buffers.with_header(header, as_bytes(layers))


def stamp(run_view: RunView) -> str | None:
    """Names the weights that a view shows: changes with every checkpoint; None before the first.
    Behind a question mark it asks the server for them (`addresses.run_address`)."""
    epoch = run_view.kept_epoch
    changed = _changed(run_view.run, epoch)
    if changed is None:
        return None
    return f"stored={changed}" if epoch is None else f"epoch={epoch}&stored={changed}"


def has_weights(run: Run) -> bool:
    """Whether any are stored."""
    return _changed(run, None) is not None


def _changed(run: Run, epoch: int | None) -> int | None:
    try:
        return _file(run, epoch).stat().st_mtime_ns
    except OSError:
        return None


def _file(run: Run, epoch: int | None) -> Path:
    """Where the weights are stored."""
    return run.folder / ("checkpoint.npz" if epoch is None else branch_name(epoch))


def history(run: Run, name: str) -> tuple[list[int], np.ndarray]:
    """The epochs of a run's film, and the array of that name at each of them, [epochs, ...]."""
    created, found = run.created, {}
    for epoch in run.snapshot_epochs():
        try:
            found[epoch] = _load_film(run.id, created, epoch, name)
        except LookupError:
            continue  # evicted, or being written
    return list(found), np.array(list(found.values()))


@lru_cache(maxsize=4096)
def _load_film(run_id: str, created: float, epoch: int, name: str) -> np.ndarray:
    """Raises LookupError where it is not to be had, which is not cached."""
    stored = execution.dispatcher().store.run(run_id).snapshot(epoch, prefix=name)
    if stored is None or name not in stored[0]:
        raise LookupError(epoch)
    return stored[0][name]


@st.cache_resource(
    max_entries=8,
    show_spinner=False,
    hash_funcs={RunView: lambda run_view: (str(run_view.run.folder), stamp(run_view))},
)
def prior_draws(run_view: RunView) -> np.ndarray | None:
    """The codes [n, latent_dim] that a run's generated images are decoded from; None before the
    first training."""
    stored = run_view.run.sample()
    return stored[0].get("prior_draws") if stored else None

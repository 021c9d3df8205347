"""Decodes codes with the weights that a run has stored last, for the web process.

Training stores them every two seconds, so what is drawn from here follows a running training too.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.lesson import Sight
from models import data, forward
from models.hyperparameters import Hyperparameters
from models.runs import Arrays, Run


def decoded(sight: Sight, codes: np.ndarray) -> np.ndarray | None:
    """Images, uint8 [n, height, width], of the codes [n, latent_dim]; None before the first
    weights are stored."""
    stamp = _stamp(sight.run)
    if stamp is None or _decoder(str(sight.run.folder), stamp, sight.run) is None:
        return None
    h = sight.recipe.hyperparameters
    shape = data.by_name(h.dataset).shape
    codes = np.asarray(codes, np.float32)
    return _decoded(str(sight.run.folder), stamp, codes, sight.run, h).reshape(-1, *shape)


def decoder_layers(sight: Sight) -> list[forward.Layer] | None:
    """The layers of the decoder as stored last; None before the first weights are."""
    stamp = _stamp(sight.run)
    weights = stamp and _decoder(str(sight.run.folder), stamp, sight.run)
    return forward.decoder_layers(sight.recipe.hyperparameters, weights) if weights else None


def _stamp(run: Run) -> int | None:
    """Changes with every checkpoint; None before the first."""
    try:
        return (run.folder / "checkpoint.npz").stat().st_mtime_ns
    except OSError:
        return None


# Keyed by folder and time: looking again at weights that rest costs nothing.


@st.cache_resource(max_entries=4, show_spinner=False)
def _decoder(folder: str, stamp: int, _run: Run) -> Arrays | None:
    stored = _run.checkpoint(prefix="weights/decoder/")
    return stored[0] if stored else None


@st.cache_data(max_entries=32, show_spinner=False)
def _decoded(
    folder: str, stamp: int, codes: np.ndarray, _run: Run, _h: Hyperparameters
) -> np.ndarray:
    pixels = forward.decode(_h, _decoder(folder, stamp, _run), codes)
    return np.round(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)


def prior_draws(sight: Sight) -> np.ndarray | None:
    """The codes [n, latent_dim] that a run's generated images are decoded from; None before the
    first training."""
    return _prior_draws(str(sight.run.folder), _stamp(sight.run), sight.run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _prior_draws(folder: str, stamp: int | None, _run: Run) -> np.ndarray | None:
    stored = _run.sample()
    return stored[0].get("prior_draws") if stored else None

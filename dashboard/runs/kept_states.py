"""A run after one of the epochs of which training has kept the weights.

The film of a run holds the pictures of many epochs, but the weights of a few. What evaluates the
network follows the film to the nearest of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView
from models.data.images import as_grey
from models.runs.run import Run


def kept_epochs(run: Run) -> list[int]:
    """Epochs before the newest of which both weights and pictures are stored, sorted."""
    return sorted(set(run.branch_points()) & set(run.snapshot_epochs()))


def nearest(epochs: Iterable[int], newest: int, epoch: int) -> int | None:
    """Which of the kept epochs is nearest to one, of two the earlier; None if the newest is."""
    found = min([*epochs, newest], key=lambda one: abs(one - epoch))
    return None if found == newest else found


def view_at(run_view: RunView, epoch: int | None) -> RunView:
    """What the run had to show after a kept epoch, evaluated with the weights of that time. With
    None, or where that epoch is no longer kept, what it shows now."""
    if epoch is None or epoch not in run_view.run.branch_points():
        return run_view
    stored = run_view.run.snapshot(epoch)
    if stored is None:
        return run_view
    events = [event for event in run_view.events if event["epoch"] <= epoch]
    # Half-precision numbers are for the disk.
    pictures = {
        name: array.astype(np.float32) if array.dtype == np.float16 else array
        for name, array in stored[0].items()
    }
    found = replace(
        run_view, events=events, pictures=pictures, live={"epoch": epoch}, kept_epoch=epoch
    )
    # Of images a snapshot keeps fewer than a page shows.
    if len(pictures.get("reconstructions", ())) < len(run_view.pictures.get("reconstructions", ())):
        pictures["reconstructions"] = _rebuild(run_view.run.id, inference.stamp(found), found)
    return found


@st.cache_resource(max_entries=4, show_spinner=False)
def _rebuild(run_id: str, stamp: str | None, _run_view: RunView) -> np.ndarray:
    """What the network makes of its sample, uint8 [n, height * width]."""
    seen, codes = run_sample.sample_of_trained(_run_view), _run_view.pictures.get("codes")
    labels = seen.labels if _run_view.recipe.hyperparameters.num_classes else None
    if codes is not None and len(codes) == len(seen.inputs):
        rebuilt = inference.output_of_trained(_run_view, "decoder", codes, labels)
    else:
        x = seen.inputs / np.float32(255)
        rebuilt = inference.output_of_trained(_run_view, "both", x, labels)
    return as_grey(rebuilt)

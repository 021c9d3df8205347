"""The film of a run: a bar that moves a page's pictures through the epochs that training stored.

The browser fetches the stored epochs (`addresses.run_address`) when the bar is first moved; from
then on the server is not asked. The bar is `epoch_slider.js`. Pictures follow it that say what a
stored epoch changes in them: images with `images`, figures with the edits below, which `frames.js`
carries out. What evaluates the network is drawn by the server, which is told where the film rests.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.shared import assets
from dashboard.figures.style import Figure
from dashboard.runs.addresses import run_address
from dashboard.runs.kept_states import kept_epochs, nearest, view_at
from dashboard.runs.run_view import RunView
from dashboard.session import asked_runs
from dashboard.text.i18n import _

SECONDS = 6
"""How long the whole film takes at its usual speed."""

SPEEDS = (0.5, 1, 2)

EPOCH = {"kind": "epoch"}
"""Marks the epoch on curves."""

_component = assets.component("film", "epoch_slider/epoch_slider")


def film_bar(
    run_view: RunView,
    *,
    term: str,
    label: str,
    digits: int,
    view: str = "",
    note: str = "",
    asks: bool = False,
) -> RunView:
    """Draws the bar of a run's film.

    Args:
        run_view: Of the run.
        term: The term of the loss that is shown of the chosen epoch.
        label: What the term is, in words.
        digits: Decimals of the term.
        view: The title of what evaluates the network, if that is on show: it follows the film to
            kept epochs, once the film rests.
        note: What else does not follow the film, if anything; shown while the film is in use.
        asks: Whether the server wants to know where the film rests all the same.

    Returns:
        What such a view is to draw: the run after a kept epoch, or as it is now.
    """
    run, shown = run_view.run, run_view
    if view:
        rest = epoch_at_rest(run_view)
        newest = int(run_view.epoch)
        kept = None if rest is None else nearest(kept_epochs(run), newest, rest)
        shown = view_at(run_view, kept)
        note = _("“{view}” shows epoch {epoch}, the nearest whose weights are kept.").format(
            view=view, epoch=f"{shown.kept_epoch or newest:,}"
        )
    replay = asked_runs.replay_of(run.id)
    data = {
        "run": run.id,
        "address": run_address(run.id),
        "epochs": run.snapshot_epochs(),
        "newest": int(run_view.epoch),
        "last": run_view.recipe.hyperparameters.epochs,
        "losses": losses(run_view.events, term),
        "digits": digits,
        "seconds": SECONDS,
        "speeds": SPEEDS,
        "replay": replay and {
            "number": replay.number, "seconds": replay.seconds, "isAsked": replay.is_asked
        },
        "asks": asks or bool(view),
        "shown": shown.kept_epoch,
        "texts": _texts(label, note),
    }  # fmt: skip
    told = _component(
        key=_key(run_view),
        data=data,
        on_rest_change=lambda: None,
        on_replayed_change=lambda: None,
    )
    if replay and told.replayed == replay.number:
        asked_runs.end_replay()
    return shown


def epoch_at_rest(run_view: RunView) -> int | None:
    """The epoch at which the film of a run rests, as far as its browser has told; None for the
    newest."""
    told = st.session_state.get(_key(run_view))
    rest = told.get("rest") if isinstance(told, Mapping) else None
    if not isinstance(rest, Mapping) or rest.get("run") != run_view.run.id:
        return None
    epoch = rest.get("epoch")
    return epoch if type(epoch) is int else None


def _key(run_view: RunView) -> str:
    return f"{run_view.recipe.type.name}.film"


def _texts(label: str, note: str) -> dict[str, str]:
    return {
        "play": _("Play the training"),
        "pause": _("Pause"),
        "speed": _("Speed"),
        "slider": _("Epoch on show"),
        "epoch": _("epoch {epoch} of {last}"),
        "replay": _("Replay of a stored training"),
        "newest": _("Newest"),
        "toNewest": _("Back to the newest epoch"),
        "losses": label + _(": training {train} · held-out {heldOut}"),
        "after": _("after epoch {epoch}"),
        "loading": _("{count} of {all} epochs fetched"),
        "missing": _(
            "The pictures of epoch {epoch} are not to be had (any more); the newest are shown."
        ),
        "empty": _("The film of the training appears here with its first epoch."),
        "note": note,
    }


def losses(events: Sequence[dict], term: str) -> list[list[float | None]]:
    """Epoch and the term's value on training and on held-out data, for each recorded epoch; None
    where it is not finite."""

    def value(event: dict, part: str) -> float | None:
        found = (event.get(part) or {}).get(term)
        return found if found is not None and math.isfinite(found) else None

    return [[event["epoch"], value(event, "train"), value(event, "held_out")] for event in events]


# What a stored epoch changes


def images(
    run_id: str, array: str, rows: Iterable[int], *, row: int = 0, errors: bool = False
) -> dict[str, Any]:
    """For `tiles`: row `row` of the images shows these rows of a snapshot's array.

    Args:
        run_id: The run.
        array: Name of the array, uint8 [n, height * width].
        rows: Of the array, one per image.
        row: Of the images, counted from 0.
        errors: Whether the first line of each caption is the error against row 0 of the images.
    """
    which = [int(one) for one in rows]
    return {"run": run_id, "array": array, "rows": which, "row": row, "errors": errors}


def points(trace: int, dimensions: int, array: str = "codes", **more: Any) -> dict[str, Any]:
    """Moves the points of one trace to rows of the array: its first `dimensions` numbers.

    Optional are "rows", the points' rows in the array; "projection", of `projection`, to look
    at the rows along directions; and "limit", True if axes about 0 may grow.
    """
    return {"kind": "points", "array": array, "trace": trace, "dimensions": dimensions, **more}


def class_points(
    labels: np.ndarray, dimensions: int, along: dict | None = None
) -> list[dict[str, Any]]:
    """Moves the codes of `figures.codes_2d` or `figures.latent_map`, coloured by these classes."""
    groups = [labels == one for one in np.unique(labels)] if dimensions > 1 else [labels == labels]
    return [
        points(trace, dimensions, rows=np.flatnonzero(group).tolist(), projection=along, limit=True)
        for trace, group in enumerate(groups)
    ]


def projection(origin: np.ndarray, directions: np.ndarray) -> dict[str, list]:
    """Looking at rows minus `origin` [size] along `directions` [k, size]."""
    return {"origin": origin.tolist(), "directions": directions.tolist()}


def segments(trace: int, **more: Any) -> dict[str, Any]:
    """Moves the ends of the residuals of `figures.points_3d`; optional is a "projection"."""
    return {"kind": "segments", "array": "reconstructions", "trace": trace, **more}


def plane(figure: Figure, ranges: np.ndarray, **more: Any) -> list[dict[str, Any]]:
    """Turns the plane, or line, that the decoder reaches in a figure of `figures.points_3d`;
    optional is a "projection"."""
    names = [trace.get("name") for trace in figure["data"]]
    if _("autoencoder") not in names:
        return []
    trace = names.index(_("autoencoder"))
    limits = ranges.tolist()
    return [{"kind": "plane", "array": "plane_basis", "trace": trace, "ranges": limits, **more}]


def bars(threshold: float) -> dict[str, Any]:
    """Sorts the bars of `figures.kl_bars` anew."""
    names = [_("used: {count}"), _("unused: {count}")]
    return {"kind": "bars", "array": "kl_per_dimension", "threshold": threshold, "names": names}


def histogram(bins: int) -> dict[str, Any]:
    """Counts the numbers of all codes for `figures.histogram_counts`."""
    return {"kind": "histogram", "array": "codes", "bins": bins}


def opinion(trace: int, layer: int) -> dict[str, Any]:
    """Draws layer `layer` of a discriminator's map below the points of `figures.opinion_map`."""
    return {"kind": "opinion", "array": "discriminator", "trace": trace, "layer": layer}

"""Draws figures in the browser so that what the user turned, zoomed or hid stays that way.

`st.plotly_chart` resets a three-dimensional camera at every rerun (streamlit#8882), and a lesson
reruns twice a second while a network trains. This component updates the plots in place instead;
its browser side is `plots.js`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.components.shared import assets
from dashboard.figures.style import Figure
from dashboard.runs.addresses import plotly_address
from dashboard.session import appearance
from dashboard.text.i18n import LANGUAGE, mark, translate

TEXTS = {
    "hint": mark("arrow keys turn, + − zoom, 0 resets, n p point to examples"),
    "turn": mark("Tap to turn it"),
    "menu": mark("Save, reset and more"),
    "reset": mark("Reset the view"),
    "zoom": mark("Drag to zoom"),
    "select": mark("Drag a rectangle to choose points"),
    "lasso": mark("Draw around points to choose them"),
    "saveImage": mark("Save as PNG"),
    "savePage": mark("Save as interactive HTML"),
    "saved": mark("Saved from Autoencoder Lab"),
    "notSaved": mark("This figure could not be saved: {reason}"),
    "failure": mark(
        "The plots cannot be drawn yet: the browser did not get the drawing library from the "
        "server. It goes on trying; if this stays, tell the teacher."
    ),
}
EXAMPLE_TEXTS = {
    "hint": mark("Point to a symbol: its image appears here. Keys: n for the next, p back."),
    "chosen": mark("{count} chosen; double-click the map to let go."),
    "example": mark("Example {number}: {name}"),
    "original": mark("original"),
    "rebuilt": mark("rebuilt"),
}

# plotly.js writes its style sheet into the document's head
_component = assets.component("live_plots", "plots/plots", isolate_styles=False)


def live_plots(
    figures: Sequence[Figure],
    *,
    key: str,
    alts: Sequence[str],
    titles: Sequence[str] = (),
    height: int | Sequence[int] = 380,
    link_cameras: bool = True,
    lead: bool = False,
    film: tuple[str, Sequence[Sequence[dict]]] | None = None,
    examples: dict[str, Any] | None = None,
    run_id: str = "",
) -> None:
    """Draws one figure, or several side by side (below each other where there is no room).

    Args:
        figures: The figures.
        key: Names the plots on the page. Under one key the user's view is kept from rerun to rerun.
        alts: One text per figure that says what is seen, for those who do not see it.
        titles: One caption per figure, or none at all.
        height: Height of the plots in pixels, one for all or one per figure; more, in the same
            proportion as the letters, while the switch for large text is on.
        lead: Whether the first figure is large, and the others stand above each other beside it.
        link_cameras: Whether turning one three-dimensional figure turns the others.
        examples: What is known of the examples that points are (`linked_images`), for the card
            that shows the one pointed to.
        film: The id of a run, and per figure what a stored epoch of it changes (`epoch_slider`).
        run_id: Of the run that the figures are of, for names of saved files; or that of `film`.

    Raises:
        ValueError: If texts, titles or heights do not match the figures in number.
    """
    titles = titles or [""] * len(figures)
    heights = [height] * len(figures) if isinstance(height, int) else height
    if not len(figures) == len(alts) == len(titles) == len(heights):
        raise ValueError(
            f"live_plots(key={key!r}) has {len(figures)} figures, but {len(alts)} alts, "
            f"{len(titles)} titles and {len(heights)} heights: give one of each per figure."
        )
    scale = appearance.scale()
    plots = [
        {
            "figure": _browser_json(figure, scale),
            "alt": alt,
            "title": title,
            "height": round(pixels * scale),
            "file": file_name(key, run_id or (film[0] if film else ""), title),
        }
        for figure, alt, title, pixels in zip(figures, alts, titles, heights, strict=True)
    ]
    if film:
        plots = [plot | {"edits": edits} for plot, edits in zip(plots, film[1], strict=True)]
    data = {
        "library": plotly_address(),
        "plots": plots,
        "linkCameras": link_cameras,
        "lead": lead,
        "film": {"run": film[0]} if film else None,
        "examples": examples,
        "language": LANGUAGE,
        "texts": translate(TEXTS),
    }
    _component(key=key, data=data)


def file_name(key: str, run_id: str = "", title: str = "") -> str:
    """What a file saved from a figure is called, without its ending: the run or the page, and
    the figure.

    Args:
        key: Of `live_plots`, such as "stacked.codes".
        run_id: Of the run that the figure is of, if it is of one.
        title: The figure's caption, which tells it from the others under the same key.
    """
    page, _dot, figure = key.partition(".")
    words = [run_id or page, figure, re.sub(r"[:,;(].*", "", title)]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")[:80].rstrip("-")


def linked_images(
    address: str, stamp: str, shape: Sequence[int], labels: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    """What the card of an example needs: the images' address, their shape and classes.

    Args:
        address: `addresses.run_address` of the run.
        stamp: Changes when reconstructions do.
        shape: Height and width.
        labels: Class of each example.
        names: Of the classes.
    """
    return {
        "address": address,
        "stamp": stamp,
        "shape": list(shape),
        "labels": [str(names[label]) for label in labels],
        "scale": appearance.scale(),
        "texts": translate(EXAMPLE_TEXTS),
    }


def _browser_json(figure: Figure, scale: float = 1.0) -> str:
    content = _with_large_text(figure, scale) if scale != 1 else figure
    return json.dumps(content, default=_compact, allow_nan=False)


def _compact(value: Any) -> Any:
    """NumPy's numbers, and its arrays in the form that plotly.js reads without parsing numbers.

    32 bits place a point on any screen; a quarter of the bytes that digits would take.
    """
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} is not for the browser: {value!r}")
    value = np.ascontiguousarray(value, "<f4" if value.dtype.kind == "f" else "<i4")
    content = {"dtype": value.dtype.str[1:], "bdata": base64.b64encode(value).decode()}
    return content | ({"shape": ", ".join(map(str, value.shape))} if value.ndim > 1 else {})


_LENGTHS = ("standoff", "xshift", "yshift")


def _with_large_text(part: Any, scale: float) -> Any:
    """A figure's description with letters, and the room left for them, times `scale`.

    The plot's height grows by the same factor, so what a figure gives as a fraction of its height,
    such as the distance between two labels, still suits the letters.
    """
    if isinstance(part, (list, tuple)) and part and isinstance(part[0], dict):
        return [_with_large_text(one, scale) for one in part]
    if not isinstance(part, dict):
        return part
    large = {name: _with_large_text(value, scale) for name, value in part.items()}
    for name, value in large.items():
        if name == "margin":
            large[name] = {side: _times(pixels, scale) for side, pixels in value.items()}
        elif name.endswith("font") and "size" in value:
            large[name] = value | {"size": _times(value["size"], scale)}
        elif name in _LENGTHS:
            large[name] = _times(value, scale)
    return large


def _times(pixels: Any, scale: float) -> Any:
    """The margin's automatic parts are no numbers, and a font may have a size per point."""
    number = isinstance(pixels, (int, float)) and not isinstance(pixels, bool)
    return round(pixels * scale) if number else pixels

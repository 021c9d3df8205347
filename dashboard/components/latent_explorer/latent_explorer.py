"""The latent explorer: encoder and decoder run in the browser, so a digit follows the pointer.

Codes go to the browser with the page; images and weights it fetches from the run's addresses
(`routes.py`), once for each state of them. From then on nothing that the pointer, a slider or a
key does asks the server. The browser side is `latent_explorer.js`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import streamlit as st

from dashboard.components.shared import assets
from dashboard.figures.style import DIGIT_COLOURS
from dashboard.runs import buffers, inference, run_sample
from dashboard.runs.addresses import run_address
from dashboard.runs.run_view import RunView
from dashboard.session import appearance
from dashboard.text.i18n import _
from models.evaluation import pca

VERSION = 3
"""Of what the browser is sent; `explorer_run.js` refuses another."""

MAX_COMPONENTS = 10

_component = st.components.v2.component(
    "latent_explorer",
    css=assets.read("latent_explorer/latent_explorer.css"),
    js=assets.bundle("latent_explorer/latent_explorer.js"),
)


def latent_explorer(run_view: RunView, *, order: np.ndarray, has_prior: bool, key: str) -> bool:
    """Draws the map of a run's codes, and what its decoder makes of the point under the pointer.

    Args:
        run_view: Of a run whose pictures have "codes" and "reconstructions"; with "log_variances"
            each code is the mean of a normal distribution.
        order: Code dimensions, the most telling first: the first two are the map's axes.
        has_prior: Whether codes are pressed towards the standard normal distribution.
        key: Names the explorer on the page.

    Returns:
        Whether it could be drawn; not before the first weights are stored, nor while codes are
        not finite.
    """
    stamp, sample = inference.stamp(run_view.run), run_sample.sample(run_view)
    pictures = run_view.pictures
    if stamp is None or sample is None or not np.isfinite(pictures.get("codes", np.nan)).all():
        return False
    if len(order) == 2:
        order = np.arange(2)  # there is but one plane: it looks as on all other maps
    content = meta(sample, run_address(run_view.run.id), stamp, order, has_prior)
    content["numTold"] = run_view.recipe.hyperparameters.num_classes
    _component(key=key, data=packed(pictures, sample, content))
    return True


def meta(
    sample: run_sample.Sample, address: str, stamp: int, order: Iterable[int], has_prior: bool
) -> dict:
    """What the browser needs to know besides arrays; `stamp` names the state of the weights.
    "numTold" is how many classes the decoder is told one of, 0 for none."""
    return {
        "version": VERSION,
        "address": address,
        "weights": stamp,
        "texts": _texts(),
        "shape": sample.dataset.shape,
        "order": [int(number) for number in order],
        "numTold": 0,
        "hasPrior": has_prior,
        "classNames": list(sample.dataset.label_names),
        "colours": DIGIT_COLOURS,
        "scale": appearance.scale(),
    }


def packed(pictures: dict[str, np.ndarray], sample: run_sample.Sample, content: dict) -> bytes:
    """What the browser is sent: `meta`'s content, "codes" [n, latent_dim], "labels" [n],
    "principal" (directions of most variance) [k, latent_dim], "errors" (squared, per pixel) [n]
    and, for clouds, "log_variances" [n, latent_dim]."""
    codes = pictures["codes"]
    count = len(codes)
    errors = run_sample.squared_errors(sample.inputs[:count], pictures["reconstructions"])
    directions = pca.fit(codes).components[: min(MAX_COMPONENTS, codes.shape[1])]
    arrays = {
        "codes": codes,
        "labels": sample.labels[:count].astype(np.uint8),
        "principal": run_sample.fix_signs(directions),
        "errors": errors,
    }
    if "log_variances" in pictures:
        arrays["log_variances"] = pictures["log_variances"]
    return buffers.with_arrays(arrays, content)


def _texts() -> dict[str, str | list[str]]:
    """All words that the browser shows."""
    return {
        "map": _(
            "Map of the codes of held-out images. Arrow keys move the point, Enter holds it, "
            "Home goes to the middle."
        ),
        "decoded": _("decoded here"),
        "nearest": _("nearest image"),
        "told": _("The network is told"),
        "toldNearest": _("the class of the nearest image"),
        "everyClass": _("This code with every class"),
        "held": _("Held. Click the map to let go."),
        "free": _("Move over the map; click to hold a point."),
        "loading": _("The weights are on their way …"),
        "broken": _(
            "The weights did not arrive whole. Reload the page; if this stays, tell the teacher."
        ),
        "basis": _("Directions"),
        "bases": [_("single dimensions"), _("principal components")],
        "axes": [_("to the right"), _("upwards")],
        "dimension": _("dimension {number}"),
        "component": _("component {number}"),
        "thumbnails": _("thumbnails"),
        "size": _("size"),
        "clouds": _("clouds (1 standard deviation)"),
        "panels": [_("Point"), _("Path"), _("Arithmetic"), _("Traverse"), _("Draw your own")],
        # The point
        "adopt": _("Start from the nearest image"),
        "middle": _("To the middle"),
        "resample": _("Resample its cloud"),
        "neighbours": _("Nearest images, and how far their codes are"),
        "samples": _("Draws from the cloud of one image, decoded (dots on the map)"),
        # The path
        "way": _("way"),
        "ways": [_("straight"), _("spherical")],
        "play": _("Play"),
        "pause": _("Pause"),
        "share": _("from A to B"),
        "setEnd": [_("A is here"), _("B is here")],
        "pathHint": [
            _("Click the map or an image on it: it becomes A."),
            _("Click the map or an image on it: it becomes B."),
        ],
        "path": _("Images on the way, all decoded"),
        # Arithmetic
        "sumHint": _("Mean codes of classes, added and subtracted; then decoded."),
        "terms": ["a", "− b", "+ c"],
        "kept": _("kept point"),
        "sum": "a − b + c",
        "keep": _("Keep the point here"),
        "goToSum": _("Go to the result"),
        # Traversal
        "traverseHint": _(
            "Each row changes one direction from left to right and leaves the others as they are "
            "at the point. Click an image to go there."
        ),
        # The visitor's own
        "drawHint": _(
            "Draw with the pointer. As for MNIST, the drawing is cut out, scaled to 20 × 20 "
            "pixels and its centre of mass put in the middle of 28 × 28. Then encoder and decoder "
            "work on it, here in the browser."
        ),
        "pad": _("Paper to draw on. Without a pointer, choose an image file below."),
        "seen": _("what the network sees"),
        "rebuilt": _("rebuilt"),
        "undoStroke": _("Undo"),
        "clear": _("Clear"),
        "upload": _("or an image file:"),
        "noPicture": _("“{name}” is no image that this browser can read. Choose a PNG or JPEG."),
        "noInk": _("There is nothing to see in this picture. Choose one with more contrast."),
        "verdict": _(
            "Squared error {error} per pixel. Typical of held-out images: {typical}; {share} of "
            "them have a smaller one."
        ),
        "unlike": _("This looks unlike anything in the training set."),
        "mine": _("you"),
    }  # fmt: skip

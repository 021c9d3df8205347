"""The latent explorer: encoder and decoder run in the browser, so a digit follows the pointer.

Codes go to the browser with the page; images and weights it fetches from the run's addresses
(`routes.py`), once for each state of them. From then on nothing that the pointer, a slider or a
key does asks the server. The browser side is `latent_explorer.js`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dashboard.components.shared import assets
from dashboard.figures.style import DIGIT_COLOURS
from dashboard.runs import buffers, inference, run_sample
from dashboard.runs.addresses import run_address
from dashboard.runs.run_view import RunView
from dashboard.session import appearance
from dashboard.text.i18n import mark, translate
from models.evaluation import pca

VERSION = 3
"""Of what the browser is sent; `run.js` refuses another."""

MAX_COMPONENTS = 10

TEXTS = {
    "map": mark(
        "Map of the codes of held-out images. Arrow keys move the point, Enter holds it, "
        "Home goes to the middle."
    ),
    "decoded": mark("decoded here"),
    "nearest": mark("nearest image"),
    "condition": mark("The network is told"),
    "conditionNearest": mark("the class of the nearest image"),
    "everyClass": mark("This code with every class"),
    "held": mark("Held. Click the map to let go."),
    "free": mark("Move over the map; click to hold a point."),
    "loading": mark("The weights are on their way …"),
    "broken": mark(
        "The weights did not arrive whole. Reload the page; if this stays, tell the teacher."
    ),
    "basis": mark("Directions"),
    "bases": [mark("single dimensions"), mark("principal components")],
    "axes": [mark("to the right"), mark("upwards")],
    "dimension": mark("dimension {number}"),
    "component": mark("component {number}"),
    "thumbnails": mark("thumbnails"),
    "size": mark("size"),
    "clouds": mark("clouds (1 standard deviation)"),
    "slice": mark("slice: keep the hidden dimensions as they are; far images fade"),
    "panels": [
        mark("Point"),
        mark("Path"),
        mark("Arithmetic"),
        mark("Traverse"),
        mark("Draw your own"),
    ],
    # The point
    "adopt": mark("Start from the nearest image"),
    "middle": mark("To the middle"),
    "resample": mark("Resample its cloud"),
    "neighbours": mark("Nearest images, and how far their codes are"),
    "samples": mark("Draws from the cloud of one image, decoded (dots on the map)"),
    # The path
    "way": mark("way"),
    "ways": [mark("straight"), mark("spherical")],
    "play": mark("Play"),
    "pause": mark("Pause"),
    "share": mark("from A to B"),
    "setEnd": [mark("A is here"), mark("B is here")],
    "pathHint": [
        mark("Click the map or an image on it: it becomes A."),
        mark("Click the map or an image on it: it becomes B."),
    ],
    "path": mark("Images on the way, all decoded"),
    # Arithmetic
    "sumHint": mark("Mean codes of classes, added and subtracted; then decoded."),
    "terms": ["a", "− b", "+ c"],
    "kept": mark("kept point"),
    "sum": "a − b + c",
    "keep": mark("Keep the point here"),
    "goToSum": mark("Go to the result"),
    # Traversal
    "traverseHint": mark(
        "Each row changes one direction from left to right and leaves the others as they are "
        "at the point. Click an image to go there."
    ),
    # The visitor's own
    "drawHint": mark(
        "Draw with the pointer. As for MNIST, the drawing is cut out, scaled to 20 × 20 "
        "pixels and its centre of mass put in the middle of 28 × 28. Then encoder and decoder "
        "work on it, here in the browser."
    ),
    "pad": mark("Paper to draw on. Without a pointer, choose an image file below."),
    "seen": mark("what the network sees"),
    "rebuilt": mark("rebuilt"),
    "undoStroke": mark("Undo"),
    "clear": mark("Clear"),
    "upload": mark("or an image file:"),
    "noPicture": mark("“{name}” is no image that this browser can read. Choose a PNG or JPEG."),
    "noInk": mark("There is nothing to see in this picture. Choose one with more contrast."),
    "verdict": mark(
        "Squared error {error} per pixel. For held-out images {typical} is typical; {share} of "
        "them do better."
    ),
    "unlike": mark("This looks unlike anything in the training set."),
    "mine": mark("you"),
}
"""All words that the browser shows."""

_component = assets.component("latent_explorer", "latent_explorer/latent_explorer")


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
    stamp, sample = inference.stamp(run_view), run_sample.sample(run_view)
    pictures = run_view.pictures
    if stamp is None or sample is None or not np.isfinite(pictures.get("codes", np.nan)).all():
        return False
    if len(order) == 2:
        order = np.arange(2)  # there is but one plane: it looks as on all other maps
    content = meta(sample, run_address(run_view.run.id), stamp, order, has_prior)
    content["numClasses"] = run_view.recipe.hyperparameters.num_classes
    _component(key=key, data=packed(pictures, sample, content))
    return True


def meta(
    sample: run_sample.Sample, address: str, stamp: str, order: Iterable[int], has_prior: bool
) -> dict:
    """What the browser needs to know besides arrays; `stamp` names the state of the weights.
    "numClasses" is how many classes the decoder is given one of, 0 for none."""
    return {
        "version": VERSION,
        "address": address,
        "weights": stamp,
        "texts": translate(TEXTS),
        "shape": sample.dataset.shape,
        "order": [int(number) for number in order],
        "numClasses": 0,
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

"""The latent explorer: the decoder runs in the browser, so a digit follows the pointer.

The weights that a run has stored last travel to the browser once; from then on nothing that the
pointer, a slider or a key does asks the server. The browser side is `explorer.js`, the network
itself `network.js`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard import appearance, browser, examples, stored
from dashboard.figures import DIGIT_COLOURS
from dashboard.lesson import Sight
from dashboard.text import _
from models.forward import Layer

VERSION = 1
"""Of the bytes; `explorer.js` refuses another."""

MAX_SLIDERS = 10


_component = st.components.v2.component(
    "latent_explorer",
    css=browser.read("explorer.css"),
    js=browser.script("network.js", "explorer.js"),
)


def latent_explorer(sight: Sight, *, order: Sequence[int], key: str) -> bool:
    """Draws the map of a run's codes, and what its decoder makes of the point under the pointer.

    Args:
        sight: Of a run whose pictures have "codes".
        order: Code dimensions, the most telling first: the first two are the map's axes.
        key: Names the explorer on the page.

    Returns:
        Whether it could be drawn; not before the first weights are stored.
    """
    layers, sample = stored.decoder_layers(sight), examples.sample(sight)
    if layers is None or sample is None:
        return False
    codes = sight.pictures["codes"]
    texts = {
        "map": _(
            "Map of the codes of held-out images. Arrow keys move the point, Enter holds it, "
            "Home goes to the middle."
        ),
        "decoded": _("decoded here"),
        "nearest": _("nearest image"),
        "axes": [_("to the right"), _("upwards")],
        "dimension": _("dimension {number}"),
        "adopt": _("Start from that image"),
        "middle": _("Back to the middle"),
        "held": _("Held. Click the map to let go."),
        "free": _("Move over the map; click to hold a point."),
        "broken": _(
            "The weights did not arrive whole. Reload the page; if this stays, tell the teacher."
        ),
    }
    header = {
        "texts": texts,
        "shape": sample.dataset.shape,
        "order": [int(number) for number in order],
        "sliders": min(MAX_SLIDERS, len(order)),
        "classNames": list(sample.dataset.label_names),
        "colours": DIGIT_COLOURS,
        "scale": appearance.scale(),
    }
    _component(key=key, data=packed(layers, codes, sample.labels, sample.inputs, header))
    return True


def packed(
    layers: Sequence[Layer],
    codes: np.ndarray,
    labels: np.ndarray,
    images: np.ndarray,
    header: dict,
) -> bytes:
    """`browser.with_header`'s buffer; its payload is codes as 32-bit floats [n, latent_dim],
    labels as bytes [n], images as bytes [n, pixels], and per layer kernel and bias as 16-bit
    floats.

    Rounding to 16 bits moves a weight by at most 0.05 %; what is too large for them is cut off.
    """
    count = len(codes)
    network = [
        {"inputs": kernel.shape[0], "units": kernel.shape[1], "activation": activation}
        for kernel, _bias, activation in layers
    ]
    header = header | {"version": VERSION, "layers": network, "codes": list(codes.shape)}
    return browser.with_header(
        header,
        np.asarray(codes, "<f4").tobytes(),
        np.asarray(labels[:count], np.uint8).tobytes(),
        np.asarray(images[:count], np.uint8).tobytes(),
        *(as_halves(numbers).tobytes() for layer in layers for numbers in layer[:2]),
    )


def as_halves(numbers: np.ndarray) -> np.ndarray:
    """The numbers as 16-bit floats."""
    largest = float(np.finfo(np.float16).max)
    return np.clip(numbers, -largest, largest).astype("<f2")

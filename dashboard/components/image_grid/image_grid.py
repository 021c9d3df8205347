"""Draws small grey images in the browser: rows of examples, or a gapless mosaic.

Every pixel stays a sharp square, and a rerun paints into the same canvases, so that nothing
flickers while a network trains. The browser side is `image_grid.js`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.components.shared import assets
from dashboard.runs import buffers
from dashboard.session import appearance
from dashboard.text.i18n import _

_component = assets.component("tiles", "image_grid/image_grid")


def image_rows(
    rows: Sequence[tuple[str, np.ndarray]],
    *,
    key: str,
    alt: str,
    captions: Sequence[str] = (),
    caption_label: str = "",
    pixels: int = 56,
    film: dict | None = None,
) -> None:
    """Draws images in labelled rows; a column is one example in all of them.

    Where the page is too narrow the columns wrap, each staying whole.

    Args:
        rows: A label, which may be empty, and images, uint8 [n, height, width], for each row:
            0 is drawn black and 255 white.
        key: Names the images on the page.
        alt: What is seen, for those who do not see it.
        captions: One short text to stand under each column, lines separated by newlines; or none.
        caption_label: What the captions are, at the left of them; line by line as they are.
        pixels: Width of an image on the screen; more while the switch for large text is on.
        film: Which images a stored epoch of a run changes (`epoch_slider.images`).

    Raises:
        ValueError: If images or captions do not match in number, shape or type.
    """
    rows = [(label, np.asarray(images)) for label, images in rows]
    shapes = {images.shape for _, images in rows}
    if len(shapes) != 1 or len(next(iter(shapes))) != 3:
        raise ValueError(
            f"image_rows(key={key!r}) got rows of shapes {[image.shape for _, image in rows]}: "
            "give one row or more, all of the same shape [n, height, width]."
        )
    images = np.stack([images for _, images in rows])
    if captions and len(captions) != images.shape[1]:
        raise ValueError(
            f"image_rows(key={key!r}) has {images.shape[1]} columns, but {len(captions)} "
            "captions: give one per column, or none."
        )
    texts = {
        "labels": [label for label, _ in rows],
        "captions": list(captions),
        "captionLabel": caption_label,
        **_film(film),
    }
    _component(key=key, data=_packed(images, key, alt, pixels, **texts))


def image_mosaic(
    images: np.ndarray, *, key: str, alt: str, pixels: int = 28, film: dict | None = None
) -> None:
    """Draws images side by side and below each other, without gaps.

    It shrinks where the page is too narrow for it.

    Args:
        images: Shape [rows, columns, height, width], uint8: 0 is drawn black and 255 white.
        key: Names the mosaic on the page.
        alt: What is seen, for those who do not see it.
        pixels: Width of one of the images on the screen; more while the switch for large text is
            on.
        film: Which images a stored epoch of a run changes (`epoch_slider.images`).

    Raises:
        ValueError: If the images have another shape or type.
    """
    images = np.asarray(images)
    if images.ndim != 4:
        raise ValueError(
            f"image_mosaic(key={key!r}) got images of shape {images.shape}: "
            "give [rows, columns, height, width]."
        )
    _component(key=key, data=_packed(images, key, alt, pixels, mosaic=True, **_film(film)))


def _film(film: dict | None) -> dict:
    return {"film": film} if film else {}


def _packed(images: np.ndarray, key: str, alt: str, pixels: int, **header: Any) -> bytes:
    if images.dtype != np.uint8 or not images.size:
        raise ValueError(
            f"Images {images.shape} of {images.dtype} cannot be drawn under key={key!r}: give at "
            "least one image of uint8, 0 black and 255 white."
        )
    if pixels < 1:
        raise ValueError(f"pixels = {pixels} under key={key!r}: an image is at least 1 wide.")
    width = round(pixels * appearance.scale())
    texts = {"menu": _("Save"), "save": _("Save as PNG"), "file": key.replace(".", "-")}
    header = {"shape": images.shape, "alt": alt, "pixels": width, **texts, **header}
    return buffers.with_header(header, images.tobytes())

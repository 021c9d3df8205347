"""From images of any size and range to the lessons' grey ones, and from these to a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.data.uploads.labels import number_classes, split_by_class
from models.data.uploads.limits import FEWEST_OF_A_CLASS
from models.data.uploads.upload import SIDE, Upload, UploadError

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    from PIL import Image

DIM = 31
"""A set whose brightest whole number is no larger counts from 0 to that number, not to 255."""

RARE = 0.1
"""The share of images, at most, that are left out since their classes are too small."""

_HIGH = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
"""Pillow's modes of more than 8 bits."""


@dataclass(frozen=True)
class Picture:
    """An image, made to fit.

    Attributes:
        on_white: Grey values, float32 [SIDE, SIDE], what is transparent being white.
        on_black: The same with black; `on_white` itself where nothing is transparent.
        largest: Of its own grey values.
        is_high: Whether it has more than 8 bits.
        brightness: Mean of what is not transparent; only of images with transparency.
    """

    on_white: np.ndarray
    on_black: np.ndarray
    largest: float
    is_high: bool = False
    brightness: float | None = None


def fit(image: Image.Image) -> Picture:
    """An image in grey, its shape kept, what is left over filled with the colour of its first
    corner."""
    from PIL import Image

    if image.mode in _HIGH:
        high = image.convert("F") if image.mode == "F" else image.convert("I").convert("F")
        array = _pad(high)
        return Picture(array, array, _largest(high), is_high=True)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = np.asarray(image.getchannel("A"), np.float64)
        if alpha.min() < 255:
            grey = np.asarray(image.convert("RGB").convert("L"), np.float64)
            brightness = float((grey * alpha).sum() / max(alpha.sum(), 1.0))
            on_white, on_black = (
                _pad(
                    Image.alpha_composite(Image.new("RGBA", image.size, ground), image).convert("L")
                )
                for ground in ("white", "black")
            )
            return Picture(on_white, on_black, 255.0, brightness=brightness)
    grey_image = image.convert("L")
    largest = _largest(grey_image)
    if largest <= DIM:
        grey_image = grey_image.convert("F")  # or rounding would leave little of it
    array = _pad(grey_image)
    return Picture(array, array, largest)


def fit_array(array: np.ndarray) -> Picture:
    """An image of bytes, [height, width] or [height, width, 3 or 4], likewise."""
    from PIL import Image

    return fit(Image.fromarray(np.ascontiguousarray(array)))


def _largest(image: Image.Image) -> float:
    _low, high = image.getextrema()
    assert isinstance(high, int | float)  # one grey value
    return float(high)


def _pad(image: Image.Image) -> np.ndarray:
    from PIL import Image, ImageOps

    if image.size != (SIDE, SIDE):
        corner = image.getpixel((0, 0))
        assert isinstance(corner, int | float)  # one grey value
        color = corner if image.mode == "F" else int(corner)
        image = ImageOps.pad(image, (SIDE, SIDE), Image.Resampling.BILINEAR, color=color)  # type: ignore[arg-type]
    return np.asarray(image, np.float32)


def as_grey(pictures: Sequence[Picture]) -> tuple[np.ndarray, list[str]]:
    """Bytes [n, SIDE, SIDE] of all images of a set, brought to one range, and what was done."""
    notes = []
    lights = [one.brightness for one in pictures if one.brightness is not None]
    on_black = bool(lights) and float(np.mean(lights)) > 127
    if lights:
        ground = "black" if on_black else "white"
        notes.append(f"What is transparent becomes {ground}, so that what is painted stands out.")
    pixels = np.stack([one.on_black if on_black else one.on_white for one in pictures])
    largest = max(one.largest for one in pictures)
    is_high = any(one.is_high for one in pictures)
    if largest > 0 and largest != 255 and (is_high or largest <= DIM):
        pixels = pixels * (255 / largest)
        notes.append(
            f"Brightness is counted from 0 to {largest:,.6g} here: {largest:,.6g} is white."
        )
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8), notes


def image_upload(
    title: str,
    images: Sequence[np.ndarray] | Sequence[Picture],
    classes: Sequence[str],
    source: str,
    notes: Sequence[str],
) -> Upload:
    """A set of images.

    Args:
        title: Of the set.
        images: As `fit_array` takes them, or as it gives them.
        classes: Of each.
        source: What names the classes.
        notes: What was done so far.

    Raises:
        UploadError: If there is nothing to learn.
    """
    pictures = [one if isinstance(one, Picture) else fit_array(one) for one in images]
    grey, more = as_grey(pictures)
    pixels = grey.reshape(len(grey), -1)
    if not np.ptp(pixels, axis=0).any():
        raise UploadError("All images are the same, so there is nothing to learn.")
    labels, names = number_classes(classes)
    pixels, labels, names, left_out = _without_rare(pixels, labels, names, source)
    if len(names) == 1:
        names = ("image",)
    train, held_out = split_by_class(labels)
    labels = labels.astype(np.uint8)
    arrays = {
        **{"train": pixels[train], "train_labels": labels[train]},
        **{"held_out": pixels[held_out], "held_out_labels": labels[held_out]},
    }
    said = (
        *notes,
        *left_out,
        *more,
        f"Images become grey and fit into {SIDE} x {SIDE} pixels; their shape is kept, the rest "
        "filled with the colour of the upper left corner.",
        "A fifth of each class is held out, always the same images.",
    )
    return Upload("images", title, arrays, (), names, said)


def _without_rare(
    pixels: np.ndarray, labels: np.ndarray, names: tuple[str, ...], source: str
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], list[str]]:
    """The images of classes that are large enough, and what was left out."""
    counts = np.bincount(labels, minlength=len(names))
    rare = counts < FEWEST_OF_A_CLASS
    if not rare.any():
        return pixels, labels, names, []
    share = counts[rare].sum() / counts.sum()
    if share > RARE or (~rare).sum() == 0:
        place = int(rare.argmax())
        raise UploadError(
            f"The class “{names[place]}” has {counts[place]} images; at least "
            f"{FEWEST_OF_A_CLASS} are needed. Add some, or leave the class out. Classes are named "
            f"by the {source}."
        )
    kept = np.flatnonzero(~rare)
    which = ~rare[labels]
    renumbered = np.searchsorted(kept, labels[which]).astype(np.int32)
    texts = ", ".join(f"“{names[place]}” ({counts[place]})" for place in np.flatnonzero(rare))
    note = f"Left out, as fewer than {FEWEST_OF_A_CLASS} images are of the class: {texts}."
    return pixels[which], renumbered, tuple(names[place] for place in kept), [note]

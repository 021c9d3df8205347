"""Images in arrays that NumPy has stored: .npz files as projects hand them on, and .npy files."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np

from models.data.uploads.archives import open_archive
from models.data.uploads.limits import Budget, check_count, draw_sample
from models.data.uploads.pixels import DIM, image_upload
from models.data.uploads.text import quote
from models.data.uploads.understood import Choices
from models.data.uploads.upload import Upload, UploadError
from models.settings import Settings

MAX_SIDE = 4_096

NPY = b"\x93NUMPY"
"""How an .npy file begins."""

_PAIRS = (
    ("images", "labels"), ("x_train", "y_train"), ("x_test", "y_test"), ("x_val", "y_val"),
    ("train_images", "train_labels"), ("val_images", "val_labels"), ("test_images", "test_labels"),
    ("x", "y"), ("data", "target"), ("data", "labels"), ("images", "target"), ("arr_0", "arr_1"),
)  # fmt: skip
"""What arrays of images and of their classes are called, in small letters."""


@dataclass(frozen=True)
class _Header:
    """What an array's file says of it before its numbers."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    in_columns: bool


def parse_npz(title: str, content: bytes, machine: Settings, choices: Choices) -> Upload:
    """The images of arrays that NumPy has stored. Arguments and errors as `parsing.parse`."""
    if content.startswith(NPY):  # an .npy file under another name
        return parse_npy(title, content, machine, choices)
    budget = Budget(machine)
    with open_archive(content, 100, budget) as archive:
        headers = {
            header.name.lower(): header
            for name in archive.namelist()
            if name.endswith(".npy") and (header := _peek(archive, name))
        }
        pairs = _find_pairs(headers)
        parts = [_read_pair(archive, *pair, budget) for pair in pairs]
    notes = []
    used = {one.name for pair in pairs for one in pair if one}
    if rest := [one.name for one in headers.values() if one.name not in used]:
        notes.append(f"Left out: the arrays {', '.join(map(quote, rest[:5]))}.")
    if len(parts) > 1 or pairs[0][0].name != "images":
        names = " and ".join(quote(one.name) for one, _labels in pairs)
        notes.append(f"The images are those of {names}.")
    if any(labels is None for _images, labels in parts):
        labels = None
    else:
        labels = [text for _images, texts in parts for text in texts or ()]
    shapes = {images.shape[1:] for images, _labels in parts}
    if len(shapes) > 1:
        raise UploadError(
            f"The arrays hold images of different sizes: {' and '.join(map(str, shapes))}. Store "
            "one of them."
        )
    return _build(title, np.concatenate([one for one, _labels in parts]), labels, notes, machine)


def parse_npy(title: str, content: bytes, machine: Settings, choices: Choices) -> Upload:
    """The images of one array. Arguments and errors as `parsing.parse`."""
    budget, stream = Budget(machine), io.BytesIO(content)
    header = _read_header(stream, "images")
    images = _read_array(stream, header, budget)
    return _build(title, _as_images(images, header.name), None, [], machine)


def _build(
    title: str,
    images: np.ndarray,
    labels: Sequence[str] | None,
    notes: list[str],
    machine: Settings,
) -> Upload:
    rows, sampled = draw_sample(len(images), machine.max_upload_examples, "images")
    if sampled:
        images = images[rows]
        labels = None if labels is None else [labels[row] for row in rows]
    check_count(len(images), "images", machine)
    pixels, note = _in_range(images)
    notes = [*notes, *sampled, *([note] if note else [])]
    classes = [""] * len(images) if labels is None else labels
    return image_upload(title, list(pixels), classes, "labels", notes)


# Which arrays


def _find_pairs(headers: dict[str, _Header]) -> list[tuple[_Header, _Header | None]]:
    """Arrays of images, each with that of its classes."""
    pairs: list[tuple[_Header, _Header | None]] = []
    for name, labels in _PAIRS:
        if name in headers and name not in {one.name.lower() for one, _ in pairs}:
            if len(headers[name].shape) >= 2 or headers[name].dtype.hasobject:
                pairs.append((headers[name], headers.get(labels)))
        elif name in headers and labels in headers:
            pairs = [
                (one, headers[labels] if one.name.lower() == name and other is None else other)
                for one, other in pairs
            ]
    if not pairs:
        like_images = [one for one in headers.values() if len(one.shape) >= 3]
        if len(like_images) == 1:
            others = [one for one in headers.values() if one.shape[:1] == like_images[0].shape[:1]]
            flat = [one for one in others if one is not like_images[0] and len(one.shape) <= 2]
            pairs = [(like_images[0], flat[0] if len(flat) == 1 else None)]
    if not pairs:
        names = ", ".join(quote(one.name) for one in headers.values()) or "none"
        raise UploadError(
            f"No array of images was found; the file holds: {names}. Save it with "
            "numpy.savez(file, images=images, labels=labels); labels may be left out."
        )
    return pairs


def _peek(archive: zipfile.ZipFile, name: str) -> _Header | None:
    with archive.open(name) as stream:
        return _read_header(stream, name.removesuffix(".npy"))


def _read_header(stream: IO[bytes], name: str) -> _Header:
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[version]
    shape, in_columns, dtype = read(stream)
    return _Header(name, shape, dtype, in_columns)


def _read_pair(
    archive: zipfile.ZipFile, images: _Header, labels: _Header | None, budget: Budget
) -> tuple[np.ndarray, list[str] | None]:
    """Images as `_as_images` gives them, and their classes as texts."""
    array = _as_images(_read(archive, images, budget), images.name)
    if labels is None:
        return array, None
    return array, _as_texts(_read(archive, labels, budget), len(array), labels.name)


def _read(archive: zipfile.ZipFile, header: _Header, budget: Budget) -> np.ndarray:
    with archive.open(f"{header.name}.npy") as stream:
        _read_header(stream, header.name)
        return _read_array(stream, header, budget)


def _read_array(stream: IO[bytes], header: _Header, budget: Budget) -> np.ndarray:
    """An array; its type and its size are checked before anything is allocated."""
    if header.dtype.hasobject:
        raise UploadError(
            f"The array {quote(header.name)} holds Python objects (pickled), which could be "
            "programs and are never opened. Make it an array of numbers or texts: "
            f"{header.name}.astype(float) or {header.name}.astype(str)."
        )
    if header.dtype.kind not in "biufSU":
        raise UploadError(
            f"The array {quote(header.name)} is of {header.dtype}; numbers are needed."
        )
    size = math.prod(header.shape) * header.dtype.itemsize
    budget.spend(size)
    content = stream.read(size)
    if len(content) != size:
        raise UploadError(f"The array {quote(header.name)} is not complete. Save the file again.")
    array = np.frombuffer(content, header.dtype)
    return array.reshape(header.shape, order="F" if header.in_columns else "C")


# Shapes


def _as_images(array: np.ndarray, name: str) -> np.ndarray:
    """Images [n, height, width] or [n, height, width, 3 or 4].

    Raises:
        UploadError: If they cannot be told from the shape.
    """
    if array.dtype.kind not in "biuf":
        raise UploadError(f"The array {quote(name)} is of {array.dtype}; numbers are needed.")
    shape = array.shape
    if len(shape) == 2:
        side = math.isqrt(shape[1])
        if side * side == shape[1] and side > 1:
            array = array.reshape(-1, side, side)
    elif len(shape) == 4 and shape[3] == 1:
        array = array[..., 0]
    elif len(shape) == 4 and shape[1] in (1, 3, 4) and shape[3] not in (3, 4):
        array = array[:, 0] if shape[1] == 1 else np.moveaxis(array, 1, 3)
    fits = array.ndim == 3 or (array.ndim == 4 and array.shape[3] in (3, 4))
    if not fits or not all(1 <= side <= MAX_SIDE for side in array.shape[1:3]):
        raise UploadError(
            f"The array {quote(name)} has the shape {shape}; needed is (number, height, width), "
            f"with sides up to {MAX_SIDE}, (number, height, width, 3) or (number, 3, height, "
            "width) for colours, or (number, pixels) for square images."
        )
    return array


def _as_texts(labels: np.ndarray, count: int, name: str) -> list[str]:
    """Classes as texts, from numbers, texts, or ones among zeros."""
    if labels.ndim == 2 and labels.shape[0] == count and labels.shape[1] > 1:
        is_one_hot = labels.dtype.kind in "biuf" and ((labels == 0) | (labels == 1)).all()
        if is_one_hot and (labels.sum(axis=1) == 1).all():
            labels = labels.argmax(axis=1)
    if labels.shape not in ((count,), (count, 1)):
        raise UploadError(
            f"The array {quote(name)} is of {labels.dtype} and of shape {labels.shape}; needed is "
            f"one number or text per image, ({count},), or a single one per row among zeros."
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise UploadError(f"The array {quote(name)} holds NaN. Give every image a class, or none.")
    if labels.dtype.kind == "S":
        return [one.decode(errors="replace") for one in labels.ravel().tolist()]
    return [str(one) for one in labels.ravel()]


# Ranges


_Fits = Callable[[float, float], bool]
_Scale = Callable[[np.ndarray], np.ndarray]

_RANGES: tuple[tuple[str, _Fits, _Scale], ...] = (
    ("", lambda low, high: low >= 0 and high <= 1, lambda x: x * 255.0),
    ("Brightness runs from −1 (black) to 1 (white) here.",
     lambda low, high: -1 <= low < 0 < high <= 1, lambda x: (x + 1) * 127.5),
    ("", lambda low, high: low >= 0 and 1 < high <= 255, lambda x: x),
)  # fmt: skip


def _in_range(images: np.ndarray) -> tuple[np.ndarray, str]:
    """Images as `pixels.fit_array` takes them, and what was done.

    Raises:
        UploadError: If nobody can know what is black and what is white.
    """
    if images.dtype.kind == "b":
        return images.astype(np.uint8) * np.uint8(255), ""
    if not np.isfinite(images).all():
        raise UploadError(
            "The images hold NaN or infinite numbers. Replace them, with numpy.nan_to_num, say."
        )
    low, high = float(images.min()), float(images.max())
    is_whole = images.dtype.kind != "f" or bool((images == np.round(images)).all())
    if is_whole and low >= 0 and high == 1:
        note = "" if images.dtype.kind == "f" else "1 is white here."
        return (images * 255).astype(np.uint8), note
    if is_whole and low >= 0 and DIM < high <= 255:
        return images.astype(np.uint8), ""
    if is_whole and low >= 0 and high > 0 and (high <= DIM or high > 255):
        note = f"Brightness is counted from 0 to {high:,.0f} here: {high:,.0f} is white."
        return np.round(images * (255.0 / high)).astype(np.uint8), note
    for note, fits, scale in _RANGES:
        if not is_whole and fits(low, high):
            return np.clip(np.round(scale(images.astype(np.float64))), 0, 255).astype(
                np.uint8
            ), note
    raise UploadError(
        f"The images hold numbers from {low:,.6g} to {high:,.6g}; nobody can tell what is black "
        "and what is white. Bring them to 0 … 1 before you save them: "
        "images = (images - images.min()) / (images.max() - images.min())."
    )

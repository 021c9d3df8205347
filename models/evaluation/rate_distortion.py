"""Distortion against bits: what an image costs, and what is lost, when codes are rounded.

A code of floating-point numbers says nothing about bits: 32 of them per number is what storing it
carelessly takes. Here every number is rounded to one of 2^b cells of its own, equally wide; the
cells' values (the mean of the training codes in each, Lloyd's condition for a small error) and
their frequencies belong to the decoder, like its weights. An image then costs the sum of
-log2 frequency over its numbers, which arithmetic coding reaches within two bits (Gersho and Gray,
"Vector quantization and signal compression", 1992, chapters 5, 6 and 9).

PCA's coordinates are rounded with one step for all (`entropy_coded_pca`). JPEG and PNG are what
Pillow makes of the same images.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evaluation import entropy_coded_pca
from models.evaluation.pca import PCA, Range

BITS = tuple(range(1, 9))
"""Bits per number that codes are rounded to."""

MARGIN = 0.1
"""The cells reach beyond the training codes by this share of their range, at both ends."""

TOLERANCE = 0.05
"""How much the error may rise before rounded codes count as worse."""

QUALITIES = (2, 5, 10, 20, 30, 50, 70, 80, 90, 95)
"""JPEG's, as Pillow counts them."""

STEPS = np.geomspace(3.0, 0.02, 20)
"""Steps that PCA's coordinates are rounded with, in deviations of the first component."""

_LADDER = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768)


@dataclass(frozen=True)
class Curve:
    """What one way of storing examples can be traded for.

    Attributes:
        bits: Per example, [m].
        errors: Mean squared error per number, [m].
        settings: What each point was made with: bits per number; components and step; or JPEG's
            quality.
    """

    bits: np.ndarray
    errors: np.ndarray
    settings: tuple[tuple[Any, ...], ...]

    def frontier(self) -> Curve:
        """The points that no other one beats in bits and in error, fewest bits first."""
        order = np.lexsort((self.errors, self.bits))
        best = np.minimum.accumulate(self.errors[order])
        kept = order[np.r_[True, self.errors[order][1:] < best[:-1]]]
        settings = tuple(self.settings[index] for index in kept)
        return Curve(self.bits[kept], self.errors[kept], settings)

    def within(self, bits: float) -> int | None:
        """The index of the smallest error at no more than so many bits; None if all take more."""
        affordable = np.flatnonzero(self.bits <= bits)
        return int(affordable[self.errors[affordable].argmin()]) if len(affordable) else None

    def bits_for(self, error: float) -> float | None:
        """The fewest bits with an error no larger than that; None if there are none."""
        good = self.bits[self.errors <= error]
        return float(good.min()) if len(good) else None


@dataclass(frozen=True)
class Quantizer:
    """Rounds each number of a code to one of 2^bits values of its own.

    Attributes:
        lows: Where the first cell of each number begins, [d].
        widths: Of its finest cells, of which there are 2^8, [d].
        counts: Training codes in each of these, [d, 256].
        sums: Of these codes, [d, 256].
    """

    lows: np.ndarray
    widths: np.ndarray
    counts: np.ndarray
    sums: np.ndarray

    def cells(self, codes: np.ndarray) -> np.ndarray:
        """Which finest cell each number of the codes [n, d] lies in, the outermost for those
        beyond. With fewer bits, neighbouring cells are one: drop the last bits."""
        places = np.floor((codes - self.lows) / self.widths)
        return np.clip(places, 0, 2 ** BITS[-1] - 1).astype(np.intp)

    def table(self, bits: int) -> tuple[np.ndarray, np.ndarray]:
        """The values of the cells, and the bits that each of them costs; both [d, 2^bits].

        One example's worth of doubt is spread over all cells of a number, so that none is
        impossible: a cell's frequency is (count + 1 / cells) / (examples + 1).
        """
        d, num_cells = len(self.lows), 2**bits
        counts, sums = (
            one.reshape(d, num_cells, -1).sum(axis=2) for one in (self.counts, self.sums)
        )
        width = self.widths[:, None] * (2 ** BITS[-1] // num_cells)
        centres = self.lows[:, None] + (np.arange(num_cells) + 0.5) * width
        values = np.divide(sums, counts, out=centres, where=counts > 0)
        examples = counts.sum(axis=1, keepdims=True)
        return values, -np.log2((counts + 1 / num_cells) / (examples + 1))

    def look_up(self, cells: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
        """The rounded codes of finest cells, and the bits of every number of them; both [n, d]."""
        values, lengths = self.table(bits)
        rows, coarse = np.arange(cells.shape[1]), cells >> (BITS[-1] - bits)
        return values[rows, coarse].astype(np.float32), lengths[rows, coarse]

    def apply(self, codes: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
        """The rounded codes, and the bits of every number of them; both [n, d]."""
        return self.look_up(self.cells(codes), bits)


def fit_quantizer(codes: np.ndarray) -> Quantizer:
    """Cells, values and frequencies from the codes [n, d] of training examples, all finite."""
    d, num_cells = codes.shape[1], 2 ** BITS[-1]
    lowest, extent = codes.min(axis=0).astype(np.float64), np.ptp(codes, axis=0)
    lows, widths = lowest - MARGIN * extent, (1 + 2 * MARGIN) * extent / num_cells
    widths[widths <= 0] = 1.0  # the number never changes: its one cell costs next to nothing
    nothing = np.zeros((d, num_cells))
    quantizer = Quantizer(lows, widths, nothing, nothing)
    flat = (quantizer.cells(codes) + num_cells * np.arange(d)).ravel()
    tallies = (np.bincount(flat, weights, d * num_cells) for weights in (None, codes.ravel()))
    counts, sums = (one.reshape(d, num_cells).astype(np.float64) for one in tallies)
    return Quantizer(lows, widths, counts, sums)


def code_curve(
    decode: Callable[[np.ndarray], np.ndarray],
    quantizer: Quantizer,
    codes: np.ndarray,
    x: np.ndarray,
) -> Curve:
    """What rounding its codes to 1, 2, ... 8 bits per number makes of an autoencoder.

    Args:
        decode: From codes [n, d] to outputs [n, input_dim].
        quantizer: Fitted to the codes of training examples.
        codes: Of held-out examples, [n, d].
        x: Those examples, [n, input_dim].
    """
    cells, bits, errors = quantizer.cells(codes), [], []
    for number in BITS:
        rounded, lengths = quantizer.look_up(cells, number)
        bits.append(lengths.sum(axis=1).mean())
        errors.append(squared_error(x, decode(rounded)))
    return Curve(np.array(bits), np.array(errors), tuple((number,) for number in BITS))


def symbol_bits(train: np.ndarray, codes: np.ndarray, num_symbols: int) -> float:
    """What a code of symbols costs on average, by how frequent each of them is at its place.

    Args:
        train: Codes of training examples, [n, length, numbers]: each symbol is a vector.
        codes: Of held-out examples, [m, length, numbers].
        num_symbols: How many different ones there are. One example's worth of doubt is spread over
            all of them.
    """
    total = 0.0
    for place in range(train.shape[1]):
        both = np.concatenate([train[:, place], codes[:, place]])
        _, which = np.unique(both, axis=0, return_inverse=True)
        counts = np.bincount(which[: len(train)], minlength=which.max() + 1)
        shares = (counts[which[len(train) :]] + 1 / num_symbols) / (len(train) + 1)
        total -= np.log2(shares).mean()
    return float(total)


def squared_error(x: np.ndarray, others: np.ndarray) -> float:
    """Mean squared error per number."""
    return float(np.square(x - others, dtype=np.float64).mean())


def pca_curve(
    components: PCA, train: np.ndarray, x: np.ndarray, within: Range | None = None
) -> Curve:
    """The best that PCA can do: any number of components, rounded with any step.

    Args:
        components: Of the training examples.
        train: Training examples, from which cells and frequencies are learned.
        x: Held-out examples, [n, input_dim].
        within: Between which values the numbers of examples lie; None if anywhere.
    """
    size = components.mean.size
    sizes = [one for one in _LADDER if one < size] + [size]
    train_codes, codes = components.encode(train, size), components.encode(x, size)
    # The components are orthonormal: errors of numbers add up, and those left out are lost whole.
    lost = np.square(codes, dtype=np.float64).mean(axis=0)
    bits, errors, settings, rounded = [], [], [], {}
    for step in math.sqrt(max(components.variances[0], 1e-12)) * STEPS:
        rounded[step], lengths = entropy_coded_pca.fit_cells(train_codes, step).look_up(codes)
        saved = np.cumsum(lost - np.square(codes - rounded[step]).mean(axis=0))
        paid = np.cumsum(lengths.mean(axis=0))
        bits += [paid[count - 1] for count in sizes]
        errors += [max(lost.sum() - saved[count - 1], 0.0) / size for count in sizes]
        settings += [(count, step) for count in sizes]
    best = Curve(np.array(bits), np.array(errors), tuple(settings)).frontier()
    if within is None:
        return best
    images = (components.decode(rounded[step][:, :n], within) for n, step in best.settings)
    found = np.array([squared_error(x, one) for one in images])
    return Curve(best.bits, found, best.settings).frontier()


def pca_images(
    components: PCA,
    train: np.ndarray,
    x: np.ndarray,
    num_components: int,
    step: float,
    within: Range | None = None,
) -> np.ndarray:
    """What PCA rebuilds of `x` [n, input_dim] with one of the settings of its curve."""
    cells = entropy_coded_pca.fit_cells(components.encode(train, num_components), step)
    rounded, _ = cells.look_up(components.encode(x, num_components))
    return components.decode(rounded.astype(x.dtype), within)


# Files. A file's header says the same of every image, and at 28 x 28 pixels it is most of the
# file: so all images are also stored as one picture, where it hardly counts.


def jpeg_curve(images: np.ndarray, *, together: bool) -> Curve:
    """JPEG at `QUALITIES`, with Huffman tables made for the very picture.

    Args:
        images: uint8, [n, height, width].
        together: Whether they are one picture, or a file each.
    """
    bits, errors = [], []
    for quality in QUALITIES:
        stored = [_jpeg(one, quality) for one in _pictures(images, together)]
        bits.append(8 * sum(map(len, stored)) / len(images))
        rebuilt = _images(stored, images.shape, together)
        errors.append(squared_error(images / 255.0, rebuilt / 255.0))
    return Curve(np.array(bits), np.array(errors), tuple((quality,) for quality in QUALITIES))


def jpeg_images(images: np.ndarray, quality: int) -> np.ndarray:
    """What JPEG makes of images, uint8 [n, height, width], that are one picture."""
    stored = [_jpeg(one, quality) for one in _pictures(images, together=True)]
    return _images(stored, images.shape, together=True)


def png_bits(images: np.ndarray, *, together: bool) -> float:
    """Bits per image of PNG, which loses nothing. Arguments as `jpeg_curve`."""
    parts = [images.reshape(-1, images.shape[2])] if together else list(images)
    return 8 * sum(len(_encode(part, "PNG", optimize=True)) for part in parts) / len(images)


def _jpeg(picture: np.ndarray, quality: int) -> bytes:
    return _encode(picture, "JPEG", quality=quality, optimize=True)


def _encode(picture: np.ndarray, format: str, **options: Any) -> bytes:
    # Here, because most pages store no picture.
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(file, format, **options)
    return file.getvalue()


BLOCK = 8
"""JPEG cuts a picture into squares of so many pixels."""


def _pictures(images: np.ndarray, together: bool) -> list[np.ndarray]:
    """The images one by one, or one below the other in columns, none sharing a block with its
    neighbour."""
    if not together:
        return list(images)
    n, height, width = images.shape
    columns = int(np.ceil(np.sqrt(n)))
    rows, tall, wide = -(-n // columns), -height % BLOCK, -width % BLOCK
    tiles = np.pad(images, ((0, rows * columns - n), (0, tall), (0, wide)))
    grid = tiles.reshape(rows, columns, height + tall, width + wide).swapaxes(1, 2)
    return [grid.reshape(rows * (height + tall), -1)]


def _images(stored: list[bytes], shape: tuple[int, ...], together: bool) -> np.ndarray:
    """The inverse of `_pictures`, of files."""
    from PIL import Image

    pictures = [np.asarray(Image.open(io.BytesIO(one))) for one in stored]
    if not together:
        return np.stack(pictures)
    n, height, width = shape
    columns = int(np.ceil(np.sqrt(n)))
    tall, wide = height + -height % BLOCK, width + -width % BLOCK
    grid = pictures[0].reshape(-1, tall, columns, wide).swapaxes(1, 2)
    return grid.reshape(-1, tall, wide)[:n, :height, :width]

"""Visitors' own data: tables from CSV, small images from zip or npz, checked before they are kept.

`parse` makes an `Upload` of a file's bytes or refuses them with an `UploadError`; it trusts
neither what a file says of itself nor its names. Nothing is unpickled, and no name in a file
becomes a path. `keep` writes the checked arrays to a folder, under a name that is a hash of their
content, where training processes and the command line find them; they go when they have not been
used for long, when the folder becomes too large, or when they are erased.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import secrets
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from models.runs import RunError, RunStore
from models.settings import Settings, current, variable

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    import pandas as pd
    from PIL import Image

SIDE = 28
"""Height and width, in pixels, that all images are brought to: the lessons' size."""

MAX_SIDE = 4_096
MAX_CLASSES = 26
MIN_COLUMNS, MAX_COLUMNS = 2, 50
MIN_EXAMPLES = 20

FEWEST_OF_A_CLASS = 5
"""Images of each class: so that one at least can be held out of every five."""

MAX_NUMBER = 1e30
"""Whose square is still far from what a number can hold."""

SPLIT_SEED = 42
_FORMAT = 1
_OWNER = ".owner"
_NAME = re.compile(r"own-[0-9a-f]{16}")
_LABEL_COLUMNS = ("label", "class")
_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_IMAGE_FORMATS = ("PNG", "JPEG", "BMP", "GIF")
_SEPARATORS = (",", ";", "\t")


class UploadError(Exception):
    """A file cannot be used; the message says what is wrong, what is allowed and how to go on."""


@dataclass(frozen=True, eq=False)
class Upload:
    """Data that have been checked.

    Attributes:
        kind: "points", a table, or "images".
        title: The file's name without its ending, letters and digits only.
        arrays: Of a table "values", float64 [n, columns], and "labels", int32 [n]. Of images
            "train" and "held_out", uint8 [n, SIDE * SIDE], 0 black, and their "train_labels" and
            "held_out_labels", uint8 [n].
        column_names: Of a table.
        class_names: By label; empty for a table without classes, a single one for images without.
        notes: What was done to the data, in sentences.
    """

    kind: str
    title: str
    arrays: Mapping[str, np.ndarray]
    column_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def meta(self) -> dict[str, Any]:
        """What is known of the data without reading them."""
        sizes = {name: len(array) for name, array in self.arrays.items()}
        counts = np.bincount(self.arrays.get("train_labels", []), minlength=len(self.class_names))
        return {
            "format": _FORMAT,
            "kind": self.kind,
            "title": self.title,
            "sizes": sizes,
            "column_names": list(self.column_names),
            "class_names": list(self.class_names),
            "class_sizes": counts.tolist() if self.kind == "images" else [],
        }

    @property
    def name(self) -> str:
        """What names the data: the same content has the same name."""
        digest = hashlib.sha256(json.dumps(self.meta, sort_keys=True).encode())
        for key in sorted(self.arrays):
            digest.update(np.ascontiguousarray(self.arrays[key]).tobytes())
        return f"own-{digest.hexdigest()[:16]}"


def is_name(text: object) -> bool:
    """Whether this is the form of an uploaded set's name."""
    return isinstance(text, str) and bool(_NAME.fullmatch(text))


# From bytes to checked arrays


def parse(file_name: str, content: bytes, machine: Settings | None = None) -> Upload:
    """What a file holds.

    Args:
        file_name: Only its ending and, cleaned, its title are used.
        content: The file's bytes.
        machine: The limits; the process's own settings by default.

    Raises:
        UploadError: Whatever is wrong with it.
    """
    machine = machine or current()
    stem, _, suffix = file_name.rpartition(".")
    readers = {"csv": _parse_table, "zip": _parse_zip, "npz": _parse_npz}
    if suffix.lower() not in readers:
        raise UploadError(
            "Only .csv (a table of numbers), .zip (images) and .npz (an array of images) can be "
            "used. Save your data as one of these."
        )
    limit = machine.max_upload_megabytes
    if len(content) > limit * 10**6:
        raise UploadError(
            f"The file has {len(content) / 1e6:.1f} MB; {limit} MB are allowed"
            f"{_setting('max_upload_megabytes')}. Choose a part of it."
        )
    try:
        return readers[suffix.lower()](_cleaned(stem) or "own data", content, machine)
    except UploadError:
        raise
    # A damaged file fails in a dozen ways inside the libraries that read it.
    except Exception as error:
        raise UploadError(
            f"The file is damaged or no {suffix.lower()} file after all "
            f"({type(error).__name__}). Save it again and try once more."
        ) from error


def _setting(name: str) -> str:
    return f" (whoever runs the server sets {variable(name)})"


def _cleaned(text: str, length: int = 30) -> str:
    """A text from outside without anything that a page or a figure might take for a command."""
    return " ".join(re.sub(r"[\W_]+", " ", str(text)[:200]).split())[:length].strip()


def _check_number(count: int, what: str, machine: Settings) -> None:
    if not MIN_EXAMPLES <= count <= machine.max_upload_examples:
        raise UploadError(
            f"The file has {count:,} {what}; from {MIN_EXAMPLES} to "
            f"{machine.max_upload_examples:,} are allowed{_setting('max_upload_examples')}."
        )


# Tables


def _parse_table(title: str, content: bytes, machine: Settings) -> Upload:
    text = _decoded(content)
    # Before anything is parsed: what the parser would make of it takes a multiple of its bytes.
    if max(text.count("\n"), text.count("\r")) > 2 * machine.max_upload_examples:
        _check_number(max(text.count("\n"), text.count("\r")), "lines", machine)
    first = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    if first.count(separator) > 2 * MAX_COLUMNS:
        _check_columns(first.count(separator) + 1)
    frame = _read_table(text, separator, has_heading=not _is_all_numbers(first.split(separator)))
    _check_number(len(frame), "rows", machine)
    columns = list(frame.items())
    labels = np.zeros(len(frame), np.int32)
    class_names: tuple[str, ...] = ()
    for index, (name, cells) in enumerate(columns):
        if name.lower() in _LABEL_COLUMNS:
            labels, class_names = _classes(cells, name)
            del columns[index]
            break
    _check_columns(len(columns))
    numbers = [_numbers(cells, name, separator) for name, cells in columns]
    notes = [
        "Each column is scaled by the mean and the deviation of the training rows, so that all of "
        "them count alike. A fifth of the rows is held out; the knob “Sample” draws another fifth."
    ]
    if not class_names:
        notes.append("No column is called label or class: colours show the first column.")
    return Upload(
        "points",
        title,
        {"values": np.column_stack(numbers), "labels": labels},
        tuple(_cleaned(name) or f"column {i}" for i, (name, _) in enumerate(columns, start=1)),
        class_names,
        tuple(notes),
    )


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise UploadError("The file is no text. Save the table as CSV from your spreadsheet.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # older spreadsheets; it knows all bytes


def _is_all_numbers(cells: Sequence[str]) -> bool:
    try:
        return all(
            math.isfinite(float(cell.strip().strip('"').replace(",", "."))) for cell in cells
        )
    except ValueError:
        return False


def _read_table(text: str, separator: str, has_heading: bool) -> pd.DataFrame:
    import pandas as pd

    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=0 if has_heading else None,
            dtype=str,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        where = re.search(r"Expected \d+ fields in line \d+, saw \d+", str(error))
        raise UploadError(
            f"The table cannot be read: {where[0] if where else 'it is empty or a quote is open'}. "
            "Every row needs as many cells as the heading."
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise UploadError("The rows have more cells than the heading. Give every column a name.")
    frame.columns = [
        str(name).strip() if has_heading else f"column {name + 1}" for name in frame.columns
    ]
    return frame


def _check_columns(count: int) -> None:
    if not MIN_COLUMNS <= count <= MAX_COLUMNS:
        raise UploadError(
            f"The table has {count} column{'s' * (count != 1)} of numbers; from {MIN_COLUMNS} to "
            f"{MAX_COLUMNS} are allowed, separated by commas, semicolons or tabs."
        )


def _numbers(cells: pd.Series, name: str, separator: str) -> np.ndarray:
    """A column's cells as float64 [n], if all of them are numbers and not all the same."""
    import pandas as pd

    shown = f"The column “{_cleaned(name)}”"
    if cells.isna().any():
        row = int(cells.isna().to_numpy().argmax()) + 1
        raise UploadError(f"{shown} has no value in row {row}. Fill it in or remove the row.")
    texts = cells.str.strip()
    if separator != ",":  # where the comma is free, it may be the decimal point
        texts = texts.str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    fits = np.abs(numbers) <= MAX_NUMBER  # false for NaN
    if not fits.all():
        row = int(fits.argmin())
        raise UploadError(
            f"{shown} holds “{_cleaned(texts.iloc[row]) or '?'}” in row {row + 1}; numbers between "
            f"-{MAX_NUMBER:g} and {MAX_NUMBER:g} are needed. Correct it, remove the column, or "
            "call it label if it names classes."
        )
    if np.ptp(numbers) == 0:
        raise UploadError(f"{shown} has the same value in all rows. Remove it.")
    return numbers


def _classes(cells: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int32 [n], and the classes' names; a single class is none."""
    if cells.isna().any():
        row = int(cells.isna().to_numpy().argmax()) + 1
        raise UploadError(
            f"The column “{_cleaned(name)}” names no class in row {row}. Fill it in or remove it."
        )
    labels, names = _numbered([_cleaned(cell) for cell in cells.str.strip()])
    return (labels, names) if len(names) > 1 else (np.zeros(len(labels), np.int32), ())


def _numbered(names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int32 [n], and the different names, numbers among them in their order."""
    different = sorted(set(names), key=lambda name: (len(name) if name.isdigit() else 99, name))
    if len(different) > MAX_CLASSES:
        raise UploadError(
            f"There are {len(different)} classes; at most {MAX_CLASSES} are allowed. Join some of "
            "them, or leave the classes out."
        )
    numbers = {name: number for number, name in enumerate(different)}
    return np.array([numbers[name] for name in names], np.int32), tuple(
        name or "without name" for name in different
    )


# Images


class _Budget:
    """Bytes that may still be unpacked, whatever a file announces."""

    def __init__(self, machine: Settings):
        self.limit = machine.max_unpacked_megabytes
        self.left = self.limit * 10**6

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise UploadError(
                f"Unpacked, the file is larger than {self.limit} MB, which is what is allowed"
                f"{_setting('max_unpacked_megabytes')}. Choose fewer or smaller images."
            )

    def read(self, stream: IO[bytes]) -> bytes:
        """All of the stream, or not even one byte more than is left."""
        content = stream.read(self.left + 1)
        self.spend(len(content))
        return content


def _opened(content: bytes, most: int, budget: _Budget) -> zipfile.ZipFile:
    """An archive whose directory promises no more than is allowed."""
    # Each entry of the directory begins so; `zipfile` would make an object of every one.
    if content.count(b"PK\x01\x02") > 2 * most + 100:
        raise UploadError(f"The archive holds too many files; at most {most:,} are allowed.")
    archive = zipfile.ZipFile(io.BytesIO(content))
    entries = archive.infolist()
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UploadError("The archive is encrypted. Pack the files without a password.")
    if any(
        entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries
    ):
        # Those of the other methods cannot be unpacked bit by bit.
        raise UploadError("The archive is compressed in an unusual way. Make an ordinary .zip.")
    if sum(entry.file_size for entry in entries) > budget.left:
        budget.spend(budget.left + 1)
    return archive


def _parse_zip(title: str, content: bytes, machine: Settings) -> Upload:
    budget = _Budget(machine)
    with _opened(content, machine.max_upload_examples, budget) as archive:
        entries = [entry for entry in archive.infolist() if _is_image(entry.filename)]
        _check_number(len(entries), "images (.png, .jpg, .bmp, .gif)", machine)
        images = []
        for entry in entries:
            with archive.open(entry) as stream:
                images.append(_decoded_image(budget.read(stream), entry.filename, budget))
    folders = [_cleaned(entry.filename.split("/")[-2]) if "/" in entry.filename else ""
               for entry in entries]  # fmt: skip
    return _image_set(title, images, folders, "folders")


def _is_image(name: str) -> bool:
    """Whether an archive's file counts; those that systems add by themselves do not."""
    parts = name.split("/")
    if ".." in parts or name.startswith(("/", "\\")):
        raise UploadError(
            f"The archive holds a file with the path “{_cleaned(name)}”, which leads out of it. "
            "Pack the folder of images anew."
        )
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return name.lower().endswith(_IMAGE_SUFFIXES) and not hidden


def _decoded_image(content: bytes, name: str, budget: _Budget) -> Image.Image:
    """A picture of SIDE by SIDE grey pixels."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=_IMAGE_FORMATS) as image:
            # So far only the header has been read.
            if max(image.size) > MAX_SIDE:
                raise UploadError(
                    f"The image “{_cleaned(name)}” has {image.width} x {image.height} pixels; at "
                    f"most {MAX_SIDE} x {MAX_SIDE} are allowed. Make it smaller."
                )
            budget.spend(image.width * image.height * len(image.getbands()))
            return _fitted(ImageOps.exif_transpose(image))
    except UploadError:
        raise
    except Exception as error:  # of a dozen kinds, see `parse`
        raise UploadError(
            f"The image “{_cleaned(name)}” is damaged or no PNG, JPEG, BMP or GIF. Remove it or "
            "save it again."
        ) from error


def _fitted(image: Image.Image) -> Image.Image:
    """In grey, what is transparent white; made to fit, its shape kept, what is left over filled
    with the colour of its first corner."""
    from PIL import Image, ImageOps

    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L")
    if image.size == (SIDE, SIDE):
        return image
    corner = image.getpixel((0, 0))
    assert isinstance(corner, int | float)  # one grey value
    return ImageOps.pad(image, (SIDE, SIDE), Image.Resampling.BILINEAR, color=int(corner))


def _parse_npz(title: str, content: bytes, machine: Settings) -> Upload:
    from PIL import Image

    budget = _Budget(machine)
    with _opened(content, 100, budget) as archive:
        names = archive.namelist()
        if "images.npy" not in names:
            raise UploadError(
                "The file has no array “images”. Save it with "
                "numpy.savez(file, images=images, labels=labels); labels may be left out."
            )
        images = _array(archive, "images", budget, partial(_check_images, machine))
        labels = None
        if "labels.npy" in names:
            labels = _array(archive, "labels", budget, partial(_check_labels, len(images)))
    pictures = [_fitted(Image.fromarray(image)) for image in _as_bytes(images)]
    classes = [""] * len(images) if labels is None else [_cleaned(one) for one in labels.tolist()]
    return _image_set(title, pictures, classes, "labels")


def _array(
    archive: zipfile.ZipFile,
    name: str,
    budget: _Budget,
    check: Callable[[tuple[int, ...], np.dtype], None],
) -> np.ndarray:
    """An array of an npz file; `check` is given shape and type before anything is allocated."""
    with archive.open(f"{name}.npy") as stream:
        version = np.lib.format.read_magic(stream)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, in_columns, dtype = read_header(stream)
        if dtype.hasobject:
            raise UploadError(
                f"The array “{name}” holds Python objects (pickled), which could be programs and "
                "are never opened. Make it an array of numbers."
            )
        check(shape, dtype)
        size = math.prod(shape) * dtype.itemsize
        budget.spend(size)
        content = stream.read(size)
    if len(content) != size:
        raise UploadError(f"The array “{name}” is not complete. Save the file again.")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if in_columns else "C")


def _check_images(machine: Settings, shape: tuple[int, ...], dtype: np.dtype) -> None:
    fits = len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3))
    if not fits or not all(1 <= side <= MAX_SIDE for side in shape[1:3]):
        raise UploadError(
            f"The array “images” has the shape {shape}; needed is (number, height, width), with "
            f"sides up to {MAX_SIDE}, or (number, height, width, 3) for colours."
        )
    if dtype.kind not in "uif":
        raise UploadError(f"The array “images” is of {dtype}; numbers are needed.")
    _check_number(shape[0], "images", machine)


def _check_labels(count: int, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if shape != (count,) or dtype.kind not in "uiU":
        raise UploadError(
            f"The array “labels” is of {dtype} and of shape {shape}; needed is one whole number "
            f"or text per image, ({count},)."
        )


def _as_bytes(images: np.ndarray) -> np.ndarray:
    """Images [n, height, width] or [n, height, width, 3] as uint8, from whole numbers up to 255
    or fractions up to 1."""
    whole = images.dtype.kind != "f"
    if not (
        np.isfinite(images).all() and images.min() >= 0 and images.max() <= (255 if whole else 1)
    ):
        raise UploadError(
            "The array “images” must hold whole numbers from 0 (black) to 255 or decimals from 0 "
            "to 1, without NaN. Divide it by its largest value, for example."
        )
    pixels = images if whole else np.round(images * 255.0)
    pixels = np.ascontiguousarray(pixels, np.uint8)
    return pixels[..., 0] if pixels.ndim == 4 and pixels.shape[3] == 1 else pixels


def _image_set(
    title: str, images: Sequence[Image.Image], classes: Sequence[str], source: str
) -> Upload:
    pixels = np.stack([np.asarray(image, np.uint8).reshape(-1) for image in images])
    if not np.ptp(pixels, axis=0).any():
        raise UploadError("All images are the same, so there is nothing to learn.")
    labels, names = _numbered(classes)
    if len(names) == 1:
        names = ("image",)
    for name, count in zip(names, np.bincount(labels), strict=True):
        if count < FEWEST_OF_A_CLASS:
            raise UploadError(
                f"The class “{name}” has {count} images; at least {FEWEST_OF_A_CLASS} are needed. "
                f"Add some, or leave the class out. Classes are named by the {source}."
            )
    train, held_out = _split(labels)
    labels = labels.astype(np.uint8)
    arrays = {
        **{"train": pixels[train], "train_labels": labels[train]},
        **{"held_out": pixels[held_out], "held_out_labels": labels[held_out]},
    }
    notes = (
        f"Images become grey and fit into {SIDE} x {SIDE} pixels; their shape is kept, the rest "
        "filled with the colour of the upper left corner, what is transparent with white.",
        "A fifth of each class is held out, always the same images.",
    )
    return Upload("images", title, arrays, (), names, notes)


def _split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on, in an order of which every beginning is a fair sample, and rows that are
    held out, a fifth of each class."""
    random = np.random.RandomState(SPLIT_SEED)
    order = random.permutation(len(labels))
    held_out = np.concatenate([rows[: len(rows) // 5] for rows in _by_class(order, labels)])
    train = order[~np.isin(order, held_out)]
    return train, random.permutation(held_out)


def _by_class(order: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    return [order[labels[order] == label] for label in np.unique(labels)]


# The folder


def keep(upload: Upload, machine: Settings | None = None, owner: str = "") -> str:
    """Stores an upload, if it is not stored yet, and makes room for it; returns its name.

    Args:
        upload: What to store.
        machine: Where to, and how much.
        owner: Whose it is: who uploads the same file owns it, too. The folder holds a hash of it.

    Raises:
        UploadError: If it cannot be written.
    """
    machine = machine or current()
    path = _path(upload.name, machine)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            np.savez(file, allow_pickle=False, meta=json.dumps(upload.meta), **upload.arrays)
        os.replace(temporary, path)
        if owner:
            _owned(upload.name, owner, machine).touch()
    except OSError as error:
        raise UploadError(
            f"The server cannot keep the data ({error.strerror}). Tell whoever runs it: the "
            f"folder is set by {variable('uploads_folder')}."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    _make_room(upload.name, machine)
    return upload.name


def owned_by(owner: str, machine: Settings | None = None) -> list[str]:
    """The names of the stored sets that somebody has uploaded."""
    machine = machine or current()
    found = machine.uploads_folder.glob(f"own-*.{_hashed(owner)}{_OWNER}")
    names = sorted(path.name.partition(".")[0] for path in found)
    return [name for name in names if exists(name, machine)]


def exists(name: str, machine: Settings | None = None) -> bool:
    """Whether the set of that name is stored and has not become too old."""
    machine = machine or current()
    return is_name(name) and _is_young(_path(name, machine), machine)


def described(name: str, machine: Settings | None = None) -> dict[str, Any]:
    """What `Upload.meta` said of a stored set.

    Raises:
        UploadError: If it is not there (any more).
    """
    return _read_meta(_path(name, machine or current()))


def arrays(name: str, machine: Settings | None = None) -> dict[str, np.ndarray]:
    """The arrays of a stored set, which counts as a use of it.

    Raises:
        UploadError: If it is not there (any more).
    """
    machine = machine or current()
    if not exists(name, machine):
        raise UploadError(absent(name))
    path = _path(name, machine)
    with suppress(OSError):
        os.utime(path)
    return _read_arrays(path)


def absent(name: str) -> str:
    """What to say where a set is not stored."""
    return (
        f"The own data {name} are not on this machine (any more): they were erased, or uploaded "
        "elsewhere. Upload the file again, or choose another data set."
    )


def erase(name: str, machine: Settings | None = None) -> None:
    """Erases a set, if it is there. The runs on it go with `clean`."""
    path = _path(name, machine or current())
    path.unlink(missing_ok=True)
    for mark in path.parent.glob(f"{name}.*{_OWNER}"):
        mark.unlink(missing_ok=True)
    # What the set was called stays known to this process: pages may be open that need it.
    _read_arrays.cache_clear()


def clean(store: RunStore, machine: Settings | None = None) -> None:
    """Erases sets that nobody has used for long, what broken writes have left, and all runs,
    which hold pictures of the data, on sets that are gone."""
    machine = machine or current()
    if not machine.uploads_folder.is_dir():
        return  # nothing was ever uploaded, or a disk is not there just now
    for path in machine.uploads_folder.glob("own-*"):
        left = path.suffix == ".tmp" and _age(path) > 3_600
        ownerless = path.suffix == _OWNER and not exists(path.name.partition(".")[0], machine)
        if left or ownerless or (path.suffix == ".npz" and not _is_young(path, machine)):
            path.unlink(missing_ok=True)
    for run in runs_on(store):
        if not exists(_dataset_of(run.config), machine):
            with suppress(RunError):
                run.delete(force=True)


def runs_on(store: RunStore, name: str | None = None) -> list:
    """The stored runs on an uploaded set, or on any."""
    runs = ((run, _dataset_of(run.config)) for run in store.runs())
    return [run for run, dataset in runs if is_name(dataset) and name in (None, dataset)]


def _dataset_of(config: Mapping | None) -> str:
    recipe = (config or {}).get("recipe", config)  # a study's holds that of its run
    knobs = recipe.get("hyperparameters") if isinstance(recipe, dict) else None
    return str(knobs.get("dataset", "")) if isinstance(knobs, dict) else ""


def _path(name: str, machine: Settings) -> Path:
    """Raises ValueError for what is no name: nothing else becomes a path."""
    if not is_name(name):
        raise ValueError(f"{name!r} is no name of own data: own- and 16 hexadecimal digits.")
    return machine.uploads_folder / f"{name}.npz"


def _owned(name: str, owner: str, machine: Settings) -> Path:
    """The empty file that says whose a set is."""
    return _path(name, machine).with_name(f"{name}.{_hashed(owner)}{_OWNER}")


def _hashed(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()[:32]


def _age(path: Path) -> float:
    """Seconds since the last use; endless for what is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return math.inf


def _is_young(path: Path, machine: Settings) -> bool:
    return _age(path) < machine.upload_days * 86_400


def _make_room(kept: str, machine: Settings) -> None:
    """Erases the least recently used sets until the others fit."""
    paths = [path for path in machine.uploads_folder.glob("own-*.npz") if path.stem != kept]
    room = machine.max_uploads_megabytes * 10**6 - _size(_path(kept, machine))
    for path in sorted(paths, key=_age):
        room -= _size(path)
        if room < 0:
            erase(path.stem, machine)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


# A name stands for one content, so what was read once stays true.


@lru_cache(maxsize=256)
def _read_meta(path: Path) -> dict[str, Any]:
    return _read(path, lambda stored: json.loads(str(stored["meta"])))


@lru_cache(maxsize=2)
def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    return _read(
        path, lambda stored: {name: stored[name] for name in stored.files if name != "meta"}
    )


def _read(path: Path, take: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return take(stored)
    except FileNotFoundError:
        raise UploadError(absent(path.stem)) from None
    except Exception as error:  # a damaged zip fails in a dozen ways
        raise UploadError(
            f"The stored copy of the own data {path.stem} is damaged. Upload the file again."
        ) from error

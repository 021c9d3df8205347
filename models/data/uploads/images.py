"""Images: a zip archive of files, or an array that NumPy has stored."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from models.settings import Settings

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    from PIL import Image
from models.data.uploads.labels import number_classes, split_by_class
from models.data.uploads.limits import FEWEST_OF_A_CLASS, Budget, check_count
from models.data.uploads.names import clean_name
from models.data.uploads.upload import SIDE, Upload, UploadError

MAX_SIDE = 4_096

MAX_SCANS = 100
"""Of a progressive JPEG, which programs write in about ten."""

_SCAN = b"\xff\xda"

_IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_IMAGE_FORMATS = ("PNG", "JPEG", "BMP", "GIF")


def _open(content: bytes, most: int, budget: Budget) -> zipfile.ZipFile:
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


def parse_zip(title: str, content: bytes, machine: Settings) -> Upload:
    """The images of an archive, in a folder for each class. Errors as `parsing.parse`."""
    budget = Budget(machine)
    with _open(content, machine.max_upload_examples, budget) as archive:
        entries = [entry for entry in archive.infolist() if _is_image(entry.filename)]
        check_count(len(entries), "images (.png, .jpg, .bmp, .gif)", machine)
        images = []
        for entry in entries:
            with archive.open(entry) as stream:
                images.append(_decode_image(budget.read(stream), entry.filename, budget))
    folders = [entry.filename.rpartition("/")[0].rpartition("/")[2] for entry in entries]
    return _image_set(title, images, folders, "folders")


def _is_image(name: str) -> bool:
    """Whether an archive's file counts; those that systems add by themselves do not."""
    parts = name.split("/")
    if ".." in parts or name.startswith(("/", "\\")):
        raise UploadError(
            f"The archive holds a file with the path “{clean_name(name)}”, which leads out of it. "
            "Pack the folder of images anew."
        )
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return name.lower().endswith(_IMAGE_SUFFIXES) and not hidden


def _decode_image(content: bytes, name: str, budget: Budget) -> Image.Image:
    """A picture of SIDE by SIDE grey pixels."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=_IMAGE_FORMATS) as image:
            # So far only the header has been read.
            if max(image.size) > MAX_SIDE:
                raise UploadError(
                    f"The image “{clean_name(name)}” has {image.width} x {image.height} pixels; at "
                    f"most {MAX_SIDE} x {MAX_SIDE} are allowed. Make it smaller."
                )
            budget.spend(image.width * image.height * len(image.getbands()))
            # Each one is a pass over the whole image, however few bytes it has.
            scans = content.count(_SCAN) if image.format in ("JPEG", "MPO") else 0
            if scans > MAX_SCANS:
                raise UploadError(
                    f"The image “{clean_name(name)}” is a JPEG that is built up in {scans:,} "
                    f"scans; at most {MAX_SCANS} are allowed. Save it again, as PNG, say."
                )
            return _fit(ImageOps.exif_transpose(image))
    except (UploadError, MemoryError):
        raise
    except Exception as error:  # of a dozen kinds, see `parse`
        raise UploadError(
            f"The image “{clean_name(name)}” is damaged or no PNG, JPEG, BMP or GIF. Remove it or "
            "save it again."
        ) from error


def _fit(image: Image.Image) -> Image.Image:
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


def parse_npz(title: str, content: bytes, machine: Settings) -> Upload:
    """The images of an array that NumPy has stored. Errors as `parsing.parse`."""
    from PIL import Image

    budget = Budget(machine)
    with _open(content, 100, budget) as archive:
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
    pictures = [_fit(Image.fromarray(image)) for image in _as_bytes(images)]
    classes = [""] * len(images) if labels is None else _as_texts(labels)
    return _image_set(title, pictures, classes, "labels")


def _array(
    archive: zipfile.ZipFile,
    name: str,
    budget: Budget,
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
                "are never opened. Make it an array of numbers"
                f"{' or texts' if name == 'labels' else ''}: {name}.astype("
                f"{'str' if name == 'labels' else 'float'})."
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
    check_count(shape[0], "images", machine)


def _check_labels(count: int, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if shape not in ((count,), (count, 1)) or dtype.kind not in "biufUS":
        raise UploadError(
            f"The array “labels” is of {dtype} and of shape {shape}; needed is one number or text "
            f"per image, ({count},)."
        )


def _as_texts(labels: np.ndarray) -> list[str]:
    """Labels [n] or [n, 1], as the file has them."""
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise UploadError("The array “labels” holds NaN. Give every image a class, or none.")
    if labels.dtype.kind == "S":
        return [one.decode(errors="replace") for one in labels.ravel().tolist()]
    return [str(one) for one in labels.ravel()]


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
    labels, names = number_classes(classes)
    if len(names) == 1:
        names = ("image",)
    for name, count in zip(names, np.bincount(labels), strict=True):
        if count < FEWEST_OF_A_CLASS:
            raise UploadError(
                f"The class “{name}” has {count} images; at least {FEWEST_OF_A_CLASS} are needed. "
                f"Add some, or leave the class out. Classes are named by the {source}."
            )
    train, held_out = split_by_class(labels)
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

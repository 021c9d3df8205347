"""Archives of images, and of a single table."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import PurePosixPath

from models.data.uploads.dialect import few
from models.data.uploads.limits import Budget, check_count, draw_sample
from models.data.uploads.names import clean_name
from models.data.uploads.pixels import Picture, fit, image_upload
from models.data.uploads.table import parse_table
from models.data.uploads.text import quote
from models.data.uploads.understood import Choices
from models.data.uploads.upload import SIDE, Upload, UploadError
from models.settings import Settings

MAX_SIDE = 10_000

MAX_SCANS = 100
"""Of a progressive JPEG, which programs write in about ten."""

NAMED_FILES = 3
"""Files that are left out and named."""

_SCAN = b"\xff\xda"

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
_BEGINNINGS = (
    b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"RIFF", b"II*\0", b"MM\0*",
)  # fmt: skip
"""How images of these formats begin."""

IMAGE_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm",
)  # fmt: skip
TABLE_ENDINGS = (".csv", ".tsv", ".txt")
ARCHIVE_ENDINGS = (".zip", ".7z", ".rar", ".gz", ".tar", ".tgz")


def open_archive(content: bytes, most: int, budget: Budget) -> zipfile.ZipFile:
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


def parse_zip(title: str, content: bytes, machine: Settings, choices: Choices) -> Upload:
    """The images of an archive, in a folder for each class; or the one table that it holds.
    Arguments and errors as `parsing.parse`."""
    budget = Budget(machine)
    with open_archive(content, machine.max_upload_examples, budget) as archive:
        files = {path: entry for entry in archive.infolist() if (path := _path_of(entry))}
        images = {path: one for path, one in files.items() if _begins_like_image(archive, one)}
        # What has an image's ending and is none is damaged.
        images |= {path: one for path, one in files.items() if path.suffix.lower() in IMAGE_ENDINGS}
        if not images:
            return _parse_other(archive, files, machine, choices, budget)
        notes = _say_kinds([path for path in files if path not in images])
        paths = sorted(images)
        rows, note = draw_sample(len(paths), machine.max_upload_examples, "images")
        chosen = [paths[row] for row in rows]
        check_count(len(chosen), "images", machine)
        pictures, damaged = _read(archive, {path: images[path] for path in chosen}, budget)
    notes += note
    notes += _say_damaged(damaged, len(chosen))
    check_count(len(pictures), "images that can be read", machine)
    folders = [path.parent.name for path in pictures]
    return image_upload(title, list(pictures.values()), folders, "folders", notes)


def _path_of(entry: zipfile.ZipInfo) -> PurePosixPath | None:
    """An entry's path as Linux writes it; None for folders and for what systems add by
    themselves.

    Raises:
        UploadError: If it leads out of the archive.
    """
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if ".." in path.parts or path.is_absolute() or name[1:2] == ":":
        raise UploadError(
            f"The archive holds a file with the path {quote(entry.filename)}, which leads out of "
            "it. Pack the folder of images anew."
        )
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    is_file = not name.endswith("/") and path.name.lower() not in ("thumbs.db", "desktop.ini")
    return path if is_file and not hidden and path.name else None


def _begins_like_image(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as stream:
        return stream.read(8).startswith(_BEGINNINGS)


def _parse_other(
    archive: zipfile.ZipFile,
    files: dict[PurePosixPath, zipfile.ZipInfo],
    machine: Settings,
    choices: Choices,
    budget: Budget,
) -> Upload:
    """The one table of an archive without images."""
    inner = [path for path in files if path.suffix.lower() in ARCHIVE_ENDINGS]
    if inner:
        raise UploadError(
            f"The archive holds another archive, {quote(inner[0].name)}, and no images. Unpack it "
            "and pack the folder of images itself."
        )
    tables = [path for path in files if path.suffix.lower() in TABLE_ENDINGS]
    if len(tables) == 1:
        with archive.open(files[tables[0]]) as stream:
            content = budget.read(stream)
        return parse_table(clean_name(tables[0].stem) or "own data", content, machine, choices)
    if tables:
        names = ", ".join(quote(path.name) for path in tables[:NAMED_FILES])
        raise UploadError(
            f"The archive holds {len(tables)} tables ({names}{' …' * (len(tables) > NAMED_FILES)}) "
            "and no images. Unpack it and upload one of them."
        )
    said = " ".join(_say_kinds(list(files)))
    raise UploadError(
        f"The archive holds no images ({', '.join(IMAGE_ENDINGS)}). {said} Pack a folder of "
        "images, with a folder in it for each class if there are classes."
    )


def _say_kinds(paths: list[PurePosixPath]) -> list[str]:
    """A sentence on files that are no images."""
    if not paths:
        return []
    kinds = Counter(path.suffix.lower() or "without ending" for path in paths)
    texts = ", ".join(f"{count} {kind[:12]}" for kind, count in kinds.most_common(5))
    return [f"Left out, as they are no images: {texts}{' …' * (len(kinds) > 5)}."]


def _read(
    archive: zipfile.ZipFile, entries: dict[PurePosixPath, zipfile.ZipInfo], budget: Budget
) -> tuple[dict[PurePosixPath, Picture], list[PurePosixPath]]:
    """The images that can be read, and the files that cannot.

    Raises:
        UploadError: As soon as there are too many of these.
    """
    found, damaged = {}, []
    for path, entry in entries.items():
        with archive.open(entry) as stream:
            content = budget.read(stream)
        picture = decode_image(content, path.name, budget)
        if picture is None:
            damaged.append(path)
        else:
            found[path] = picture
        if len(damaged) > few(len(entries)):
            raise UploadError(
                f"{len(damaged)} images are damaged or of a kind that cannot be read, such as "
                f"{quote(damaged[0].name)}. Remove them or save them again, as PNG, say."
            )
    return found, damaged


def _say_damaged(paths: list[PurePosixPath], count: int) -> list[str]:
    if not paths:
        return []
    names = ", ".join(quote(path.name) for path in paths[:NAMED_FILES])
    return [
        f"Left out, as they are damaged or no images: {len(paths)} of {count:,} files: {names}"
        f"{' …' * (len(paths) > NAMED_FILES)}."
    ]


def decode_image(content: bytes, name: str, budget: Budget) -> Picture | None:
    """An image of a file, made to fit; None if it cannot be read.

    Raises:
        UploadError: If it takes more than is allowed.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            # So far only the header has been read.
            if max(image.size) > MAX_SIDE:
                raise UploadError(
                    f"The image {quote(name)} has {image.width} x {image.height} pixels; at most "
                    f"{MAX_SIDE:,} x {MAX_SIDE:,} are allowed. Make it smaller."
                )
            # Each one is a pass over the whole image, however few bytes it has.
            scans = content.count(_SCAN) if image.format in ("JPEG", "MPO") else 0
            if scans > MAX_SCANS:
                raise UploadError(
                    f"The image {quote(name)} is a JPEG that is built up in {scans:,} scans; at "
                    f"most {MAX_SCANS} are allowed. Save it again, as PNG, say."
                )
            image.draft(image.mode, (4 * SIDE, 4 * SIDE))  # a large photo is decoded reduced
            budget.hold(
                image.width * image.height * len(image.getbands()), f"The image {quote(name)}"
            )
            return fit(ImageOps.exif_transpose(image))
    except (UploadError, MemoryError):
        raise
    except Exception:  # of a dozen kinds, see `parse`
        return None

"""From a visitor's file, as bytes, to checked arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.settings import Settings, current

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    pass
from models.data.uploads.images import parse_npz, parse_zip
from models.data.uploads.limits import name_setting
from models.data.uploads.names import clean_name
from models.data.uploads.table import parse_table
from models.data.uploads.upload import Upload, UploadError


def parse(file_name: str, content: bytes, machine: Settings | None = None) -> Upload:
    """What a file holds.

    Args:
        file_name: Only its ending and, cleaned, its title are used.
        content: The file's bytes.
        machine: The limits; the process's own settings by default.

    Raises:
        UploadError: Whatever is wrong with it.
        MemoryError: If it takes more memory than this process may have.
    """
    machine = machine or current()
    stem, _, suffix = file_name.rpartition(".")
    readers = {"csv": parse_table, "zip": parse_zip, "npz": parse_npz}
    if suffix.lower() not in readers:
        raise UploadError(
            "Only .csv (a table of numbers), .zip (images) and .npz (an array of images) can be "
            "used. Save your data as one of these."
        )
    limit = machine.max_upload_megabytes
    if len(content) > limit * 10**6:
        raise UploadError(
            f"The file has {len(content) / 1e6:.1f} MB; {limit} MB are allowed"
            f"{name_setting('max_upload_megabytes')}. Choose a part of it."
        )
    try:
        return readers[suffix.lower()](clean_name(stem) or "own data", content, machine)
    except (UploadError, MemoryError):
        raise
    # A damaged file fails in a dozen ways inside the libraries that read it.
    except Exception as error:
        raise UploadError(
            f"The file is damaged or no {suffix.lower()} file after all "
            f"({type(error).__name__}). Save it again and try once more."
        ) from error

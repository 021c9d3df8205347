"""From a visitor's file, as bytes, to checked arrays."""

from __future__ import annotations

from models.data.uploads.archives import parse_zip
from models.data.uploads.arrays import parse_npy, parse_npz
from models.data.uploads.limits import name_setting
from models.data.uploads.names import clean_name
from models.data.uploads.table import parse_table
from models.data.uploads.understood import Choices
from models.data.uploads.upload import Upload, UploadError
from models.settings import Settings, current

READERS = {
    "csv": parse_table, "tsv": parse_table, "txt": parse_table, "data": parse_table,
    "zip": parse_zip, "npz": parse_npz, "npy": parse_npy,
}  # fmt: skip
"""By a file's ending."""


def parse(
    file_name: str,
    content: bytes,
    machine: Settings | None = None,
    choices: Choices | None = None,
) -> Upload:
    """What a file holds.

    Args:
        file_name: Only its ending and, cleaned, its title are used.
        content: The file's bytes.
        machine: The limits; the process's own settings by default.
        choices: What the visitor says of it, by the names of `Upload.understood`.

    Raises:
        UploadQuestionError: If only the visitor knows how it is to be read.
        UploadError: Whatever is wrong with it.
        MemoryError: If it takes more memory than this process may have.
    """
    machine = machine or current()
    stem, _, suffix = file_name.rpartition(".")
    if suffix.lower() not in READERS:
        raise UploadError(
            "Only tables (.csv, .tsv, .txt), images (.zip) and arrays of images (.npz, .npy) can "
            "be used. Save your data as one of these."
        )
    limit = machine.max_upload_megabytes
    if len(content) > limit * 10**6:
        raise UploadError(
            f"The file has {len(content) / 1e6:.1f} MB; {limit} MB are allowed"
            f"{name_setting('max_upload_megabytes')}. Choose a part of it."
        )
    try:
        title = clean_name(stem) or "own data"
        return READERS[suffix.lower()](title, content, machine, choices or {})
    except (UploadError, MemoryError):
        raise
    # A damaged file fails in a dozen ways inside the libraries that read it.
    except Exception as error:
        raise UploadError(
            f"The file is damaged or no {suffix.lower()} file after all "
            f"({type(error).__name__}). Save it again and try once more."
        ) from error

"""Files of runs: whole or absent, whatever happens to the process that writes them.

Every file except events.jsonl is written beside its place and renamed into it, so a process killed
at any moment leaves a whole file or none; a torn line of events is skipped. Nothing is flushed to
the disk (fsync): after a power failure a file may be damaged. What is read passes the structures of
`models.runs.records`; what does not is an `UnreadableError`, never taken for absent.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from models.array_files import read_npz
from models.runs import records
from models.runs.records import RecordError

FORMAT = 1
CONFIG_FILE = "config.json"

SUBFOLDERS = ("snapshots", "branches", "leases")
"""Of a run's folder."""

SHARED_FILES = 64
"""Files of events and pictures that are kept in memory for all who look at them."""

_NUMBER = re.compile(r"[0-9]{7,9}")

_WHOLE = re.compile(rb'"format": \d+}$')
"""How a line ends that a killed process has not torn."""

Arrays = dict[str, np.ndarray]


class RunError(Exception):
    """Something about a run cannot be done; the message is written for a student."""


class UnreadableError(RunError):
    """A file of a run is damaged, or of a newer version; the message says which, why, and how to
    go on.

    Attributes:
        path: Of the file.
        is_newer: Whether a newer version of this program has stored it: then it is not damaged,
            and nothing here may replace it.
    """

    def __init__(self, path: Path, reason: str, is_newer: bool = False):
        self.path, self.is_newer = path, is_newer
        name = f"{path.parent.name}/{path.name}" if path.parent.name in SUBFOLDERS else path.name
        remedy = "Open it with that version; the page All runs can export or delete it."
        if not is_newer:
            remedy = "Train it again, or export or delete it on the page All runs."
        super().__init__(f"This run cannot be read: {name}: {reason}. {remedy}")


class _NewerError(RecordError):
    def __init__(self) -> None:
        super().__init__("It was stored by a newer version of this program")


@contextmanager
def explain_damage(path: Path) -> Iterator[None]:
    """Turns whatever is wrong with a file's content into an UnreadableError; that there is no such
    file is the caller's affair."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise
    except RecordError as error:
        raise UnreadableError(path, str(error), isinstance(error, _NewerError)) from None
    except OSError as error:
        raise UnreadableError(path, error.strerror or "It cannot be read") from error
    except Exception as error:  # a damaged zip fails in a dozen ways
        raise UnreadableError(path, "Its content is damaged") from error


def write_file(path: Path, write: Callable[[BinaryIO], object], exclusive: bool = False) -> None:
    """Writes a file that appears whole or not at all.

    Raises:
        FileExistsError: If `exclusive` and the file exists, also when it just appeared.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with open(temporary, "xb") as file:
            write(file)
        if exclusive:
            os.link(temporary, path)
        else:
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping, exclusive: bool = False) -> None:
    """Writes a mapping with the format's version. Errors as `write_file`."""
    write_file(path, lambda file: file.write(dump_json(content, indent=1)), exclusive)


def dump_json(content: Mapping, indent: int | None = None) -> bytes:
    """A mapping with the format's version as JSON; NumPy's numbers are welcome."""
    return json.dumps({**content, "format": FORMAT}, default=_plain, indent=indent).encode()


def _plain(value: object) -> object:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be stored in a run: use numbers, texts, lists and dicts.")


def read_json(path: Path, check: Callable[[dict], dict]) -> dict | None:
    """What `write_json` has stored, as `check` approves of it; None if it is absent.

    Raises:
        UnreadableError: If it is damaged, or of a newer version.
    """
    try:
        with explain_damage(path):
            return check(_parse_json(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _parse_json(text: bytes) -> dict:
    """The mapping without its format version. Raises RecordError for what is none."""
    try:
        content = json.loads(text)
        if b"\\u" in text:  # half a letter, which no page can show
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RecordError("It is not whole") from None
    if not isinstance(content, dict):
        raise RecordError("It is not a mapping")
    _check_format(content.pop("format", None))
    return content


def _check_format(found: object) -> None:
    if isinstance(found, int) and found > FORMAT:
        raise _NewerError
    if found != FORMAT:
        raise RecordError("It does not say its format")


def write_arrays(file: BinaryIO, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
    """Writes named arrays and a mapping into one file."""
    # The prefix keeps any name of an array from meeting `meta`, `format` or savez's own arguments.
    prefixed = {f"arrays/{name}": array for name, array in arrays.items()}
    text = json.dumps(dict(meta), default=_plain)
    np.savez(file, allow_pickle=False, format=FORMAT, meta=text, **prefixed)


def read_arrays(
    path: Path, kind: str, record: type, prefix: str = ""
) -> tuple[Arrays, dict] | None:
    """The arrays whose names begin with `prefix`, and the meta; None if the file is absent.

    Args:
        path: Of the file.
        kind: As for `records.check_arrays`.
        record: What the meta is.
        prefix: Of the wanted arrays.

    Raises:
        UnreadableError: If it is damaged, or of a newer version.
    """
    try:
        with explain_damage(path), open(path, "rb") as file:
            about, wanted = ("format", "meta"), f"arrays/{prefix}"
            stored = read_npz(file, lambda name: name in about or name.startswith(wanted))
            _check_format(stored.pop("format").item())
            meta = json.loads(str(stored.pop("meta")))
            arrays = {name.removeprefix("arrays/"): array for name, array in stored.items()}
            records.check_arrays(arrays, kind)
            if not prefix:
                records.check_complete(arrays, kind)
            return arrays, records.check(meta, record)
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_shared(read: Callable[[Path], Any], path: Path) -> Any:
    """What a whole class looks at: read once for all of them, and again when it has changed."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return _remembered(read, path, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=SHARED_FILES)
def _remembered(read: Callable[[Path], Any], path: Path, stamp: tuple[int, ...]) -> Any:
    return read(path)


def copy_arrays(found: tuple[Arrays, dict] | None) -> tuple[Arrays, dict] | None:
    """The same arrays in a dictionary of the caller's own; nothing is copied but names."""
    return found and (dict(found[0]), dict(found[1]))


def read_events(path: Path) -> list[dict]:
    """The events of a run, in order; a torn line is skipped.

    Raises:
        UnreadableError: If a line that is whole cannot be read.
    """
    try:
        with explain_damage(path):
            lines = [line for line in path.read_bytes().splitlines() if _WHOLE.search(line)]
            return records.check_events([_parse_json(line) for line in lines], path.parent.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def list_numbers(folder: Path, suffix: str) -> list[int]:
    """The numbers that name the files of a folder, ascending."""
    stems = [name.removesuffix(suffix) for name in list_names(folder) if name.endswith(suffix)]
    return sorted(int(stem) for stem in stems if _NUMBER.fullmatch(stem))


def list_names(folder: Path) -> list[str]:
    """The names in a folder; none if it is not there."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def modified_at(path: Path) -> float:
    """When a file was last written, in Unix seconds; 0 for none."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def size_of(path: str) -> int:
    """The bytes of a file; 0 for none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def size_within(folder: Path) -> int:
    """The bytes of all files in a folder and below; 0 for none."""
    folders = os.walk(folder)
    return sum(size_of(os.path.join(path, name)) for path, _, names in folders for name in names)


@contextmanager
def explain_errors(folder: Path) -> Iterator[None]:
    """Turns the system's errors about a run's folder into a RunError; that a file exists already
    is the caller's affair."""
    try:
        yield
    except FileExistsError:
        raise
    except FileNotFoundError as error:
        raise RunError(f"Run {folder.name} does not exist, or was just removed.") from error
    except OSError as error:
        raise RunError(
            f"Run {folder.name} cannot be written in {folder.parent} ({error.strerror}). "
            "Make room there, or set AUTOENCODER_LAB_RUNS to another folder."
        ) from error

"""Files of runs: whole or absent, whatever happens to the process that writes them.

Every file except events.jsonl is written beside its place and renamed into it, so a process killed
at any moment leaves a whole file or none; a torn line of events is skipped. Nothing is flushed to
the disk (fsync): after a power failure a file may be damaged, and damaged files read as absent.
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

FORMAT = 1
CONFIG_FILE = "config.json"

SHARED_FILES = 64
"""Files of events and pictures that are kept in memory for all who look at them."""

_NUMBER = re.compile(r"[0-9]{7,}")

Arrays = dict[str, np.ndarray]


class RunError(Exception):
    """Something about a run cannot be done; the message is written for a student."""


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


def read_json(path: Path) -> dict | None:
    """What `write_json` has stored; None if it is absent, damaged or of another format."""
    try:
        return _parse_json(path.read_bytes())
    except OSError:
        return None


def _parse_json(text: bytes) -> dict | None:
    """The mapping without its format version; None if it is damaged or of another format."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not (isinstance(content, dict) and content.pop("format", None) == FORMAT):
        return None
    return content


def write_arrays(file: BinaryIO, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
    # The prefix keeps any name of an array from meeting `meta`, `format` or savez's own arguments.
    """Writes named arrays and a mapping into one file."""
    prefixed = {f"arrays/{name}": array for name, array in arrays.items()}
    text = json.dumps(dict(meta), default=_plain)
    np.savez(file, allow_pickle=False, format=FORMAT, meta=text, **prefixed)


def read_arrays(path: Path, prefix: str = "") -> tuple[Arrays, dict] | None:
    """The arrays whose names begin with `prefix`, and the meta."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            if stored["format"] != FORMAT:
                return None
            names = [name for name in stored.files if name.startswith(f"arrays/{prefix}")]
            arrays = {name.removeprefix("arrays/"): stored[name] for name in names}
            return arrays, json.loads(str(stored["meta"]))
    except Exception:  # a damaged zip fails in a dozen ways, and all of them mean "not there"
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
    """The events of a file, in order; a torn line is skipped."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    events = (_parse_json(line) for line in lines)
    return [event for event in events if event and is_count(event.get("epoch"))]


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


def is_count(value: object) -> bool:
    """Whether this is a whole number, Python's or NumPy's."""
    return isinstance(value, (int, np.integer))


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

"""The folder of uploaded sets: kept, found, read and erased by their names."""

from __future__ import annotations

import json
import math
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.array_files import read_npz
from models.days_of_use import DAY
from models.settings import Settings, current, variable
from models.shares import Holding, hash_owner, in_order_of_leaving

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    pass
from models.data.uploads import ages, stored
from models.data.uploads.limits import name_setting
from models.data.uploads.upload import Upload, UploadError, is_name

_OWNER, _ERASED = ".owner", ".erased"

ERASED_DAYS = 365
"""For so long it is known that a set was erased: servers that are started later keep their runs."""

_one_at_a_time = threading.Lock()


def keep(upload: Upload, machine: Settings | None = None, owner: str = "") -> str:
    """Stores an upload, if it is not stored yet, and makes room for it; returns its name.

    Args:
        upload: What to store.
        machine: Where to, and how much.
        owner: Whose it is: who uploads the same file owns it, too. The folder holds a hash of it.

    Raises:
        UploadError: If it cannot be written, or there is no room for it.
    """
    machine = machine or current()
    path = _path(upload.name, machine)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            np.savez(file, allow_pickle=False, meta=json.dumps(upload.meta), **upload.arrays)
        with _one_at_a_time:
            _make_room(upload.name, _size(temporary), owner, machine)
            os.replace(temporary, path)
            _tombstone(path).unlink(missing_ok=True)
            if owner:
                owner_file(upload.name, owner, machine).touch()
    except OSError as error:
        raise UploadError(
            f"The server cannot keep the data ({error.strerror}). Tell whoever runs it: the "
            f"folder is set by {variable('uploads_folder')}."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return upload.name


def list_owned(owner: str, machine: Settings | None = None) -> list[str]:
    """The names of the stored sets that somebody has uploaded."""
    machine = machine or current()
    found = machine.uploads_folder.glob(f"own-*.{hash_owner(owner)}{_OWNER}")
    names = sorted(path.name.partition(".")[0] for path in found)
    return [name for name in names if exists(name, machine)]


def exists(name: str, machine: Settings | None = None) -> bool:
    """Whether the set of that name is stored: however old it is, `clean` alone decides."""
    return is_name(name) and _path(name, machine or current()).exists()


def read_meta(name: str, machine: Settings | None = None) -> dict[str, Any]:
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


def is_erased(name: str, machine: Settings | None = None) -> bool:
    """Whether a set was erased here. One that is only absent may be in another server's folder."""
    if not is_name(name):
        return False
    path = _path(name, machine or current())
    return _tombstone(path).exists() and not path.exists()


def erase(name: str, machine: Settings | None = None) -> None:
    """Erases a set, and leaves an empty file that says so: upon that the runs on it go with
    `models.runs.own_data.clean`, on every server that has this folder."""
    path = _path(name, machine or current())
    with suppress(FileNotFoundError):
        os.replace(path, _tombstone(path))  # at once, and on a full disk, too
    with suppress(FileNotFoundError):
        _tombstone(path).open("wb").close()
    for mark in path.parent.glob(f"{name}.*{_OWNER}"):
        mark.unlink(missing_ok=True)
    # What the set was called stays known to this process: pages may be open that need it.
    _read_arrays.cache_clear()


def clean(machine: Settings | None = None) -> None:
    """Erases sets that nobody has used for long, and what broken writes have left."""
    machine = machine or current()
    folder, longest = machine.uploads_folder, machine.upload_days * DAY
    has_ages = ages.count(folder, longest)
    for path in folder.glob("own-*.*"):
        name, age = path.name.partition(".")[0], ages.age(path) if has_ages else 0.0
        if not (is_name(name) and math.isfinite(age)):
            continue  # nothing of ours, or nothing that can be looked at just now
        begun = path.suffix == _ERASED and _size(path) > 0  # by a server that has ended amid it
        if begun or (path.suffix == ".npz" and age >= longest):
            erase(name, machine)
        elif _is_left(path, name, age, machine):
            path.unlink(missing_ok=True)


def _is_left(path: Path, name: str, age: float, machine: Settings) -> bool:
    """Whether nobody needs a file: of a broken write, of an erased set, or known for long."""
    if path.suffix == _OWNER:
        return is_erased(name, machine)
    # The clock may have jumped by a day while the file was being written.
    return (path.suffix == ".tmp" and age > 2 * DAY) or (
        path.suffix == _ERASED and age > ERASED_DAYS * DAY
    )


def _tombstone(path: Path) -> Path:
    """The empty file that says that a set was erased."""
    return path.with_suffix(_ERASED)


def _path(name: str, machine: Settings) -> Path:
    """Raises ValueError for what is no name: nothing else becomes a path."""
    if not is_name(name):
        raise ValueError(f"{name!r} is no name of own data: own- and 16 hexadecimal digits.")
    return machine.uploads_folder / f"{name}.npz"


def owner_file(name: str, owner: str, machine: Settings) -> Path:
    """The empty file that says that somebody has uploaded a set."""
    return _path(name, machine).with_name(f"{name}.{hash_owner(owner)}{_OWNER}")


def _make_room(name: str, size: int, owner: str, machine: Settings) -> None:
    """Erases sets until one of that size fits: first of whoever holds most.

    Raises:
        UploadError: If the first to give way would be the set itself; then nothing is erased.
    """
    marks = {*_owners(name, machine), *([hash_owner(owner)] if owner else [])}
    new = Holding(name, size, tuple(marks), (math.inf,))
    others = [
        Holding(path.stem, _size(path), _owners(path.stem, machine), (-ages.age(path),))
        for path in machine.uploads_folder.glob("own-*.npz")
        if path.stem != name
    ]
    excess = size + sum(one.size for one in others) - machine.max_uploads_megabytes * 10**6
    leaving = []
    for one in in_order_of_leaving([*others, new]):
        if excess <= 0:
            break
        if one is new:
            raise UploadError(
                f"There is no room for these data: all visitors' own data together may take "
                f"{machine.max_uploads_megabytes} MB{name_setting('max_uploads_megabytes')}, and "
                "nobody else has more here than you would have. Choose a smaller file, or erase "
                "data that you no longer need."
            )
        leaving.append(one.item)
        excess -= one.size
    for other in leaving:
        erase(other, machine)


def _owners(name: str, machine: Settings) -> tuple[str, ...]:
    """The hashes of who has uploaded a set."""
    found = (path.name.split(".") for path in machine.uploads_folder.glob(f"{name}.*{_OWNER}"))
    return tuple(parts[1] for parts in found if len(parts) == 3)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _read_meta(path: Path) -> dict[str, Any]:
    return _read(
        path, "meta".__eq__, lambda found: stored.check_meta(json.loads(str(found["meta"])))
    )


@lru_cache(maxsize=2)
def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    meta = _read_meta(path)
    return _read(path, "meta".__ne__, lambda found: dict(stored.check_arrays(found, meta)))


def _read(
    path: Path, wanted: Callable[[str], bool], check: Callable[[dict], dict[str, Any]]
) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return check(read_npz(file, wanted))
    except FileNotFoundError:
        raise UploadError(absent(path.stem)) from None
    except Exception as error:  # a damaged zip fails in a dozen ways
        raise UploadError(
            f"The stored copy of the own data {path.stem} is damaged. Upload the file again."
        ) from error

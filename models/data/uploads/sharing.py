"""Who may see an uploaded set and the runs on it: whoever has uploaded the file, and all others
once one of these has agreed."""

from __future__ import annotations

from models.data.uploads import storage
from models.data.uploads.upload import UploadError, is_name
from models.settings import Settings, current

_SHARED = ".shared.owner"
"""Ending of an empty file that says who has agreed. It goes with the marks of owners."""


def share(name: str, owner: str, is_shared: bool, machine: Settings | None = None) -> None:
    """Notes that an owner lets all see a set, or no longer.

    Raises:
        UploadError: If this is no owner of it, or it cannot be written.
    """
    mark = storage.owner_file(name, owner, machine or current())
    if not mark.exists():
        raise UploadError(storage.absent(name))
    agreed = mark.with_name(mark.name.removesuffix(".owner") + _SHARED)
    try:
        agreed.touch() if is_shared else agreed.unlink(missing_ok=True)
    except OSError as error:
        raise UploadError(
            f"The server cannot note who may see the data ({error.strerror}). Try again."
        ) from error


def is_shared(name: str, machine: Settings | None = None) -> bool:
    """Whether an owner lets all see a set."""
    folder = (machine or current()).uploads_folder
    return is_name(name) and any(folder.glob(f"{name}.*{_SHARED}"))


def may_see(name: str, visitor: str, machine: Settings | None = None) -> bool:
    """Whether a visitor may see a data set and the runs on it: the lab's own ones, always."""
    if not is_name(name):
        return True
    machine = machine or current()
    return storage.owner_file(name, visitor, machine).exists() or is_shared(name, machine)

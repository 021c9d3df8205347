"""The folders that are set, looked at before anything depends on them."""

from __future__ import annotations

from pathlib import Path

from models.settings import SettingError, Settings, variable

_FOLDERS = ("uploads_folder", "cache_folder", "data_folder")
"""The run store says itself what is wrong with its own."""


def check_folders(machine: Settings) -> None:
    """Refuses what can never be a folder; one that is missing or read-only may be so on purpose.

    Raises:
        SettingError: If something else is in the place of a folder, or of one above it.
    """
    for name in _FOLDERS:
        folder: Path | None = getattr(machine, name)
        blocking = folder and next((path for path in (folder, *folder.parents) if _is(path)), None)
        if blocking and not blocking.is_dir():
            raise SettingError(
                f"{variable(name)}={str(folder)!r} cannot be used ({blocking} is no folder). Name "
                "a folder or unset it, then start again."
            )


def _is(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # out of reach for now
        return False

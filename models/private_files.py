"""What a process of the lab writes can be read by its own user only."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_private() -> None:
    """From now on no file or folder that this process or a child of it makes is open to others."""
    os.umask(_OTHERS)


def list_open(paths: Iterable[Path]) -> list[Path]:
    """Those that others on this computer may open, as earlier versions of the lab have left them.

    Args:
        paths: Folders and files; what is below a folder that is closed is closed, too.
    """
    return [path for path in paths if path.exists() and _is_open(path)]


def _is_open(path: Path) -> bool:
    if any(_is_closed(folder) for folder in path.parents):
        return False
    return bool(path.stat().st_mode & _OTHERS)


def _is_closed(folder: Path) -> bool:
    return not folder.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH)

"""The ages of the files in the folder of uploads, each the time of its last use."""

from __future__ import annotations

import logging
import math
import os
import time
from contextlib import suppress
from pathlib import Path

from models import days_of_use

ROUND_FILE = "last-round"
"""An empty file that says when ages were counted last."""

GRACE = 3_600.0
"""Seconds that a set is kept at least after a server was off or the clock has jumped."""

_COUNTED = (".npz", ".erased", ".tmp")

log = logging.getLogger(__name__)


def age(path: Path) -> float:
    """Seconds since the last use; endless for what is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return math.inf


def count(folder: Path, longest: float) -> bool:
    """Brings the ages in a folder up to date, before anything is erased for its age.

    Args:
        folder: Of the files.
        longest: Seconds without use after which a set is erased.

    Returns:
        Whether that went well; nothing may be erased for its age where it did not.
    """
    mark, now = folder / ROUND_FILE, time.time()
    try:
        uses = {path: path.stat().st_mtime for path in _files(folder)}
        # The first round of all: the latest use is what is known of when a server ran.
        last = mark.stat().st_mtime if mark.exists() else max(uses.values(), default=now)
        by = days_of_use.uncounted(last, now)
        if by < 0:  # whatever ends this server amid it, no set becomes older by it
            _note(mark, now)
        for path, at in uses.items():
            moved = days_of_use.move(at, by, now)
            if by and path.suffix == ".npz":
                moved = max(moved, now - longest + GRACE)
            if moved != at:
                with suppress(FileNotFoundError):
                    os.utime(path, (moved, moved))
        _note(mark, now)
    except OSError as error:
        log.warning("nothing is erased for its age in %s (%s)", folder, error.strerror)
        return False
    return True


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("own-*.*") if path.suffix in _COUNTED]


def _note(mark: Path, now: float) -> None:
    mark.touch()
    os.utime(mark, (now, now))

"""Files that visitors look at and have not chosen yet: kept for a while, within a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from models import settings
from models.data.uploads.understood import Understood
from models.data.uploads.upload import Upload
from models.shares import Holding, in_order_of_leaving

KEPT_SECONDS = 1_800.0
"""How long a file is kept that nobody looks at."""


@dataclass(frozen=True)
class Refused:
    """Why a file cannot be used.

    Attributes:
        message: What is wrong with it.
        question: What its visitor has to say first, if that helps.
    """

    message: str
    question: Understood | None = None


Found = Upload | Refused
"""What a file holds, or what is wrong with it."""


@dataclass
class _Kept:
    found: Found
    visitor: str
    name: str
    content: bytes
    seen: float

    @property
    def size(self) -> int:
        arrays = self.found.arrays.values() if isinstance(self.found, Upload) else ()
        return len(self.content) + sum(array.nbytes for array in arrays)


_files: dict[str, _Kept] = {}
_changing = threading.Lock()


def keep(key: str, found: Found, visitor: str, name: str = "", content: bytes = b"") -> None:
    """Keeps what a file holds, or what is wrong with it; with its name and content it can be read
    anew.

    Files of whoever holds most make room, those first that were looked at longest ago.
    """
    now, room = time.monotonic(), settings.current().max_coming_megabytes * 10**6
    with _changing:
        for old in [one for one, kept in _files.items() if kept.seen < now - KEPT_SECONDS]:
            del _files[old]
        _files[key] = _Kept(found, visitor, name, content, now)
        excess = sum(one.size for one in _files.values()) - room
        order = _in_order_of_leaving(key)
        while excess > 0 and (other := next(order, None)):
            excess -= _files.pop(other).size


def _in_order_of_leaving(newest: str) -> Iterator[str]:
    """Keys of all but the newest, which stays: it was checked, so that it is not too large."""
    holdings = [
        Holding(key, one.size, (one.visitor,), (one.seen,), stays=key == newest)
        for key, one in _files.items()
    ]
    return (one.item for one in in_order_of_leaving(holdings))


def find(key: str) -> Found | None:
    """What a file holds, or what is wrong with it; None if it had to make room for others."""
    kept = _look(key)
    return kept.found if kept else None


def file_of(key: str) -> tuple[str, bytes] | None:
    """The name and the content of a file; None if it had to make room for others."""
    kept = _look(key)
    return (kept.name, kept.content) if kept else None


def _look(key: str) -> _Kept | None:
    with _changing:
        kept = _files.get(key)
        if kept:
            kept.seen = time.monotonic()
        return kept


def forget(key: str) -> None:
    """Drops a file that nobody looks at any more."""
    with _changing:
        _files.pop(key, None)

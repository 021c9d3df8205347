"""Files that visitors look at and have not chosen yet: kept for a while, within a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from models import settings
from models.data.uploads.upload import Upload
from models.shares import Holding, in_order_of_leaving

KEPT_SECONDS = 1_800.0
"""How long a file is kept that nobody looks at."""


@dataclass
class _Kept:
    found: Upload | str
    visitor: str
    seen: float

    @property
    def size(self) -> int:
        if isinstance(self.found, str):
            return len(self.found)
        return sum(array.nbytes for array in self.found.arrays.values())


_files: dict[str, _Kept] = {}
_changing = threading.Lock()


def keep(key: str, found: Upload | str, visitor: str) -> None:
    """Keeps what a file holds, or what is wrong with it.

    Files of whoever holds most make room, those first that were looked at longest ago.
    """
    now, room = time.monotonic(), settings.current().max_coming_megabytes * 10**6
    with _changing:
        for old in [one for one, kept in _files.items() if kept.seen < now - KEPT_SECONDS]:
            del _files[old]
        _files[key] = _Kept(found, visitor, now)
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


def find(key: str) -> Upload | str | None:
    """What a file holds, or what is wrong with it; None if it had to make room for others."""
    with _changing:
        kept = _files.get(key)
        if kept is None:
            return None
        kept.seen = time.monotonic()
        return kept.found


def forget(key: str) -> None:
    """Drops a file that nobody looks at any more."""
    with _changing:
        _files.pop(key, None)

"""Files that visitors look at and have not chosen yet: kept for a while, within a limit."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from models import settings
from models.data.uploads.upload import Upload

KEPT_SECONDS = 1_800.0
"""How long a file is kept that nobody looks at."""

_uploads: OrderedDict[str, tuple[float, Upload]] = OrderedDict()
_changing = threading.Lock()


def keep(key: str, upload: Upload) -> None:
    """Keeps what a file holds; those that were looked at longest ago make room."""
    now, room = time.monotonic(), settings.current().max_coming_megabytes * 10**6
    with _changing:
        _uploads[key] = now, upload
        excess = sum(_size(one) for _, one in _uploads.values()) - room
        for other, (seen, one) in list(_uploads.items())[:-1]:
            if excess > 0 or seen < now - KEPT_SECONDS:
                del _uploads[other]
                excess -= _size(one)


def find(key: str) -> Upload | None:
    """What a file holds; None if it had to make room for others."""
    with _changing:
        _, found = _uploads.pop(key, (0.0, None))
        if found:
            _uploads[key] = time.monotonic(), found
        return found


def forget(key: str) -> None:
    """Drops a file that nobody looks at any more."""
    with _changing:
        _uploads.pop(key, None)


def _size(upload: Upload) -> int:
    return sum(array.nbytes for array in upload.arrays.values())

"""What happens again and again is logged a few times a minute: nobody fills the disk by it."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

SECONDS = 60.0
MOST = 10
"""Records of one place in the code that are written within so many seconds."""

PLACES = 1_000
"""Places that are remembered."""


def limit(*packages: str) -> None:
    """Puts bounds on what is logged from now on: by us, which ends in Python's last resort, and by
    packages whose loggers have handlers of their own, such as Streamlit and uvicorn.

    Args:
        packages: Only these packages' loggers are meant; of all that have been imported if none.
    """
    found = [logging.lastResort]
    for name, logger in logging.root.manager.loggerDict.items():
        if not packages or name.partition(".")[0] in packages:
            found += getattr(logger, "handlers", [])
    for handler in found:
        if handler and not any(isinstance(one, Limit) for one in handler.filters):
            handler.addFilter(Limit())


class Limit(logging.Filter):
    """Lets the first `MOST` records of each place through, then none until `SECONDS` are over; the
    next one says how many are missing.

    A place is a line that logs, with the line that raised the error that it tells.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self._clock = clock
        self._lock = threading.RLock()  # garbage that is collected amid this may log, too
        self._told: OrderedDict[tuple, tuple[float, int]] = OrderedDict()  # since when, how many

    def filter(self, record: logging.LogRecord) -> bool:
        place, now = _place(record), self._clock()
        with self._lock:
            since, count = self._told.get(place, (now, 0))
            left_out = max(count - MOST, 0)
            if now - since >= SECONDS:
                since, count = now, 0
            self._told[place] = since, count + 1
            while len(self._told) > PLACES:
                self._told.popitem(last=False)
        if count == 0 and left_out:
            record.msg = f"{record.getMessage()} ({left_out} more like it were not written)"
            record.args = ()
        return count < MOST


def _place(record: logging.LogRecord) -> tuple:
    raised = record.exc_info[2] if record.exc_info else None
    while raised and raised.tb_next:
        raised = raised.tb_next
    line = (raised.tb_frame.f_code.co_filename, raised.tb_lineno) if raised else ()
    return (record.pathname, record.lineno, *line)

"""The journal for whoever operates the server: what happened to which run, one JSON object a line.

Only events of runs and of training processes are written, never who asked for them.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from dashboard.jobs.log_limits import Limit
from models.settings import SettingError

DETAILS = ("run", "status", "seconds", "worker")
"""What an event may carry beside its words, given to the logger as `extra`."""

_LOGGERS = ("dashboard", "models")


class JsonLines(logging.Formatter):
    """An event as one line of JSON: "time" (UTC), "level", "from", "event", and its details."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{moment}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in DETAILS if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


_OPEN_ALREADY = {"/dev/stdout": 1, "/dev/stderr": 2}
"""In a container these belong to root and cannot be opened a second time by anybody else."""


class _Journal(logging.StreamHandler):
    """Writes all events, but of errors and warnings a few a minute: a full disk gives two a second.

    That none can be written it says in a line, once until one is again; `logging` itself would
    print a traceback for each.
    """

    _is_failing = False

    @cached_property
    def _troubles(self) -> Limit:
        return Limit()

    def filter(self, record: logging.LogRecord) -> bool:
        is_trouble = record.levelno >= logging.WARNING
        return bool(super().filter(record)) and (not is_trouble or self._troubles.filter(record))

    def emit(self, record: logging.LogRecord) -> None:
        self._fails_now = False
        super().emit(record)
        self._is_failing = self._fails_now

    def handleError(self, record: logging.LogRecord) -> None:
        self._fails_now = True
        if not self._is_failing:
            with suppress(OSError, ValueError):  # the terminal may be gone, too
                reason = sys.exc_info()[1]
                print(f"Autoencoder Lab: the journal cannot be written ({reason})", file=sys.stderr)


class _JournalFile(_Journal, logging.FileHandler):
    """The same into a file."""


def _handler(file: Path) -> logging.Handler:
    if str(file) in _OPEN_ALREADY:
        number = _OPEN_ALREADY[str(file)]
        return _Journal(open(number, "w", encoding="utf-8", closefd=False))
    file.parent.mkdir(parents=True, exist_ok=True)
    return _JournalFile(file, encoding="utf-8")


def keep(file: Path | None) -> None:
    """From now on, appends this process's events to a file; several processes may share it.

    Raises:
        SettingError: If the file cannot be written.
    """
    if file is None:
        return
    try:
        handler = _handler(file)
    except OSError as error:
        raise SettingError(
            f"AUTOENCODER_LAB_LOG={str(file)!r} cannot be written ({error.strerror}). Name another "
            "file or unset it, then start again."
        ) from error
    handler.setFormatter(JsonLines())
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.INFO)

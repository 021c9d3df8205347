"""The journal for whoever operates the server: what happened to which run, one JSON object a line.

Only events of runs and of training processes are written, never who asked for them.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

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


def _handler(file: Path) -> logging.Handler:
    if str(file) in _OPEN_ALREADY:
        number = _OPEN_ALREADY[str(file)]
        return logging.StreamHandler(open(number, "w", encoding="utf-8", closefd=False))
    file.parent.mkdir(parents=True, exist_ok=True)
    return logging.FileHandler(file, encoding="utf-8")


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

"""Keeps a lease alive while its holder is busy."""

from __future__ import annotations

import threading

from models.runs.files import RunError
from models.runs.lease import Lease, LeaseLost

_HEARTBEAT_SECONDS = 2.0


class Heartbeat:
    """Renews a lease from its own thread, as compiling or downloading may take minutes."""

    def __init__(self, lease: Lease):
        self._lease = lease
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._done.wait(_HEARTBEAT_SECONDS):
            try:
                self._lease.renew()
            except LeaseLost:
                return  # the trainer's next write says so
            except RunError:
                continue  # a full disk, say: the lease still has some seconds

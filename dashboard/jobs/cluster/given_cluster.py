"""A scheduler that somebody else has started, with whatever workers register there."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from dashboard.jobs.cluster.base import Cluster, Worker

CONNECT_SECONDS = 2.0
"""How long each attempt to reach the scheduler may take."""

ASK_SECONDS = 0.5
"""How often it is asked for its workers."""

AWAY_SECONDS = 30.0
"""After how long without any worker it is said that none is there."""

log = logging.getLogger(__name__)


class GivenCluster(Cluster):
    """A scheduler that somebody else has started, with whatever workers register there.

    Several web servers may use it. It may be away for a while; then its workers are, too.

    Args:
        scheduler: Its address, such as "tls://scheduler:8786".
        certificates: Their folder; None for a scheduler without TLS.
    """

    def __init__(self, scheduler: str, certificates: Path | None):
        super().__init__()
        self._scheduler, self._certificates = scheduler, certificates
        self._asked = -ASK_SECONDS
        self._seen = time.monotonic()
        self._complained = False

    @property
    def is_broken(self) -> bool:
        return not self.workers and time.monotonic() - self._seen > AWAY_SECONDS

    def _start(self) -> None:
        """Connects, if the scheduler is there already."""
        try:
            self._connect(self._scheduler, self._certificates, CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            if not self._complained:
                log.error("the scheduler %s does not answer: %s", self._scheduler, error)
            self._complained = True
            return
        self._complained = False
        log.info("connected with the scheduler %s", self._scheduler)

    def close(self) -> None:
        """Takes back what this server has asked for; the workers stay."""
        if self._client:
            for future in list(self._futures.values()):
                future.cancel()
        self._disconnect(CONNECT_SECONDS)
        self._futures = {}

    def end(self, worker: Worker) -> None:
        """Ends its process; whoever started it starts another."""
        with contextlib.suppress(OSError):
            if worker.address:
                client = self._connected()
                self._ask(client._run, os._exit, 1, workers=[worker.address], wait=False)

    def look_after(self) -> list[str]:
        """Finds out who is there."""
        if time.monotonic() - self._asked < ASK_SECONDS:
            return []
        self._asked = time.monotonic()
        found = self._found()
        gone = [worker for worker in self.workers if worker.address not in found]
        for worker in gone:
            log.warning("a worker has gone", extra={"worker": worker.name})
            if worker.key in self._futures:
                self._futures[worker.key].cancel()  # it must not wait for the worker's return
        self.workers = [worker for worker in self.workers if worker not in gone]
        if found:
            self._seen = time.monotonic()
        known = {worker.address: worker for worker in self.workers}
        for address, (about, keys) in found.items():
            worker = known.get(address) or self._welcome(str(about["name"]), address)
            worker.reported_bytes = int(about.get("metrics", {}).get("memory", 0))
            worker.elsewhere = any(key not in self._futures for key in keys)
            if worker.retiring and not keys:
                self.end(worker)
        return [worker.key for worker in gone if worker.key]

    def _welcome(self, name: str, address: str) -> Worker:
        log.info("a worker has come", extra={"worker": name})
        self.workers.append(Worker(name, address=address))
        return self.workers[-1]

    def _found(self) -> dict[str, tuple[dict[str, Any], Collection[str]]]:
        """By address what the scheduler says of each worker that is there now, and its tasks."""
        if self._client is None or self._client.status != "running":
            self.close()
            self._start()
        if self._client is None:
            return {}
        try:
            workers = self._registered()
            scheduler: Any = self._client.scheduler
            tasks = self._ask(scheduler.processing, workers=None)
        except (OSError, ValueError) as error:
            log.warning("the scheduler is away: %s", error)
            return {}
        # TensorFlow trains one thing at a time in a process.
        return {
            address: (about, tasks.get(address, ()))
            for address, about in workers.items()
            if about["nthreads"] == 1
        }

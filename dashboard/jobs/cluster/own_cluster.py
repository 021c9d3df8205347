"""The web server's own scheduler and workers: its children, which watch it and end with it."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path

from dashboard.jobs.cluster import processes
from dashboard.jobs.cluster.base import Cluster, Worker

START_SECONDS = 60
"""How long the scheduler may take to answer."""

MAX_FAILED_STARTS = 5
"""Workers that may die before they are warm, one after another, until no more are started."""

log = logging.getLogger(__name__)


class OwnCluster(Cluster):
    """A scheduler on the loopback address and a number of single-threaded workers."""

    def __init__(self, num_workers: int):
        super().__init__()
        self.num_workers = num_workers
        self._scheduler: subprocess.Popen | None = None
        self._count = 0
        self._failed_starts = 0

    @property
    def is_broken(self) -> bool:
        return self._failed_starts >= MAX_FAILED_STARTS

    def start(self) -> None:
        """Starts the scheduler; the first look starts the workers.

        Raises:
            RuntimeError: If the scheduler does not answer in time.
        """
        with tempfile.TemporaryDirectory(prefix="autoencoder-lab-") as folder:
            address_file = Path(folder) / "address"
            self._scheduler = processes.start("scheduler", str(address_file))
            self._address = _wait_for(address_file, self._scheduler)
        self._connect(self._address, START_SECONDS)

    def close(self) -> None:
        """Ends all processes. Runs in training stay resumable from their last checkpoint."""
        children = [*(worker.process for worker in self.workers), self._scheduler]
        for child in filter(None, children):
            child.kill()
        if self._client:
            self._client.close(timeout=1)
        for child in filter(None, children):
            child.wait()

    def end(self, worker: Worker) -> None:
        """Kills its process; the next look replaces it."""
        worker.kill()

    def look_after(self) -> list[str]:
        """Replaces what has died, and finds out who is warm by now."""
        lost = []
        if self._scheduler and self._scheduler.poll() is not None:
            log.error("the scheduler has ended; starting another")
            lost = [worker.key for worker in self.workers]
            self.close()
            self.workers = []
            self.start()
        for worker in [one for one in self.workers if one.has_ended]:
            self.workers.remove(worker)
            if not worker.retiring:
                log.error(
                    "a training process has ended unexpectedly", extra={"worker": worker.name}
                )
                self._failed_starts += worker.address is None
                lost.append(worker.key)
        self._note_addresses()
        if not self.is_broken:
            self._retire_and_replace()
        return [key for key in lost if key]

    def _note_addresses(self) -> None:
        if all(worker.address for worker in self.workers):
            return
        registered = self._connected().scheduler_info(n_workers=-1)["workers"]
        by_name = {info["name"]: address for address, info in registered.items()}
        for worker in self.workers:
            worker.address = worker.address or by_name.get(worker.name)
            if worker.address:
                self._failed_starts = 0

    def _retire_and_replace(self) -> None:
        staying = [worker for worker in self.workers if not worker.retiring]
        threads = max(1, processes.num_cores() // self.num_workers)
        for _ in range(self.num_workers - len(staying)):
            self._count += 1
            name = f"worker-{os.getpid()}-{self._count}"
            child = processes.start(
                "worker", self._address, name, TF_NUM_INTRAOP_THREADS=str(threads)
            )
            self.workers.append(Worker(name, child))
        if all(worker.address for worker in staying) and len(staying) >= self.num_workers:
            for worker in self.workers:
                if worker.retiring and worker.key is None:
                    worker.kill()


def _wait_for(file: Path, process: subprocess.Popen) -> str:
    """The text of a file that a child is about to write."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists():
            return file.read_text()
        time.sleep(0.02)
    raise RuntimeError("The scheduler of the training processes could not be started.")

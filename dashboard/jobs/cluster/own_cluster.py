"""The web server's own scheduler and workers: its children, which watch it and end with it."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path

from dashboard.jobs.cluster import encryption, processes
from dashboard.jobs.cluster.backoff import Backoff
from dashboard.jobs.cluster.base import Cluster, Worker

START_SECONDS = 60
"""How long the scheduler may take to answer."""

BROKEN_AFTER = 3
"""Starts that fail, one after another, until it is said that nobody can train for now."""

log = logging.getLogger(__name__)


class OwnCluster(Cluster):
    """A scheduler on the loopback address and a number of single-threaded workers.

    They talk by TLS, with certificates of their own for as long as the scheduler lives: other
    users of this computer reach the same ports.
    """

    def __init__(self, num_workers: int):
        super().__init__()
        self.num_workers = num_workers
        self._scheduler: subprocess.Popen | None = None
        self._folder: tempfile.TemporaryDirectory | None = None
        self._count = 0
        self._starts = Backoff()

    @property
    def is_broken(self) -> bool:
        is_warm = any(worker.address for worker in self.workers)
        return self._starts.failures >= BROKEN_AFTER and not is_warm

    def close(self) -> None:
        """Ends all processes. Runs in training stay resumable from their last checkpoint."""
        children = [*(worker.process for worker in self.workers), self._scheduler]
        for child in filter(None, children):
            child.kill()
        if self._client:
            self._client.close(timeout=1)
        for child in filter(None, children):
            child.wait()
        if self._folder:
            self._folder.cleanup()
        self.workers, self._scheduler, self._client, self._folder = [], None, None, None

    def end(self, worker: Worker) -> None:
        """Kills its process; the next look replaces it."""
        worker.kill()

    def look_after(self) -> list[str]:
        """Starts what is not there, replaces what has died, and finds out who is warm by now."""
        lost = self._end_without_scheduler()
        if self._scheduler is None and self._starts.is_due():
            self._start_scheduler()
        for worker in [one for one in self.workers if one.has_ended]:
            self.workers.remove(worker)
            if not worker.retiring:
                log.error(
                    "a training process has ended unexpectedly", extra={"worker": worker.name}
                )
                if worker.address is None:
                    self._starts.note_failure()
                lost.append(worker.key)
        if self._scheduler:
            self._note_addresses()
            self._retire_and_replace()
        return [key for key in lost if key]

    def _end_without_scheduler(self) -> list[str | None]:
        """Ends the workers of a scheduler that has ended; returns what they worked on."""
        if self._scheduler is None or self._scheduler.poll() is None:
            return []
        log.error("the scheduler has ended; starting another")
        lost = [worker.key for worker in self.workers]
        self.close()
        self._starts.note_failure()
        return lost

    def _start_scheduler(self) -> None:
        self._starts.note_start()
        try:
            self._folder = tempfile.TemporaryDirectory(
                prefix="autoencoder-lab-", ignore_cleanup_errors=True
            )
            self._certificates = Path(self._folder.name)
            encryption.make_certificates(self._certificates)
            address_file = self._certificates / "address"
            self._scheduler = processes.start(
                *("scheduler", "tls://127.0.0.1:0", "--address-file", str(address_file)),
                *("--certificates", str(self._certificates)),
            )
            self._address = _wait_for(address_file, self._scheduler)
            self._connect(self._address, self._certificates, START_SECONDS)
        except Exception:  # whatever it was, a later try may succeed
            log.exception("the training processes could not be started")
            self.close()
            self._starts.note_failure()

    def _note_addresses(self) -> None:
        if all(worker.address for worker in self.workers):
            return
        registered = self._connected().scheduler_info(n_workers=-1)["workers"]
        by_name = {info["name"]: address for address, info in registered.items()}
        for worker in self.workers:
            if worker.address is None and worker.name in by_name:
                worker.address = by_name[worker.name]
                self._starts.note_success()

    def _retire_and_replace(self) -> None:
        staying = [worker for worker in self.workers if not worker.retiring]
        are_warm = all(worker.address for worker in staying)
        missing = self.num_workers - len(staying)
        if self._starts.failures:  # one at a time shows whether it goes again
            missing = min(missing, int(are_warm and self._starts.is_due()))
        if missing > 0 and self._scheduler and not encryption.is_complete(self._certificates):
            # Whatever clears temporary files has taken them; the next look makes new ones.
            log.error("the certificates of the training processes are gone")
            self._scheduler.kill()
            self._scheduler.wait()
            return
        for _ in range(missing):
            self._start_worker()
        if are_warm and len(staying) >= self.num_workers:
            for worker in self.workers:
                if worker.retiring and worker.key is None:
                    worker.kill()

    def _start_worker(self) -> None:
        self._starts.note_start()
        self._count += 1
        name = f"worker-{os.getpid()}-{self._count}"
        threads = max(1, processes.num_cores() // self.num_workers)
        child = processes.start(
            *("worker", self._address, name, "--certificates", str(self._certificates)),
            TF_NUM_INTRAOP_THREADS=str(threads),
        )
        self.workers.append(Worker(name, child))


def _wait_for(file: Path, process: subprocess.Popen) -> str:
    """The text of a file that a child is about to write."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists():
            return file.read_text()
        time.sleep(0.02)
    raise RuntimeError("The scheduler of the training processes could not be started.")

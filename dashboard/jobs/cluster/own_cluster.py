"""The web server's own scheduler and workers: its children, which watch it and end with it."""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dashboard.jobs.cluster import encryption, processes
from dashboard.jobs.cluster.backoff import Backoff
from dashboard.jobs.cluster.base import Cluster, Worker

START_SECONDS = 60
"""How long the scheduler may take to answer."""

BROKEN_AFTER = 3
"""Starts that fail, one after another, until it is said that nobody can train for now."""

ASK_SECONDS = 2.0
"""How often the scheduler is asked who is there, while everybody is."""

SILENT_SECONDS = 15.0
"""How long after a first question that was not answered the scheduler is given up."""

MOST_PATIENCE = 5
"""However slow this machine may be, a worker has no more than so many times `REGISTER_SECONDS`."""

log = logging.getLogger(__name__)


class OwnCluster(Cluster):
    """A scheduler on the loopback address and a number of single-threaded workers.

    They talk by TLS, with certificates of their own for as long as the scheduler lives: other
    users of this computer reach the same ports.

    Args:
        num_workers: How many train at the same time.
        clock: Seconds.
    """

    def __init__(self, num_workers: int, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.num_workers = num_workers
        self._scheduler: subprocess.Popen | None = None
        self._folder: tempfile.TemporaryDirectory | None = None
        self._count = 0
        self._clock = clock
        self._starts = Backoff(clock)
        self._warm = self._asked = clock()
        self._silent_since: float | None = None

    @property
    def _is_warm(self) -> bool:
        return any(worker.address for worker in self.workers)

    @property
    def is_broken(self) -> bool:
        takes_long = self._clock() - self._warm > processes.REGISTER_SECONDS
        return not self._is_warm and (takes_long or self._starts.failures >= BROKEN_AFTER)

    def close(self) -> None:
        """Ends all processes. Runs in training stay resumable from their last checkpoint."""
        children = [*(worker.process for worker in self.workers), self._scheduler]
        for child in filter(None, children):
            child.kill()
        self._disconnect(timeout=1)
        for child in filter(None, children):
            child.wait()
        if self._folder:
            self._folder.cleanup()
        self.workers, self._scheduler, self._folder = [], None, None

    def end(self, worker: Worker) -> None:
        """Kills its process; the next look replaces it."""
        worker.kill()

    def look_after(self) -> list[str]:
        """Starts what is not there, replaces what has died, and finds out who is warm by now."""
        lost = self._end_without_scheduler()
        if self._scheduler is None and self._starts.is_due():
            self._start_scheduler()
        self._end_who_does_not_register()
        for worker in [one for one in self.workers if one.has_ended]:
            self.workers.remove(worker)
            if not worker.retiring:
                log.error(
                    "a training process has ended unexpectedly", extra={"worker": worker.name}
                )
                if worker.address is None:
                    self._starts.note_failure()
                lost.append(worker.key)
        if self._scheduler and self._is_answering():
            self._retire_and_replace()
        if self._is_warm:
            self._warm = self._clock()
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
        self._silent_since = None
        try:
            self._folder = tempfile.TemporaryDirectory(
                prefix="autoencoder-lab-", ignore_cleanup_errors=True
            )
            self._certificates = Path(self._folder.name)
            encryption.make_certificates(self._certificates)
            address_file = self._certificates / "address"
            self._scheduler = processes.start(
                *("scheduler", "tls://127.0.0.1:0", "--address-file", str(address_file)),
                *self._folders(),
            )
            self._address = _wait_for(address_file, self._scheduler)
            self._connect(self._address, self._certificates, START_SECONDS)
        except Exception:  # whatever it was, a later try may succeed
            log.exception("the training processes could not be started")
            self.close()
            self._starts.note_failure()

    def _folders(self) -> list[str]:
        """The options that tell a child of the folder that nobody else can enter."""
        return ["--certificates", str(self._certificates), "--scratch", str(self._certificates)]

    def _end_who_does_not_register(self) -> None:
        """Ends workers that take too long to start; each round of failures gives them longer."""
        patience = min(1 + self._starts.failures // BROKEN_AFTER, MOST_PATIENCE)
        for worker in self.workers:
            age = self._clock() - worker.begun
            if worker.address is None and age > patience * processes.REGISTER_SECONDS:
                log.error("a training process does not register", extra={"worker": worker.name})
                worker.kill()

    def _is_answering(self) -> bool:
        """Notes who has registered; gives up a scheduler that does not say so."""
        is_idle = all(worker.address for worker in self.workers)
        if is_idle and self._clock() - self._asked < ASK_SECONDS:
            return self._silent_since is None
        self._asked = self._clock()
        try:
            self._note_addresses()
        except Exception as error:  # whatever it was, another scheduler may answer
            # One failure says nothing: this computer may have slept.
            self._silent_since = self._silent_since or self._clock()
            if self._clock() - self._silent_since >= SILENT_SECONDS:
                log.error("the scheduler does not answer: %s", error)
                self._end_scheduler()
            return False
        self._silent_since = None
        return True

    def _end_scheduler(self) -> None:
        """Lets the next look start another, and with it all that belongs to it."""
        if self._scheduler:
            self._scheduler.kill()
            self._scheduler.wait()

    def _note_addresses(self) -> None:
        registered = self._registered()
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
        if missing > 0 and not self._has_certificates():
            # Whatever clears temporary files has taken them; the next look makes new ones.
            log.error("the certificates of the training processes are gone")
            self._end_scheduler()
            return
        failures = self._starts.failures
        if missing > 0 and failures and failures % BROKEN_AFTER == 0 and not self._is_warm:
            log.error("no training process starts; starting another scheduler")
            self.close()
            self._start_scheduler()
            missing = missing if self._scheduler else 0
        for _ in range(missing):
            self._start_worker()
        if are_warm and len(staying) >= self.num_workers:
            for worker in self.workers:
                if worker.retiring and worker.key is None:
                    worker.kill()

    def _has_certificates(self) -> bool:
        """Whether they are there, and in this user's own folder still."""
        try:
            is_ours = self._certificates.lstat().st_uid == os.getuid()
        except FileNotFoundError:
            return False
        return is_ours and encryption.is_complete(self._certificates)

    def _start_worker(self) -> None:
        self._starts.note_start()
        self._count += 1
        name = f"worker-{os.getpid()}-{self._count}"
        threads = max(1, processes.num_cores() // self.num_workers)
        child = processes.start(
            *("worker", self._address, name, *self._folders()),
            TF_NUM_INTRAOP_THREADS=str(threads),
        )
        self.workers.append(Worker(name, child, self._clock()))


def _wait_for(file: Path, process: subprocess.Popen) -> str:
    """The text of a file that a child is about to write."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists():
            return file.read_text()
        time.sleep(0.02)
    raise RuntimeError("The scheduler of the training processes could not be started.")

"""Training processes: a Dask scheduler and its workers as children of the web server.

The one file that knows Dask. The children run this very module (`python -m dashboard.cluster`),
watch their parent and end with it, however it ends. A worker has imported TensorFlow and
compiled a first model before it registers: whoever is listed is warm.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from models import settings

REPOSITORY = Path(__file__).resolve().parent.parent
START_TIMEOUT_SECONDS = 60
MAX_FAILED_STARTS = 5
"""Workers that may die before they are warm, one after another, until no more are started."""

PARENT_CHECK_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass
class Worker:
    """One training process.

    Attributes:
        name: Unique for the life of the server.
        process: The child process.
        address: Where Dask finds it; None until it has registered, so until it is warm.
        key: The task that it works on, None when it is free.
        retiring: Whether it gets no more work.
    """

    name: str
    process: subprocess.Popen
    address: str | None = None
    key: str | None = None
    retiring: bool = False

    @property
    def is_free(self) -> bool:
        return bool(self.address) and self.key is None and not self.retiring

    def memory_bytes(self) -> int:
        """What the process takes now; 0 if it has ended."""
        try:
            return psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:
            return 0


class Cluster:
    """A scheduler on the loopback address and a number of single-threaded workers."""

    def __init__(self, num_workers: int):
        self.num_workers = num_workers
        self.workers: list[Worker] = []
        self._scheduler: subprocess.Popen | None = None
        self._client = None
        self._count = 0
        self._failed_starts = 0

    @property
    def is_broken(self) -> bool:
        """Whether workers die while they start, so that waiting for one is in vain."""
        return self._failed_starts >= MAX_FAILED_STARTS

    def start(self) -> None:
        """Starts the scheduler and, without waiting for them to be warm, the workers.

        Raises:
            RuntimeError: If the scheduler does not answer in time.
        """
        from distributed import Client

        address_file = Path(tempfile.mkdtemp(prefix="autoencoder-lab-")) / "address"
        self._scheduler = _child("scheduler", str(address_file))
        try:
            self._address = _wait_for(address_file, self._scheduler)
            self._client = Client(
                self._address, set_as_default=False, timeout=START_TIMEOUT_SECONDS
            )
        finally:
            address_file.unlink(missing_ok=True)
            address_file.parent.rmdir()
        for _ in range(self.num_workers):
            self._start_worker()

    def close(self) -> None:
        """Ends all processes. Runs in training stay resumable from their last checkpoint."""
        for worker in self.workers:
            worker.process.kill()
        if self._scheduler:
            self._scheduler.kill()
        if self._client:
            self._client.close(timeout=1)
        for process in [self._scheduler, *(worker.process for worker in self.workers)]:
            if process:
                process.wait()

    def look_after(self) -> list[str]:
        """Replaces what has died and finds out who is warm by now. Call it every now and then.

        Returns:
            The keys of the tasks that died with their workers.
        """
        lost = []
        if self._scheduler.poll() is not None:
            log.error("the scheduler has ended; starting another")
            lost = [worker.key for worker in self.workers if worker.key]
            self.close()
            self.workers = []
            self.start()
        for worker in [one for one in self.workers if one.process.poll() is not None]:
            self.workers.remove(worker)
            if not worker.retiring:
                log.error(
                    "a training process has ended unexpectedly", extra={"worker": worker.name}
                )
                self._failed_starts += worker.address is None
                lost += [worker.key] if worker.key else []
        self._note_addresses()
        self._retire_and_replace()
        return lost

    def _note_addresses(self) -> None:
        if all(worker.address for worker in self.workers):
            return
        registered = self._client.scheduler_info(n_workers=-1)["workers"]
        by_name = {info["name"]: address for address, info in registered.items()}
        for worker in self.workers:
            worker.address = worker.address or by_name.get(worker.name)
            if worker.address:
                self._failed_starts = 0

    def _retire_and_replace(self) -> None:
        staying = [worker for worker in self.workers if not worker.retiring]
        if self.is_broken:
            return
        for _ in range(self.num_workers - len(staying)):
            self._start_worker()
        if all(worker.address for worker in staying) and len(staying) >= self.num_workers:
            for worker in self.workers:
                if worker.retiring and worker.key is None:
                    worker.process.kill()

    def _start_worker(self) -> None:
        from dask.system import CPU_COUNT  # those that this process may use, in a container too

        self._count += 1
        name = f"worker-{os.getpid()}-{self._count}"
        threads = max(1, CPU_COUNT // self.num_workers)
        process = _child("worker", self._address, name, TF_NUM_INTRAOP_THREADS=str(threads))
        self.workers.append(Worker(name, process))

    def submit(
        self,
        worker: Worker,
        key: str,
        function: Callable[[dict], dict],
        request: dict[str, Any],
        on_done: Callable[[dict | None], None],
    ) -> None:
        """Lets a free worker call `function(request)`.

        Args:
            worker: One for which `is_free` holds.
            key: Names the task; must never have been used before, since Dask answers a known
                key with the former result.
            function: Importable by name in the worker.
            request: Plain data.
            on_done: Called from another thread with the result, or with None if the task
                failed in a way that it could not report itself.
        """
        worker.key = key
        future = self._client.submit(
            function,
            request,
            key=key,
            workers=[worker.address],
            allow_other_workers=False,
            pure=False,
        )

        def finished(future):
            done = future.status == "finished"
            # Dask may learn of a death before the process is seen to have ended.
            worker.retiring |= not done
            worker.key = None
            if not done:
                log.error("task %s: %s", key, future.status)
            on_done(future.result() if done else None)

        future.add_done_callback(finished)


def _child(*arguments: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard.cluster", *arguments, "--parent", str(os.getpid())],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        # What somebody has set by hand is respected.
        env={"DASK_LOGGING__DISTRIBUTED": "warning"} | environment | os.environ,
        start_new_session=True,  # Ctrl-C in the terminal is the server's to handle
    )


def _wait_for(file: Path, process: subprocess.Popen) -> str:
    """The text of a file that a child is about to write."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists():
            return file.read_text()
        time.sleep(0.02)
    raise RuntimeError("The scheduler of the training processes could not be started.")


# What runs in the children


def _give_way() -> None:
    """Pages must answer at once while training takes all cores."""
    niceness = settings.current().niceness
    os.nice(niceness)  # more than 19 is taken for 19
    # Where Linux groups the processes of a session (sched_autogroup), niceness alone only counts
    # among them, and a worker is a session of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(min(niceness, 19)))


def _end_with(parent: int) -> None:
    """Ends this process soon after its parent has ended, whatever the parent died of.

    Asking for a signal at the parent's death (PR_SET_PDEATHSIG) is no way: it comes when the
    thread ends that started the child.
    """

    def watch():
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


async def _run_scheduler(address_file: Path) -> None:
    import dask
    from distributed import Scheduler

    # A task whose worker dies is reported, not silently sent to the next: order is ours.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    async with Scheduler(
        host="127.0.0.1", port=0, dashboard=False, dashboard_address="127.0.0.1:0"
    ) as scheduler:
        written = address_file.with_suffix(".new")
        written.write_text(scheduler.address)
        written.rename(address_file)
        await scheduler.finished()


async def _run_worker(scheduler: str, name: str) -> None:
    from distributed import Worker

    # Dask would pause a worker at 80 % of its memory without a word; the dispatcher retires
    # large ones instead, between two runs.
    async with Worker(
        scheduler, name=name, nthreads=1, memory_limit=0, host="127.0.0.1", dashboard=False
    ) as worker:
        await worker.finished()


def main() -> None:
    """Runs a scheduler or a worker until its parent ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("scheduler", "worker"))
    parser.add_argument("target", help="address file of the scheduler, or its address")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--parent", type=int, required=True)
    parsed = parser.parse_args()
    _end_with(parsed.parent)
    if parsed.role == "scheduler":
        asyncio.run(_run_scheduler(Path(parsed.target)))
    else:
        _give_way()
        from dashboard import journal
        from dashboard.execution import warm_up
        from models import settings

        journal.keep(settings.current().log_file)
        warm_up()
        asyncio.run(_run_worker(parsed.target, parsed.name))


if __name__ == "__main__":
    main()

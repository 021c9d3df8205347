"""Training processes: workers of a Dask scheduler, the web server's own or those of a cluster.

The one file that knows Dask. All of them run this very module (`python -m dashboard.jobs.cluster`).
The server's own are its children, watch it and end with it, however it ends. A worker has
imported TensorFlow and compiled a first model before it registers: whoever is listed is warm.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from models import settings

if TYPE_CHECKING:  # imported where it is needed: that takes a second
    from distributed import Client, Future

REPOSITORY = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 60
MAX_FAILED_STARTS = 5
"""Workers that may die before they are warm, one after another, until no more are started."""

PARENT_CHECK_SECONDS = 1.0

CONNECT_SECONDS = 2.0
"""How long each attempt to reach a scheduler elsewhere may take."""

ASK_SECONDS = 0.5
"""How often such a scheduler is asked for its workers."""

KEEP_SECONDS = 1.0
"""How long a worker that has ended stays away, of those that a command keeps alive."""

log = logging.getLogger(__name__)


@dataclass
class Worker:
    """One training process.

    Attributes:
        name: Unique for the life of the server.
        process: The child process; None if it is not this server's.
        address: Where Dask finds it; None until it has registered, so until it is warm.
        key: The task that it works on, None when it is free.
        retiring: Whether it gets no more work.
        elsewhere: Whether another web server has given it work.
        gpu: The name of its GPU, "" if it has none, None while nobody has asked.
        reported_bytes: The memory that it took when it last told, if it is not this server's.
    """

    name: str
    process: subprocess.Popen | None = None
    address: str | None = None
    key: str | None = None
    retiring: bool = False
    elsewhere: bool = False
    gpu: str | None = None
    reported_bytes: int = 0

    @property
    def is_free(self) -> bool:
        return bool(self.address) and self.key is None and not (self.retiring or self.elsewhere)

    @property
    def has_ended(self) -> bool:
        """Whether its process is known to have ended."""
        return self.process is not None and self.process.poll() is not None

    def kill(self) -> None:
        """Ends its process, if that is this server's."""
        if self.process is not None:
            self.process.kill()

    def memory_bytes(self) -> int:
        """What the process takes now; 0 if it has ended."""
        if self.process is None:
            return self.reported_bytes
        try:
            return psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:
            return 0


class Cluster:
    """The workers of a Dask scheduler. `start` it, then let it `look_after` them."""

    is_shared = False
    """Whether other web servers may give the same workers work."""

    def __init__(self) -> None:
        self.workers: list[Worker] = []
        self._client: Client | None = None
        self._futures: dict[str, Future] = {}

    @property
    def is_broken(self) -> bool:
        """Whether workers die while they start, so that waiting for one is in vain."""
        return False

    def start(self) -> None:
        """Connects with the scheduler."""
        raise NotImplementedError

    def close(self) -> None:
        """Lets go of the scheduler."""
        raise NotImplementedError

    def end(self, worker: Worker) -> None:
        """Ends a worker's process."""
        raise NotImplementedError

    def look_after(self) -> list[str]:
        """Brings `workers` up to date; returns the keys of the tasks that died with theirs."""
        raise NotImplementedError

    def _connected(self) -> Client:
        if self._client is None:
            raise RuntimeError("There is no connection with the scheduler: start the cluster first")
        return self._client

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
        future = self._connected().submit(
            function,
            request,
            key=key,
            workers=[worker.address],
            allow_other_workers=False,
            pure=False,
        )
        self._futures[key] = future

        def finished(future: Future) -> None:
            done = future.status == "finished"
            # Dask may learn of a death before the process is seen to have ended.
            worker.retiring |= not done
            worker.key = None
            self._futures.pop(key, None)
            if not done:
                log.error("task %s: %s", key, future.status)
            on_done(future.result() if done else None)

        future.add_done_callback(finished)


class GivenCluster(Cluster):
    """A scheduler that somebody else has started, with whatever workers register there.

    Several web servers may use it. It may be away for a while; then its workers are, too.

    Args:
        scheduler: Its address, such as "tcp://scheduler:8786".
    """

    is_shared = True

    def __init__(self, scheduler: str):
        super().__init__()
        self._scheduler = scheduler
        self._asked = -ASK_SECONDS
        self._complained = False

    def start(self) -> None:
        """Connects, if the scheduler is there already."""
        from distributed import Client

        try:
            self._client = Client(self._scheduler, set_as_default=False, timeout=CONNECT_SECONDS)
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
            self._client.close(timeout=CONNECT_SECONDS)
        self._client, self._futures = None, {}

    def end(self, worker: Worker) -> None:
        """Ends its process; whoever started it starts another."""
        with contextlib.suppress(OSError):
            if worker.address:
                self._connected().run(os._exit, 1, workers=[worker.address], wait=False)

    def look_after(self) -> list[str]:
        """Finds out who is there. As `OwnCluster.look_after`."""
        if time.monotonic() - self._asked < ASK_SECONDS:
            return []
        self._asked = time.monotonic()
        found = self._registered()
        gone = [worker for worker in self.workers if worker.address not in found]
        for worker in gone:
            log.warning("a worker has gone", extra={"worker": worker.name})
            if worker.key in self._futures:
                self._futures[worker.key].cancel()  # it must not wait for the worker's return
        lost = [worker.key for worker in gone if worker.key]
        self.workers = [worker for worker in self.workers if worker not in gone]
        known = {worker.address: worker for worker in self.workers}
        for address, (name, num_bytes, keys) in found.items():
            if address not in known:
                log.info("a worker has come", extra={"worker": name})
                known[address] = Worker(name, address=address)
                self.workers.append(known[address])
            worker = known[address]
            worker.reported_bytes = num_bytes
            worker.elsewhere = any(key not in self._futures for key in keys)
            if worker.retiring and not keys:
                self.end(worker)
        return lost

    def _registered(self) -> dict[str, tuple[str, int, list[str]]]:
        """By address the name, the memory and the tasks of each worker that is there now."""
        if self._client is None or self._client.status != "running":
            self.close()
            self.start()
        if self._client is None:
            return {}
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
            tasks = self._client.processing()
        except (OSError, ValueError, TimeoutError) as error:
            log.warning("the scheduler is away: %s", error)
            return {}
        # TensorFlow trains one thing at a time in a process.
        return {
            address: (
                str(info["name"]),
                int(info.get("metrics", {}).get("memory", 0)),
                list(tasks.get(address, ())),
            )
            for address, info in workers.items()
            if info["nthreads"] == 1
        }


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
            worker.kill()
        if self._scheduler:
            self._scheduler.kill()
        if self._client:
            self._client.close(timeout=1)
        for process in [self._scheduler, *(worker.process for worker in self.workers)]:
            if process:
                process.wait()

    def end(self, worker: Worker) -> None:
        """Kills its process; the next look replaces it."""
        worker.kill()

    def look_after(self) -> list[str]:
        """Replaces what has died and finds out who is warm by now. Call it every now and then.

        Returns:
            The keys of the tasks that died with their workers.
        """
        lost = []
        if self._scheduler is not None and self._scheduler.poll() is not None:
            log.error("the scheduler has ended; starting another")
            lost = [worker.key for worker in self.workers if worker.key]
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
                lost += [worker.key] if worker.key else []
        self._note_addresses()
        self._retire_and_replace()
        return lost

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
        if self.is_broken:
            return
        for _ in range(self.num_workers - len(staying)):
            self._start_worker()
        if all(worker.address for worker in staying) and len(staying) >= self.num_workers:
            for worker in self.workers:
                if worker.retiring and worker.key is None:
                    worker.kill()

    def _start_worker(self) -> None:
        from dask.system import CPU_COUNT  # those that this process may use, in a container too

        self._count += 1
        name = f"worker-{os.getpid()}-{self._count}"
        threads = max(1, CPU_COUNT // self.num_workers)
        process = _child("worker", self._address, name, TF_NUM_INTRAOP_THREADS=str(threads))
        self.workers.append(Worker(name, process))


def _child(*arguments: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard.jobs.cluster", *arguments, "--parent", str(os.getpid())],
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

    def watch() -> None:
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


async def _run_worker(scheduler: str, name: str, host: str | None) -> None:
    from distributed import Worker

    # Dask would pause a worker at 80 % of its memory without a word; the dispatcher retires
    # large ones instead, between two runs.
    async with Worker(
        scheduler, name=name, nthreads=1, memory_limit=0, host=host, dashboard=False
    ) as worker:
        await worker.finished()


def _keep_workers(scheduler: str, count: int) -> None:
    """Keeps that many workers of a scheduler elsewhere alive, until it is ended itself."""
    workers: list[subprocess.Popen | None] = [None] * count
    for number in itertools.count():
        place = number % count
        process = workers[place]
        if process is None or process.poll() is not None:
            name = f"{socket.gethostname()}-{os.getpid()}-{number}"
            workers[place] = _child("worker", scheduler, name, "--away")
        time.sleep(KEEP_SECONDS / count)


def main() -> None:
    """Runs a scheduler or a worker until its parent ends, or keeps workers for a cluster."""
    parser = argparse.ArgumentParser(
        prog="python -m dashboard.jobs.cluster",
        description="`workers tcp://HOST:8786` keeps workers of a Dask scheduler alive.",
    )
    parser.add_argument("role", choices=("workers", "scheduler", "worker"))
    parser.add_argument("target", help="the scheduler's address, or the file it shall write it to")
    parser.add_argument("name", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=1, choices=range(1, 65), metavar="N")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--away", action="store_true", help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.role == "workers":
        _keep_workers(parsed.target, parsed.count)
    _end_with(parsed.parent)
    if parsed.role == "scheduler":
        asyncio.run(_run_scheduler(Path(parsed.target)))
    else:
        _give_way()
        from dashboard.jobs import event_log
        from dashboard.jobs.tasks import warm_up

        event_log.keep(settings.current().log_file)
        warm_up()
        asyncio.run(_run_worker(parsed.target, parsed.name, None if parsed.away else "127.0.0.1"))
        # A training that still goes on has lost its scheduler: another worker may have it by now.
        os._exit(0)


if __name__ == "__main__":
    main()

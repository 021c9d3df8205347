"""Schedulers and workers as processes: how they are started, and what they do until they end."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from models import settings

REPOSITORY = Path(__file__).resolve().parents[3]
PARENT_CHECK_SECONDS = 1.0

KEEP_SECONDS = 1.0
"""How long a worker that has ended stays away, of those that a command keeps alive."""


def num_cores() -> int:
    """How many this process may use, in a container too."""
    from dask.system import CPU_COUNT

    return CPU_COUNT


def start(*arguments: str, **environment: str) -> subprocess.Popen:
    """Starts `python -m dashboard.jobs.cluster` with these arguments; it ends with this process."""
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard.jobs.cluster", *arguments, "--parent", str(os.getpid())],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        # What somebody has set by hand is respected.
        env={"DASK_LOGGING__DISTRIBUTED": "warning"} | environment | os.environ,
        start_new_session=True,  # Ctrl-C in the terminal is the server's to handle
    )


def give_way() -> None:
    """Pages must answer at once while training takes all cores."""
    niceness = settings.current().niceness
    os.nice(niceness)  # more than 19 is taken for 19
    # Where Linux groups the processes of a session (sched_autogroup), niceness alone only counts
    # among them, and a worker is a session of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(min(niceness, 19)))


def end_with(parent: int) -> None:
    """Ends this process soon after its parent has ended, whatever the parent died of.

    Asking for a signal at the parent's death (PR_SET_PDEATHSIG) is no way: it comes when the
    thread ends that started the child.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


async def run_scheduler(address_file: Path) -> None:
    """Runs a scheduler, which writes its address to a file, for good."""
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


async def run_worker(scheduler: str, name: str, is_away: bool) -> None:
    """Runs a worker, of a scheduler here or elsewhere, until that ends."""
    from distributed import Worker

    host = None if is_away else "127.0.0.1"
    # Dask would pause a worker at 80 % of its memory without a word; the dispatcher retires
    # large ones instead, between two runs.
    async with Worker(
        scheduler, name=name, nthreads=1, memory_limit=0, host=host, dashboard=False
    ) as worker:
        await worker.finished()


def keep_workers(scheduler: str, count: int) -> None:
    """Keeps that many workers of a scheduler elsewhere alive, until it is ended itself."""
    workers: list[subprocess.Popen | None] = [None] * count
    for number in itertools.count():
        place = number % count
        process = workers[place]
        if process is None or process.poll() is not None:
            name = f"{socket.gethostname()}-{os.getpid()}-{number}"
            workers[place] = start("worker", scheduler, name, "--away")
        time.sleep(KEEP_SECONDS / count)

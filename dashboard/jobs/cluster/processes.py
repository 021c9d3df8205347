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
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dashboard.jobs import log_limits
from dashboard.jobs.cluster import encryption
from dashboard.jobs.cluster.backoff import LONGEST_SECONDS, Backoff
from models import settings
from models.children import child_environment

if TYPE_CHECKING:  # imported where it is needed: that takes a second
    from distributed import Scheduler, Worker
    from distributed.security import Security

REPOSITORY = Path(__file__).resolve().parents[3]
PARENT_CHECK_SECONDS = 1.0

REGISTER_SECONDS = 120.0
"""How long a worker may take until its scheduler knows it; then it is ended and another started."""

KEEP_SECONDS = 1.0
"""How often the command that keeps workers alive looks at them."""


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
        env={"DASK_LOGGING__DISTRIBUTED": "warning"} | environment | child_environment(),
        start_new_session=True,  # Ctrl-C in the terminal is the server's to handle
    )


def give_way() -> None:
    """Pages must answer at once while training takes all cores."""
    niceness = settings.current().niceness
    os.nice(niceness)
    # Where Linux groups the processes of a session (sched_autogroup), niceness alone only counts
    # among them, and a worker is a session of its own.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


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


def set_up_dask(scratch: Path) -> None:
    """Says where schedulers and workers of this process work, and what they shall not do.

    Args:
        scratch: A folder that only this user can enter. Dask's own choice, in the folder for
            temporary files, may be another user's, who then puts modules and links there.
    """
    import dask

    dask.config.set(
        {
            "temporary-directory": str(scratch),
            "distributed.worker.use-file-locking": False,  # it opens files by names that are known
            # Dask's HTTP server, which it always starts, knows no certificates: it answers nothing.
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
        }
    )
    limit_log()


def limit_log() -> None:
    """Puts bounds on what Dask logs: its loggers have handlers of their own."""
    import distributed  # noqa: F401  # makes them

    log_limits.limit("distributed", "tornado", "bokeh")


def _import_nothing_from_scratch(node: Scheduler | Worker) -> None:
    """Takes back that Dask lets modules be imported from where it works: whatever clears temporary
    files may take that folder, and another user make it anew."""
    sys.path.remove(node.local_directory)


def security(folder: Path | None) -> Security | None:
    """What Dask needs to know of the certificates in a folder; None, for plain TCP, without one."""
    from distributed.security import Security

    if folder is None:
        return None
    certificate, key = str(folder / encryption.CERTIFICATE), str(folder / encryption.KEY)
    roles = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=str(folder / encryption.AUTHORITY),
        **{f"tls_{role}_cert": certificate for role in roles},
        **{f"tls_{role}_key": key for role in roles},
    )


async def run_scheduler(
    address: str, certificates: Path | None, address_file: Path | None = None
) -> None:
    """Runs a scheduler for good; `set_up_dask` comes before.

    Args:
        address: Where it listens, such as "tls://0.0.0.0:8786"; with port 0 wherever is free.
        certificates: Their folder; None for a scheduler without TLS.
        address_file: Where it writes its address, if it shall.
    """
    import dask
    from distributed import Scheduler

    # A task whose worker dies is reported, not silently sent to the next: order is ours.
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    place = urlsplit(address)
    scheduler = Scheduler(
        protocol=place.scheme,
        host=place.hostname,
        port=place.port or 0,
        security=security(certificates),
        dashboard=False,
        dashboard_address="127.0.0.1:0",
    )
    _import_nothing_from_scratch(scheduler)
    async with scheduler:
        if address_file:
            written = address_file.with_suffix(".new")
            written.write_text(scheduler.address)
            written.rename(address_file)
        await scheduler.finished()


async def run_worker(
    scheduler: str, name: str, certificates: Path | None, is_away: bool = False
) -> None:
    """Runs a worker, of a scheduler here or elsewhere, until that ends; `set_up_dask` comes before.

    Raises:
        TimeoutError: If the scheduler does not let it in within `REGISTER_SECONDS`.
    """
    from distributed import Worker

    # Dask would pause a worker at 80 % of its memory without a word; the dispatcher retires
    # large ones instead, between two runs.
    worker = Worker(
        scheduler,
        name=name,
        nthreads=1,
        memory_limit=0,
        host=None if is_away else "127.0.0.1",
        security=security(certificates),
        dashboard=False,
        dashboard_address="127.0.0.1:0",
        death_timeout=REGISTER_SECONDS,
    )
    _import_nothing_from_scratch(worker)
    async with worker:
        await worker.finished()


def keep_workers(scheduler: str, count: int, certificates: Path | None, scratch: Path) -> None:
    """Keeps that many workers of a scheduler elsewhere alive, until it is ended itself.

    Whoever ends soon after the start is started again ever later, at last once a minute.
    """
    workers: list[subprocess.Popen | None] = [None] * count
    starts = [Backoff() for _ in workers]
    options = ["--away", "--scratch", str(scratch)]
    options += ["--certificates", str(certificates)] if certificates else []
    for number in itertools.count():
        place = number % count
        workers[place] = _kept(workers[place], starts[place], scheduler, number, options)
        time.sleep(KEEP_SECONDS / count)


def _kept(
    process: subprocess.Popen | None,
    starts: Backoff,
    scheduler: str,
    number: int,
    options: list[str],
) -> subprocess.Popen | None:
    """The worker, or the next one if it has ended and that is due."""
    if process is not None and process.poll() is None:
        if starts.lasts(LONGEST_SECONDS):
            starts.note_success()
        return process
    if process is not None:
        starts.note_failure()
    if not starts.is_due():
        return None
    starts.note_start()
    return start("worker", scheduler, f"{socket.gethostname()}-{os.getpid()}-{number}", *options)

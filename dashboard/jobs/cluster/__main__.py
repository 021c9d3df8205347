"""The command by which schedulers and workers are run."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path

from dashboard.jobs.cluster import processes
from models import settings
from models.private_files import keep_private


def main() -> None:
    """Runs a scheduler or a worker until its parent ends, or keeps workers for a cluster."""
    keep_private()
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
        processes.keep_workers(parsed.target, parsed.count)
    processes.end_with(parsed.parent)
    if parsed.role == "scheduler":
        asyncio.run(processes.run_scheduler(Path(parsed.target)))
    else:
        _train(processes.run_worker(parsed.target, parsed.name, parsed.away))


def _train(worker: Coroutine[None, None, None]) -> None:
    from dashboard.jobs import event_log, tasks  # a scheduler starts without them

    processes.give_way()
    event_log.keep(settings.current().log_file)
    tasks.warm_up()
    asyncio.run(worker)
    # A training that still goes on has lost its scheduler: another worker may have it by now.
    os._exit(0)


if __name__ == "__main__":
    main()

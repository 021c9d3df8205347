"""The command by which schedulers and workers are run, and certificates for them made."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path

from dashboard.jobs.cluster import encryption, processes
from models import settings
from models.private_files import keep_private

DESCRIPTION = """
`certificates FOLDER` makes the certificates of a cluster, unless they are there;
`scheduler tls://HOST:8786` runs its scheduler, `workers tls://HOST:8786` keeps workers of it alive.
"""


def main() -> None:
    """Runs a scheduler or a worker until its parent ends, or keeps workers for a cluster."""
    keep_private()
    parser = argparse.ArgumentParser("python -m dashboard.jobs.cluster", description=DESCRIPTION)
    parser.add_argument("role", choices=("certificates", "scheduler", "workers", "worker"))
    parser.add_argument("target", help="the scheduler's address, or the certificates' folder")
    parser.add_argument("name", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=1, choices=range(1, 65), metavar="N")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--certificates", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--address-file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--away", action="store_true", help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    try:
        _run(parsed)
    except (settings.SettingError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


def _run(asked: argparse.Namespace) -> None:
    if asked.role == "certificates":
        _make_certificates(Path(asked.target))
        return
    if asked.parent:  # which has looked at the settings
        processes.end_with(asked.parent)
        _play(asked, asked.certificates, asked.scratch)
        return
    certificates = encryption.certificates_for(asked.target, settings.current())
    with tempfile.TemporaryDirectory(prefix="autoencoder-lab-") as scratch:
        _play(asked, certificates, Path(scratch))


def _play(asked: argparse.Namespace, certificates: Path | None, scratch: Path) -> None:
    if asked.role == "workers":
        processes.keep_workers(asked.target, asked.count, certificates, scratch)
        return
    processes.set_up_dask(scratch)
    if asked.role == "scheduler":
        asyncio.run(processes.run_scheduler(asked.target, certificates, asked.address_file))
    else:
        _train(processes.run_worker(asked.target, asked.name, certificates, asked.away))


def _make_certificates(folder: Path) -> None:
    if encryption.is_complete(folder):
        print(f"{folder} holds certificates already; they stay.")
        return
    encryption.make_certificates(folder)
    print(f"{folder} holds new certificates, which never expire.")


def _train(worker: Coroutine[None, None, None]) -> None:
    from dashboard.jobs import event_log, tasks  # a scheduler starts without them

    processes.give_way()
    event_log.keep(settings.current().log_file)
    tasks.warm_up()
    try:
        asyncio.run(worker)
    except TimeoutError as error:
        print(f"The scheduler has not let this training process in: {error}", file=sys.stderr)
        os._exit(1)
    # A training that still goes on has lost its scheduler: another worker may have it by now.
    os._exit(0)


if __name__ == "__main__":
    main()

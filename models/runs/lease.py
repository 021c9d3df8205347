"""The right to write one run: one process has it at a time."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from models.runs import records
from models.runs.files import (
    CONFIG_FILE,
    RunError,
    UnreadableError,
    explain_errors,
    list_numbers,
    read_json,
    write_json,
)
from models.runs.records import RecordError

LEASE_SECONDS = 15.0

MAX_LEASE_SECONDS = 3_600.0
"""No lease lasts longer, even where the clocks of two machines differ."""


class LeaseHeld(RunError):
    """Another process is writing the run."""


class LeaseLost(RunError):
    """Another process has taken the run over, or the run was removed: stop writing."""


class Lease:
    """The right to write one run; made by `Run.acquire`, released at the end of a `with` block.

    It expires LEASE_SECONDS after the last `renew`, and at once when its process ends. Methods
    may be called from several threads.
    """

    def __init__(self, folder: Path, number: int, owner: str, target_epochs: int):
        self.folder, self.owner = folder, owner
        self.is_returned = False
        self._name = _lease_name(number)
        self._number, self._released = number, False
        self._lock = threading.Lock()
        self._record = {
            "token": secrets.token_hex(16),
            "owner": owner,
            "host": _this_computer(),
            "pid": os.getpid(),
            "process_started": psutil.Process().create_time(),
            "target_epochs": target_epochs,
        }

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def check(self) -> None:
        """Raises `LeaseLost` unless the run may still be written under this lease."""
        number, record = _latest_lease(self.folder)
        ours = number == self._number and record and record["token"] == self._record["token"]
        if self._released or not ours:
            raise LeaseLost(
                f"Run {self.folder.name} was taken over or removed; {self.owner} stops."
            )

    def renew(self) -> None:
        """Extends the lease to LEASE_SECONDS from now; raises `LeaseLost` if it is gone."""
        with self._lock:  # a renewal must not overtake the release
            self.check()
            self._write(time.time() + LEASE_SECONDS)

    def release(self) -> None:
        """Lets others write the run; does nothing to a lease that is no longer ours."""
        with self._lock:
            try:
                self.check()
                self._write(0.0)  # not removed: the last number must stay (see claim_lease)
            except RunError:  # lost, or the disk is full: then it expires by itself
                return
            finally:
                self._released = True
            self.is_returned = True

    def _write(self, expires: float, exclusive: bool = False) -> None:
        # Only this lease ever writes this number, so no check can come too late here.
        with explain_errors(self.folder):
            path = self.folder / self._name
            write_json(path, {**self._record, "expires": expires}, exclusive)


def claim_lease(folder: Path, owner: str, target_epochs: int) -> Lease:
    """The lease of the run in that folder; see `Run.acquire`."""
    # Leases are numbered. Whoever finds the last one dead may create the next number, and a
    # file can be created once: of any number of contenders one wins. The last number is
    # never removed, and its predecessor neither, so a contender that was delayed since it
    # looked finds other numbers than it expects at the end of the list, and withdraws.
    if not os.path.exists(folder / CONFIG_FILE):  # what cannot be read can still be deleted
        raise RunError(f"There is no run {folder.name}.")
    previous, record = _latest_lease(folder)
    if _is_live(record):
        raise _held(folder)
    lease = Lease(folder, previous + 1, owner, target_epochs)
    try:
        with explain_errors(folder):
            (folder / "leases").mkdir(exist_ok=True)
            lease._write(time.time() + LEASE_SECONDS, exclusive=True)
    except FileExistsError:
        raise _held(folder) from None
    numbers = list_numbers(folder / "leases", ".json")
    withdraws = numbers[-2:] != [number for number in (previous, previous + 1) if number]
    with explain_errors(folder):
        for number in [previous + 1] if withdraws else numbers[:-2]:
            (folder / _lease_name(number)).unlink(missing_ok=True)
    if withdraws:
        raise _held(folder)
    return lease


def read_holder(folder: Path) -> dict | None:
    """Who holds the lease of the run in that folder: owner, host, pid, and the target_epochs;
    None if nobody does."""
    _, lease = _latest_lease(folder)
    if lease is None or not _is_live(lease):
        return None
    return {name: lease[name] for name in ("owner", "host", "pid", "target_epochs")}


def _held(folder: Path) -> LeaseHeld:
    _, record = _latest_lease(folder)
    owner = record["owner"] if record else "another process"
    return LeaseHeld(f"Run {folder.name} is in use by {owner}.")


def _latest_lease(folder: Path) -> tuple[int, dict | None]:
    numbers = list_numbers(folder / "leases", ".json")
    if not numbers:
        return 0, None
    try:
        record = read_json(folder / _lease_name(numbers[-1]), _check_holder)
    except UnreadableError:
        record = None  # whoever holds it will notice: a lease that is damaged protects nothing
    return numbers[-1], record


def _check_holder(content: dict) -> dict:
    records.check(content, records.Holder)
    if content["expires"] > time.time() + MAX_LEASE_SECONDS:
        raise RecordError("It expires too late")
    return content


def _is_live(lease: Mapping | None) -> bool:
    return lease is not None and lease["expires"] > time.time() and not _process_ended(lease)


def _process_ended(lease: Mapping) -> bool:
    """Whether the lease's process is known to have ended; unknown for another machine's."""
    if lease["host"] != _this_computer():
        return False
    try:
        process = psutil.Process(lease["pid"])
        # A process number is used again after a while, but not by a process as old. Two seconds
        # allow for a corrected clock, from which the system computes the start.
        same = abs(process.create_time() - lease["process_started"]) < 2.0
        return not same or process.status() == psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return True
    except psutil.Error:
        return False


def _this_computer() -> str:
    """What no other computer or container with this run store says of itself, though it may have
    the same name: where process numbers mean the same processes. A restart makes another one."""
    marks = [socket.gethostname()]
    with suppress(OSError):  # there is no such file but on Linux
        marks.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        marks.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(marks)


def _lease_name(number: int) -> str:
    return f"leases/{number:07d}.json"

"""One run: a directory, the only channel between trainer and viewers.

<root>/<run id>/
    config.json         what was asked; its modification time says when the run was last used
    events.jsonl        one JSON object per recorded epoch, appended
    checkpoint.npz      what training resumes from; replaced
    live.npz            what the pages draw while training runs; replaced
    snapshots/          <epoch>.npz, kept
    result.json         how it ended
    leases/             <number>.json; the highest number says who may write
    stop, pinned        empty files: requests of the viewers
    watchers/           <name>, empty files touched by whoever is looking
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.runs.files import (
    CONFIG_FILE,
    Arrays,
    RunError,
    copy_arrays,
    dump_json,
    explain_errors,
    is_count,
    list_names,
    list_numbers,
    modified_at,
    read_arrays,
    read_events,
    read_json,
    read_shared,
    size_of,
    write_arrays,
    write_file,
)
from models.runs.lease import LEASE_SECONDS, Lease, claim_lease, read_holder

WATCH_SECONDS = 15.0

SNAPSHOT_IMAGES = 100
"""Examples of which a snapshot keeps the images."""

STATUSES = ("completed", "stopped", "diverged", "failed")

_WATCHER = re.compile(r"[A-Za-z0-9_-]{1,64}")

DELETED = ".deleted-"


class Run:
    """One run's directory. Readers return None or nothing where a file is absent or damaged.

    Everything may be read by any process at any time, and any process may ask (`request_stop`,
    `pin`, `watch`, `touch`). Only the holder of the lease records training: once this object has
    acquired it, every recording method raises `LeaseLost` after a takeover.
    """

    def __init__(self, folder: Path):
        self.folder, self.id = folder, folder.name
        self._config_file = self.folder / CONFIG_FILE
        self._events_file = self.folder / "events.jsonl"
        self._lease: Lease | None = None

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    # What the run is

    @property
    def exists(self) -> bool:
        return self.config is not None

    @property
    def config(self) -> dict | None:
        """What was asked, and `created` in Unix seconds."""
        return read_json(self._config_file)

    @property
    def state(self) -> str:
        """One of "missing", "running", "interrupted", or the status of the result.

        A run without a result that nobody is training is interrupted, whether it never began or
        its trainer crashed.
        """
        if not self.exists:
            return "missing"
        if self.progress:  # looked at before the result, which is written before the release
            return "running"
        result = self.result()
        return result["status"] if result else "interrupted"

    @property
    def progress(self) -> dict | None:
        """While the run is trained: who trains it (owner, host, pid) and its target_epochs."""
        return read_holder(self.folder)

    @property
    def last_used(self) -> float:
        """Unix seconds; 0 for a missing run."""
        return modified_at(self._config_file)

    def touch(self) -> None:
        """Marks the run as used now."""
        with explain_errors(self.folder):
            os.utime(self._config_file)

    @property
    def size_bytes(self) -> int:
        folders = os.walk(self.folder)
        return sum(
            size_of(os.path.join(folder, name)) for folder, _, names in folders for name in names
        )

    # What training records

    def events(self) -> list[dict]:
        """The recorded epochs in the order in which they were written, to be read only."""
        return list(read_shared(read_events, self._events_file) or ())

    def append_event(self, event: Mapping) -> None:
        """Records an epoch: any mapping with an integer "epoch"; NumPy numbers are welcome."""
        if not is_count(event.get("epoch")):
            raise ValueError(f"An event needs a whole number as 'epoch', got {event!r}.")
        line = dump_json(event) + b"\n"
        self._check_lease()
        with explain_errors(self.folder), open(self._events_file, "ab+") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
            if file.read(1) not in (b"", b"\n"):  # a killed writer's torn line: leave it alone
                line = b"\n" + line
            file.write(line)

    def truncate(self, after_epoch: int) -> None:
        """Forgets events and snapshots after `after_epoch`, before training resumes from there."""
        kept = [
            dump_json(event) + b"\n" for event in self.events() if event["epoch"] <= after_epoch
        ]
        self._save("events.jsonl", lambda file: file.writelines(kept))
        for epoch in self.snapshot_epochs():
            if epoch > after_epoch:
                self._unmark(_snapshot_name(epoch))
        self.keep_branch_points([epoch for epoch in self.branch_points() if epoch <= after_epoch])

    def save_checkpoint(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save("checkpoint.npz", lambda file: write_arrays(file, arrays, meta))

    def checkpoint(self, prefix: str = "") -> tuple[Arrays, dict] | None:
        """The last resumable state; only the arrays whose names begin with `prefix`."""
        return read_arrays(self.folder / "checkpoint.npz", prefix)

    def save_branch_point(
        self, epoch: int, arrays: Mapping[str, np.ndarray], meta: Mapping
    ) -> None:
        """Keeps a resumable state from which another training may branch off."""
        self._save(_branch_name(epoch), lambda file: write_arrays(file, arrays, meta))

    def branch_point(self, epoch: int) -> tuple[Arrays, dict] | None:
        """The resumable state after `epoch`, if it is kept or the last one."""
        stored = read_arrays(self.folder / _branch_name(epoch))
        if stored is None:
            last = self.checkpoint()
            stored = last if last and last[1].get("epoch") == epoch else None
        return stored

    def branch_points(self) -> list[int]:
        """Epochs of the kept states, sorted."""
        return list_numbers(self.folder / "branches", ".npz")

    def keep_branch_points(self, epochs: Collection[int]) -> None:
        """Drops all others."""
        for epoch in self.branch_points():
            if epoch not in epochs:
                self._unmark(_branch_name(epoch))

    def save_sample(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        """Keeps the examples that the pictures are of, once for the whole run."""
        self._save("sample.npz", lambda file: write_arrays(file, arrays, meta))

    def sample(self) -> tuple[Arrays, dict] | None:
        return read_arrays(self.folder / "sample.npz")

    def save_live(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save("live.npz", lambda file: write_arrays(file, arrays, meta))

    def live(self) -> tuple[Arrays, dict] | None:
        """The latest pictures, to be read only."""
        return copy_arrays(read_shared(read_arrays, self.folder / "live.npz"))

    def last_change(self) -> float:
        """When its training last wrote something, as `time.time`; 0 if never."""
        # All files but the events are renamed into the folder, which changes the folder.
        return max(modified_at(self.folder), modified_at(self._events_file))

    def live_meta(self) -> dict | None:
        """What comes with the pictures of `live`."""
        found = self.live()
        return found and found[1]

    def save_snapshot(self, epoch: int, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save(_snapshot_name(epoch), lambda file: write_arrays(file, arrays, meta))

    def snapshot(self, epoch: int, prefix: str = "") -> tuple[Arrays, dict] | None:
        return read_arrays(self.folder / _snapshot_name(epoch), prefix)

    def snapshot_epochs(self) -> list[int]:
        return list_numbers(self.folder / "snapshots", ".npz")

    def save_step(self, name: str, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        """Keeps all about one optimiser step: the "first" or the "last" one."""
        self._save(f"step-{name}.npz", lambda file: write_arrays(file, arrays, meta))

    def step(self, name: str) -> tuple[Arrays, dict] | None:
        """What `save_step` kept, to be read only."""
        return copy_arrays(read_shared(read_arrays, self.folder / f"step-{name}.npz"))

    def finish(self, result: Mapping) -> None:
        """Records how the run ended.

        Args:
            result: Any mapping with a `status` of STATUSES and the number of `epochs` trained.
        """
        if not _is_result(result):
            raise ValueError(
                f"A result needs a 'status' out of {', '.join(STATUSES)} and a whole number as "
                f"'epochs', got {result!r}."
            )
        self._save("result.json", lambda file: file.write(dump_json(result, indent=1)))
        self.touch()

    def result(self) -> dict | None:
        result = read_json(self.folder / "result.json")
        return result if result and _is_result(result) else None

    def find_result(self, epochs: int) -> dict | None:
        """The result, if no training up to `epochs` is needed any more: it got there before,
        or it diverged."""
        result = self.result()
        if result is None or self.state == "running":
            return None
        arrived = result["status"] == "diverged" or result["epochs"] >= epochs
        return result if arrived and result["status"] != "failed" else None

    def clear_result(self) -> None:
        self._check_lease()
        self._unmark("result.json")

    # What viewers ask

    def request_stop(self) -> None:
        self._mark("stop")

    def clear_stop(self) -> None:
        self._unmark("stop")

    @property
    def stop_requested(self) -> bool:
        return os.path.exists(self.folder / "stop")  # False, not an error, where unreadable

    def pin(self) -> None:
        """Protects the run from eviction."""
        self._mark("pinned")

    def unpin(self) -> None:
        self._unmark("pinned")

    @property
    def pinned(self) -> bool:
        return os.path.exists(self.folder / "pinned")

    def watch(self, name: str) -> None:
        """Protects the run from eviction for WATCH_SECONDS, in the name of one viewer."""
        self._mark(_watcher_name(name))

    def watchers(self) -> list[str]:
        """The names of those who looked within the last WATCH_SECONDS."""
        folder = self.folder / "watchers"
        oldest = time.time() - WATCH_SECONDS
        return sorted(name for name in list_names(folder) if modified_at(folder / name) > oldest)

    def delete(self, force: bool = False) -> None:
        """Removes the run.

        Args:
            force: Also when it is pinned or watched.

        Raises:
            RunError: If it does not exist, is in training, or is protected and not `force`.
        """
        # Nobody can start training what is going away.
        lease = claim_lease(self.folder, "a deletion", 0)
        try:
            if self.pinned and not force:
                raise RunError(f"Run {self.id} is pinned. Unpin it first.")
            if self.watchers() and not force:
                raise RunError(f"Run {self.id} is being watched. Close its page first.")
            with explain_errors(self.folder):
                self.remove()
        finally:
            lease.release()

    def remove(self) -> None:
        """Removes the folder, whatever it holds and whoever uses it."""
        # A folder cannot vanish in one step, but it can stop being a run in one step.
        deleted = self.folder.parent / f"{DELETED}{self.id}-{secrets.token_hex(6)}"
        os.rename(self.folder, deleted)
        shutil.rmtree(deleted, ignore_errors=True)

    # Who may write

    def acquire(self, owner: str, target_epochs: int) -> Lease:
        """Makes this object the run's only writer until the lease is released or expires.

        Args:
            owner: Who trains, in words for a student who finds the run taken.
            target_epochs: How far training goes; shown by `progress`.

        Raises:
            LeaseHeld: If another process holds it.
            RunError: If the run does not exist.
        """
        self._lease = claim_lease(self.folder, owner, target_epochs)
        self._remove_torn_files()
        self.touch()
        return self._lease

    def _check_lease(self) -> None:
        if self._lease and not self._lease.is_returned:
            self._lease.check()

    def _remove_torn_files(self) -> None:
        for folder in (self.folder, self.folder / "snapshots", self.folder / "leases"):
            for name in list_names(folder):
                age = time.time() - modified_at(folder / name)
                if name.endswith(".tmp") and age > LEASE_SECONDS:
                    (folder / name).unlink(missing_ok=True)

    # Files

    def _save(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        self._check_lease()
        with explain_errors(self.folder):
            write_file(self._path(name), write)

    def _mark(self, name: str) -> None:
        with explain_errors(self.folder):
            self._path(name).touch()

    def _unmark(self, name: str) -> None:
        with explain_errors(self.folder):
            (self.folder / name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        """A file about to be written; makes its subfolder, never the folder of a removed run."""
        path = self.folder / name
        if path.parent != self.folder:
            path.parent.mkdir(exist_ok=True)
        return path


def _snapshot_name(epoch: int) -> str:
    return f"snapshots/{epoch:07d}.npz"


def _branch_name(epoch: int) -> str:
    return f"branches/{epoch:07d}.npz"


def _watcher_name(name: str) -> str:
    if not _WATCHER.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a watcher: use up to 64 of A-Z a-z 0-9 _ -.")
    return f"watchers/{name}"


def _is_result(result: Mapping) -> bool:
    return result.get("status") in STATUSES and is_count(result.get("epochs"))

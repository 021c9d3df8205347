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
    pace                how many seconds training is to last at least, if that has changed since
                        it began
    watchers/           <name>, empty files touched by whoever is looking
    owners/             <hash of a name>, empty files: who has asked for it (ownership.py)
    lesson              empty file: a lesson begins with it
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from models.runs import records
from models.runs.files import (
    SUBFOLDERS,
    RunError,
    dump_json,
    explain_errors,
    list_names,
    modified_at,
    write_arrays,
    write_file,
)
from models.runs.lease import LEASE_SECONDS, Lease, claim_lease
from models.runs.run_reader import RunReader, branch_name, snapshot_name

WATCH_SECONDS = 15.0

SNAPSHOT_IMAGES = 100
"""Examples of which a snapshot keeps the images."""

_WATCHER = re.compile(r"[A-Za-z0-9_-]{1,64}")

DELETED = ".deleted-"


class Run(RunReader):
    """One run's directory, to be read and written.

    Everything may be read by any process at any time, and any process may ask (`request_stop`,
    `ask_pace`, `pin`, `watch`, `touch`). Only the holder of the lease records training: once this
    object has acquired it, every recording method raises `LeaseLost` after a takeover.
    """

    def __init__(self, folder: Path):
        super().__init__(folder)
        self._lease: Lease | None = None

    def touch(self) -> None:
        """Marks the run as used now."""
        with explain_errors(self.folder):
            os.utime(self._config_file)

    # What training records

    def append_event(self, event: Mapping) -> None:
        """Records an epoch, as `records.Event` or `records.Trial`; NumPy numbers are welcome."""
        text = dump_json(event)
        records.check_event(json.loads(text), self.id)
        line = text + b"\n"
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
                self._unmark(snapshot_name(epoch))
        self.keep_branch_points([epoch for epoch in self.branch_points() if epoch <= after_epoch])

    def save_checkpoint(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save("checkpoint.npz", lambda file: write_arrays(file, arrays, meta))

    def save_branch_point(
        self, epoch: int, arrays: Mapping[str, np.ndarray], meta: Mapping
    ) -> None:
        """Keeps a resumable state from which another training may branch off."""
        self._save(branch_name(epoch), lambda file: write_arrays(file, arrays, meta))

    def keep_branch_points(self, epochs: Collection[int]) -> None:
        """Drops all others."""
        for epoch in self.branch_points():
            if epoch not in epochs:
                self._unmark(branch_name(epoch))

    def save_sample(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        """Keeps the examples that the pictures are of, the same ones for the whole run."""
        self._save("sample.npz", lambda file: write_arrays(file, arrays, meta))

    def save_live(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save("live.npz", lambda file: write_arrays(file, arrays, meta))

    def save_snapshot(self, epoch: int, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save(snapshot_name(epoch), lambda file: write_arrays(file, arrays, meta))

    def save_step(self, name: str, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        """Keeps all about one optimiser step: the "first" or the "last" one."""
        self._save(f"step-{name}.npz", lambda file: write_arrays(file, arrays, meta))

    def finish(self, result: Mapping) -> None:
        """Records how the run ended.

        Args:
            result: One of `records.RESULTS`.
        """
        text = dump_json(result, indent=1)
        records.check_result(json.loads(text), self.id)
        self._save("result.json", lambda file: file.write(text))
        self.touch()

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

    def ask_pace(self, at_least_seconds: float) -> None:
        """Asks training that goes on to last so long at least."""
        self._save("pace", lambda file: file.write(f"{at_least_seconds:g}".encode()))

    def clear_pace(self) -> None:
        self._unmark("pace")

    @property
    def asked_pace(self) -> float | None:
        """Seconds that training is to last at least; None if nobody has asked since it began."""
        try:
            seconds = float((self.folder / "pace").read_text("ascii"))
        except (OSError, ValueError):  # nor does what cannot be read hold up training
            return None
        return seconds if 0 <= seconds < math.inf else None

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
            RunError: If the run does not exist, or a newer version has stored it.
        """
        self._lease = claim_lease(self.folder, owner, target_epochs)
        try:
            self._remove_torn_files()
            self._remove_damaged_files()
            self.touch()
        except RunError:
            self._lease.release()
            raise
        return self._lease

    def _remove_damaged_files(self) -> None:
        """Makes room for what training makes anew, all of it if the epochs cannot be read."""
        for error in self.damage():
            if error.is_newer:
                raise error
            names = {error.path, self.folder / "checkpoint.npz"}
            with explain_errors(self.folder):
                for path in names if error.path == self._events_file else {error.path}:
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def _check_lease(self) -> None:
        if self._lease and not self._lease.is_returned:
            self._lease.check()

    def _remove_torn_files(self) -> None:
        for folder in (self.folder, *(self.folder / name for name in SUBFOLDERS)):
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


def _watcher_name(name: str) -> str:
    if not _WATCHER.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a watcher: use up to 64 of A-Z a-z 0-9 _ -.")
    return f"watchers/{name}"

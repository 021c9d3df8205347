"""The run store: one directory per training run, the only channel between trainer and viewers.

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

Every file except events.jsonl is written beside its place and renamed into it, so a process killed
at any moment leaves a whole file or none; a torn line of events is skipped. Nothing is flushed to
the disk (fsync): after a power failure a file may be damaged, and damaged files read as absent.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import secrets
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import psutil

from models import settings

FORMAT = 1
LEASE_SECONDS = 15.0
WATCH_SECONDS = 15.0
ORPHAN_SECONDS = 3_600.0
SNAPSHOT_IMAGES = 100
"""Examples of which a snapshot keeps the images."""
SHARED_FILES = 64
"""Files of events and pictures that are kept in memory for all who look at them."""
STATUSES = ("completed", "stopped", "diverged", "failed")

_RUN_ID = re.compile(r"[a-z_]+-[0-9a-f]{16}")
_WATCHER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"[0-9]{7,}")
_DELETED = ".deleted-"
_LEASE_TYPES: dict[str, type | tuple[type, ...]] = {
    "token": str,
    "owner": str,
    "host": str,
    "pid": int,
    "process_started": (int, float),
    "target_epochs": int,
    "expires": (int, float),
}

Arrays = dict[str, np.ndarray]


class RunError(Exception):
    """Something about a run cannot be done; the message is written for a student."""


class LeaseHeld(RunError):
    """Another process is writing the run."""


class LeaseLost(RunError):
    """Another process has taken the run over, or the run was removed: stop writing."""


class RunStore:
    """All runs of one folder.

    Args:
        root: The folder; created when missing.
        max_bytes: Size above which `evict` removes runs.

    Raises:
        RunError: If the folder cannot be created or written.
    """

    def __init__(self, root: Path, max_bytes: int):
        self.root, self.max_bytes = Path(root), max_bytes
        probe = self.root / f".probe-{secrets.token_hex(6)}"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            # Leases need hard links, which a few file systems (USB sticks) do not have.
            _write_file(probe, lambda file: None, exclusive=True)
            probe.unlink()
        except OSError as error:
            is_file = isinstance(error, (FileExistsError, NotADirectoryError))
            reason = "a file is in its place" if is_file else error.strerror
            raise RunError(
                f"The folder of runs {self.root} cannot be used ({reason}). "
                "Make it writable, or set AUTOENCODER_LAB_RUNS to another folder."
            ) from error

    def run(self, run_id: str) -> Run:
        """The run of that id, whether or not it exists.

        Raises:
            ValueError: If `run_id` is not an autoencoder type, a hyphen and 16 hexadecimal digits.
        """
        if not (isinstance(run_id, str) and _RUN_ID.fullmatch(run_id)):
            raise ValueError(
                f"{run_id!r} is not a run id: expected an autoencoder type, a hyphen and 16 "
                "hexadecimal digits, such as 'stacked-0123456789abcdef'."
            )
        return Run(self, run_id)

    def create(self, run_id: str, config: Mapping) -> Run:
        """Creates the run unless it exists; of several callers, the first one's config stays."""
        run = self.run(run_id)
        content = {**config, "created": time.time()}
        with run._explained():
            run.folder.mkdir(exist_ok=True)
            try:
                _write_json(run._config_file, content, exclusive=True)
            except FileExistsError:
                if run.config is None:  # damaged: the id still says what the folder holds
                    _write_json(run._config_file, content)
        return run

    def runs(self) -> list[Run]:
        """The existing runs, most recently used first."""
        runs = [run for run in self._folders() if run.exists]
        return sorted(runs, key=lambda run: run.last_used, reverse=True)

    def evict(self, keep: Collection[str] = ()) -> list[str]:
        """Removes least recently used runs until the rest fits into `max_bytes`.

        Runs in training, watched or pinned ones and those in `keep` stay, even if the store
        remains too large. What crashed processes left half-created or half-deleted goes first.

        Of the runs that nobody needs just now, states to branch off from go first: a run that
        has lost them can still be looked at, and training it again gives the same.

        Returns:
            The ids of the removed runs.
        """
        self._remove_leftovers()
        runs = self.runs()
        sizes = {run.id: run.size_bytes for run in runs}
        excess, removed = sum(sizes.values()) - self.max_bytes, []
        for run in reversed(runs):
            if excess <= 0:
                break
            if run.id not in keep and not _is_needed(run) and run.branch_points():
                run.keep_branch_points(())
                excess -= sizes[run.id] - run.size_bytes
                sizes[run.id] = run.size_bytes
        for run in reversed(runs):
            if excess <= 0:
                break
            if run.id not in keep and _delete_if_unprotected(run):
                excess -= sizes[run.id]
                removed.append(run.id)
        return removed

    def _folders(self) -> list[Run]:
        names = [name for name in _listed(self.root) if _RUN_ID.fullmatch(name)]
        return [Run(self, name) for name in names]

    def _remove_leftovers(self) -> None:
        for name in _listed(self.root):
            if name.startswith(_DELETED):
                shutil.rmtree(self.root / name, ignore_errors=True)
        for run in self._folders():
            unused = time.time() - _modified(run.folder) > ORPHAN_SECONDS
            if unused and not run.exists and run.progress is None:
                with suppress(OSError):
                    run._remove()


class Run:
    """One run's directory. Readers return None or nothing where a file is absent or damaged.

    Everything may be read by any process at any time, and any process may ask (`request_stop`,
    `pin`, `watch`, `touch`). Only the holder of the lease records training: once this object has
    acquired it, every recording method raises `LeaseLost` after a takeover.
    """

    def __init__(self, store: RunStore, run_id: str):
        self.store, self.id = store, run_id
        self.folder = store.root / run_id
        self._config_file = self.folder / "config.json"
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
        return _read_json(self._config_file)

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
        _, lease = self._latest_lease()
        if lease is None or not _is_live(lease):
            return None
        return {name: lease[name] for name in ("owner", "host", "pid", "target_epochs")}

    @property
    def last_used(self) -> float:
        """Unix seconds; 0 for a missing run."""
        return _modified(self._config_file)

    def touch(self) -> None:
        """Marks the run as used now."""
        with self._explained():
            os.utime(self._config_file)

    @property
    def size_bytes(self) -> int:
        folders = os.walk(self.folder)
        return sum(
            _size(os.path.join(folder, name)) for folder, _, names in folders for name in names
        )

    # What training records

    def events(self) -> list[dict]:
        """The recorded epochs in the order in which they were written, to be read only."""
        return list(_read_shared(_read_events, self._events_file) or ())

    def append_event(self, event: Mapping) -> None:
        """Records an epoch: any mapping with an integer "epoch"; NumPy numbers are welcome."""
        if not _is_count(event.get("epoch")):
            raise ValueError(f"An event needs a whole number as 'epoch', got {event!r}.")
        line = _dump_json(event) + b"\n"
        self._check_lease()
        with self._explained(), open(self._events_file, "ab+") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
            if file.read(1) not in (b"", b"\n"):  # a killed writer's torn line: leave it alone
                line = b"\n" + line
            file.write(line)

    def truncate(self, after_epoch: int) -> None:
        """Forgets events and snapshots after `after_epoch`, before training resumes from there."""
        kept = [
            _dump_json(event) + b"\n" for event in self.events() if event["epoch"] <= after_epoch
        ]
        self._save("events.jsonl", lambda file: file.writelines(kept))
        for epoch in self.snapshot_epochs():
            if epoch > after_epoch:
                self._unmark(_snapshot_name(epoch))
        self.keep_branch_points([epoch for epoch in self.branch_points() if epoch <= after_epoch])

    def save_checkpoint(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save("checkpoint.npz", lambda file: _write_arrays(file, arrays, meta))

    def checkpoint(self, prefix: str = "") -> tuple[Arrays, dict] | None:
        """The last resumable state; only the arrays whose names begin with `prefix`."""
        return _read_arrays(self.folder / "checkpoint.npz", prefix)

    def save_branch_point(
        self, epoch: int, arrays: Mapping[str, np.ndarray], meta: Mapping
    ) -> None:
        """Keeps a resumable state from which another training may branch off."""
        self._save(_branch_name(epoch), lambda file: _write_arrays(file, arrays, meta))

    def branch_point(self, epoch: int) -> tuple[Arrays, dict] | None:
        """The resumable state after `epoch`, if it is kept or the last one."""
        stored = _read_arrays(self.folder / _branch_name(epoch))
        if stored is None:
            last = self.checkpoint()
            stored = last if last and last[1].get("epoch") == epoch else None
        return stored

    def branch_points(self) -> list[int]:
        """Epochs of the kept states, sorted."""
        return _numbers(self.folder / "branches", ".npz")

    def keep_branch_points(self, epochs: Collection[int]) -> None:
        """Drops all others."""
        for epoch in self.branch_points():
            if epoch not in epochs:
                self._unmark(_branch_name(epoch))

    def save_sample(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        """Keeps the examples that the pictures are of, once for the whole run."""
        self._save("sample.npz", lambda file: _write_arrays(file, arrays, meta))

    def sample(self) -> tuple[Arrays, dict] | None:
        return _read_arrays(self.folder / "sample.npz")

    def save_live(self, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save("live.npz", lambda file: _write_arrays(file, arrays, meta))

    def live(self) -> tuple[Arrays, dict] | None:
        """The latest pictures, to be read only."""
        return _copy(_read_shared(_read_arrays, self.folder / "live.npz"))

    def last_change(self) -> float:
        """When its training last wrote something, as `time.time`; 0 if never."""
        # All files but the events are renamed into the folder, which changes the folder.
        return max(_modified(self.folder), _modified(self._events_file))

    def live_meta(self) -> dict | None:
        """What comes with the pictures of `live`."""
        found = self.live()
        return found and found[1]

    def save_snapshot(self, epoch: int, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        self._save(_snapshot_name(epoch), lambda file: _write_arrays(file, arrays, meta))

    def snapshot(self, epoch: int, prefix: str = "") -> tuple[Arrays, dict] | None:
        return _read_arrays(self.folder / _snapshot_name(epoch), prefix)

    def snapshot_epochs(self) -> list[int]:
        return _numbers(self.folder / "snapshots", ".npz")

    def save_step(self, name: str, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
        """Keeps all about one optimiser step: the "first" or the "last" one."""
        self._save(f"step-{name}.npz", lambda file: _write_arrays(file, arrays, meta))

    def step(self, name: str) -> tuple[Arrays, dict] | None:
        """What `save_step` kept, to be read only."""
        return _copy(_read_shared(_read_arrays, self.folder / f"step-{name}.npz"))

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
        self._save("result.json", lambda file: file.write(_dump_json(result, indent=1)))
        self.touch()

    def result(self) -> dict | None:
        result = _read_json(self.folder / "result.json")
        return result if result and _is_result(result) else None

    def finished(self, epochs: int) -> dict | None:
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
        return sorted(name for name in _listed(folder) if _modified(folder / name) > oldest)

    def delete(self, force: bool = False) -> None:
        """Removes the run.

        Args:
            force: Also when it is pinned or watched.

        Raises:
            RunError: If it does not exist, is in training, or is protected and not `force`.
        """
        lease = self._claim("a deletion", 0)  # nobody can start training what is going away
        try:
            if self.pinned and not force:
                raise RunError(f"Run {self.id} is pinned. Unpin it first.")
            if self.watchers() and not force:
                raise RunError(f"Run {self.id} is being watched. Close its page first.")
            with self._explained():
                self._remove()
        finally:
            lease.release()

    def _remove(self) -> None:
        # A folder cannot vanish in one step, but it can stop being a run in one step.
        deleted = self.store.root / f"{_DELETED}{self.id}-{secrets.token_hex(6)}"
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
        self._lease = self._claim(owner, target_epochs)
        self._remove_torn_files()
        self.touch()
        return self._lease

    def _claim(self, owner: str, target_epochs: int) -> Lease:
        # Leases are numbered. Whoever finds the last one dead may create the next number, and a
        # file can be created once: of any number of contenders one wins. The last number is
        # never removed, and its predecessor neither, so a contender that was delayed since it
        # looked finds other numbers than it expects at the end of the list, and withdraws.
        if not self.exists:
            raise RunError(f"There is no run {self.id}.")
        previous, record = self._latest_lease()
        if _is_live(record):
            raise self._held()
        lease = Lease(self, previous + 1, owner, target_epochs)
        try:
            with self._explained():
                (self.folder / "leases").mkdir(exist_ok=True)
                lease._write(time.time() + LEASE_SECONDS, exclusive=True)
        except FileExistsError:
            raise self._held() from None
        numbers = _numbers(self.folder / "leases", ".json")
        if numbers[-2:] != [number for number in (previous, previous + 1) if number]:
            self._unmark(lease._name)
            raise self._held()
        for number in numbers[:-2]:
            self._unmark(_lease_name(number))
        return lease

    def _held(self) -> LeaseHeld:
        _, record = self._latest_lease()
        owner = record["owner"] if record else "another process"
        return LeaseHeld(f"Run {self.id} is in use by {owner}.")

    def _latest_lease(self) -> tuple[int, dict | None]:
        numbers = _numbers(self.folder / "leases", ".json")
        if not numbers:
            return 0, None
        record = _read_json(self.folder / _lease_name(numbers[-1])) or {}
        valid = all(isinstance(record.get(name), kind) for name, kind in _LEASE_TYPES.items())
        return numbers[-1], record if valid else None

    def _check_lease(self) -> None:
        if self._lease:
            self._lease.check()

    def _remove_torn_files(self) -> None:
        for folder in (self.folder, self.folder / "snapshots", self.folder / "leases"):
            for name in _listed(folder):
                age = time.time() - _modified(folder / name)
                if name.endswith(".tmp") and age > LEASE_SECONDS:
                    (folder / name).unlink(missing_ok=True)

    # Files

    def _save(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        self._check_lease()
        with self._explained():
            _write_file(self._path(name), write)

    def _mark(self, name: str) -> None:
        with self._explained():
            self._path(name).touch()

    def _unmark(self, name: str) -> None:
        with self._explained():
            (self.folder / name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        """A file about to be written; makes its subfolder, never the folder of a removed run."""
        path = self.folder / name
        if path.parent != self.folder:
            path.parent.mkdir(exist_ok=True)
        return path

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns the system's errors into a RunError; an existing file is the caller's affair."""
        try:
            yield
        except FileExistsError:
            raise
        except FileNotFoundError as error:
            raise RunError(f"Run {self.id} does not exist, or was just removed.") from error
        except OSError as error:
            raise RunError(
                f"Run {self.id} cannot be written in {self.store.root} ({error.strerror}). "
                "Make room there, or set AUTOENCODER_LAB_RUNS to another folder."
            ) from error


class Lease:
    """The right to write one run; made by `Run.acquire`, released at the end of a `with` block.

    It expires LEASE_SECONDS after the last `renew`, and at once when its process ends. Methods
    may be called from several threads.
    """

    def __init__(self, run: Run, number: int, owner: str, target_epochs: int):
        self.run, self.owner = run, owner
        self._name = _lease_name(number)
        self._number, self._released = number, False
        self._lock = threading.Lock()
        self._record = {
            "token": secrets.token_hex(16),
            "owner": owner,
            "host": socket.gethostname(),
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
        number, record = self.run._latest_lease()
        ours = number == self._number and record and record["token"] == self._record["token"]
        if self._released or not ours:
            raise LeaseLost(f"Run {self.run.id} was taken over or removed; {self.owner} stops.")

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
                self._write(0.0)  # not removed: the last number must stay (see Run._claim)
            except RunError:  # lost, or the disk is full: then it expires by itself
                return
            finally:
                self._released = True
            if self.run._lease is self:
                self.run._lease = None

    def _write(self, expires: float, exclusive: bool = False) -> None:
        # Only this lease ever writes this number, so no check can come too late here.
        with self.run._explained():
            path = self.run.folder / self._name
            _write_json(path, {**self._record, "expires": expires}, exclusive)


def _is_live(lease: Mapping | None) -> bool:
    return lease is not None and lease["expires"] > time.time() and not _process_ended(lease)


def _process_ended(lease: Mapping) -> bool:
    """Whether the lease's process is known to have ended; unknown for another machine's."""
    if lease["host"] != socket.gethostname():
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


def _is_needed(run: Run) -> bool:
    return run.pinned or bool(run.watchers()) or run.state == "running"


def _delete_if_unprotected(run: Run) -> bool:
    if run.pinned or run.watchers():  # asked first, as deleting takes the lease for a moment
        return False
    try:
        run.delete()
    except RunError:
        return False
    return True


def _lease_name(number: int) -> str:
    return f"leases/{number:07d}.json"


def _snapshot_name(epoch: int) -> str:
    return f"snapshots/{epoch:07d}.npz"


def _branch_name(epoch: int) -> str:
    return f"branches/{epoch:07d}.npz"


def _watcher_name(name: str) -> str:
    if not _WATCHER.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a watcher: use up to 64 of A-Z a-z 0-9 _ -.")
    return f"watchers/{name}"


def _is_count(value: object) -> bool:
    return isinstance(value, (int, np.integer))


def _is_result(result: Mapping) -> bool:
    return result.get("status") in STATUSES and _is_count(result.get("epochs"))


def _write_file(path: Path, write: Callable[[BinaryIO], object], exclusive: bool = False) -> None:
    """Writes a file that appears whole or not at all.

    Raises:
        FileExistsError: If `exclusive` and the file exists, also when it just appeared.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with open(temporary, "xb") as file:
            write(file)
        if exclusive:
            os.link(temporary, path)
        else:
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_json(path: Path, content: Mapping, exclusive: bool = False) -> None:
    _write_file(path, lambda file: file.write(_dump_json(content, indent=1)), exclusive)


def _dump_json(content: Mapping, indent: int | None = None) -> bytes:
    return json.dumps({**content, "format": FORMAT}, default=_plain, indent=indent).encode()


def _plain(value: object) -> object:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be stored in a run: use numbers, texts, lists and dicts.")


def _read_json(path: Path) -> dict | None:
    try:
        return _parse_json(path.read_bytes())
    except OSError:
        return None


def _parse_json(text: bytes) -> dict | None:
    """The mapping without its format version; None if it is damaged or of another format."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not (isinstance(content, dict) and content.pop("format", None) == FORMAT):
        return None
    return content


def _write_arrays(file: BinaryIO, arrays: Mapping[str, np.ndarray], meta: Mapping) -> None:
    # The prefix keeps any name of an array from meeting `meta`, `format` or savez's own arguments.
    prefixed = {f"arrays/{name}": array for name, array in arrays.items()}
    text = json.dumps(dict(meta), default=_plain)
    np.savez(file, allow_pickle=False, format=FORMAT, meta=text, **prefixed)


def _read_arrays(path: Path, prefix: str = "") -> tuple[Arrays, dict] | None:
    """The arrays whose names begin with `prefix`, and the meta."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            if stored["format"] != FORMAT:
                return None
            names = [name for name in stored.files if name.startswith(f"arrays/{prefix}")]
            arrays = {name.removeprefix("arrays/"): stored[name] for name in names}
            return arrays, json.loads(str(stored["meta"]))
    except Exception:  # a damaged zip fails in a dozen ways, and all of them mean "not there"
        return None


def _read_shared(read: Callable[[Path], Any], path: Path) -> Any:
    """What a whole class looks at: read once for all of them, and again when it has changed."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return _remembered(read, path, (status.st_ino, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=SHARED_FILES)
def _remembered(read: Callable[[Path], Any], path: Path, stamp: tuple[int, ...]) -> Any:
    return read(path)


def _copy(found: tuple[Arrays, dict] | None) -> tuple[Arrays, dict] | None:
    return found and (dict(found[0]), dict(found[1]))


def _read_events(path: Path) -> list[dict]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    events = (_parse_json(line) for line in lines)
    return [event for event in events if event and _is_count(event.get("epoch"))]


def _numbers(folder: Path, suffix: str) -> list[int]:
    stems = [name.removesuffix(suffix) for name in _listed(folder) if name.endswith(suffix)]
    return sorted(int(stem) for stem in stems if _NUMBER.fullmatch(stem))


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _modified(path: Path) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


# The command line: python -m models.runs


def main(arguments: Sequence[str] | None = None) -> int:
    """Lists, shows and removes runs; returns the exit code, 2 for what cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        current = settings.current()
        store = RunStore(getattr(options, "runs", current.runs_folder), current.max_store_bytes)
        return options.command(store, options)
    except (RunError, settings.SettingError) as error:
        return _complain(error)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="folder of the runs (default: AUTOENCODER_LAB_RUNS, or ~/.autoencoder-lab/runs)",
    )
    parser = argparse.ArgumentParser(
        prog="python -m models.runs", description="The stored training runs.", parents=[common]
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Callable, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[common], help=help, description=help)
        added.set_defaults(command=function)
        return added

    listing = command("list", _list, "a table of all runs, the last used first")
    listing.add_argument("--json", action="store_true", help="print JSON")
    showing = command("show", _show, "what one run was asked and how it ended")
    showing.add_argument("run", metavar="RUN", help="an id, or enough of its beginning")
    showing.add_argument("--json", action="store_true", help="print JSON")
    deleting = command("delete", _delete, "remove runs that are not in training")
    deleting.add_argument("run", metavar="RUN", nargs="+", help="ids, or enough of each")
    deleting.add_argument("--force", action="store_true", help="also pinned and watched runs")
    pruning = command("prune", _prune, "remove the least recently used runs until the rest fits")
    pruning.add_argument(
        "--max-mb",
        type=_megabytes,
        metavar="N",
        help="megabytes to keep (default: AUTOENCODER_LAB_MAX_STORE_MB)",
    )
    pruning.add_argument(
        "--interrupted",
        action="store_true",
        help="also remove every run without a result that nobody trains, watches or pinned",
    )
    return parser


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of megabytes")
    return int(text)


def _list(store: RunStore, options: argparse.Namespace) -> int:
    rows = [summary(run) for run in store.runs()]
    if options.json:
        _print_json(rows)
        return 0
    table: list[tuple[str, ...]] = [
        ("RUN", "STATE", "EPOCHS", "HELD-OUT LOSS", "SIZE", "LAST USED", "PINNED")
    ]
    table += [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print("  ".join(padded).rstrip())
    return 0


def summary(run: Run) -> dict:
    """What lists of runs say of one."""
    result, events = run.result() or {}, run.events()
    return {
        "id": run.id,
        "state": run.state,
        "epochs": result.get("epochs", events[-1]["epoch"] if events else 0),
        "held_out_loss": (result.get("held_out") or {}).get("total"),
        "size_bytes": run.size_bytes,
        "last_used": run.last_used,
        "pinned": run.pinned,
    }


def _cells(row: Mapping) -> tuple[str, ...]:
    loss = row["held_out_loss"]
    return (
        row["id"],
        row["state"],
        str(row["epochs"]),
        f"{loss:.4g}" if isinstance(loss, (int, float)) else "-",
        f"{row['size_bytes'] / 1e6:.1f} MB",
        time.strftime("%Y-%m-%d %H:%M", time.localtime(row["last_used"])),
        "pinned" if row["pinned"] else "-",
    )


def _show(store: RunStore, options: argparse.Namespace) -> int:
    run = _find(store, options.run)
    content = {**summary(run), "config": run.config, "result": run.result()}
    content["events"] = len(run.events())
    if options.json:
        _print_json(content)
        return 0
    print(f"{run.id}: {content['state']}, {content['events']} recorded epochs")
    for name in ("config", "result"):
        print(f"\n{name}:")
        _print_json(content[name])
    return 0


def _delete(store: RunStore, options: argparse.Namespace) -> int:
    runs = [_find(store, text) for text in options.run]  # all of them, before removing any
    code = 0
    for run in runs:
        try:
            run.delete(options.force)
            print(f"removed {run.id}")
        except RunError as error:
            code = _complain(error)
    return code


def _prune(store: RunStore, options: argparse.Namespace) -> int:
    if options.max_mb is not None:
        store.max_bytes = options.max_mb * 10**6
    interrupted = [run for run in store.runs() if run.state == "interrupted"]
    unwanted = interrupted if options.interrupted else []
    removed = [run.id for run in unwanted if _delete_if_unprotected(run)]
    for run_id in removed + store.evict():
        print(f"removed {run_id}")
    return 0


def _find(store: RunStore, text: str) -> Run:
    """The run whose id begins with `text`, if it is the only one."""
    matching = [run for run in store.runs() if text and run.id.startswith(text)]
    if len(matching) != 1:
        found = f"{len(matching)} runs begin with" if matching else "There is no run"
        raise RunError(f"{found} {text!r}. `python -m models.runs list` shows them all.")
    return matching[0]


def _print_json(content: object) -> None:
    print(json.dumps(_without_nan(content), indent=2))


def _without_nan(value: object) -> object:
    """NaN and infinity, which a diverged run holds and JSON does not know, become null."""
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _complain(error: Exception) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

"""What a run's folder holds, as whoever looks at it reads it."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from models.runs import records
from models.runs.files import (
    CONFIG_FILE,
    Arrays,
    UnreadableError,
    copy_arrays,
    list_numbers,
    modified_at,
    read_arrays,
    read_events,
    read_json,
    read_shared,
    size_within,
)
from models.runs.lease import read_holder

STEPS = ("first", "last")
"""The optimiser steps of which a run keeps all."""


class RunReader:
    """One run's directory, to be read by any process at any time. Readers return None or nothing
    where a file is absent, and raise `UnreadableError` where it is damaged or of a newer version.
    """

    def __init__(self, folder: Path):
        self.folder, self.id = folder, folder.name
        self._config_file = self.folder / CONFIG_FILE
        self._events_file = self.folder / "events.jsonl"

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    @property
    def exists(self) -> bool:
        """Also where it cannot be read."""
        return os.path.exists(self._config_file)  # False, not an error, where unreadable

    @property
    def config(self) -> dict | None:
        """What was asked, and `created` in Unix seconds."""
        return read_json(self._config_file, _check_config)

    @property
    def created(self) -> float:
        """When it was first asked for, in Unix seconds; 0 for a missing run."""
        return (self.config or {}).get("created", 0.0)

    @property
    def has_begun(self) -> bool:
        """Whether any epoch was recorded."""
        return os.path.exists(self._events_file)

    @property
    def state(self) -> str:
        """One of "missing", "running", "unreadable", "interrupted", or the status of the result.

        A run without a result that nobody is training is interrupted, whether it never began or
        its trainer crashed.
        """
        if not self.exists:
            return "missing"
        if self.progress:  # looked at before the result, which is written before the release
            return "running"
        try:
            result = self.config and self.result()
        except UnreadableError:
            return "unreadable"
        return result["status"] if result else "interrupted"

    def damage(self) -> list[UnreadableError]:
        """What is wrong with each file that cannot be read. Reads all of them."""
        reads: list[Callable[[], object]] = [
            lambda: self.config, self.result, self.events, self.checkpoint, self.sample, self.live,
            *(partial(self.step, name) for name in STEPS),
            *(partial(self.snapshot, epoch) for epoch in self.snapshot_epochs()),
            *(partial(self._branch_point, epoch) for epoch in self.branch_points()),
        ]  # fmt: skip
        found = []
        for read in reads:
            try:
                read()
            except UnreadableError as error:
                found.append(error)
        return found

    @property
    def progress(self) -> dict | None:
        """While the run is trained: who trains it (owner, host, pid) and its target_epochs."""
        return read_holder(self.folder)

    @property
    def last_used(self) -> float:
        """Unix seconds; 0 for a missing run."""
        return modified_at(self._config_file)

    @property
    def size_bytes(self) -> int:
        return size_within(self.folder)

    @property
    def branch_bytes(self) -> int:
        """How many of its bytes are states to branch off from."""
        return size_within(self.folder / "branches")

    def events(self) -> list[dict]:
        """The recorded epochs in the order in which they were written, to be read only."""
        return list(read_shared(read_events, self._events_file) or ())

    def checkpoint(self, prefix: str = "") -> tuple[Arrays, dict] | None:
        """The last resumable state; only the arrays whose names begin with `prefix`."""
        return _read_state(self.folder / "checkpoint.npz", prefix=prefix)

    def branch_point(self, epoch: int, prefix: str = "") -> tuple[Arrays, dict] | None:
        """The resumable state after `epoch`, if it is kept or the last one; only the arrays whose
        names begin with `prefix`."""
        stored = self._branch_point(epoch, prefix)
        if stored is None:
            last = self.checkpoint(prefix)
            stored = last if last and last[1]["epoch"] == epoch else None
        return stored

    def _branch_point(self, epoch: int, prefix: str = "") -> tuple[Arrays, dict] | None:
        return _read_state(self.folder / branch_name(epoch), prefix=prefix)

    def branch_points(self) -> list[int]:
        """Epochs of the kept states, sorted."""
        return list_numbers(self.folder / "branches", ".npz")

    def sample(self) -> tuple[Arrays, dict] | None:
        return _read_sample(self.folder / "sample.npz")

    @property
    def sample_written(self) -> float:
        """When `sample` was last stored, in Unix seconds; 0 if never."""
        return modified_at(self.folder / "sample.npz")

    def live(self) -> tuple[Arrays, dict] | None:
        """The latest pictures, to be read only."""
        return copy_arrays(read_shared(_read_live, self.folder / "live.npz"))

    def live_meta(self) -> dict | None:
        """What comes with the pictures of `live`."""
        found = self.live()
        return found and found[1]

    def last_change(self) -> float:
        """When its training last wrote something, as `time.time`; 0 if never."""
        # All files but the events are renamed into the folder, which changes the folder.
        return max(modified_at(self.folder), modified_at(self._events_file))

    def snapshot(self, epoch: int, prefix: str = "") -> tuple[Arrays, dict] | None:
        return _read_snapshot(self.folder / snapshot_name(epoch), prefix=prefix)

    def snapshot_epochs(self) -> list[int]:
        return list_numbers(self.folder / "snapshots", ".npz")

    def step(self, name: str) -> tuple[Arrays, dict] | None:
        """What `save_step` kept, to be read only."""
        return copy_arrays(read_shared(_read_step, self.folder / f"step-{name}.npz"))

    def result(self) -> dict | None:
        """How it ended: one of `records.RESULTS`; None as long as it has not."""
        check = partial(records.check_result, run_id=self.id)
        return read_json(self.folder / "result.json", check)

    def find_result(self, epochs: int) -> dict | None:
        """The result, if no training up to `epochs` is needed any more: it got there before,
        or it diverged. None where it cannot be read."""
        result = None if self.state in ("running", "unreadable") else self.result()
        if result is None:
            return None
        arrived = result["status"] == "diverged" or result["epochs"] >= epochs
        return result if arrived and result["status"] != "failed" else None


def snapshot_name(epoch: int) -> str:
    """The file of an epoch's pictures, in the run's folder."""
    return f"snapshots/{epoch:07d}.npz"


def branch_name(epoch: int) -> str:
    """The file of an epoch's state to branch off from, in the run's folder."""
    return f"branches/{epoch:07d}.npz"


def _check_config(content: dict) -> dict:
    return records.check(content, records.Config)


_read_state = partial(read_arrays, kind="state", record=records.StateMeta)
_read_sample = partial(read_arrays, kind="sample", record=records.SampleMeta)
_read_live = partial(read_arrays, kind="pictures", record=records.LiveMeta)
_read_snapshot = partial(read_arrays, kind="pictures", record=records.SnapshotMeta)
_read_step = partial(read_arrays, kind="step", record=records.StepMeta)

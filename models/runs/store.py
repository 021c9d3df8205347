"""The run store: all runs of one folder."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from models.runs.files import (
    CONFIG_FILE,
    RunError,
    UnreadableError,
    explain_errors,
    list_names,
    modified_at,
    write_file,
    write_json,
)
from models.runs.ownership import begins_lesson, owners
from models.runs.run import DELETED, Run
from models.shares import Holding, in_order_of_leaving

ORPHAN_SECONDS = 3_600.0

_RUN_ID = re.compile(r"[a-z_]+-[0-9a-f]{16}")


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
            write_file(probe, lambda file: None, exclusive=True)
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
        return Run(self.root / run_id)

    def create(self, run_id: str, config: Mapping) -> Run:
        """Creates the run unless it exists; of several callers, the first one's config stays."""
        run = self.run(run_id)
        content = {**config, "created": time.time()}
        config_file = run.folder / CONFIG_FILE
        with explain_errors(run.folder):
            run.folder.mkdir(exist_ok=True)
            try:
                write_json(config_file, content, exclusive=True)
            except FileExistsError:
                _mend_config(run, content)
        return run

    def runs(self) -> list[Run]:
        """The existing runs, most recently used first."""
        runs = [run for run in self._folders() if run.exists]
        return sorted(runs, key=lambda run: run.last_used, reverse=True)

    def evict(self, keep: Collection[str] = ()) -> list[str]:
        """Removes runs until the rest fits into `max_bytes`: first of whoever holds most.

        Of one owner's the least recently used go first, and before any of them all their states
        to branch off from: a run that has lost these can still be looked at, and training it again
        gives the same. Runs in training, pinned ones, those that lessons begin with and those in
        `keep` stay, even if the store remains too large; watched ones do unless somebody who
        holds less would lose a run instead. What crashed processes left half-created or
        half-deleted goes first.

        Returns:
            The ids of the removed runs.
        """
        self._remove_leftovers()
        removed: list[str] = []
        runs = self.runs()
        sizes = {run.id: run.size_bytes for run in runs}
        excess = sum(sizes.values()) - self.max_bytes
        if excess <= 0:
            return removed
        ours = [run for run in runs if not (run.pinned or begins_lesson(run))]
        parts = [part for run in ours for part in _parts(run, sizes[run.id], run.id in keep)]
        for part in in_order_of_leaving(parts):
            if excess <= 0:
                break
            run, states_alone = part.item
            if states_alone:
                run.keep_branch_points(())
            elif _delete(run, part.in_use):
                removed.append(run.id)
            else:
                continue
            excess -= part.size
        return removed

    def remove_unbegun(self, keep: Collection[str] = ()) -> list[str]:
        """Removes what was asked for more than an hour ago and never begun, but for what waits,
        which are those in `keep`, and what is pinned or watched; returns the ids."""
        oldest = time.time() - ORPHAN_SECONDS
        unbegun = [
            run
            for run in self.runs()
            if run.id not in keep
            and max(run.last_used, run.last_change()) < oldest
            and run.state == "interrupted"
            and not run.has_begun
        ]
        return [run.id for run in unbegun if delete_unless_protected(run)]

    def _folders(self) -> list[Run]:
        names = [name for name in list_names(self.root) if _RUN_ID.fullmatch(name)]
        return [Run(self.root / name) for name in names]

    def _remove_leftovers(self) -> None:
        for name in list_names(self.root):
            if name.startswith(DELETED):
                shutil.rmtree(self.root / name, ignore_errors=True)
        for run in self._folders():
            unused = time.time() - modified_at(run.folder) > ORPHAN_SECONDS
            if unused and not run.exists:
                with suppress(OSError):
                    _remove_half_created(run.folder)


def _mend_config(run: Run, content: Mapping) -> None:
    """Writes a config that is damaged again: the id still says what the folder holds."""
    try:
        _ = run.config
    except UnreadableError as error:
        if error.is_newer:
            raise
        write_json(run.folder / CONFIG_FILE, content)


def _parts(run: Run, size: int, stays: bool) -> list[Holding]:
    """A run's states to branch off from, and all else of it."""
    stays, in_use = stays or run.state == "running", bool(run.watchers())
    states, holders, used = run.branch_bytes, owners(run), run.last_used
    rest = Holding((run, False), size - states, holders, (1, used), in_use, stays)
    return [Holding((run, True), states, holders, (0, used), in_use, stays), rest]


def _delete(run: Run, watched: bool) -> bool:
    """Deletes a run that is not in training; whether it did."""
    try:
        run.delete(force=watched)
    except RunError:
        return False
    return True


def _remove_half_created(folder: Path) -> None:
    """Removes a folder that holds nothing but torn files: that there is no config may also mean
    that it cannot be seen just now."""
    for torn in folder.glob("*.tmp"):
        torn.unlink()
    folder.rmdir()  # the system refuses while it holds anything else


def delete_unless_protected(run: Run) -> bool:
    """Deletes a run that is neither pinned, watched nor in training; whether it did."""
    if run.pinned or run.watchers():  # asked first, as deleting takes the lease for a moment
        return False
    return _delete(run, False)

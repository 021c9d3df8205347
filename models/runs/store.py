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
    explain_errors,
    list_names,
    modified_at,
    write_file,
    write_json,
)
from models.runs.run import DELETED, Run

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
                if run.config is None:  # damaged: the id still says what the folder holds
                    write_json(config_file, content)
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
            if run.id not in keep and delete_unless_protected(run):
                excess -= sizes[run.id]
                removed.append(run.id)
        return removed

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


def _is_needed(run: Run) -> bool:
    return run.pinned or bool(run.watchers()) or run.state == "running"


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
    try:
        run.delete()
    except RunError:
        return False
    return True

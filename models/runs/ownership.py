"""Whose a run is, and whether a lesson begins with it: empty files in its folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from models.runs.files import explain_errors, list_names
from models.runs.run import Run
from models.shares import hash_owner

_OWNER = re.compile(r"[0-9a-f]{32}")


def add_owner(run: Run, name: str) -> None:
    """Notes that somebody has asked for a run: what it takes counts as his or hers."""
    add_owners(run, [hash_owner(name)])


def add_owners(run: Run, hashes: Iterable[str]) -> None:
    """Notes whose a run is, too, by what `owners` has said of another one."""
    folder = run.folder / "owners"
    for one in hashes:
        with explain_errors(run.folder):
            folder.mkdir(exist_ok=True)
            (folder / one).touch()


def owners(run: Run) -> tuple[str, ...]:
    """The hashes of the names of all who have asked for a run."""
    return tuple(filter(_OWNER.fullmatch, list_names(run.folder / "owners")))


def note_lesson(run: Run, begins: bool) -> None:
    """Notes whether a lesson begins with a run: then it is never evicted."""
    mark = run.folder / "lesson"
    if begins != begins_lesson(run):
        with explain_errors(run.folder):
            mark.touch() if begins else mark.unlink(missing_ok=True)


def begins_lesson(run: Run) -> bool:
    """Whether a lesson begins with a run."""
    return os.path.exists(run.folder / "lesson")

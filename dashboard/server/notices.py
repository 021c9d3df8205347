"""What the operator is told when the server starts, although it can work."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from dashboard.classroom import set_aside
from dashboard.database import databases
from models.private_files import list_open
from models.settings import Settings

_HOME = Path.home().resolve()


def notices(machine: Settings) -> list[str]:
    """Sentences for the terminal; none if there is nothing to tell."""
    return [told for told in (set_aside.sentence(machine), _tell_what_is_open(machine)) if told]


def _tell_what_is_open(machine: Settings) -> str:
    """The server closes what it writes from now on; what it finds may be open on purpose."""
    folders = [machine.runs_folder, machine.uploads_folder, machine.cache_folder]
    file = databases.file_of(machine)
    mine = filter(_is_ours, [*folders, *([file] if file else [])])
    if not (found := list_open(mine)):
        return ""
    names = " ".join(shlex.quote(str(path)) for path in found)
    return f"others on this computer may open what is there; `chmod -R go= {names}` ends that"


def _is_ours(path: Path) -> bool:
    """Whether a file or folder may be closed: no device, nothing of another user's, and no folder
    of the system's that holds other things, too."""
    try:
        found = path.stat()
    except OSError:
        return False
    is_shared = found.st_mode & stat.S_ISVTX or path.resolve() in (_HOME, *_HOME.parents)
    kind = stat.S_IFMT(found.st_mode)
    return kind in (stat.S_IFDIR, stat.S_IFREG) and found.st_uid == os.geteuid() and not is_shared

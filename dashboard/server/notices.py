"""What the operator is told when the server starts, although it can work."""

from __future__ import annotations

import shlex

from dashboard.classroom import set_aside
from dashboard.database import databases
from models.private_files import list_open
from models.settings import Settings


def notices(machine: Settings) -> list[str]:
    """Sentences for the terminal; none if there is nothing to tell."""
    return [told for told in (set_aside.sentence(machine), _tell_what_is_open(machine)) if told]


def _tell_what_is_open(machine: Settings) -> str:
    """The server closes what it writes from now on; what it finds may be open on purpose."""
    folders = [machine.runs_folder, machine.uploads_folder, machine.cache_folder]
    file = databases.file_of(machine)
    found = list_open([*folders, *([file] if file else [])])
    if not found:
        return ""
    names = " ".join(shlex.quote(str(path)) for path in found)
    return f"others on this computer may open what is there; `chmod -R go= {names}` ends that"

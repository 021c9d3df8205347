"""A piece of a script: prose, and the code that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.export.source import source_of


@dataclass(frozen=True)
class Cell:
    """A paragraph of prose and the code that it introduces."""

    prose: str
    code: str = ""


def write_assignments(values: Mapping[str, Any]) -> str:
    """One line of code for each constant."""
    return "\n".join(f"{name} = {value!r}" for name, value in values.items())


def quote_sources(sources: Sequence[tuple[str, ...]]) -> str:
    """Functions and constants as they stand in the project's files, for (file, *names)."""
    return "\n\n\n".join(source_of(file, name) for file, *names in sources for name in names)

"""What was understood of a file, and what its visitor can say instead.

A reader decides what it can, and says so; where two answers are as likely, it asks. Either way the
visitor's choices, by name, are given back to it, and the file is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Choices = Mapping[str, str]
"""By the name of what was understood: what the visitor says it is."""


@dataclass(frozen=True)
class Understood:
    """One thing that was understood of a file.

    Attributes:
        name: Names it among the visitor's choices.
        label: What it is, in a few words.
        value: What it was taken for: one of the options; "" for a question.
        options: What it can be, and how that is called.
    """

    name: str
    label: str
    value: str
    options: Mapping[str, str] = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name, "label": self.label, "value": self.value,
            "options": dict(self.options),
        }  # fmt: skip


def choose(choices: Choices, name: str, options: Mapping[str, str], found: str) -> str:
    """What the visitor says, if it is one of the options; else what was found."""
    said = choices.get(name, "")
    return said if said in options else found

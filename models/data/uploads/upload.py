"""What a visitor's file has become, and how it is named."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.data.uploads.understood import Understood

SIDE = 28
"""Height and width, in pixels, that all images are brought to: the lessons' size."""

_FORMAT = 1

_NAME = re.compile(r"own-[0-9a-f]{16}")


class UploadError(Exception):
    """A file cannot be used; the message says what is wrong, what is allowed and how to go on."""


class UploadQuestionError(UploadError):
    """A file can be read in several ways, and only its visitor knows which is right.

    Attributes:
        question: What is asked.
    """

    def __init__(self, message: str, question: Understood):
        super().__init__(message)
        self.question = question


@dataclass(frozen=True, eq=False)
class Upload:
    """Data that have been checked.

    Attributes:
        kind: "points", a table, or "images".
        title: The file's name without its ending, letters and digits only.
        arrays: Of a table "values", float64 [n, columns], and "labels", int32 [n]. Of images
            "train" and "held_out", uint8 [n, SIDE * SIDE], 0 black, and their "train_labels" and
            "held_out_labels", uint8 [n].
        column_names: Of a table.
        class_names: By label; empty for a table without classes, a single one for images without.
        notes: What was done to the data, in sentences.
        understood: What was understood of the file, as far as its visitor can say otherwise.
    """

    kind: str
    title: str
    arrays: Mapping[str, np.ndarray]
    column_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    understood: tuple[Understood, ...] = ()

    @property
    def meta(self) -> dict[str, Any]:
        """What is known of the data without reading them."""
        sizes = {name: len(array) for name, array in self.arrays.items()}
        counts = np.bincount(self.arrays.get("train_labels", []), minlength=len(self.class_names))
        return {
            "format": _FORMAT,
            "kind": self.kind,
            "title": self.title,
            "sizes": sizes,
            "column_names": list(self.column_names),
            "class_names": list(self.class_names),
            "class_sizes": counts.tolist() if self.kind == "images" else [],
            "notes": list(self.notes),
        }

    @property
    def name(self) -> str:
        """What names the data: the same content has the same name."""
        about = {name: value for name, value in self.meta.items() if name != "notes"}
        digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
        for key in sorted(self.arrays):
            digest.update(np.ascontiguousarray(self.arrays[key]).tobytes())
        return f"own-{digest.hexdigest()[:16]}"


def is_name(text: object) -> bool:
    """Whether this is the form of an uploaded set's name."""
    return isinstance(text, str) and bool(_NAME.fullmatch(text))

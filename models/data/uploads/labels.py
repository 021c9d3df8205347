"""Classes of uploaded examples: their names, and which examples are held out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    pass
from models.data.uploads.limits import MAX_CLASSES
from models.data.uploads.upload import UploadError

SPLIT_SEED = 42


def clean_name(text: str, length: int = 30) -> str:
    """A text from outside without anything that a page or a figure might take for a command."""
    return " ".join(re.sub(r"[\W_]+", " ", str(text)[:200]).split())[:length].strip()


def number_classes(names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int32 [n], and the different names, numbers among them in their order."""
    different = sorted(set(names), key=lambda name: (len(name) if name.isdigit() else 99, name))
    if len(different) > MAX_CLASSES:
        raise UploadError(
            f"There are {len(different)} classes; at most {MAX_CLASSES} are allowed. Join some of "
            "them, or leave the classes out."
        )
    numbers = {name: number for number, name in enumerate(different)}
    return np.array([numbers[name] for name in names], np.int32), tuple(
        name or "without name" for name in different
    )


def split_by_class(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on, in an order of which every beginning is a fair sample, and rows that are
    held out, a fifth of each class."""
    random = np.random.RandomState(SPLIT_SEED)
    order = random.permutation(len(labels))
    classes = [order[labels[order] == label] for label in np.unique(labels)]
    held_out = np.concatenate([rows[: len(rows) // 5] for rows in classes])
    train = order[~np.isin(order, held_out)]
    return train, random.permutation(held_out)

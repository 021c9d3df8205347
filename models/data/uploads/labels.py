"""Classes of uploaded examples: which there are, and which examples are held out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from models.data.uploads.limits import MAX_CLASSES
from models.data.uploads.names import show_names
from models.data.uploads.upload import UploadError

SPLIT_SEED = 42

_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,11})(\.\d{0,12})?([eE][+-]?\d{1,2})?", re.ASCII)
"""Leading zeros and many digits tell names apart, as those of schools; they are no numbers."""


def number_classes(texts: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int32 [n], and how the different classes are shown, numbers first in their order.

    Classes are told apart by what the file says (1 and 1.0 are the same), not by what is shown.

    Raises:
        UploadError: If there are too many.
    """
    kept = {text: identify(text) for text in set(texts)}
    different = sorted(set(kept.values()), key=_place)
    if len(different) > MAX_CLASSES:
        raise UploadError(
            f"There are {len(different)} classes; at most {MAX_CLASSES} are allowed. Join some of "
            "them, or leave the classes out."
        )
    numbers = {one: number for number, one in enumerate(different)}
    shown = show_names([_write(one) for one in different], "class")
    return np.array([numbers[kept[text]] for text in texts], np.int32), shown


def identify(text: str) -> Decimal | str:
    """The value of a number, of anything else the text."""
    text = unicodedata.normalize("NFC", text).strip()
    return (Decimal(text) + 0).normalize() if _NUMBER.fullmatch(text) else text


def _place(one: Decimal | str) -> tuple[Decimal, str]:
    return (one, "") if isinstance(one, Decimal) else (Decimal("Infinity"), one)


def _write(one: Decimal | str) -> str:
    if isinstance(one, Decimal):
        return f"{one:f}" if -12 < one.adjusted() < 12 else str(one)
    return one or "without name"


def split_by_class(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on, in an order of which every beginning is a fair sample, and rows that are
    held out, a fifth of each class."""
    random = np.random.RandomState(SPLIT_SEED)
    order = random.permutation(len(labels))
    classes = [order[labels[order] == label] for label in np.unique(labels)]
    held_out = np.concatenate([rows[: len(rows) // 5] for rows in classes])
    train = order[~np.isin(order, held_out)]
    return train, random.permutation(held_out)

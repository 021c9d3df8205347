"""What each column of a table is: a feature, the class, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.data.uploads.dialect import MISSING, TRUTH
from models.data.uploads.labels import identify
from models.data.uploads.limits import MAX_CLASSES
from models.data.uploads.number_format import NumberFormat, Shapes, normalize_all, shapes_of

FEATURE, CLASS, LEAVE_OUT = "feature", "class", "leave out"
ROLES = {FEATURE: "a feature", CLASS: "the class", LEAVE_OUT: "left out"}

CLASS_NAMES = ("label", "labels", "class", "classes", "target", "species", "category", "y")
"""What a column of classes is called, the surest first."""

SURE_NAMES = CLASS_NAMES[:4]
"""A column that is called so is the class, whatever it holds."""

ROW_NAMES = frozenset(
    ("id", "index", "row", "no", "nr", "rownames", "row names", "number", "unnamed: 0")
)
"""What a column is called that counts the rows."""

MAX_NUMBER = 1e100
"""Whose square is still far from what a number can hold."""

FEW_LABELS = 10
"""Different numbers that a column of classes without a name has at most."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it was read.

    Attributes:
        name: As the heading has it, or "column 3".
        cells: As the file has them.
        values: As numbers, NaN where a cell is none.
        missing: Where there is no value, bool [n].
    """

    name: str
    cells: Sequence[str]
    values: np.ndarray
    missing: np.ndarray

    @property
    def unreadable(self) -> np.ndarray:
        """Where there is something that is no number, bool [n]."""
        return np.isnan(self.values) & ~self.missing

    @property
    def is_numeric(self) -> bool:
        """Whether most of its cells that have a value are numbers."""
        return bool(2 * self.unreadable.sum() < (~self.missing).sum())


def plain_cells(cells: Sequence[str]) -> tuple[list[str], str]:
    """A column's cells without the unit that each of them has, and that unit."""
    texts = normalize_all(cells)
    first = next((text for text in texts if text.lower() not in MISSING), "")
    if not first.endswith("%") and first.lower() not in TRUTH:
        return texts, ""
    present = {text for text in texts if text.lower() not in MISSING}
    if all(text.endswith("%") for text in present):
        return [text.removesuffix("%").rstrip() for text in texts], "%"
    if all(text.lower() in TRUTH for text in present):
        return texts, "true or false"
    return texts, ""


def read_column(
    name: str,
    cells: Sequence[str],
    texts: Sequence[str],
    unit: str,
    way: NumberFormat,
    shapes: Shapes,
) -> Column:
    """A column from its cells, without units, whose numbers are written in that way."""
    missing = np.array([text.lower() in MISSING for text in texts], bool)
    alike = set(shapes_of(texts))
    if unit == "true or false":
        values = np.array([TRUTH.get(text.lower(), np.nan) for text in texts])
    elif all(way in shapes.fitting(shape) for shape in alike):
        values = np.array(way.parse_all(texts))
    else:
        values = np.array(
            [way.parse(text) if way in shapes.fitting(text) else np.nan for text in texts]
        )
    return Column(name, cells, values, missing)


def find_roles(columns: Sequence[Column], has_heading: bool) -> list[tuple[str, str]]:
    """The role of each column, and why it is left out, as part of a sentence, or ""."""
    label = _find_class(columns, has_heading)
    return [
        (CLASS, "") if number == label else _role_of(column)
        for number, column in enumerate(columns)
    ]


def _find_class(columns: Sequence[Column], has_heading: bool) -> int | None:
    names = [column.name.strip().lower() for column in columns]
    for wanted in CLASS_NAMES if has_heading else ():
        for number, (name, column) in enumerate(zip(names, columns, strict=True)):
            if name == wanted and (wanted in SURE_NAMES or _has_few(column)):
                return number
    texts = [
        number
        for number, column in enumerate(columns)
        if not column.is_numeric and not column.missing.all() and _has_few(column)
    ]
    if texts:
        return texts[-1] if not has_heading else texts[0]
    if has_heading:
        return None
    for number in (len(columns) - 1, 0):  # so do the archives of the trade
        if (
            len(columns) > 2
            and _is_numbered(columns[number])
            and not any(_is_numbered(one) for place, one in enumerate(columns) if place != number)
        ):
            return number
    return None


def _has_few(column: Column) -> bool:
    """Whether there are as few different values as classes may be, each of them more than once."""
    values, counts = np.unique([str(identify(cell)) for cell in column.cells], return_counts=True)
    return 2 <= len(values) <= MAX_CLASSES and bool(np.median(counts) > 1)


def _is_numbered(column: Column) -> bool:
    """Whether all cells are one of a few whole numbers."""
    values = column.values
    if np.isnan(values).any() or (values != np.round(values)).any():
        return False
    return 2 <= len(np.unique(values)) <= FEW_LABELS


def _role_of(column: Column) -> tuple[str, str]:
    if column.missing.all():
        return LEAVE_OUT, "it is empty"
    if not column.is_numeric:
        return LEAVE_OUT, "it holds texts"
    known = column.values[~np.isnan(column.values)]
    if np.ptp(known) == 0:
        return LEAVE_OUT, "it has the same value in all rows"
    if _counts_rows(column):
        return LEAVE_OUT, "it only counts the rows"
    return FEATURE, ""


def _counts_rows(column: Column) -> bool:
    name = column.name.strip().lower()
    is_called_so = name in ROW_NAMES or name.startswith("unnamed") or name == "column 1"
    steps = np.diff(column.values)
    return is_called_so and bool(np.all(steps == 1))

"""How numbers are written: which sign stands before the decimals, and which between thousands.

It is found out of all cells of a table together. A way of writing that one cell contradicts is out;
if two remain that give different numbers, the visitor is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BLANK = " "
"""Stands for all kinds of blanks between thousands."""

_LIKE_BLANK = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007"), BLANK)
_LIKE_SIGNS = {ord("\u2212"): "-", ord("\uff0d"): "-", ord("\uff0b"): "+", ord("\u2019"): "'"}
_TO_NINE = {ord(digit): "9" for digit in "123456789"}

ENOUGH = 5
"""Digits in a row that nobody writes who separates thousands."""


@dataclass(frozen=True)
class NumberFormat:
    """One way of writing numbers.

    Attributes:
        decimal: The sign before the decimals.
        thousands: The sign between thousands, "" for none.
    """

    decimal: str
    thousands: str

    @property
    def name(self) -> str:
        """Names it among the visitor's choices."""
        return f"{self.decimal}{self.thousands}"

    @property
    def example(self) -> str:
        """A number that is written so."""
        return f"1{self.thousands}234{self.decimal}5"

    def parse(self, text: str) -> float:
        """A number that is written so, normalised."""
        return float(text.replace(self.thousands, "").replace(self.decimal, "."))

    def parse_all(self, texts: Sequence[str]) -> list[float]:
        """The same for many numbers."""
        joined = _END.join(texts)
        if self.thousands:
            joined = joined.replace(self.thousands, "")
        if self.decimal != ".":
            joined = joined.replace(self.decimal, ".")
        return list(map(float, joined.split(_END))) if texts else []


FORMATS = (
    *(NumberFormat(".", sign) for sign in ("", ",", BLANK, "'")),
    *(NumberFormat(",", sign) for sign in ("", ".", BLANK, "'")),
)


def _pattern(one: NumberFormat) -> re.Pattern[str]:
    decimal, thousands = re.escape(one.decimal), re.escape(one.thousands)
    # Lakhs and crores are groups of two, as in 12,34,567.
    plain = rf"(\d+({decimal}\d*)?|{decimal}\d+)([eE][+-]?\d{{1,3}})?"
    groups = rf"[1-9]\d{{0,2}}({thousands}\d{{2,3}})*{thousands}\d{{3}}({decimal}\d*)?"
    digits = rf"{plain}|{groups}" if one.thousands else plain
    return re.compile(rf"[+-]?({digits})", re.ASCII)


_PATTERNS = {one: _pattern(one) for one in FORMATS}


_END = "\x1f"
"""Stands between cells that are changed all at once, which takes a tenth of the time."""


def normalize(text: str) -> str:
    """A cell with plain signs and blanks."""
    return text.translate(_LIKE_BLANK).translate(_LIKE_SIGNS).strip()


def normalize_all(texts: Sequence[str]) -> list[str]:
    """The same for many cells."""
    joined = _END.join(texts).translate(_LIKE_BLANK | _LIKE_SIGNS).split(_END)
    if len(joined) != len(texts):  # a cell holds the sign that stands between them
        return [normalize(text) for text in texts]
    return [text.strip() for text in joined]


def shapes_of(texts: Sequence[str]) -> list[str]:
    """Cells with 9 for each digit but 0: only whether a digit is zero can matter, and how many
    there are."""
    joined = _END.join(texts).translate(_TO_NINE).split(_END)
    return joined if len(joined) == len(texts) else [text.translate(_TO_NINE) for text in texts]


class Shapes:
    """Which ways of writing fit cells; it looks once at each of the cells that are alike."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[NumberFormat]] = {}

    def fitting(self, text: str) -> frozenset[NumberFormat]:
        """The ways of writing in which a normalised cell, or a shape, is a number."""
        shape = text.translate(_TO_NINE)
        found = self._known.get(shape)
        if found is None:
            found = frozenset(one for one in FORMATS if _PATTERNS[one].fullmatch(shape))
            self._known[shape] = found
        return found

    def numeric(self, texts: Sequence[str]) -> set[str]:
        """The shapes of those of normalised cells that are numbers."""
        return {shape for shape in set(shapes_of(texts)) if self.fitting(shape)}


def possible_formats(columns: Iterable[Sequence[str]], shapes: Shapes) -> set[NumberFormat]:
    """The ways of writing that no number of the columns of normalised cells contradicts."""
    left = set(FORMATS)
    for cells in columns:
        distinct = shapes.numeric(cells)
        for shape in distinct:
            left &= shapes.fitting(shape)
        if any(map(_has_long_run, distinct)):
            # Whoever separates thousands does so throughout a column.
            left -= {
                one
                for one in left
                if one.thousands and any(one.thousands in shape for shape in distinct)
            }
    return left


def _has_long_run(cell: str) -> bool:
    return bool(re.match(rf"[+-]?\d{{{ENOUGH},}}", cell))


def different_readings(
    formats: Iterable[NumberFormat], columns: Iterable[Sequence[str]], shapes: Shapes
) -> dict[NumberFormat, str]:
    """Those of the ways of writing that give different numbers, one for each reading, with a cell
    that shows it; a single one without a cell where all give the same."""
    columns = list(columns)
    signs = set("".join(shape for cells in columns for shape in shapes.numeric(cells)))
    # What does not occur makes no difference.
    differing: dict[tuple[str, str], NumberFormat] = {}
    for one in (one for one in FORMATS if one in set(formats)):
        differing.setdefault((one.decimal * (one.decimal in signs),
                              one.thousands * (one.thousands in signs)), one)  # fmt: skip
    if len(differing) < 2:
        return dict.fromkeys(differing.values(), "")
    ordered = list(differing.values())
    cells = [cell for column in columns for cell in column if shapes.fitting(cell)]
    telling = dict.fromkeys(cell for cell in cells if not cell.lstrip("+-").isdigit())
    readings: dict[tuple[float, ...], NumberFormat] = {}
    for one in ordered:
        readings.setdefault(tuple(one.parse(cell) for cell in telling), one)
    if len(readings) < 2:
        return dict.fromkeys(readings.values(), "")
    shown = next(
        cell for cell in telling if len({one.parse(cell) for one in readings.values()}) > 1
    )
    return dict.fromkeys(readings.values(), shown)


def describe(formats: Mapping[NumberFormat, str]) -> dict[str, str]:
    """Names and descriptions of ways of writing, with what each makes of its cell."""
    found = {}
    for one, cell in formats.items():
        example = f"{cell} is {one.parse(cell):,.10g}" if cell else f"as in {one.example}"
        found[one.name] = f"decimal {_sign(one.decimal)}, {_thousands(one.thousands)}: {example}"
    return found


def _sign(sign: str) -> str:
    return {".": "point", ",": "comma"}[sign]


def _thousands(sign: str) -> str:
    names = {"": "nothing", ",": "commas", ".": "points", BLANK: "blanks", "'": "apostrophes"}
    return f"{names[sign]} between thousands"

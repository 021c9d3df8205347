"""How a text is a table: what separates cells, where the table begins, and whether it has a
heading."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.data.uploads.number_format import Shapes, normalize
from models.data.uploads.upload import UploadError

BLANKS = "blanks"

SEPARATORS = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "vertical bars",
    BLANKS: "blanks",
}

LINES = 200
"""Lines from which a separator is found."""

MOST_CELLS = 1_000
"""In a line."""

MOST_HEADINGS = 3

LIKE_PROSE = 0.1
"""What speaks against blanks, which stand in titles and in texts, too."""

WIDER = 0.01
"""What a further column is worth beside the share of cells that are numbers."""

MISSING = frozenset(
    ("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", ".", "missing")
)
"""How people write that there is no value."""

TRUTH = {"true": 1.0, "false": 0.0}

YES, NO = "yes", "no"
HEADING = {YES: "the first line names the columns", NO: "the first line is a row like the others"}

_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)

_BETWEEN = re.compile(r"[\s,;|]+")
"""What may separate cells."""

_BETWEEN_BLANKS = re.compile(r'"((?:[^"]|"")*)"(?=\s|$)|(\S+)')

Row = list[str]


@dataclass(frozen=True)
class Table:
    """The cells of a text.

    Attributes:
        names: Of the columns, as the heading has them; empty without a heading.
        rows: Each of as many cells.
        notes: What was left out, in sentences.
    """

    names: Row
    rows: list[Row]
    notes: tuple[str, ...]


def split_lines(text: str) -> tuple[list[str], str]:
    """A text's lines without empty ones, and the separator that its first line names, or ""."""
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and (named := _SEP_LINE.fullmatch(lines[0])):
        return lines[1:], named[1] if named[1] in SEPARATORS else ""
    return _without_comments(lines), ""


def _without_comments(lines: list[str]) -> list[str]:
    """Lines without those above the table that begin with #. NumPy writes headings so."""
    start = next((place for place, line in enumerate(lines) if not line.startswith("#")), 0)
    if not start:
        return lines
    comment, first = lines[start - 1].lstrip("# "), lines[start]
    is_heading = len(_BETWEEN.split(comment)) == len(_BETWEEN.split(first))
    return (
        [comment, *lines[start:]] if is_heading and first[:1] in "+-.0123456789" else lines[start:]
    )


def cut(lines: Sequence[str], separator: str) -> list[Row]:
    """Lines as rows of cells.

    Raises:
        UploadError: If a cell is too long.
    """
    if separator == BLANKS:
        return [
            [quoted.replace('""', '"') or plain for quoted, plain in _BETWEEN_BLANKS.findall(line)]
            for line in lines
        ]
    try:
        return list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise UploadError(
            f"The table cannot be read ({error}). Save it again as CSV from your spreadsheet."
        ) from error


def find_separator(lines: Sequence[str]) -> str:
    """What separates the cells: of all candidates the one that makes lines of equally many cells,
    most of them numbers."""
    shapes, some = Shapes(), list(lines[:LINES])

    def goodness(separator: str) -> tuple[float, int]:
        rows = cut(some, separator)
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if width < 2:
            return 0.0, 0
        alike = [row for row in rows if len(row) == width]
        cells = [cell for row in alike for cell in row]
        texts = [cell for cell in cells if not _is_value(cell, shapes)]
        known = len(cells) - len(texts)
        torn = sum(any(sign in cell for sign in ";\t|") for cell in texts)
        # Texts in a few columns are classes, names and dates; more of them, a wrong separator. Of
        # two that make as much sense, the one that finds more columns is right.
        worth = count / len(rows) * (known - torn / 4) / len(cells) + WIDER * min(width, 10)
        return worth - LIKE_PROSE * (separator == BLANKS), width

    best = max(SEPARATORS, key=goodness)
    return best if goodness(best)[1] else ","


def _is_value(cell: str, shapes: Shapes) -> bool:
    text = normalize(cell).removesuffix("%").rstrip()
    return text.lower() in MISSING or text.lower() in TRUTH or bool(shapes.fitting(text))


def find_table(rows: list[Row], shapes: Shapes, heading: Callable[[str], str]) -> Table:
    """The table among rows that may have lines of text above it and leftovers below.

    Args:
        rows: As cut.
        shapes: Of cells seen before.
        heading: Gives what the visitor says of the heading, YES or NO, from what was found.

    Raises:
        UploadError: If rows have different numbers of cells.
    """
    notes: list[str] = []
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    width = _width_of(rows)
    start = _find_start(rows, width, shapes)
    if start:
        notes.append(_left_out("line above the table", "lines above the table", start))
    names, body = (rows[start], rows[start + 1 :]) if rows else ([], [])
    names = _fit_heading(names, body, width)
    body, odd = _even_out(body, width)
    if odd:
        notes.append(odd)
    found = YES if _is_heading(names, body, shapes) else NO
    if heading(found) == NO:
        return Table([], [names, *body], tuple(notes))
    further = _count_further_headings(body, shapes)
    if further:
        notes.append(
            _left_out("further line of the heading", "further lines of the heading", further)
        )
    return Table(names, body[further:], tuple(notes))


def _find_start(rows: Sequence[Row], width: int, shapes: Shapes) -> int:
    """The first line of the table, below titles."""
    start = next((place for place, row in enumerate(rows) if len(row) == width), 0)
    # Some programs fill up the lines of a title with empty cells.
    while width > 1 and start < len(rows) and not any(map(str.strip, rows[start][1:])):
        start += 1
    # A heading may have one cell more or less than the rows.
    while start and width > 2 and _is_short_heading(rows[start - 1], width, shapes):
        start -= 1
    return start


def _is_short_heading(row: Row, width: int, shapes: Shapes) -> bool:
    filled = sum(bool(cell.strip()) for cell in row)
    has_numbers = any(shapes.fitting(normalize(cell)) for cell in row)
    return abs(len(row) - width) == 1 and 2 * filled >= width - 1 and not has_numbers


def _fit_heading(names: Row, body: Sequence[Row], width: int) -> Row:
    """The names of as many columns as the rows have."""
    if len(names) == width - 1:
        # Some end their rows with a separator; R gives the column of row names no name.
        has_end = not any(row[-1].strip() for row in body if len(row) == width)
        return [*names, ""] if has_end else ["", *names]
    return names[:width]


def _even_out(body: list[Row], width: int) -> tuple[list[Row], str]:
    """Rows of equally many cells, and a sentence on those that are left out.

    Raises:
        UploadError: If too many have other numbers of cells.
    """
    whole, odd = [], []
    for number, row in enumerate(body, start=1):
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            odd.append((number, len(row)))
        else:
            whole.append(row[:width])
    if not odd:
        return whole, ""
    number, cells = odd[0]
    text = f"row {number} has {cells} cell{'s' * (cells != 1)}, most others have {width}"
    if len(odd) > few(len(body)):
        raise UploadError(
            f"The table cannot be read: {text}, and so it is with {len(odd):,} rows. Every row "
            "needs as many cells as the heading: put cells with a separator in them between "
            "quotation marks."
        )
    what = f"with another number of cells ({text})"
    return whole, _left_out(f"row {what}", f"rows {what}", len(odd))


def few(count: int) -> int:
    """How many of so many rows may be left out because they cannot be read."""
    return max(1, count // 20)


def _left_out(one: str, several: str, count: int) -> str:
    return f"Left out: {count} {one if count == 1 else several}."


def _width_of(rows: Sequence[Row]) -> int:
    counts = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    width = max(counts, key=lambda one: (counts[one], one)) if counts else 0
    if width > MOST_CELLS:
        raise UploadError(
            f"A line of the table has {width:,} cells; at most {MOST_CELLS:,} can be read."
        )
    return width


def _numeric_columns(body: Sequence[Row], shapes: Shapes) -> list[int]:
    """Columns most of whose values are numbers."""
    some, found = body[:LINES], []
    for column in range(len(some[0]) if some else 0):
        cells = [text for row in some if (text := normalize(row[column])).lower() not in MISSING]
        numbers = sum(_is_value(cell, shapes) for cell in cells)
        if cells and numbers > 0.7 * len(cells):
            found.append(column)
    return found


def _is_heading(first: Row, body: Sequence[Row], shapes: Shapes) -> bool:
    """Whether the first line differs from the numbers below it."""
    numeric = _numeric_columns(body, shapes)
    if not numeric:
        return True
    texts = [normalize(first[column]) for column in numeric]
    named = [text for text in texts if not _is_value(text, shapes)]
    if len(named) * 2 >= len([text for text in texts if text]) > 0:
        return True
    all_columns = range(len(first))
    if _counts_up([normalize(cell) for cell in first], body, all_columns):
        return True
    pairs = [(text, place) for text, place in zip(texts, numeric, strict=True) if text not in named]
    is_named = bool(named) or any(
        _is_new(first[place], [row[place] for row in body[:LINES]])
        for place in all_columns
        if place not in numeric
    )
    counting = [text for text, _ in pairs], body, [place for _, place in pairs]
    return _counts_up(*counting, fewest=2 if is_named else 3)


def _is_new(cell: str, others: Sequence[str]) -> bool:
    """Whether a text is none of the few that stand below it again and again."""
    return bool(cell.strip()) and cell not in others and 2 * len(set(others)) < len(others)


def _counts_up(
    texts: Sequence[str], body: Sequence[Row], columns: Sequence[int], fewest: int = 3
) -> bool:
    """Whether a line of numbers counts the columns, or years, while no other line does: so pandas
    names columns that have no names. The first cell may be empty, above an index."""
    numbers = [text for text in texts if text]
    if len(numbers) < 2 or not all(text.isascii() and text.isdigit() for text in numbers):
        return False
    if any(text for text in texts[1:] if text not in numbers):
        return False
    values = list(map(int, numbers))
    if any(b - a != 1 for a, b in pairwise(values)):
        return False
    is_apart = not any(
        normalize(row[column]).lstrip("+-").isdigit() for row in body[:LINES] for column in columns
    )
    if len(values) < fewest and values != [0, 1] and not is_apart:
        return False

    def also_counts(row: Row) -> bool:
        cells = [normalize(row[column]) for column in columns][-len(values) :]
        return cells[0].isdigit() and cells == [
            str(int(cells[0]) + place) for place in range(len(cells))
        ]

    return not any(map(also_counts, body[:LINES]))


def _count_further_headings(body: Sequence[Row], shapes: Shapes) -> int:
    """Lines below the heading in which no column of numbers has a number."""
    numeric, count = _numeric_columns(body, shapes), 0
    if not numeric:
        return 0
    for row in body[:MOST_HEADINGS]:
        texts = [normalize(row[column]) for column in numeric]
        if any(_is_value(text, shapes) and text.lower() not in MISSING for text in texts):
            break
        if all(text.lower() in MISSING for text in texts):
            break  # a row without values
        count += 1
    return count

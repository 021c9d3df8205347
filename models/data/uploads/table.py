"""Tables of numbers: text files as spreadsheets and programs write them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.data.uploads import columns as column_roles
from models.data.uploads.columns import CLASS, FEATURE, LEAVE_OUT, MAX_NUMBER, ROLES, Column
from models.data.uploads.dialect import (
    HEADING,
    MISSING,
    NO,
    SEPARATORS,
    Table,
    cut,
    few,
    find_separator,
    find_table,
    split_lines,
)
from models.data.uploads.labels import number_classes
from models.data.uploads.limits import check_count, draw_sample
from models.data.uploads.names import clean_name, show_names
from models.data.uploads.number_format import (
    FORMATS,
    NumberFormat,
    Shapes,
    describe,
    different_readings,
    possible_formats,
    shapes_of,
)
from models.data.uploads.pixels import image_upload
from models.data.uploads.text import QUOTED, decode, quote
from models.data.uploads.understood import (
    Choices,
    Understood,
    choose,
)
from models.data.uploads.upload import SIDE, Upload, UploadError, UploadQuestionError
from models.settings import Settings

MIN_COLUMNS, MAX_COLUMNS = 2, 200

MOST_MISSING = 0.2
"""The share of values that a column may lack; of one that lacks more no row is left out."""

AT_THE_TOP = 10
"""Lines that are always read: the heading is among them."""

NAMED_ROWS = 5
"""Rows that are left out and quoted."""


def parse_table(title: str, content: bytes, machine: Settings, choices: Choices) -> Upload:
    """The numbers of a text file. Arguments and errors as `parsing.parse`."""
    text, encoding = decode(content, choices)
    lines, named = split_lines(text)
    if not lines:
        raise UploadError("The file is empty.")
    notes: list[str] = []
    if len(lines) > machine.max_upload_examples + AT_THE_TOP:
        first, rest = lines[:AT_THE_TOP], lines[AT_THE_TOP:]
        rows, notes = draw_sample(len(rest), machine.max_upload_examples - AT_THE_TOP, "rows")
        lines = first + [rest[row] for row in rows]
    separator = choose(choices, "separator", SEPARATORS, named or find_separator(lines))
    shapes = Shapes()
    table, heading = _find_table(cut(lines, separator), shapes, choices)
    check_count(len(table.rows), "rows", machine)
    columns, numbers = _read_columns(table, shapes, choices)
    found, roles = _give_roles(columns, bool(table.names), choices)
    understood = [
        encoding,
        Understood("separator", "Cells are separated by", separator, SEPARATORS),
        heading,
        *([numbers] if numbers.options else []),
        *roles,
    ]
    notes += table.notes
    upload = _build(title, columns, found, machine, notes)
    return replace(upload, understood=tuple(understood))


def _find_table(
    rows: list[list[str]], shapes: Shapes, choices: Choices
) -> tuple[Table, Understood]:
    said = NO

    def heading(found: str) -> str:
        nonlocal said
        said = choose(choices, "heading", HEADING, found)
        return said

    table = find_table(rows, shapes, heading)
    return table, Understood("heading", "Heading", said, HEADING)


# Numbers


def _read_columns(
    table: Table, shapes: Shapes, choices: Choices
) -> tuple[list[Column], Understood]:
    width = len(table.rows[0]) if table.rows else 0
    names = [name.strip() for name in table.names] or [""] * width
    names = [name or f"column {number}" for number, name in enumerate(names, start=1)]
    cells = [[row[place] for row in table.rows] for place in range(width)]
    plain = [column_roles.plain_cells(one) for one in cells]
    of_numbers = [texts for texts, unit in plain if _are_mostly_numbers(texts, shapes)]
    way, understood = _find_format(of_numbers, shapes, choices)
    columns = [
        column_roles.read_column(name, of, texts, unit, way, shapes)
        for name, of, (texts, unit) in zip(names, cells, plain, strict=True)
    ]
    # A column without a name in which nothing stands is what a separator at the end leaves.
    columns = [one for one in columns if not (one.missing.all() and _is_nameless(one, table))]
    return columns, understood


def _is_nameless(column: Column, table: Table) -> bool:
    return not table.names or column.name.startswith("column ")


def _are_mostly_numbers(texts: Sequence[str], shapes: Shapes) -> bool:
    counts = Counter(shapes_of(texts))
    numbers = sum(count for shape, count in counts.items() if shapes.fitting(shape))
    known = sum(count for shape, count in counts.items() if shape.lower() not in MISSING)
    return 2 * numbers > known


def _find_format(
    columns: Sequence[Sequence[str]], shapes: Shapes, choices: Choices
) -> tuple[NumberFormat, Understood]:
    """How the table's numbers are written.

    Raises:
        UploadQuestionError: If they can be read in two ways.
        UploadError: If they are written in several.
    """
    possible = possible_formats(columns, shapes)
    if not possible:
        one, other = _contradiction(columns, shapes)
        raise UploadError(
            f"Numbers are written in different ways: {quote(one)} and {quote(other)}. Write all of "
            "them alike, with one decimal sign, and upload the file again."
        )
    options = describe(different_readings(possible, columns, shapes))
    by_name = {one.name: one for one in FORMATS}
    said = choose(choices, "numbers", options, next(iter(options)) if len(options) == 1 else "")
    understood = Understood("numbers", "Numbers have", said, options if len(options) > 1 else {})
    if not said:
        readings = " or ".join(text.partition(": ")[2] for text in options.values())
        raise UploadQuestionError(
            f"Some numbers can be read in two ways: {readings}. Say which is right.", understood
        )
    return by_name[said], understood


def _contradiction(columns: Sequence[Sequence[str]], shapes: Shapes) -> tuple[str, str]:
    """Two cells that no way of writing fits both of."""
    distinct = [
        cell for column in columns for cell in dict.fromkeys(column) if shapes.fitting(cell)
    ]
    left, seen = set(FORMATS), list[str]()
    for cell in distinct:
        fitting = shapes.fitting(cell)
        for other in seen:
            if not fitting & shapes.fitting(other):
                return other, cell
        if not left & fitting or fitting < left:
            left &= fitting
            seen.append(cell)
    return distinct[0], distinct[-1]


# Roles


@dataclass(frozen=True)
class _Roles:
    """Places of columns, and why others are left out."""

    features: Sequence[int]
    label: int | None
    notes: Sequence[str]


def _give_roles(
    columns: Sequence[Column], has_heading: bool, choices: Choices
) -> tuple[_Roles, list[Understood]]:
    proposed = column_roles.find_roles(columns, has_heading)
    if any(choices.get(f"role {place}") == CLASS for place in range(len(columns))):
        proposed = [(FEATURE, "") if role == CLASS else (role, why) for role, why in proposed]
    understood, notes, features, label = [], [], [], None
    for place, (column, (role, why)) in enumerate(zip(columns, proposed, strict=True)):
        if role == FEATURE and column.missing.mean() > MOST_MISSING:
            role, why = LEAVE_OUT, "more than a fifth of its values are missing"
        said = choose(choices, f"role {place}", ROLES, role)
        understood.append(Understood(f"role {place}", column.name[:QUOTED], said, ROLES))
        if said == FEATURE:
            features.append(place)
        elif said == CLASS and label is None:
            label = place
        elif said == role and why:
            shown = quote(next((c for c in column.cells if c.strip()), ""))
            example = f", such as {shown}" if why == "it holds texts" else ""
            notes.append(f"Left out: the column {quote(column.name)}: {why}{example}.")
    return _Roles(features, label, notes), understood


# The set


def _build(
    title: str, columns: Sequence[Column], roles: _Roles, machine: Settings, notes: list[str]
) -> Upload:
    features = [columns[place] for place in roles.features]
    label = None if roles.label is None else columns[roles.label]
    _check_numbers(features)
    left_out = np.zeros(len(columns[0].cells) if columns else 0, bool)
    for column in features:
        left_out |= np.isnan(column.values)
    if label:
        left_out |= np.array([not cell.strip() for cell in label.cells], bool)
    notes = [*notes, *roles.notes, *_say_left_out(features, left_out)]
    if left_out.mean() > 0.5:
        raise UploadError(
            f"{left_out.sum():,} of the {len(left_out):,} rows lack a value. Fill them in, or "
            "remove the columns that are mostly empty."
        )
    if side := _side_of_images(features):
        values = np.column_stack([column.values[~left_out] for column in features])
        pixels = values.astype(np.uint8).reshape(-1, side, side)
        texts = [""] * len(pixels)
        if label:
            texts = [cell for cell, out in zip(label.cells, left_out, strict=True) if not out]
        return image_upload(title, list(pixels), texts, "labels", notes)
    _check_columns(len(features), roles.notes)
    check_count(int((~left_out).sum()), "rows with a value in every column", machine)
    labels, class_names = _classes(roles.label, label, left_out, notes)
    notes.append(
        "Each column is scaled by the mean and the deviation of the training rows, so that all of "
        "them count alike. A fifth of the rows is held out; the setting “Sample” draws another one."
    )
    values = np.column_stack([column.values[~left_out] for column in features])
    if constant := [
        one for one, spread in zip(features, np.ptp(values, axis=0), strict=True) if spread == 0
    ]:
        raise UploadError(
            f"The column {quote(constant[0].name)} has the same value in all rows. Leave it out."
        )
    return Upload(
        "points",
        title,
        {"values": values, "labels": labels},
        show_names(
            [one.name for one in features], "column", ("label", "class") if class_names else ()
        ),
        class_names,
        tuple(notes),
    )


def _check_numbers(features: Sequence[Column]) -> None:
    """Raises UploadError where a column of numbers holds too much that is none."""
    for column in features:
        too_large = np.abs(column.values) > MAX_NUMBER
        unreadable = column.unreadable
        row = int(too_large.argmax()) if too_large.any() else _first_infinite(column)
        if row is not None:
            raise UploadError(
                f"The column {quote(column.name)} holds {quote(column.cells[row])} in row "
                f"{row + 1}; numbers between -{MAX_NUMBER:g} and {MAX_NUMBER:g} are needed. "
                "Correct it, or remove the row or the column."
            )
        if unreadable.sum() > few(len(unreadable)):
            row = int(unreadable.argmax())
            raise UploadError(
                f"The column {quote(column.name)} holds {quote(column.cells[row])} in row "
                f"{row + 1}, and {unreadable.sum():,} cells in all that are no numbers. Correct "
                "them, remove the column, or call it label if it names classes."
            )


def _first_infinite(column: Column) -> int | None:
    """The first row whose cell says that its number is infinite."""
    for row in np.flatnonzero(column.unreadable):
        if column.cells[int(row)].strip().lstrip("+-").lower() in ("inf", "infinity"):
            return int(row)
    return None


def _say_left_out(features: Sequence[Column], left_out: np.ndarray) -> list[str]:
    """Sentences on the rows that lack a number."""
    if not left_out.any():
        return []
    rows = np.flatnonzero(left_out)
    texts = []
    for row in rows[:NAMED_ROWS]:
        column = next((one for one in features if np.isnan(one.values[row])), None)
        what = (
            "no class" if column is None else f"{quote(column.cells[row])} in {quote(column.name)}"
        )
        texts.append(f"row {row + 1} ({what})")
    more = f" and {len(rows) - NAMED_ROWS:,} more" if len(rows) > NAMED_ROWS else ""
    count = f"{len(rows):,} of {len(left_out):,} rows"
    return [f"Left out, as a value is missing or is no number: {count}: {', '.join(texts)}{more}."]


def _side_of_images(features: Sequence[Column]) -> int:
    """The side of square images whose pixels are the columns, as in Kaggle's MNIST; 0 if there are
    none."""
    side = math.isqrt(len(features))
    if len(features) <= MAX_COLUMNS or side * side != len(features):
        return 0
    values = np.concatenate([column.values for column in features])
    known = values[~np.isnan(values)]
    are_pixels = len(known) and (known == np.round(known)).all()
    return side if are_pixels and 0 <= known.min() <= known.max() <= 255 else 0


def _check_columns(count: int, left_out: Sequence[str]) -> None:
    if not MIN_COLUMNS <= count <= MAX_COLUMNS:
        raise UploadError(
            f"The table has {count} column{'s' * (count != 1)} of numbers; from {MIN_COLUMNS} to "
            f"{MAX_COLUMNS} are allowed, or as many as square images have pixels, each from 0 to "
            f"255, such as {SIDE * SIDE}. {' '.join(left_out[:NAMED_ROWS])}".rstrip()
        )


def _classes(
    place: int | None, label: Column | None, left_out: np.ndarray, notes: list[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int32 [n], and the classes' names; a single class is none."""
    none = np.zeros(int((~left_out).sum()), np.int32)
    if label is None:
        notes.append("No column names classes: colours show the first column.")
        return none, ()
    cells = [cell for cell, out in zip(label.cells, left_out, strict=True) if not out]
    try:
        labels, names = number_classes(cells)
    except UploadError as error:
        raise UploadQuestionError(
            f"The column {quote(label.name)} seems to name classes. {error}",
            Understood(
                f"role {place}",
                f"The column {clean_name(label.name)} is",
                "",
                {FEATURE: ROLES[FEATURE], LEAVE_OUT: ROLES[LEAVE_OUT]},
            ),
        ) from error
    if len(names) < 2:
        notes.append(f"The column {quote(label.name)} names one class only, which is none.")
        return none, ()
    notes.append(f"The column {quote(label.name)} names the {len(names)} classes.")
    return labels, names

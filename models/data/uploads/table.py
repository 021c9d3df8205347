"""Tables of numbers: CSV files as spreadsheets write them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.settings import Settings

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    import pandas as pd
from models.data.uploads.labels import number_classes
from models.data.uploads.limits import check_count
from models.data.uploads.names import clean_name, show_names
from models.data.uploads.upload import Upload, UploadError

MIN_COLUMNS, MAX_COLUMNS = 2, 50

MAX_NUMBER = 1e30
"""Whose square is still far from what a number can hold."""

_LABEL_COLUMNS = ("label", "class")

_SEPARATORS = (",", ";", "\t")


def parse_table(title: str, content: bytes, machine: Settings) -> Upload:
    """The numbers of a CSV file. Errors as `parsing.parse`."""
    text = _decode(content)
    # Before anything is parsed: what the parser would make of it takes a multiple of its bytes.
    if max(text.count("\n"), text.count("\r")) > 2 * machine.max_upload_examples:
        check_count(max(text.count("\n"), text.count("\r")), "lines", machine)
    first = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    if first.count(separator) > 2 * MAX_COLUMNS:
        _check_columns(first.count(separator) + 1)
    frame = _read_table(text, separator, has_heading=not _is_all_numbers(first.split(separator)))
    check_count(len(frame), "rows", machine)
    columns = list(frame.items())
    labels = np.zeros(len(frame), np.int32)
    class_names: tuple[str, ...] = ()
    for index, (name, cells) in enumerate(columns):
        if name.lower() in _LABEL_COLUMNS:
            labels, class_names = _classes(cells, name)
            del columns[index]
            break
    _check_columns(len(columns))
    numbers = [_numbers(cells, name, separator) for name, cells in columns]
    notes = [
        "Each column is scaled by the mean and the deviation of the training rows, so that all of "
        "them count alike. A fifth of the rows is held out; the setting “Sample” draws another one."
    ]
    if not class_names:
        notes.append("No column is called label or class: colours show the first column.")
    return Upload(
        "points",
        title,
        {"values": np.column_stack(numbers), "labels": labels},
        show_names([name for name, _ in columns], "column", _LABEL_COLUMNS if class_names else ()),
        class_names,
        tuple(notes),
    )


def _decode(content: bytes) -> str:
    if b"\0" in content:
        raise UploadError("The file is no text. Save the table as CSV from your spreadsheet.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # older spreadsheets; it knows all bytes


def _is_all_numbers(cells: Sequence[str]) -> bool:
    try:
        return all(
            math.isfinite(float(cell.strip().strip('"').replace(",", "."))) for cell in cells
        )
    except ValueError:
        return False


def _read_table(text: str, separator: str, has_heading: bool) -> pd.DataFrame:
    import pandas as pd

    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            header=0 if has_heading else None,
            dtype=str,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        where = re.search(r"Expected \d+ fields in line \d+, saw \d+", str(error))
        raise UploadError(
            f"The table cannot be read: {where[0] if where else 'it is empty or a quote is open'}. "
            "Every row needs as many cells as the heading."
        ) from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise UploadError("The rows have more cells than the heading. Give every column a name.")
    frame.columns = [
        str(name).strip() if has_heading else f"column {name + 1}" for name in frame.columns
    ]
    return frame


def _check_columns(count: int) -> None:
    if not MIN_COLUMNS <= count <= MAX_COLUMNS:
        raise UploadError(
            f"The table has {count} column{'s' * (count != 1)} of numbers; from {MIN_COLUMNS} to "
            f"{MAX_COLUMNS} are allowed, separated by commas, semicolons or tabs."
        )


def _numbers(cells: pd.Series, name: str, separator: str) -> np.ndarray:
    """A column's cells as float64 [n], if all of them are numbers and not all the same."""
    import pandas as pd

    shown = f"The column “{clean_name(name)}”"
    if cells.isna().any():
        row = int(cells.isna().to_numpy().argmax()) + 1
        raise UploadError(f"{shown} has no value in row {row}. Fill it in or remove the row.")
    texts = cells.str.strip()
    if separator != ",":  # where the comma is free, it may be the decimal point
        texts = texts.str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    fits = np.abs(numbers) <= MAX_NUMBER  # false for NaN
    if not fits.all():
        row = int(fits.argmin())
        raise UploadError(
            f"{shown} holds “{clean_name(texts.iloc[row]) or '?'}” in row {row + 1}; numbers "
            f"between -{MAX_NUMBER:g} and {MAX_NUMBER:g} are needed. Correct it, remove the "
            "column, or call it label if it names classes."
        )
    if np.ptp(numbers) == 0:
        raise UploadError(f"{shown} has the same value in all rows. Remove it.")
    return numbers


def _classes(cells: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels, int32 [n], and the classes' names; a single class is none."""
    if cells.isna().any():
        row = int(cells.isna().to_numpy().argmax()) + 1
        raise UploadError(
            f"The column “{clean_name(name)}” names no class in row {row}. Fill it in or remove it."
        )
    labels, names = number_classes(cells.tolist())
    return (labels, names) if len(names) > 1 else (np.zeros(len(labels), np.int32), ())

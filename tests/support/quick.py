"""Which test files can be read without TensorFlow and without a browser: `pytest --quick`."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.support.places import REPOSITORY

SLOW = {"keras", "playwright", "tensorflow"}


@cache
def needs_more(file: Path) -> bool:
    """Whether importing this file imports one of SLOW, perhaps through other files of ours."""
    names = list(_imported(ast.parse(file.read_text("utf-8")).body))
    if any(name.partition(".")[0] in SLOW for name in names):
        return True
    ours = (REPOSITORY / f"{name.replace('.', '/')}.py" for name in names)
    return any(needs_more(one) for one in ours if one.is_file() and one != file)


def _imported(statements: list[ast.stmt]):
    """Full names of what these statements import; functions import later, or never."""
    for one in statements:
        if isinstance(one, ast.Import):
            yield from (alias.name for alias in one.names)
        elif isinstance(one, ast.ImportFrom):
            yield one.module or ""
            yield from (f"{one.module}.{alias.name}" for alias in one.names)
        elif isinstance(one, ast.ClassDef | ast.Try | ast.With):
            yield from _imported(one.body)

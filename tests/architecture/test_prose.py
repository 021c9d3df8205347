"""No result stands in a page's prose: it is computed from the run shown, or it is a claim."""

import ast
import re

import pytest

from tests.support.places import REPOSITORY

PAGES = sorted((REPOSITORY / "pages").glob("*.py"))
LEAST_LENGTH = 45
"""Shorter texts are titles, labels and the options of a question."""

NO_PROSE = re.compile(r"\]\([^)]*\)|\{[^}]*\}|\$[^$]*\$|`[^`]*`")
"""Addresses of links, what is filled in, formulas and code."""

RESULT = re.compile(
    r"\b0\.\d\d|\d ?%"
    r"|\b(?:twice|(?:two|three|four|five|six|ten|\d+) times) (?:as|the|larger|smaller)"
    r"|\b(?:half|third|quarter|fifth) (?:as|of (?:PCA|the error|the plane))"
)
ALLOWED: dict[str, tuple[str, ...]] = {
    "few_labels": ("5 %",),  # the level of a test
    "seed_comparison": ("5 %", "95 %", "fell by 3 %"),  # levels, and somebody's guess
    "sparse": ("active 5 % of the time",),  # a setting
}
"""By page what looks like a result and is none."""


def sentences(path):
    """Literals that a student reads: the arguments of `_` and `_n`."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("_", "_n"):
            for one in call.args:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_result_stands_in_the_prose(path):
    found = [
        f"{match.group()!r} in {text[:90]!r}"
        for text in sentences(path)
        if len(text) >= LEAST_LENGTH
        and not any(allowed in text for allowed in ALLOWED.get(path.stem, ()))
        for match in RESULT.finditer(NO_PROSE.sub("", text))
    ]
    assert not found, "Make it a claim (dashboard/claims), or compute it from the run."


def test_results_are_recognised():
    for text in ("It is 0.031.", "Then 59 % speak.", "Rebuilding costs twice the nats.",
                 "It ends five times as high.", "That leaves a third of the plane."):  # fmt: skip
        assert RESULT.search(text), text
    for text in ("28 x 28 pixels", "since 1901", "a rate of 0.5", "three times in a row"):
        assert not RESULT.search(text), text

"""Sentences that can be translated."""

import ast

import pytest

from dashboard.text import i18n as text
from tests.support.places import PAGES, REPOSITORY

TRANSLATED = [*PAGES, *sorted((REPOSITORY / "dashboard").rglob("*.py"))]


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.name)
def test_sentences_are_marked_as_literals(path):
    """So that xgettext or pybabel can extract them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
            (argument,) = node.args
            literal = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            # What models/ declare is translated where it is drawn.
            name = isinstance(argument, (ast.Attribute, ast.Name, ast.Subscript))
            assert literal or name, f"{path.name}:{node.lineno}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_n":
            one, several, _count = node.args
            assert ast.literal_eval(one) != ast.literal_eval(several), f"{path.name}:{node.lineno}"


TEXTS = {"title", "header", "subheader", "markdown", "caption", "prose", "button", "error",
         "warning", "info", "toggle", "radio", "slider", "selectbox"}  # fmt: skip


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_sentence_of_a_page_is_left_unmarked(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            literal = (
                isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value
            )
            bare = name in TEXTS and (literal or isinstance(first, ast.JoinedStr))
            assert not bare, f"{path.name}:{node.lineno}: {name}(...) without _()"


def test_one_is_not_several():
    assert [text._n("{n} run", "{n} runs", n).format(n=n) for n in (0, 1, 2)] == [
        "0 runs",
        "1 run",
        "2 runs",
    ]


def test_without_a_catalogue_a_sentence_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "de")
    assert text._("Train") == "Train" and text._("") == ""

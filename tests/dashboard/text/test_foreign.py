"""Text of others is shown as it is. What browsers make of it: tests/attacks/test_addresses.py."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.text import foreign
from tests.support.places import REPOSITORY


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("latent_dim = -7 cannot be used: see 3. below", None),
        ("![](http://evil/x)", "!\\[\\](http:\u2060//evil/x)"),
        ("<b> `c` *d* ~e~ $f$ &amp;", "\\<b\\> \\`c\\` \\*d\\* \\~e\\~ \\$f\\$ \\&amp;"),
        ("# a", "\\# a"),
        ("1. a", "1\\. a"),
        ("_a_", "\\_a\\_"),
        (":red[a] :material/home:", ":\u2060red\\[a\\] :\u2060material/home:"),
        ("www.evil a@b", "www\u2060.evil a@\u2060b"),
        ("a\n\n# b", "a # b"),
    ],
)
def test_what_markdown_would_take_for_a_command_is_escaped(text, markdown):
    assert foreign.in_markdown(text) == (markdown or text)


@given(st.text())
def test_plotly_is_given_no_tag_no_entity_and_no_variable(text):
    shown = foreign.in_plotly(text)
    assert not {"<", ">", "%"} & set(shown)


def test_of_thousands_of_messages_a_few_are_shown_and_the_others_counted():
    shown = foreign.first_messages([f"*{n}*" for n in range(10_000)])
    assert shown[0] == "\\*0\\*" and shown[-1] == "and 9,996 more"
    assert len(shown) == foreign.MOST_MESSAGES + 1
    assert foreign.first_messages(["a"]) == ["a"]


def test_a_long_list_of_names_is_cut_short():
    assert foreign.join_some(["a", "b"]) == "a, b"
    assert foreign.join_some(list("abcdefg")) == "a, b, c, d and 3 more"


SHOWING = {
    "error",
    "warning",
    "info",
    "success",
    "toast",
    "caption",
    "markdown",
    "write",
    "progress",
}
ESCAPING = {"in_markdown", "first_messages"}


def unescaped(node):
    """All below a node but what is escaped."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ESCAPING:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from unescaped(child)


def is_foreign(node):
    """Whether it is an error's text, or a message from a file."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "") == "str"
    return isinstance(node, ast.Subscript) and getattr(node.slice, "value", "") == "message"


FILES = [path for folder in ("dashboard", "pages") for path in (REPOSITORY / folder).rglob("*.py")]


def test_no_page_shows_an_error_s_text_as_markdown():
    for path in FILES:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(call, "func", None), "attr", "")
            if (
                isinstance(call, ast.Call)
                and name in SHOWING
                and "log" not in ast.unparse(call.func)
            ):
                parts = [*call.args, *(one.value for one in call.keywords)]
                found = [one for part in parts for one in unescaped(part) if is_foreign(one)]
                assert not found, f"{path}:{call.lineno}: {ast.unparse(call)}"

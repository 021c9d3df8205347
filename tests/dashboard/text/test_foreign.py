"""Text of others is shown as it is. What browsers make of it: tests/attacks/test_addresses.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.text import foreign


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

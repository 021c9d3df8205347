"""The glossary: terms that pages mark, and what explains them."""

import ast
import html
import re

import pytest

from dashboard.components.glossary import glossary
from tests.support.pages import open_page
from tests.support.places import PAGES


def test_a_marked_term_is_explained_and_reachable_by_keyboard():
    text = glossary.marked("The **[[code]]** and [[code|codes]].")
    assert text.count('tabindex="0"') == 2
    names = re.findall(r'id="([^"]+)"', text)
    assert len(set(names)) == 2 and names == re.findall(r'aria-describedby="([^"]+)"', text)
    assert html.escape(glossary.TERMS["code"].meaning) in text and ">codes<" in text
    assert glossary.plain("The [[code|codes]] of [[PCA]]") == "The codes of PCA"


def test_what_a_term_shows_is_taken_literally():
    text = glossary.marked("[[code|<b>$x_1$*]]")
    assert "<b>" not in text and "$" not in text and "*" not in text


def test_unknown_terms_are_an_error():
    with pytest.raises(KeyError, match="cod"):
        glossary.marked("[[cod]]")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_all_terms_that_a_page_marks_exist(path):
    # The text of the file, because some sentences appear only after a training.
    literals = [node.value for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)]  # fmt: skip
    for key in [key for literal in literals for key in glossary.terms_in(literal)]:
        assert key in glossary.TERMS


def test_every_explanation_is_short_and_a_sentence():
    for key, term in glossary.TERMS.items():
        assert len(term.meaning) < 240, key
        assert term.meaning[0].isupper() or term.meaning[0].isdigit(), key
        assert term.meaning.endswith("."), key


@pytest.mark.pages
def test_the_page_lists_its_own_terms_alphabetically(dispatcher):
    page = open_page("linear.py")
    (listed,) = [one for one in page.expander if "Glossary" in one.label]
    used = sorted(page.session_state["glossary.used"], key=str.casefold)
    assert listed.label == f"Glossary: {len(used)} words" and {"code", "PCA"} <= set(used)

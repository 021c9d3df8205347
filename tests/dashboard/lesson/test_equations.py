"""The pages' equations: every symbol is one of the table, and means what the table says."""

import re

import pytest

from dashboard.lesson.equations import equations_of
from dashboard.text.symbols import SYMBOLS, symbols_in
from tests.support.places import PAGES

EQUATIONS = [
    pytest.param(equation, id=f"{page.stem}: {equation[:30]}")
    for page in PAGES
    for equation in equations_of(page)
]
FUNCTION = re.compile(r"\\(?:sigma|varphi)(?![A-Za-z])(?!\s*(?:\\left|\\[bB]igl)?\()")
"""The sigmoid, or an activation, that is applied to nothing."""


def unknown_in(equation):
    """What the table does not explain."""
    wrong = symbols_in(equation) - set(SYMBOLS)
    if equation.strip() not in SYMBOLS:
        wrong |= set(FUNCTION.findall(equation))
    return wrong | set(re.findall("784", equation))


@pytest.mark.parametrize("equation", EQUATIONS)
def test_every_symbol_is_one_of_the_table(equation):
    assert not unknown_in(equation)


@pytest.mark.parametrize(
    "equation", [r"\tilde{x} = x + \sigma\varepsilon", r"\sum_{j=1}^{J} z_j", r"\frac{1}{784} x"]
)
def test_a_symbol_that_stands_for_something_else_is_found_out(equation):
    assert unknown_in(equation)


def test_equations_are_what_is_drawn_and_what_stands_between_dollars(tmp_path):
    page = tmp_path / "page.py"
    page.write_text(
        'st.latex(r"a = b" r"c")\nst.latex(rf"d_{{{h.size}}} = e")\n'
        'prose(_("With $x$ of $n_{{1}}$ numbers, and $$ is nothing"))\nprice = "5 $"\n'
    )
    assert set(equations_of(page)) == {"a = bc", "d_{} = e", "x", "n_{1}"}

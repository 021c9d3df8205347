"""The table of symbols, and which of them an equation has."""

import pytest

from dashboard.text.symbols import SYMBOLS, symbols_in

EXAMPLES = {
    r"\hat{x} = V \varphi(W_{12} x_i + b) + c": {r"\hat{x}", *"VWxibc", r"\varphi"},
    r"\frac{1}{n\,d_{l-1}} \sum_{i=1}^{n} \lVert x_i \rVert^2": set("ndlix"),
    r"\text{soon: } z \sim \mathcal{N}(0, I), \operatorname{softmax}(z)": {*"zI", r"\mathcal{N}"},
    r"\mathrm{KL}_j \begin{cases} 1 & h > 0 \end{cases}": {r"\mathrm{KL}", "j", "h"},
    r"\bar{\Delta} \pm t_{n-1} \tfrac{s}{n} \quad x_t": {r"\bar{\Delta}", "t_{n-1}", *"snxt"},
    r"\hat{\rho}_j = J \bar{q}": {r"\hat{\rho}", "j", "J", r"\bar{q}"},
}  # fmt: skip


@pytest.mark.parametrize("latex", EXAMPLES)
def test_symbols_are_found_without_subscripts_words_and_notation(latex):
    assert symbols_in(latex) == EXAMPLES[latex]


def test_each_symbol_means_one_thing_and_no_two_the_same():
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)
    for symbol in SYMBOLS:
        assert symbols_in(symbol) == {symbol}

"""What the symbols of all equations mean: one table, so that a letter is the same on every page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dashboard.text.i18n import _

# fmt: off
SYMBOLS: Mapping[str, str] = {
    r"n": _("how many there are: examples, labels, seeds"),
    r"d": _("input dimensions: how many numbers an example has"),
    r"k": _("code size: how many numbers a code has"),
    r"i": _("an index, of examples or of the numbers of one example"),
    r"j": _("an index, of the numbers of a code, of units or of codebook entries"),
    r"l": _("an index, of layers or of feature maps"),
    r"t": _("a step of a sequence: a row of the image"),
    r"x": _("an example: the input"),
    r"\tilde{x}": _("the input with noise"),
    r"\hat{x}": _("the reconstruction: the output"),
    r"y": _("the class of an example"),
    r"z": _("the code"),
    r"\hat{z}": _("the code as it is stored: rounded"),
    r"f": _("the encoder"),
    r"g": _("the decoder"),
    r"h": _("the outputs of a hidden layer, or its state"),
    r"\tilde{h}": _("the state that a recurrent layer proposes"),
    r"W": _("the weights of a layer; where both halves appear, of the encoder's"),
    r"U": _("weights for what a layer is given beside its input: the class, or its last state"),
    r"V": _("the weights of a layer of the decoder"),
    r"w": _("a single weight"),
    r"b": _("the biases of a layer; where both halves appear, of the encoder's"),
    r"c": _("the biases of a layer of the decoder; further biases of a recurrent layer"),
    r"F": _("the height and width of a filter"),
    r"u": _("the update gate of a recurrent layer"),
    r"r": _("the reset gate of a recurrent layer"),
    r"\varphi": _("the activation"),
    r"\sigma": _("the sigmoid"),
    r"L": _("the loss"),
    r"\mathrm{MSE}": _("the mean squared error"),
    r"\lambda": _("the weight of a further term of the loss"),
    r"\beta": _("the weight of the KL divergence, or of commitment"),
    r"\rho": _("the mean activity that is asked of a unit"),
    r"\hat{\rho}": _("the mean activity that a unit has"),
    r"p": _("a probability, or a probability density; of codes: the prior"),
    r"q": _("the density of the codes that the encoder gives"),
    r"m": _("a mean"),
    r"s": _("a standard deviation: of noise, of a code, or of measured differences"),
    r"\varepsilon": _("standard normal numbers: noise"),
    r"\mathcal{N}": _("the normal distribution"),
    r"I": _("the identity matrix"),
    r"\mathrm{KL}": _("the KL divergence"),
    r"D": _("the discriminator: how probable it is that a code was drawn from the prior"),
    r"\ell": _("the logit of the discriminator"),
    r"a": _("the anomaly score"),
    r"\tau": _("the threshold above which an example counts as an anomaly"),
    r"R": _("the rate: bits of a code"),
    r"e": _("an entry of the codebook"),
    r"N": _("how many codes have chosen an entry, as a running mean"),
    r"S": _("the sum of the codes that have chosen an entry, as a running mean"),
    r"\gamma": _("how much of a running mean is kept at each step"),
    r"\mathrm{sg}": _("taken as a constant: no gradient flows through it"),
    r"\Delta": _("the difference between two runs of one seed"),
    r"\bar{\Delta}": _("the mean difference"),
    r"t_{n-1}": _("the quantile of Student's distribution with so many degrees of freedom"),
}
# fmt: on
"""By symbol, as LaTeX without subscripts, in the order in which a page lists them."""

_WORDS = re.compile(r"\\(?:text|operatorname|begin|end)\s*\{[^{}]*\}")
_NOTATION = re.compile(
    r"\\(?:t?frac|sum|log|exp|tanh|sqrt|arg|min|max|partial|nabla|odot|top|mid|sim|pm|ge|to|"
    r"leftarrow|l?dots|left|right|[bB]ig[lr]|[lr]Vert|[lr]vert|q?quad)(?![A-Za-z])"
)
_SYMBOL = re.compile(r"\\(?:hat|tilde|bar|mathcal|mathrm)\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z]")


def symbols_in(latex: str) -> set[str]:
    """The symbols of an equation without subscripts: those of `SYMBOLS`, and any others."""
    rest = _NOTATION.sub(" ", _WORDS.sub(" ", latex))
    whole = {one for one in SYMBOLS if "_" in one and one in rest}
    for one in whole:
        rest = rest.replace(one, " ")
    return whole | set(_SYMBOL.findall(rest))

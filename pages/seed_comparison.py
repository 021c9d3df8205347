"""Luck or not? Two configurations, the same few seeds, and what the difference is worth."""

from collections.abc import Mapping
from functools import cache

import streamlit as st

from dashboard.catalogue import lessons
from dashboard.claims import applications as claims
from dashboard.comparison.seeds import pairs_view, setup
from dashboard.comparison.seeds.setup import Example
from dashboard.components.glossary import glossary
from dashboard.lesson import equations, frame
from dashboard.lesson.source import show_source
from dashboard.session import appearance
from dashboard.text.i18n import _
from models.evaluation.paired_test import NUMBERS_OF_PAIRS, critical_factor, false_alarm_rate


def address(of_b: Mapping[str, str]) -> dict[str, str]:
    """Of a comparison of the small network with one that has other settings."""
    return {"type": "stacked", **claims.SMALL, **{f"b.{name}": of_b[name] for name in of_b}}


@cache
def peeking(*looks: int) -> float:
    """`false_alarm_rate`, computed once."""
    return false_alarm_rate(looks)


EXAMPLES = [
    Example(
        _("He or Glorot"),
        address(claims.GLOROT),
        _("Two ways to scale the first random weights. Is one of them better?"),
        " ".join(
            [
                str(claims.SAME_START),
                _(
                    "Look at the differences of the pairs, and at their signs. A single seed would "
                    "have shown *some* difference, and you would have believed it. Now repeat the "
                    "comparison with five other seeds: the next button."
                ),
            ]
        ),
    ),
    Example(
        _("He or Glorot, other seeds"),
        address(claims.GLOROT) | {"seed": "47"},
        _("The same two settings, and five seeds that nobody has seen yet. The same verdict?"),
        _(
            "Put both intervals side by side. Where they overlap, they do not contradict each "
            "other, even if one excludes 0 and the other does not: a small difference can come out "
            "either way. Who reports only the five seeds with the verdict that pleases has proved "
            "nothing."
        ),
    ),
    Example(
        _("ReLU or ELU"),
        address(claims.ELU),
        _("Another bend between the layers. Does the error fall with every seed?"),
        " ".join(
            [
                str(claims.ELU_HELPS),
                _("Look at how far the differences of the pairs lie apart all the same."),
            ]
        ),
    ),
    Example(
        _("Small steps"),
        address(claims.SLOW),
        _("A tenth of the learning rate. Do you need five seeds to see what that does?"),
        " ".join(
            [
                str(claims.SLOW_IS_BEHIND),
                _("A difference as large as this one seed would have shown as well."),
            ]
        ),
    ),
]

few, many = NUMBERS_OF_PAIRS
glossary.begin()
appearance.draw_title(_("Luck or not?"))
glossary.prose(
    _(
        "You changed a setting, and the error fell by 3 %. Was it the setting? Another [[seed]] "
        "alone, with all settings as they were, changes the error too. So train **both** "
        "configurations, A and B, with the **same** {few} or {many} seeds, and look at the "
        "*differences*: what the runs of one seed have in common drops out of them. If they "
        "scatter around zero, it may have been luck."
    ).format(few=few, many=many)
)
if not frame.is_served():
    st.stop()
found = setup.load_chosen()
pairs_view.draw_examples(found, EXAMPLES)
setup.draw_setup(found)
pairs_view.watch(found)

st.header(_("The interval"), divider=True)
glossary.prose(
    _(
        "With $n$ seeds and their differences $\\Delta_1, \\dots, \\Delta_n$, of mean "
        "$\\bar{\\Delta}$ and standard deviation $s$, the mean difference of *all* seeds lies, "
        "with 95 % confidence, in"
    )
)
st.latex(
    r"\bar{\Delta} \;\pm\; t_{n-1}\,\frac{s}{\sqrt{n}}, \qquad "
    r"s^2 = \frac{1}{n-1} \sum_{i=1}^{n} (\Delta_i - \bar{\Delta})^2"
)
glossary.prose(
    _(
        "The factor $t_{{n-1}}$ pays for not knowing the true scatter, only its estimate from $n$ "
        "numbers ([Student, 1908](https://doi.org/10.1093/biomet/6.1.1)): {few_factor:.1f} for "
        "{few} seeds, {many_factor:.1f} for {many}. If the [[confidence interval|interval]] "
        "excludes zero, the difference is called real. Pairs narrow the interval where A and B "
        "rise and fall together over the seeds; whether they do, their correlation shows."
    ).format(
        few=few,
        few_factor=critical_factor(few),
        many=many,
        many_factor=critical_factor(many),
    )
)
show_source("models/evaluation/paired_test.py", "compare")
glossary.prose(
    _(
        "**Choose the number of seeds before you train.** Who looks after {few} pairs, and trains "
        "on to {many} if it could be luck, has two chances to be wrong: equals are called “real” "
        "in {twice:.1%} of such comparisons instead of {once:.1%}. Who looks after every pair from "
        "the third to the tenth, and stops when it pleases, is wrong in {often:.1%}. That is why "
        "the verdict appears only when all pairs are trained."
    ).format(
        few=few,
        many=many,
        once=peeking(few),
        twice=peeking(few, many),
        often=peeking(*range(3, 11)),
    )
)
show_source("models/evaluation/paired_test.py", "false_alarm_rate")

st.header(_("What to notice"), divider=True)
glossary.prose(
    _(
        "- “Could be luck” does not mean *equal*: few seeds cannot see a small difference.\n"
        "- “Real” is wrong in one of twenty comparisons between equals. Who tries twenty settings "
        "will find one that is “real” by luck: decide first what to compare, then look.\n"
        "- Real is not the same as important. Read the percentage too.\n"
        "- The loss itself can be compared only where both minimise the same thing. With "
        "different penalties or betas, compare the squared error.\n"
        "- All of this holds for these held-out examples, this data set and these epochs."
    )
)
glossary.draw()
equations.draw_symbols(lessons.by_name("seed_comparison").path)

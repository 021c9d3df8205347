"""What a comparison over several seeds says, in words."""

from __future__ import annotations

import math

from dashboard.text.i18n import _
from models.evaluation.paired_test import NUMBERS_OF_PAIRS, Comparison, critical_factor


def format_signed(number: float, form: str) -> str:
    """A number with its sign, and a minus that is as wide as a plus."""
    return f"{number:+{form}}".replace("-", "−")


def verdict(outcome: Comparison, label: str) -> str:
    """The answer in two sentences: whether the difference is real, and how large it is.

    Args:
        outcome: Of all pairs.
        label: What was measured.
    """
    share, low, high = map(outcome.per_cent, (outcome.mean, outcome.low, outcome.high))
    if outcome.mean < 0:
        text = _("On average over {count} seeds B's {label} is **{share:.1f} % smaller** than A's.")
    else:
        text = _("On average over {count} seeds B's {label} is **{share:.1f} % larger** than A's.")
    size = text.format(count=len(outcome.differences), label=label, share=abs(share))
    if outcome.real:
        text = _("**Real.** {size} The 95 % interval, {low} % to {high} %, excludes 0.")
    else:
        text = _(
            "**Could be luck.** {size} But the 95 % interval, {low} % to {high} %, includes 0."
        )
    return text.format(size=size, low=format_signed(low, ".1f"), high=format_signed(high, ".1f"))


def pairing(outcome: Comparison) -> str:
    """Whether the runs of one seed have their luck in common."""
    if math.isnan(outcome.correlation):
        return ""
    if outcome.unpaired < 1:
        text = _(
            "Over the seeds the figures of A and B have a correlation of {correlation}: the runs "
            "of one seed share some of their luck, and the differences scatter {ratio:.2f} times "
            "as much as those of unrelated runs."
        )
    else:
        text = _(
            "Over the seeds the figures of A and B have a correlation of {correlation}: the runs "
            "of one seed share no luck, so pairing them does not help. The differences scatter "
            "{ratio:.2f} times as much as those of unrelated runs."
        )
    correlation = format_signed(outcome.correlation, ".2f")
    return text.format(correlation=correlation, ratio=outcome.unpaired)


def explanation(outcome: Comparison) -> str:
    """What the interval rests on."""
    few, many = NUMBERS_OF_PAIRS
    return _(
        "The [[confidence interval|interval]] is the mean difference plus and minus {factor:.1f} "
        "standard errors. With {few} seeds that factor is {few_factor:.1f}, with {many} it is "
        "{many_factor:.1f}. It assumes that the differences of different seeds are independent and "
        "roughly normally distributed, which so few cannot prove. It speaks of the luck of the "
        "*training*: all runs are measured on the same held-out examples."
    ).format(
        factor=outcome.factor,
        few=few,
        few_factor=critical_factor(few),
        many=many,
        many_factor=critical_factor(many),
    )

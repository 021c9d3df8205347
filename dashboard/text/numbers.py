"""Measured numbers, as people read them."""

from __future__ import annotations

import math

FAR = 1e5
"""From here on all digits of a number say less than how many there are."""


def fixed(value: float, digits: int) -> str:
    """A number with so many decimals; 1.6 × 10⁶ where it is far from what can be read."""
    if not math.isfinite(value) or abs(value) < FAR:
        return f"{value:.{digits}f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def with_error(value: float, error: float) -> str:
    """A value and its standard error with as many decimals as the error allows: it keeps one
    digit, or two if the first is 1."""
    if not (math.isfinite(value) and math.isfinite(error)) or error <= 0:
        return f"{value:.3g}"
    magnitude = math.floor(math.log10(error))
    first = round(error / 10.0**magnitude, 1)
    decimals = max((1 if first < 2 else 0) - magnitude, 0)
    return f"{value:z.{decimals}f} ± {error:.{decimals}f}"

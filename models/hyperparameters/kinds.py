"""Kinds of hyperparameters: what may be written, and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Refusal(ValueError):
    """A kind refuses a value for a reason of its own, which takes the place of what is allowed."""


@dataclass(frozen=True)
class Integer:
    """A whole number from `minimum` to `maximum`, both included."""

    minimum: int
    maximum: int
    step: int = 1

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.minimum} to {self.maximum}"

    def parse(self, text: str) -> int:
        return self.check(int(text.strip().replace(",", "")))

    def check(self, value: Any) -> int:
        if isinstance(value, bool) or value != int(value):
            raise ValueError("not a whole number")
        if not self.minimum <= value <= self.maximum:
            raise ValueError("outside the limits")
        return int(value)

    def format(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True)
class Real:
    """A number from `minimum` to `maximum`, both included.

    Linear numbers snap to multiples of `step`; logarithmic ones keep three significant digits.
    Without that 0.05 * 3 and 0.15 would be two different runs.
    """

    minimum: float
    maximum: float
    step: float = 0.01
    logarithmic: bool = False

    @property
    def allowed(self) -> str:
        return f"a number from {self.minimum:g} to {self.maximum:g}"

    def parse(self, text: str) -> float:
        return self.check(float(text))

    def check(self, value: Any) -> float:
        if isinstance(value, bool) or not math.isfinite(value):
            raise ValueError("not a number")
        value = self._snap(float(value))
        if not self.minimum <= value <= self.maximum:
            raise ValueError("outside the limits")
        return value

    def _snap(self, value: float) -> float:
        if self.logarithmic:
            return float(f"{value:.3g}")
        return float(f"{round(value / self.step) * self.step:.10g}")

    def format(self, value: float) -> str:
        return f"{value:g}"


@dataclass(frozen=True)
class Choice:
    """One of a few values; `options` maps each value to the label that a student reads."""

    options: Mapping[str, str]

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(self.options)

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: Any) -> str:
        if value not in self.options:
            raise ValueError("not an option")
        return value

    def format(self, value: str) -> str:
        return value

    def label(self, value: str) -> str:
        """What a student reads for a value."""
        return self.options[value]


@dataclass(frozen=True)
class Sizes:
    """The widths of consecutive layers, written 300-150; an empty text means no layer."""

    max_layers: int
    minimum: int
    maximum: int
    min_layers: int = 0

    @property
    def allowed(self) -> str:
        several = "-".join(str(max(self.maximum // part, self.minimum)) for part in (4, 8))
        return (
            f"up to {self.max_layers} layer sizes from {self.minimum} to {self.maximum}, "
            f"joined by hyphens, such as {several}" + ("" if self.min_layers else ", or none")
        )

    def parse(self, text: str) -> tuple[int, ...]:
        text = text.strip().lower()
        parts = [] if text in ("", "none") else text.replace(",", "-").split("-")
        return self.check(tuple(int(part) for part in parts))

    def check(self, value: Any) -> tuple[int, ...]:
        sizes = tuple(value)
        if len(sizes) > self.max_layers:
            raise ValueError("too many layers")
        if len(sizes) < self.min_layers:
            raise ValueError("too few layers")
        one = Integer(self.minimum, self.maximum)
        return tuple(one.check(size) for size in sizes)

    def format(self, value: tuple[int, ...]) -> str:
        return "-".join(map(str, value)) or "none"


@dataclass(frozen=True)
class Classes:
    """Some classes of a data set by their numbers, written 4-9; an empty text means none.

    Attributes:
        count: Numbers from 0 to `count` - 1 may be classes.
        names: Of the classes, where it is known which data set they belong to.
    """

    count: int
    names: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        return f"classes from 0 to {self.count - 1}, joined by hyphens, such as 4-9, or none"

    def parse(self, text: str) -> tuple[int, ...]:
        text = text.strip().lower()
        parts = [] if text in ("", "none") else text.replace(",", "-").split("-")
        return self.check(tuple(int(part) for part in parts))

    def check(self, value: Any) -> tuple[int, ...]:
        one = Integer(0, self.count - 1)
        return tuple(sorted({one.check(number) for number in value}))

    def format(self, value: tuple[int, ...]) -> str:
        return "-".join(map(str, value)) or "none"


Kind = Integer | Real | Choice | Sizes | Classes

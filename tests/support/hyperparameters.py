"""Every hyperparameter of every type, and a declaration with one of each kind."""

from dataclasses import dataclass

import pytest

from models.autoencoders import registry
from models.hyperparameters.declaration import Hyperparameters, hyperparameter
from models.hyperparameters.kinds import Choice, Classes, Integer, Real, Sizes


@dataclass(frozen=True)
class Example(Hyperparameters):
    """One setting of each kind."""

    count: int = hyperparameter(5, Integer(1, 1000), "Count", "How many.")
    share: float = hyperparameter(0.5, Real(0.0, 1.0, 0.05), "Share", "How much.")
    rate: float = hyperparameter(0.001, Real(1e-5, 10.0, logarithmic=True), "Rate", "How fast.")
    colour: str = hyperparameter("red", Choice({"red": "Red", "blue": "Blue"}), "Colour", "Which.")
    layers: tuple[int, ...] = hyperparameter((30,), Sizes(3, 1, 500), "Layers", "How wide.")


DECLARED = [
    pytest.param(type, one, id=f"{type.name}-{one.name}")
    for type in registry.FAMILY
    for one in type.hyperparameters.fields().values()
]
"""Parameters `type` and `one`."""


def another_value(kind, value):
    """A value that `kind` allows, other than `value`."""
    if isinstance(kind, Choice):
        return next(option for option in kind.options if option != value)
    if isinstance(kind, Sizes | Classes):
        return (*value[1:], 7)
    return kind.minimum if value != kind.minimum else kind.minimum + kind.step

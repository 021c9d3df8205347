"""The kinds of values: which texts they read, and what is said of the others."""

import math

import pytest

from models.hyperparameters.declaration import HyperparameterError
from tests.support.hyperparameters import DECLARED, Example


@pytest.mark.parametrize(
    ("name", "text", "value", "canonical"),
    [
        ("count", " 1000 ", 1000, "1000"),
        ("count", "1,000", 1000, "1000"),
        ("share", "0", 0.0, "0"),
        ("share", "1.0", 1.0, "1"),
        ("share", "0.3499999", 0.35, "0.35"),
        ("rate", "1e-5", 1e-5, "1e-05"),
        ("rate", "0.0012345", 0.00123, "0.00123"),
        ("colour", " blue ", "blue", "blue"),
        ("layers", "300-150", (300, 150), "300-150"),
        ("layers", "300,150", (300, 150), "300-150"),
        ("layers", "", (), "none"),
        ("layers", "none", (), "none"),
    ],
)
def test_text_becomes_a_canonical_value(name, text, value, canonical):
    parsed = Example().parse({name: text})
    assert getattr(parsed, name) == value
    assert parsed.as_text()[name] == canonical
    assert Example().parse({name: canonical}) == parsed


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("count", "0", "a whole number from 1 to 1000"),
        ("count", "1001", "a whole number from 1 to 1000"),
        ("count", "2.5", "a whole number from 1 to 1000"),
        ("share", "-0.05", "a number from 0 to 1"),
        ("share", "nan", "a number from 0 to 1"),
        ("rate", "10.1", "a number from 1e-05 to 10"),
        ("rate", "0", "a number from 1e-05 to 10"),
        ("colour", "Red", "one of red, blue"),
        ("layers", "1-2-3-4", "up to 3 layer sizes from 1 to 500"),
        ("layers", "501", "up to 3 layer sizes from 1 to 500"),
        ("layers", "30--5", "up to 3 layer sizes from 1 to 500"),
    ],
)
def test_what_cannot_be_used_is_answered_with_what_can(name, text, allowed):
    with pytest.raises(HyperparameterError) as caught:
        Example().parse({name: text})
    assert caught.value.name == name
    for part in (name, text, allowed):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("count", value) for value in (True, "5", 1.5, math.nan, None)),
        *(("share", value) for value in (None, True, "0.5", 10**400)),
        *(("colour", value) for value in (["red"], 1, None)),
        *(("layers", value) for value in (5, (1.5,), None, ("a",))),
    ],
)
def test_values_of_other_types_are_refused(name, value):
    with pytest.raises(HyperparameterError, match=name):
        Example(**{name: value})


def test_values_are_canonical_however_they_came_in():
    assert Example(share=0.05 * 3) == Example(share=0.15) == Example().parse({"share": "0.15"})
    assert Example(rate=0.1 + 0.2).rate == 0.3
    assert Example(layers=[30, 5]).layers == (30, 5)


@pytest.mark.parametrize(
    ("type", "one"),
    [item for item in DECLARED if getattr(item.values[1].kind, "logarithmic", 1) == 0],
)
def test_every_step_of_a_linear_number_survives_text(type, one):
    count = round((one.kind.maximum - one.kind.minimum) / one.kind.step)
    values = [one.check(one.kind.minimum + index * one.kind.step) for index in range(count + 1)]
    assert len(set(map(one.kind.format, values))) == count + 1
    assert [one.parse(one.kind.format(value)) for value in values] == values

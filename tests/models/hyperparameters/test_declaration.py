"""Declarations: what is accepted, alone and together, and what is said of the rest."""

import dataclasses
import random
from dataclasses import dataclass

import pytest

from models import settings
from models.autoencoders.linear.hyperparameters import LinearHyperparameters
from models.autoencoders.stacked.hyperparameters import StackedHyperparameters
from models.autoencoders.variational.hyperparameters import VariationalHyperparameters
from models.hyperparameters.declaration import GROUPS, HyperparameterError, hyperparameter
from models.hyperparameters.kinds import Integer, Real
from tests.support.hyperparameters import DECLARED, Example, another_value


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(HyperparameterError, match=r"colours.*count, share, rate, colour, layers"):
        Example().parse({"colours": "red"})


def test_difference_names_what_differs_as_text():
    assert Example(layers=()).difference(Example(count=7)) == {"count": "5", "layers": "none"}


@pytest.mark.parametrize(("type", "one"), DECLARED)
def test_every_setting_is_declared_completely(type, one):
    assert one.label and one.help.endswith(".") and one.group in GROUPS
    default = getattr(type.hyperparameters(), one.name)
    other = another_value(one.kind, default)
    is_number = isinstance(one.kind, Integer | Real)
    limits = (one.kind.minimum, one.kind.maximum) if is_number else ()
    for value in (default, other, *limits):
        assert one.check(value) == value
        assert one.parse(one.kind.format(value)) == value


ODD = ["", " ", "nan", "NaN", "inf", "-inf", "1e999", "-1", "1e-400", "9" * 5_000, "٣", "½", "²"]
ODD += ["1_0", "0x10", "None", "null", "true", "--", "-", ",", "3-", "-3", "300-" * 3_000, "1.5"]
ODD += ["\0", "💥", "\ud800", "<b>", "{label}", "%s", "linear", "1000", "0", "0" * 100 + "7"]


@pytest.mark.parametrize(("type", "one"), DECLARED)
def test_no_text_makes_lenient_reading_fail(type, one):
    start = type.hyperparameters()
    for text in ODD:
        read, messages = start.parse_leniently({one.name: text})
        if messages:
            assert read == start and len(messages) == 1 and len(messages[0]) < 400
        else:
            assert start.parse(read.as_text()) == read


def test_lenient_reading_of_any_combination_of_texts(type):
    chance, start = random.Random(1), type.hyperparameters()
    names = [*start.fields(), "", "no such setting", "n" * 1_000]
    for _ in range(300):
        texts = {name: chance.choice(ODD) for name in chance.sample(names, 6)}
        read, messages = start.parse_leniently(texts)
        assert start.parse(read.as_text()) == read
        assert len(messages) <= len(texts)


def test_lenient_reading_says_one_thing_per_bad_value_and_keeps_the_rest():
    start = StackedHyperparameters()
    texts = {"latent_dim": "30", "seed": "minus one", "l2": "7", "colour": "red"}
    read, messages = start.parse_leniently(texts)
    assert read == start.replace(latent_dim=30)
    assert [message.split()[0] for message in messages] == ["seed", "l2", "colour"]


def test_lenient_reading_drops_only_what_clashes():
    start = StackedHyperparameters()
    texts = {"dataset": "digits", "num_train": "60000", "latent_dim": "30"}
    read, messages = start.parse_leniently(texts)
    assert read == start.replace(latent_dim=30)
    assert len(messages) == 1 and "num_train = 60000" in messages[0] and "4000" in messages[0]


def test_more_examples_than_the_data_set_has():
    with pytest.raises(HyperparameterError, match=r"num_train = 4100.*has 4000 training") as caught:
        VariationalHyperparameters(num_train=4100)
    assert caught.value.name == "num_train"


def test_more_parameters_than_the_machine_allows(monkeypatch):
    machine = dataclasses.replace(settings.current(), max_parameters=100_000)
    monkeypatch.setattr(settings, "current", lambda: machine)
    with pytest.raises(HyperparameterError, match=r"326,814 parameters.*allows 100,000"):
        StackedHyperparameters(hidden_sizes=(200,), latent_dim=30)
    with pytest.raises(HyperparameterError) as caught:
        StackedHyperparameters(hidden_sizes=(), latent_dim=784)
    assert caught.value.name == "latent_dim"
    assert StackedHyperparameters(hidden_sizes=(50,), latent_dim=30).num_parameters < 100_000


def test_a_batch_is_at_most_the_whole_training_set():
    h = LinearHyperparameters(num_train=50, batch_size=2000)
    assert (h.effective_batch_size, h.steps_per_epoch) == (50, 1)
    h = StackedHyperparameters(num_train=1000, batch_size=150)
    assert (h.effective_batch_size, h.steps_per_epoch) == (150, 6)


def test_a_setting_that_is_added_counts_from_its_first_change_on():
    @dataclass(frozen=True)
    class Later(Example):
        extra: int = hyperparameter(0, Integer(0, 9), "Extra", "What is new.", added=True)

    assert Later().identity() == Example().identity() == Example().as_text()
    assert Later(extra=1).identity() == Example().identity() | {"extra": "1"}


def test_only_the_goal_and_the_place_stay_outside_the_identity(type):
    outside = {name for name, one in type.hyperparameters.fields().items() if not one.in_identity}
    assert outside == {"epochs", "device"}

"""Hyperparameters, presets and run ids: what is accepted, what is said, what names a run."""

import dataclasses
import itertools
import math
import random
from dataclasses import dataclass

import pytest

from models import settings
from models.autoencoders import registry
from models.autoencoders.linear.hyperparameters import LinearHyperparameters
from models.autoencoders.stacked.hyperparameters import StackedHyperparameters
from models.autoencoders.variational.hyperparameters import VariationalHyperparameters
from models.data import loading
from models.hyperparameters.declaration import (
    GROUPS,
    HyperparameterError,
    Hyperparameters,
    hyperparameter,
)
from models.hyperparameters.kinds import Choice, Classes, Integer, Real, Sizes
from models.runs.recipe import Recipe


@dataclass(frozen=True)
class Example(Hyperparameters):
    """One setting of each kind."""

    count: int = hyperparameter(5, Integer(1, 1000), "Count", "How many.")
    share: float = hyperparameter(0.5, Real(0.0, 1.0, 0.05), "Share", "How much.")
    rate: float = hyperparameter(0.001, Real(1e-5, 10.0, logarithmic=True), "Rate", "How fast.")
    colour: str = hyperparameter("red", Choice({"red": "Red", "blue": "Blue"}), "Colour", "Which.")
    layers: tuple[int, ...] = hyperparameter((30,), Sizes(3, 1, 500), "Layers", "How wide.")


TURNED = [
    pytest.param(type, one, id=f"{type.name}-{one.name}")
    for type in registry.FAMILY
    for one in type.hyperparameters.fields().values()
]


def another_value(kind, value):
    """A value that `kind` allows, other than `value`."""
    if isinstance(kind, Choice):
        return next(option for option in kind.options if option != value)
    if isinstance(kind, Sizes):
        return (*value[1:], 7)
    if isinstance(kind, Classes):
        return (*value[1:], 7)
    return kind.minimum if value != kind.minimum else kind.minimum + kind.step


# Values


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


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(HyperparameterError, match=r"colours.*count, share, rate, colour, layers"):
        Example().parse({"colours": "red"})


def test_difference_names_what_differs_as_text():
    assert Example(layers=()).difference(Example(count=7)) == {"count": "5", "layers": "none"}


@pytest.mark.parametrize(("type", "one"), TURNED)
def test_every_setting_is_declared_completely(type, one):
    assert one.label and one.help.endswith(".") and one.group in GROUPS
    default = getattr(type.hyperparameters(), one.name)
    other = another_value(one.kind, default)
    for value in (default, other, *_limits(one.kind)):
        assert one.check(value) == value
        assert one.parse(one.kind.format(value)) == value


def _limits(kind):
    return (kind.minimum, kind.maximum) if isinstance(kind, (Integer, Real)) else ()


@pytest.mark.parametrize(
    ("type", "one"),
    [item for item in TURNED if getattr(item.values[1].kind, "logarithmic", 1) == 0],
)
def test_every_step_of_a_linear_number_survives_text(type, one):
    count = round((one.kind.maximum - one.kind.minimum) / one.kind.step)
    values = [one.check(one.kind.minimum + index * one.kind.step) for index in range(count + 1)]
    assert len(set(map(one.kind.format, values))) == count + 1
    assert [one.parse(one.kind.format(value)) for value in values] == values


# Lenient reading, for links

ODD = ["", " ", "nan", "NaN", "inf", "-inf", "1e999", "-1", "1e-400", "9" * 5_000, "٣", "½", "²"]
ODD += ["1_0", "0x10", "None", "null", "true", "--", "-", ",", "3-", "-3", "300-" * 3_000, "1.5"]
ODD += ["\0", "💥", "\ud800", "<b>", "{label}", "%s", "linear", "1000", "0", "0" * 100 + "7"]


@pytest.mark.parametrize(("type", "one"), TURNED)
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


# Combinations


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


# Presets


def test_the_article_s_linear_autoencoder():
    h = registry.by_name("linear").preset("article")
    assert h.layer_sizes == (3, 2, 3) and set(h.layer_activations) == {"linear"}
    assert (h.optimizer, h.learning_rate, h.schedule) == ("adam", 0.01, "constant")
    assert (h.num_train, h.epochs, h.steps_per_epoch) == (100, 1000, 1)
    assert (h.dataset, h.noise, h.sample) == ("arc", 0.1, 42)


def test_the_article_s_stacked_autoencoder():
    h = registry.by_name("stacked").preset("article")
    assert h.layer_sizes == (784, 300, 150, 300, 784)
    assert h.layer_activations == ("elu", "elu", "elu", "linear")
    assert (h.initializer, h.l2) == ("he_normal", 1e-4)
    assert (h.optimizer, h.learning_rate, h.schedule) == ("adam", 0.01, "constant")
    assert (h.batch_size, h.epochs) == (150, 5)


def test_the_article_s_variational_autoencoder():
    h = registry.by_name("variational").preset("article")
    assert h.layer_sizes == (784, 500, 500, 20, 500, 500, 784)
    assert h.layer_activations == ("elu", "elu", "linear", "elu", "elu", "sigmoid")
    assert (h.initializer, h.l2, h.likelihood) == ("he_normal", 0.0, "bernoulli")
    assert (h.parametrization, h.beta, h.kl_warmup_epochs) == ("sigma", 1.0, 0)
    assert (h.optimizer, h.learning_rate, h.schedule) == ("adam", 0.001, "constant")
    assert (h.batch_size, h.epochs) == (150, 50)


def test_both_presets_are_fit_for_the_built_in_data(type):
    for preset in type.presets:
        assert loading.available(type.preset(preset).dataset)


def test_an_unknown_type_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'stocked'.*linear, stacked, variational"):
        registry.by_name("stocked")


# Run ids


def constant(type):
    """Hyperparameters with a schedule that does not depend on the number of epochs."""
    return type.preset("ours").replace(schedule="constant")


def id_of(type, **changes):
    return Recipe(type, constant(type).replace(**changes)).run_id()


@pytest.mark.parametrize(("type", "one"), TURNED)
def test_the_id_changes_exactly_with_what_changes_the_numbers(type, one):
    value = another_value(one.kind, getattr(constant(type), one.name))
    assert (id_of(type, **{one.name: value}) != id_of(type)) == one.in_identity


def test_a_setting_that_is_added_counts_from_its_first_change_on():
    @dataclass(frozen=True)
    class Later(Example):
        extra: int = hyperparameter(0, Integer(0, 9), "Extra", "What is new.", added=True)

    assert Later().identity() == Example().identity() == Example().as_text()
    assert Later(extra=1).identity() == Example().identity() | {"extra": "1"}


def test_only_the_goal_and_the_place_stay_outside_the_identity(type):
    outside = {name for name, one in type.hyperparameters.fields().items() if not one.in_identity}
    assert outside == {"epochs", "device"}


def test_rounding_errors_do_not_make_another_run():
    linear, variational = registry.by_name("linear"), registry.by_name("variational")
    assert id_of(linear, noise=0.05 * 3) == id_of(linear, noise=0.15)
    assert id_of(variational, beta=0.1 + 0.2) == id_of(variational, beta=0.3)


def test_ids_name_type_and_data_and_recipe_version(type, monkeypatch):
    before = id_of(type)
    assert before.startswith(f"{type.name}-")
    assert id_of(dataclasses.replace(type, recipe_version=99)) != before
    monkeypatch.setattr(loading, "fingerprint", lambda **arguments: "other data")
    assert id_of(type) != before


def test_a_falling_learning_rate_makes_the_goal_part_of_the_identity(type):
    ids = {id_of(type, schedule="cosine", epochs=epochs) for epochs in (10, 20)}
    assert len(ids) == 2 and id_of(type) not in ids


# Continuing


def test_a_constant_rate_continues_the_same_run(type):
    recipe = Recipe(type, constant(type).replace(epochs=10))
    further = recipe.continued(5)
    assert further.hyperparameters.epochs == 15
    assert further.run_id() == recipe.run_id()
    assert (further.parent, further.first_epoch) == (None, 0)


def test_a_falling_rate_continues_in_a_child(type):
    first = Recipe(type, type.preset("ours").replace(schedule="cosine", epochs=10))
    second = first.continued(5)
    third = second.continued(20)
    assert third.hyperparameters.epochs == 35 and third.earlier_horizons == (10, 15)
    assert (third.parent, second.parent, first.parent) == (second, first, None)
    assert [one.first_epoch for one in (first, second, third)] == [0, 10, 15]
    straight = Recipe(type, first.hyperparameters.replace(epochs=35))
    assert len({one.run_id() for one in (first, second, third, straight)}) == 4


def test_impossible_continuations(type):
    ours = type.preset("ours").replace(schedule="cosine", epochs=10)
    with pytest.raises(HyperparameterError, match=r"epochs = 10.*one of 10 epochs"):
        Recipe(type, ours, (10,))
    with pytest.raises(HyperparameterError, match="epochs"):
        Recipe(type, ours, (8, 3))
    with pytest.raises(HyperparameterError, match="cosine"):
        Recipe(type, ours.replace(schedule="constant"), (5,))
    with pytest.raises(HyperparameterError, match="epochs"):
        Recipe(type, ours).continued(1_000_000)


def test_recipes_read_back(type):
    values = itertools.product(type.presets, ((), (3,), (3, 4)))
    for preset, horizons in values:
        h = type.preset(preset).replace(seed=7)
        if horizons:
            h = h.replace(schedule="cosine")
        recipe = Recipe(type, h, horizons)
        assert Recipe.from_dict(recipe.as_dict()) == recipe


@pytest.mark.parametrize(
    "damage",
    [{"type": "pickled"}, {"hyperparameters": {"seed": "-1"}}, {"hyperparameters": {"gone": "1"}}],
)
def test_recipes_of_another_version_are_refused(damage):
    type = registry.FAMILY[0]
    with pytest.raises(ValueError):
        Recipe.from_dict(Recipe(type, type.preset("ours")).as_dict() | damage)


# Branches


def variational(**texts):
    type = registry.by_name("variational")
    return Recipe(type, type.preset("ours").parse(texts))


def test_a_branch_knows_where_it_comes_from():
    parent = variational(epochs="20")
    branch = parent.branched(12, {"beta": "4", "epochs": "30"})
    twig = branch.branched(25, {"learning_rate": "0.0001"})
    assert (branch.parent, branch.first_epoch) == (parent, 12)
    assert (twig.parent, twig.first_epoch, twig.num_branches) == (branch, 25, 2)
    assert len({one.run_id() for one in (parent, branch, twig)}) == 3
    assert parent.branched(11, {"beta": "4", "epochs": "30"}).run_id() != branch.run_id()
    further = twig.continued(5)
    assert further.parent == twig and further.origin == twig.origin
    for one in (branch, twig, further):
        assert Recipe.from_dict(one.as_dict()) == one


def test_an_ancestry_is_read_back():
    parent = variational(epochs="20").continued(10)
    branch = parent.branched(28, {"beta": "4", "epochs": "40"})
    twig = branch.branched(35, {"learning_rate": "0.0001", "schedule": "constant"})
    assert branch.ancestry == "28:beta=1,epochs=30,continued=20"
    for one in (branch, twig):
        plain = Recipe(one.type, one.hyperparameters)
        assert plain.with_ancestry(one.ancestry) == one


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "must be epochs and the other values"),
        ("-3:beta=2", "must be epochs"),
        ("3:colour=red", "colour"),
        ("3:beta=-2", "beta = -2"),
        ("3:seed=1", "cannot change seed"),
        ("3:latent_dim=2", "cannot change latent_dim"),
        ("99:beta=2", "no branch after epoch 99"),
        ("0:beta=2", "no branch after epoch 0"),
        ("30:beta=2,epochs=40", "larger number"),
        (";".join(["3:beta=2"] * 300), "must be epochs"),
    ],
)
def test_an_ancestry_that_cannot_be_is_named(text, said):
    with pytest.raises(HyperparameterError, match=said):
        variational(epochs="20").with_ancestry(text)


def test_a_preset_that_a_type_does_not_have_is_named():
    with pytest.raises(ValueError, match=r"article cannot be used: denoising .* presets ours"):
        registry.by_name("denoising").preset("article")
    assert list(registry.by_name("stacked").presets) == ["ours", "article"]

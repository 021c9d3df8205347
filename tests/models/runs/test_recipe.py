"""Recipes: what names a run, and how one continues or branches off."""

import dataclasses
import itertools

import pytest

from models.autoencoders import registry
from models.data import loading
from models.data.uploads import storage
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import Recipe
from tests.support.hyperparameters import DECLARED, another_value
from tests.support.recipes import make_recipe

MANY_HORIZONS = "-".join(map(str, range(1, 22)))


def constant(type):
    """Hyperparameters with a schedule that does not depend on the number of epochs."""
    return type.preset("ours").replace(schedule="constant")


def id_of(type, **changes):
    return Recipe(type, constant(type).replace(**changes)).run_id()


@pytest.mark.parametrize(("type", "one"), DECLARED)
def test_the_id_changes_exactly_with_what_changes_the_numbers(type, one):
    value = another_value(one.kind, getattr(constant(type), one.name))
    assert (id_of(type, **{one.name: value}) != id_of(type)) == one.in_identity


# As they were before `excluded_classes` and `clip_norm` came (linear, printed by Recipe.run_id() at
# commit 219d588) and before `shift` (2c1bd0c); the other types have other defaults since.
EARLIER_IDS = {
    ("linear", "ours"): "linear-c146c205c0d2e177",
    ("linear", "article"): "linear-9c376d7cac8d5841",
    ("recurrent", "ours"): "recurrent-c4daaa139ba62a69",
    ("adversarial", "ours"): "adversarial-ffa246cbcf4511c6",
}


def test_a_setting_that_was_added_leaves_earlier_runs_their_names():
    for (name, preset), run_id in EARLIER_IDS.items():
        type = registry.by_name(name)
        assert Recipe(type, type.preset(preset)).run_id() == run_id


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


def test_a_constant_rate_continues_the_same_run(type):
    recipe = Recipe(type, constant(type).replace(epochs=10))
    further = recipe.continue_for(5)
    assert further.hyperparameters.epochs == 15
    assert further.run_id() == recipe.run_id()
    assert (further.parent, further.first_epoch) == (None, 0)


def test_a_falling_rate_continues_in_a_child(type):
    first = Recipe(type, type.preset("ours").replace(schedule="cosine", epochs=10))
    second = first.continue_for(5)
    third = second.continue_for(20)
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
        Recipe(type, ours).continue_for(1_000_000)


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


def test_a_branch_knows_where_it_comes_from():
    parent = make_recipe("variational", epochs="20")
    branch = parent.branch_at(12, {"beta": "4", "epochs": "30"})
    twig = branch.branch_at(25, {"learning_rate": "0.0001"})
    assert (branch.parent, branch.first_epoch) == (parent, 12)
    assert (twig.parent, twig.first_epoch, twig.num_branches) == (branch, 25, 2)
    assert len({one.run_id() for one in (parent, branch, twig)}) == 3
    assert parent.branch_at(11, {"beta": "4", "epochs": "30"}).run_id() != branch.run_id()
    further = twig.continue_for(5)
    assert further.parent == twig and further.origin == twig.origin
    for one in (branch, twig, further):
        assert Recipe.from_dict(one.as_dict()) == one


def test_an_ancestry_is_read_back():
    parent = make_recipe("variational", epochs="20").continue_for(10)
    branch = parent.branch_at(28, {"beta": "4", "epochs": "40"})
    twig = branch.branch_at(35, {"learning_rate": "0.0001", "schedule": "constant"})
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
        ("3:dataset=own-0123456789abcdef", "cannot change dataset"),
        ("²:beta=2", "must be epochs"),
        ("٣:beta=2", "must be epochs"),
        (f"{'9' * 1_000}:beta=2", "must be epochs"),
        ("3:beta=2,continued=²", "must be epochs"),
        ("3:beta=2,continued=1-two", "must be epochs"),
        ("99:beta=2", "no branch after epoch 99"),
        ("0:beta=2", "no branch after epoch 0"),
        ("30:beta=2,epochs=40", "larger number"),
        (";".join(["3:beta=2"] * 300), "must be epochs"),
        (f"30:epochs=30,schedule=cosine,continued={MANY_HORIZONS}", "continued at most 20 times"),
    ],
)
def test_an_ancestry_that_cannot_be_is_named(text, said):
    with pytest.raises(HyperparameterError, match=said):
        make_recipe("variational", epochs="20").with_ancestry(text)


@pytest.mark.parametrize("place", ["3:dataset={}", "3:beta=2;2:beta=1,dataset={}"])
def test_an_ancestry_tells_nothing_of_a_data_set(place, monkeypatch):
    recipe = make_recipe("variational", epochs="20")
    read = []
    monkeypatch.setattr(storage, "read_meta", lambda name, *rest: read.append(name))
    monkeypatch.setattr(storage, "exists", lambda name, *rest: read.append(name))
    with pytest.raises(HyperparameterError, match="cannot change dataset"):
        recipe.with_ancestry(place.format("own-0123456789abcdef"))
    assert not read

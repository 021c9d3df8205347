"""What a machine does not train, in words."""

import dataclasses

import pytest

from dashboard.jobs.limits import obstacle
from models.settings import Settings
from models.training import ancestry, estimates
from tests.support.recipes import make_recipe
from tests.support.runs import result


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"max_epochs": 1}, "epochs; this machine allows 1"),
        ({"max_examples": 10}, "training examples; this machine allows 10"),
        ({"max_run_megabytes": 0}, "MB; this machine allows 0"),
        ({"max_memory_megabytes": 900}, "MB of memory; this machine allows 900. Choose smaller"),
        ({"max_seconds": 1}, "Choose fewer epochs"),
    ],
)
def test_each_limit_says_what_is_allowed_and_how_to_go_on(small, store, limit, words):
    recipe, machine = small("stacked", epochs=3), Settings(max_memory_megabytes=10_000)
    assert not obstacle(recipe, 2.0, machine, store)
    assert words in obstacle(recipe, 2.0, dataclasses.replace(machine, **limit), store)


def finish(store, recipe):
    """Stores that a run has come to its end."""
    run = store.create(recipe.run_id(), recipe.as_dict())
    run.finish(result("completed", recipe.hyperparameters.epochs))


def descend(way):
    """A run of 500 epochs, which alone is allowed, and one of its last epoch alone, which goes on
    from the first in an address's way."""
    whole = make_recipe("stacked", epochs="499", num_train="4000", schedule="cosine")
    if way == "continued":
        return whole, whole.continue_for(1)
    return whole, whole.branch_at(499, {"epochs": "500"})


@pytest.mark.parametrize("way", ["continued", "branched"])
def test_what_has_to_be_trained_first_counts_until_it_is_stored(store, way):
    (forebear, last), machine = descend(way), Settings(max_memory_megabytes=10_000)
    seconds = estimates.estimate_seconds(forebear, store, machine)
    strict = dataclasses.replace(machine, max_seconds=int(seconds))
    asked = estimates.estimate_seconds(last, store, machine)
    assert asked > seconds
    assert "1 of the runs that it goes on from" in obstacle(last, asked, strict, store)
    finish(store, forebear)
    asked = estimates.estimate_seconds(last, store, machine)
    assert asked < 5 and not obstacle(last, asked, strict, store)


def test_a_forebear_is_held_to_each_limit_of_its_own(small, store):
    """It may have more epochs than what leaves it early."""
    forebear, machine = small("stacked", epochs=400), Settings(max_memory_megabytes=10_000)
    child = forebear.branch_at(2, {"epochs": "4"})
    for limit in ({"max_epochs": 100}, {"max_run_megabytes": 20}):
        strict = dataclasses.replace(machine, **limit)
        assert not obstacle(small("stacked", epochs=4), 1.0, strict, store)
        assert "has to be trained first" in obstacle(child, 1.0, strict, store)


def test_a_long_line_of_branches_is_reckoned_at_once(small, store):
    recipe = small("stacked", epochs=6)
    for _generation in range(10):
        recipe = recipe.branch_at(recipe.hyperparameters.epochs - 2, {}).continue_for(4)
    machine = Settings(max_memory_megabytes=10_000)
    assert len(ancestry.missing(recipe, store)) == 11
    # Each is trained twice for the next one, as its state there is not kept.
    assert estimates.estimate_seconds(recipe, store, machine) > 2**10

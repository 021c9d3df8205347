"""The page that compares two configurations over a few seeds, over a real training process."""

import dataclasses

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.comparison.seeds import pairs, words
from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from models.autoencoders import registry
from models.evaluation.paired_test import compare
from tests.support.pages import open_page, wait_for_end, with_key
from tests.support.places import REPOSITORY

SMALL = {"type": "stacked", "num_train": "300", "hidden_sizes": "none", "batch_size": "100",
         "epochs": "2", "latent_dim": "5"}  # fmt: skip
DIFFERENT = SMALL | {"seeds": "5", "seed": "999998", "b.latent_dim": "20"}
LASTING = DIFFERENT | {"epochs": "500", "num_train": "4000"}
"""Runs that have not ended before the test has."""


# The address


def test_an_address_leads_back_to_the_same_comparison():
    pair, messages = pairs.read_address(DIFFERENT | {"b.l2": "0.001"})
    assert not messages and pair.differing == ["latent_dim", "l2"]
    assert (pair.a.latent_dim, pair.b.latent_dim, pair.b.epochs) == (5, 20, 2)
    assert pairs.read_address(pairs.address_of(pair)) == (pair, [])


def test_pairs_share_their_seeds_and_seeds_stay_within_their_limits():
    pair, _messages = pairs.read_address(DIFFERENT)
    seeds, a, b = zip(*pair.recipes(), strict=True)
    assert seeds == (999998, 999999, 0, 1, 2)
    for first, second, seed in zip(a, b, seeds, strict=True):
        assert first.hyperparameters.seed == second.hyperparameters.seed == seed
        assert first.hyperparameters.difference(second.hyperparameters) == {"latent_dim": "5"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"type": "nonsense"}, "nonsense"),
        ({"seeds": "7"}, "seeds"),
        ({"seeds": "3"}, "5, 10"),
        ({"measure": "beauty"}, "beauty"),
        ({"type": "stacked", "b.latent_dim": "-3"}, "latent_dim"),
        ({"type": "stacked", "b.seed": "3"}, "b.seed"),
        ({"type": "stacked", "b.dataset": "mnist"}, "b.dataset"),
        ({"type": "linear", "b.num_train": "50"}, "b.num_train"),
        ({"type": "stacked", "colour": "red"}, "colour"),
    ],
)
def test_what_an_address_gets_wrong_is_named_and_the_rest_holds(query, named):
    pair, messages = pairs.read_address({"epochs": "3"} | query)
    assert len(messages) == 1 and named in messages[0]
    assert pair.a.epochs == 3 and not pair.differing


# The verdict


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        ([0.8, 0.81, 0.79], ("Real", "20.0 % smaller", "−22.5 % to −17.5 %", "excludes 0")),
        ([1.2, 0.9, 1.3], ("Could be luck", "13.3 % larger", "includes 0")),
    ],
)
def test_the_verdict_says_what_the_interval_does(b, expected):
    text = words.verdict(compare([1.0, 1.0, 1.0], b), "error")
    assert all(word in text for word in expected)


def test_whether_pairs_help_is_said():
    a = [1.0, 1.2, 0.9, 1.1, 1.3]
    helps = compare(a, [one - 0.1 for one in a])
    assert "+1.00" in words.pairing(helps) and "share some" in words.pairing(helps)
    hinders = compare(a, [2.0 - one for one in a])
    assert "−1.00" in words.pairing(hinders) and "does not help" in words.pairing(hinders)
    assert not words.pairing(compare([1.0] * 5, a))


# The page


@pytest.mark.pages
def test_no_verdict_is_given_before_all_pairs_are_trained(dispatcher):
    query = DIFFERENT | {"seed": "70", "b.latent_dim": "11"}
    pair, _messages = pairs.read_address(query)
    runs = [one for _seed, *both in pair.recipes()[:4] for one in both]
    for recipe in runs:
        dispatcher.submit(recipe)
    for recipe in runs:
        wait_for_end(dispatcher, recipe, 300)
    page = open_page("seed_comparison.py", **query)
    assert not page.success and "all 5 pairs" in " ".join(one.value for one in page.info)


@pytest.mark.pages
def test_pairs_are_trained_from_the_page_and_judged_by_their_stored_numbers(dispatcher):
    page = open_page("seed_comparison.py", **DIFFERENT)
    assert not page.warning and "10 runs to train" in " ".join(one.value for one in page.caption)
    with_key(page.button, "paired.train").click()
    page.run()
    assert not page.exception and with_key(page.button, "paired.stop")
    pair, _messages = pairs.read_address(DIFFERENT)
    runs = [[wait_for_end(dispatcher, one, 300) for one in both] for _seed, *both in pair.recipes()]
    page.run()
    assert not page.exception
    figures = np.array(
        [[run.result()["held_out"]["reconstruction_mse"] for run in both] for both in runs]
    )
    outcome = compare(*figures.T)
    assert outcome.real, "four times as many numbers in the code"
    (box,) = page.success
    assert box.value == words.verdict(outcome, "mean squared error")
    table = page.dataframe[0].value
    np.testing.assert_allclose(table["A"].astype(float), figures[:, 0], rtol=1e-4)
    assert not [one for one in page.button if one.key in ("paired.train", "paired.stop")]


@pytest.mark.pages
def test_training_them_again_costs_nothing_and_stopping_leaves_what_is_trained(dispatcher):
    pair, _messages = pairs.read_address(DIFFERENT)
    submitted = []
    real = Dispatcher.submit
    page = open_page("seed_comparison.py", **DIFFERENT | {"b.latent_dim": "6"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Dispatcher,
            "submit",
            lambda self, recipe, **rest: (submitted.append(recipe), real(self, recipe, **rest)),
        )
        with_key(page.button, "paired.train").click()
        page.run()
    assert {one.hyperparameters.latent_dim for one in submitted} == {6} and len(submitted) == 5
    with_key(page.button, "paired.stop").click()
    page.run()
    for _seed, a, b in pairs.read_address(DIFFERENT | {"b.latent_dim": "6"})[0].recipes():
        wait_for_end(dispatcher, b, 300)
        assert dispatcher.store.run(a.run_id()).find_result(2)
    assert pair.num_seeds == 5


@pytest.mark.pages
def test_stopping_takes_nothing_from_others_and_leaves_no_dead_button(dispatcher):
    query = LASTING | {"b.latent_dim": "7"}
    pair, messages = pairs.read_address(query)
    assert not messages
    ids = {one.run_id() for _seed, *both in pair.recipes() for one in both}
    for _seed, a, _b in pair.recipes():
        dispatcher.submit(a, visitor="bob", background=True)
    page = open_page("seed_comparison.py", **query)
    assert not [one for one in page.button if one.key == "paired.stop"], "nothing of it is ours"
    with_key(page.button, "paired.train").click()
    page.run()
    (ours,) = set.union(*map(dispatcher.visitors, ids)) - {"bob"}
    assert all(ours in dispatcher.visitors(run_id) for run_id in ids)
    assert all(map(dispatcher.is_background, ids))
    with_key(page.button, "paired.stop").click()
    page.run()
    assert not page.exception and with_key(page.button, "paired.train")
    wanted = [dispatcher.visitors(a.run_id()) for _seed, a, _b in pair.recipes()]
    assert wanted == [{"bob"}] * 5
    for run_id in ids:
        dispatcher.stop(run_id)


@pytest.mark.pages
def test_more_comparisons_than_may_wait_are_refused_in_words(dispatcher, monkeypatch):
    machine = dataclasses.replace(dispatcher.machine, max_waiting_behind=3)
    monkeypatch.setattr(dispatcher, "machine", machine)
    page = open_page("seed_comparison.py", **LASTING | {"b.latent_dim": "8"})
    with_key(page.button, "paired.train").click()
    page.run()
    assert not page.exception
    assert any("3 runs of comparisons waiting" in one.value for one in page.warning)
    with_key(page.button, "paired.stop").click()
    page.run()


@pytest.mark.pages
def test_a_setting_and_its_two_values_are_chosen_on_the_page(dispatcher):
    page = open_page("seed_comparison.py", **SMALL)
    assert with_key(page.button, "paired.train").disabled
    (differing,) = page.multiselect
    differing.set_value(["latent_dim"]).run()
    (of_b,) = [one for one in page.number_input if one.key.startswith("paired.B.latent_dim")]
    assert of_b.value == 5
    of_b.set_value(9).run()
    assert not page.exception
    found = page.session_state["paired"].pair
    assert (found.a.latent_dim, found.b.latent_dim) == (5, 9)
    assert page.query_params["b.latent_dim"] in ("9", ["9"])
    assert not with_key(page.button, "paired.train").disabled
    page.multiselect[0].set_value([]).run()
    assert not page.session_state["paired"].pair.differing


@pytest.mark.pages
def test_a_bad_address_is_named_and_another_type_can_be_chosen(dispatcher):
    page = open_page("seed_comparison.py", type="stacked", seeds="9", epochs="2")
    assert any("seeds" in one.value for one in page.warning)
    page.selectbox[0].set_value("variational").run()
    assert not page.exception
    pair = page.session_state["paired"].pair
    assert pair.type is registry.by_name("variational") and pair.measure == "total"


def test_without_a_server_the_page_says_so(monkeypatch):
    monkeypatch.setattr(execution, "current", lambda: None)
    page = AppTest.from_file(
        str(REPOSITORY / "pages" / "seed_comparison.py"), default_timeout=60
    ).run()
    assert not page.exception and "not running" in page.error[0].value

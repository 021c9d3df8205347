"""What a claim says of runs, and when it is wrong, on made-up numbers."""

import math

import pytest

from dashboard.claims.by_page import CLAIMS
from dashboard.claims.claim import NUM_SEEDS, Alike, Claim, Figure
from dashboard.claims.measures import measure

ALL = [(page, claim) for page, claims in CLAIMS.items() for claim in claims]
LESS, MORE = Figure("linear", "held_out.total"), Figure("linear", "held_out.total", {"noise": "1"})


def names(value):
    return str(value)[:40] if isinstance(value, Claim) else None


@pytest.mark.parametrize(("page", "claim"), ALL, ids=names)
def test_every_claim_can_be_found_out(page, claim):
    """Of runs that are swapped, or that differ by more than they may, none holds."""
    least = claim.times or claim.by
    if isinstance(claim, Alike):
        assert claim.holds(claim.effect(1.0, 1.0))
        for pair in ((1.0, 1.1 * least), (1.1 * least, 1.0)):
            assert not claim.holds(claim.effect(*pair))
        return
    less, more = (1.0, 1.1 * least) if claim.times else (1.0, 1.0 + 1.1 * least)
    assert claim.holds(claim.effect(less, more))
    assert not claim.holds(claim.effect(more, less)) and not claim.holds(claim.effect(less, less))
    assert not claim.holds(claim.effect(less, math.nan))


@pytest.mark.parametrize(("page", "claim"), ALL, ids=names)
def test_every_claim_is_about_runs_that_can_be_trained(page, claim):
    assert claim.figures
    seeds = claim.seeds()
    assert len(set(seeds)) == NUM_SEEDS and not set(seeds) & set(claim.seeds(2))
    for figure in claim.figures:
        assert figure.recipe(seeds[0]).hyperparameters.seed == seeds[0]


def test_every_lesson_says_each_thing_once():
    sentences = [str(claim) for _page, claim in ALL]
    assert len(set(sentences)) == len(sentences)


def test_a_claim_that_could_not_fail_is_refused():
    for bounds in ({}, {"times": 2.0, "by": 1.0}, {"times": 1.0}, {"times": 0.5}, {"by": 0.0}):
        with pytest.raises(ValueError, match="It falls"):
            Claim("It falls.", LESS, MORE, **bounds)


def test_seeds_change_with_what_is_claimed_and_not_with_the_words():
    claim = Claim("It falls.", LESS, MORE, times=2.0)
    assert Claim("It becomes smaller.", LESS, MORE, times=2.0).seeds() == claim.seeds()
    others = [
        Claim("It falls.", LESS, MORE, times=3.0),
        Claim("It falls.", MORE, LESS, times=2.0),
        Claim("It falls.", LESS, 1.0, times=2.0),
        Claim("It falls.", LESS, MORE, by=2.0),
        Claim("It falls.", LESS, Figure("linear", "train.total", {"noise": "1"}), times=2.0),
        Claim("It falls.", LESS, Figure("linear", "held_out.total", {"epochs": "9"}), times=2.0),
    ]
    assert not any(set(other.seeds()) & set(claim.seeds()) for other in others)


def test_points_are_drawn_anew_with_each_seed():
    h = LESS.recipe(7).hyperparameters
    assert (h.seed, h.sample) == (7, 7)


def test_a_number_is_read_from_the_result(store, small):
    recipe = small("linear")
    run = store.create(recipe.run_id(), recipe.as_dict())
    with pytest.raises(KeyError, match="no result"):
        measure(run, "held_out.total")
    terms = {"total": 0.5, "reconstruction_mse": 0.25}
    ended = {
        "status": "completed", "epochs": 1, "train": terms, "held_out": terms,
        "pca": {"train": 0.1, "held_out": 0.2}, "seconds": 1.0, "images_per_second": 1.0,
        "device": "CPU",
    }  # fmt: skip
    run.finish(ended)
    assert measure(run, "held_out.reconstruction_mse") == 0.25
    assert measure(run, "pca.held_out") == 0.2
    with pytest.raises(KeyError):
        measure(run, "held_out.kl_nats")
    run.finish(ended | {"status": "diverged", "message": "It ran away.", "suggestion": {}})
    assert math.isnan(measure(run, "pca.held_out")) and measure(run, "epochs") == 1

"""What is said of claims that were checked, on made-up numbers; and that the page is up to date."""

import math
import re

import pytest

from benchmarks import claims
from dashboard.claims.by_page import CLAIMS
from dashboard.claims.claim import NUM_SEEDS, Alike, Claim, Figure

LESS, MORE = Figure("linear", "held_out.total"), Figure("linear", "held_out.total", {"noise": "1"})
FALLS = Claim("It falls.", LESS, MORE, times=2.0)


def known(claim, values):
    """What `_effects` needs, with one pair of numbers for each seed."""
    found = {}
    for seed, pair in zip(claim.seeds(), values, strict=True):
        for figure, value in zip((LESS, MORE), pair, strict=True):
            found["/".join(figure.describe()), seed] = value
    return found


def test_an_effect_is_that_of_runs_with_the_same_seed():
    pairs = [(1.0, 2.0), (1.0, 4.0), (2.0, 6.0), (1.0, 8.0), (1.0, 1.0)]
    effects = claims._effects(FALLS, 1, known(FALLS, pairs))
    assert effects == [2.0, 4.0, 3.0, 8.0, 1.0]
    assert claims.judge(FALLS, effects).held == 4


def test_the_mean_of_ratios_is_geometric_with_an_interval_around():
    outcome = claims.judge(FALLS, [2.0, 8.0, 4.0, 4.0, 4.0])
    low, high = outcome.interval
    assert outcome.mean == pytest.approx(4.0) and low * high == pytest.approx(16.0)
    half = 2.776 * math.log(2) * math.sqrt(0.5) / math.sqrt(5)  # Student's t with 4 degrees
    assert math.log(high / 4) == pytest.approx(half, rel=1e-3)


def test_differences_and_what_is_alike_have_means_of_their_own():
    rises = Claim("It rises.", LESS, 5.0, by=1.0)
    assert claims.judge(rises, [1.0, 2.0, 3.0, 4.0, 0.0]).mean == pytest.approx(2.0)
    alike = Alike("Both are alike.", LESS, MORE, times=1.1)
    assert claims.judge(alike, [1.0, 1.05, 1.2, 1.0, 1.1]).held == 4


def test_only_what_is_not_known_is_trained_and_each_run_once():
    both = [FALLS, Claim("It falls in training.", LESS, MORE, times=2.0)]
    tasks = claims._tasks(both, 1, {})
    assert len(tasks) == 2 * NUM_SEEDS
    first = known(FALLS, [(1.0, 2.0)] * NUM_SEEDS)
    assert not claims._tasks(both, 1, first)
    assert len(claims._tasks(both, 2, first)) == 2 * NUM_SEEDS


def test_a_page_replaces_its_own_section_only(monkeypatch):
    monkeypatch.setattr(claims, "CLAIMS", {"first": (), "second": ()})
    outcome = claims.judge(FALLS, [2.0] * 5)
    rows = [claims.row(FALLS, outcome, "abc")]
    text = claims.replace_section("", "second", claims.section("second", rows))
    text = claims.replace_section(text, "first", claims.section("first", rows))
    assert text.index("## first") < text.index("## second")
    again = claims.replace_section(text, "first", claims.section("first", []))
    assert again.count("It falls.") == 1 and text.count("It falls.") == 2


def test_a_sentence_is_shown_without_the_glossary_s_brackets():
    claim = Claim("Many [[layer|layers]] and [[PCA]] differ.", LESS, MORE, times=2.0)
    assert claims.plain(claim) == "Many layers and PCA differ."


@pytest.mark.parametrize("page", CLAIMS)
def test_the_page_has_what_the_lessons_claim_and_all_of_it_held(page):
    """Else: `python -m benchmarks.claims --only PAGE --write`."""
    sections = dict(re.findall(r"(?ms)^## (\w+)$(.*?)(?=^## |\Z)", claims.PAGE.read_text("utf-8")))
    rows = [line.split(" | ") for line in sections[page].splitlines() if line.endswith("` |")]
    found = {row[-1].strip("` |"): (row[0].removeprefix("| "), row[3]) for row in rows}
    expected = {
        claim.key: (claims.plain(claim), f"{NUM_SEEDS} of {NUM_SEEDS}") for claim in CLAIMS[page]
    }
    assert found == expected

"""What a training is expected to take, by what others took."""

import pytest

from models.training import estimates
from models.training.estimates import CORRECTIONS, TELLING_SECONDS, correction, model_seconds
from tests.support.recipes import make_recipe

TINY = make_recipe("recurrent", epochs="4", num_train="100")
LONG = make_recipe("stacked")


def measured(recipe, ratio):
    """A run that took so many times what the constants predict."""
    h = recipe.hyperparameters
    examples = h.effective_batch_size * h.steps_per_epoch * h.epochs
    return recipe, {"images_per_second": examples / (ratio * model_seconds(recipe))}


def test_the_correction_is_the_median_of_what_was_measured():
    assert correction([]) == 1.0 and correction([(LONG, {}), (LONG, {"status": "failed"})]) == 1.0
    assert correction([measured(LONG, ratio) for ratio in (1.5, 4.0, 2.0)]) == pytest.approx(2.0)


def test_runs_of_a_moment_say_nothing_about_the_machine():
    seconds = model_seconds(TINY)
    assert 90 * seconds > TELLING_SECONDS > 1.5 * seconds, "or else this tests nothing"
    assert correction([measured(TINY, 1.5)] * 8) == 1.0
    assert correction([*[measured(TINY, 0.1)] * 8, measured(LONG, 2.0)]) == pytest.approx(2.0)


@pytest.mark.parametrize(("ratio", "bound"), [(0.05, 0), (300.0, 1)])
def test_the_correction_is_bounded(ratio, bound, monkeypatch):
    monkeypatch.setattr(estimates, "TELLING_SECONDS", 0.0)
    assert correction([measured(LONG, ratio)] * 12) == CORRECTIONS[bound]

"""Numbers of a run that claims compare, against the same ones by scikit-learn and by hand."""

import pytest
from sklearn.dummy import DummyRegressor
from sklearn.metrics import mean_squared_error

from dashboard.claims.measures import MEASURES, measure
from models.runs.store import RunStore
from tests.support.networks import load, train

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def trained(small, tmp_path_factory, record_steps, without_graphs):
    """A function that trains a small network of some type once; gives recipe and run."""
    from models.training import step_trace

    store, found = RunStore(tmp_path_factory.mktemp("runs"), 10**9), {}

    def train_once(type, **changes):
        size = {"latent_dim": 6, "hidden_sizes": (), "epochs": 3, "learning_rate": 0.002}
        recipe = small(type, **size | changes)
        if recipe.run_id() not in found:
            with without_graphs(), pytest.MonkeyPatch.context() as patch:
                patch.setattr(step_trace, "record_steps", record_steps)
                found[recipe.run_id()] = train(recipe, store)
        return recipe, found[recipe.run_id()]

    return train_once


def test_the_mean_image_is_scikit_learns_dummy(trained):
    recipe, run = trained("tied")
    data = load(recipe)
    dummy = DummyRegressor().fit(data.train, data.train)
    expected = mean_squared_error(data.held_out, dummy.predict(data.held_out))
    assert measure(run, "mean_image") == pytest.approx(expected, rel=1e-5)


def test_the_first_step_s_gradient_is_the_one_that_was_kept(trained):
    _recipe, run = trained("tied")
    step, about = run.step("first")
    place = about["variables"].index("encoder/code/kernel")
    for name in ("first.outermost_gradient", "first.innermost_gradient"):
        assert measure(run, name) == pytest.approx(step["gradient_norms"][place])
    assert 0 < measure(run, "first.output_spread") < 1


def test_diagnostics_before_the_training_are_those_of_the_first_event(trained):
    _recipe, run = trained("sparse")
    first = run.events()[0]["diagnostics"]["mean_activity"]
    assert measure(run, "untrained.mean_activity") == first
    assert 81 / 784 < measure(run, "window_share") < 1


def test_a_number_that_was_not_kept_is_told(trained):
    _recipe, run = trained("sparse")
    with pytest.raises(KeyError):
        MEASURES["untrained.jacobian_norm"](run)

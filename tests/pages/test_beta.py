"""The lesson on beta, headless: its development, its dimensions, and other betas."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.plots import plots
from dashboard.session.memory import _memory
from models.evaluation import image_factors
from models.layers import numpy_inference
from tests.support.pages import SMALL_NATS, choose, open_page, with_key
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def run(trained_once):
    return trained_once(make_recipe("variational", **SMALL_NATS))


@pytest.fixture
def plotted(monkeypatch):
    """The figures that the page draws, by key."""
    found = {}

    def note(*, key, data):
        found[key] = [json.loads(plot["figure"]) for plot in data["plots"]]

    monkeypatch.setattr(plots, "_component", note)
    monkeypatch.setattr(plots, "_compact", lambda array: array.tolist())
    return found


def test_the_development_is_that_of_the_film(run, plotted):
    open_page("beta.py", **SMALL_NATS)
    (figure,) = plotted["beta.development"]
    (trace,) = figure["data"]
    epochs = run.snapshot_epochs()
    assert trace["x"] == epochs == [0, 1, 2, 3, 4]
    order = [int(number) - 1 for number in trace["y"]]
    for place, epoch in enumerate(epochs):
        kl = run.snapshot(epoch)[0]["kl_per_dimension"]
        np.testing.assert_allclose(np.array(trace["z"])[:, place], kl[order], rtol=1e-5)
    assert np.all(np.diff(kl[order]) <= 0)


def test_a_traversal_changes_one_dimension_of_the_image_s_code(run, drawn):
    page = open_page("beta.py", **SMALL_NATS)
    choose(page, "beta.view", "traversal")
    header, images = drawn["beta.traversal"]
    h = make_recipe("variational", **SMALL_NATS).hyperparameters
    start = with_key(page.segmented_control, "beta.start.digits").value
    code = run.live()[0]["codes"][start].copy()
    dimension = int(header["labels"][0].split(":")[0]) - 1
    assert dimension == np.argmax(run.live()[0]["kl_per_dimension"])
    code[dimension] = float(header["captions"][-1])
    expected = numpy_inference.decode(h, run.checkpoint("weights/")[0], code[None])
    np.testing.assert_allclose(images[0, -1].reshape(1, -1) / 255, expected, atol=0.003)


def test_runs_with_other_betas_are_points_and_tables(run, trained_for_pages, plotted):
    other = trained_for_pages(make_recipe("variational", **SMALL_NATS, beta="4"))
    page = open_page("beta.py", **SMALL_NATS, beta="4")
    choose(page, "beta.view", "rates")
    _line, others, mine = plotted["beta.rates"][0]["data"]
    for trace, one, name in ((mine, other, "β 4"), (others, run, "β 1")):
        held_out = one.result()["held_out"]
        assert trace["text"] == [name]
        assert [*trace["x"], *trace["y"]] == pytest.approx(
            [held_out["kl_nats"], held_out["reconstruction_nats"]], rel=1e-5
        )
    choose(page, "beta.view", "factors")
    tables = [figure["data"][0] for figure in plotted["beta.factors"]]
    assert len(tables) == 2
    sample, pictures = other.sample()[0], other.live()[0]
    measured = image_factors.measure(sample["inputs"].reshape(-1, 28, 28))
    expected = np.abs(image_factors.correlations(pictures["codes"], measured, sample["labels"]))
    order = [int(number) - 1 for number in tables[0]["y"]]
    np.testing.assert_allclose(tables[0]["z"], expected[order], atol=1e-5)


def test_two_lessons_on_one_type_keep_their_choices_and_guesses_apart(dispatcher):
    wanted = make_recipe("variational", **SMALL_NATS | {"seed": "312"})
    page = AppTest.from_file(str(REPOSITORY / "pages" / "beta.py"), default_timeout=60)
    for name, text in (SMALL_NATS | {"seed": "312"}).items():
        page.query_params[name] = text
    page.session_state["visitor"] = "somebody"
    _memory().of("somebody")["guesses.variational"] = {wanted.run_id(): 2}
    page.run()
    assert not page.exception
    assert page.session_state["choices.beta"].recipe == wanted
    assert "choices.variational" not in page.session_state
    asked = with_key(page.radio, f"beta.guess.{wanted.run_id()}")
    assert asked.value is None, "the guess was another lesson's"

"""The conditional lesson and that on beta, headless, over a real training process."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.plots import plots
from models.autoencoders import registry
from models.evaluation import image_factors
from models.layers import numpy_inference
from models.runs.recipe import Recipe
from tests.support.pages import choose, open_page, with_key
from tests.support.places import REPOSITORY

SMALL = {"num_train": "300", "hidden_sizes": "32", "latent_dim": "5", "batch_size": "100",
         "epochs": "4", "seed": "311"}  # fmt: skip
LESSONS = {"conditional": "conditional", "beta": "variational"}

pytestmark = pytest.mark.pages


def recipe(type_name, **texts):
    type = registry.by_name(type_name)
    return Recipe(type, type.preset("ours").parse(SMALL | texts))


@pytest.fixture(scope="module")
def runs(trained_for_pages):
    """The finished runs of both lessons in a small size, by lesson."""
    return {name: trained_for_pages(recipe(type)) for name, type in LESSONS.items()}


@pytest.fixture
def plotted(monkeypatch):
    """The figures that the page draws, by key."""
    found = {}

    def note(*, key, data):
        found[key] = [json.loads(plot["figure"]) for plot in data["plots"]]

    monkeypatch.setattr(plots, "_component", note)
    monkeypatch.setattr(plots, "_compact", lambda array: array.tolist())
    return found


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("query", [{"seed": "310"}, SMALL], ids=["untrained", "trained"])
def test_every_view_can_be_drawn(runs, name, query):
    page = open_page(f"{name}.py", **query)
    control = with_key(page.segmented_control, f"{name}.view")
    assert len(control.options) == 6
    for view in ("rebuilt", "dimensions", *VIEWS[name]):
        choose(page, f"{name}.view", view)
    if query is SMALL:
        held_out = runs[name].result()["held_out"]
        assert page.metric[0].value == f"{held_out['reconstruction_nats']:.1f}"


VIEWS = {
    "conditional": ("invented", "hands", "explore", "space"),
    "beta": ("development", "traversal", "rates", "factors"),
}


def test_every_digit_is_written_with_the_code_of_the_image_above_it(runs, drawn):
    page = open_page("conditional.py", **SMALL)
    choose(page, "conditional.view", "hands")
    header, images = drawn["conditional.styles"]
    assert header["labels"] == ["written by hand", *map(str, range(10))]
    run = runs["conditional"]
    inputs, codes = run.sample()[0]["inputs"], run.live()[0]["codes"]
    rows = [int(np.flatnonzero((inputs == one.ravel()).all(axis=1))[0]) for one in images[0]]
    h, weights = recipe("conditional").hyperparameters, run.checkpoint("weights/")[0]
    for label, written in enumerate(images[1:]):
        expected = numpy_inference.decode(h, weights, codes[rows], np.full(len(rows), label))
        np.testing.assert_allclose(written.reshape(len(rows), -1) / 255, expected, atol=0.003)
    page.button(key="conditional.hands").click()
    page.run()
    assert np.any(drawn["conditional.styles"][1][0] != images[0])


def test_one_digit_is_invented_or_all_side_by_side(runs, drawn):
    page = open_page("conditional.py", **SMALL)
    run = runs["conditional"]
    stored = run.live()[0]["generated"].reshape(6, 10, 28, 28)
    header, images = drawn["conditional.invented"]
    assert np.abs(images.astype(int) - stored).max() <= 1 and header["film"]
    choose(page, "conditional.told.digits", 7)
    header, images = drawn["conditional.invented"]
    codes = np.random.default_rng(0).standard_normal((40, 5))
    h, weights = recipe("conditional").hyperparameters, run.checkpoint("weights/")[0]
    expected = numpy_inference.decode(h, weights, codes, np.full(40, 7))
    np.testing.assert_allclose(images.reshape(40, -1) / 255, expected, atol=0.003)
    assert "film" not in header


def test_the_development_is_that_of_the_film(runs, plotted):
    open_page("beta.py", **SMALL)
    ((figure,), run) = plotted["beta.development"], runs["beta"]
    (trace,) = figure["data"]
    epochs = run.snapshot_epochs()
    assert trace["x"] == epochs == [0, 1, 2, 3, 4]
    order = [int(number) - 1 for number in trace["y"]]
    for place, epoch in enumerate(epochs):
        kl = run.snapshot(epoch)[0]["kl_per_dimension"]
        np.testing.assert_allclose(np.array(trace["z"])[:, place], kl[order], rtol=1e-5)
    assert np.all(np.diff(kl[order]) <= 0)


def test_a_traversal_changes_one_dimension_of_the_image_s_code(runs, drawn):
    page = open_page("beta.py", **SMALL)
    choose(page, "beta.view", "traversal")
    header, images = drawn["beta.traversal"]
    run, h = runs["beta"], recipe("variational").hyperparameters
    start = with_key(page.segmented_control, "beta.start.digits").value
    code = run.live()[0]["codes"][start].copy()
    dimension = int(header["labels"][0].split(":")[0]) - 1
    assert dimension == np.argmax(run.live()[0]["kl_per_dimension"])
    code[dimension] = float(header["captions"][-1])
    expected = numpy_inference.decode(h, run.checkpoint("weights/")[0], code[None])
    np.testing.assert_allclose(images[0, -1].reshape(1, -1) / 255, expected, atol=0.003)


def test_runs_with_other_betas_are_points_and_tables(runs, trained_for_pages, plotted):
    run = trained_for_pages(recipe("variational", beta="4"))
    page = open_page("beta.py", **SMALL, beta="4")
    choose(page, "beta.view", "rates")
    _line, others, mine = plotted["beta.rates"][0]["data"]
    for trace, one, name in ((mine, run, "β 4"), (others, runs["beta"], "β 1")):
        held_out = one.result()["held_out"]
        assert trace["text"] == [name]
        assert [*trace["x"], *trace["y"]] == pytest.approx(
            [held_out["kl_nats"], held_out["reconstruction_nats"]], rel=1e-5
        )
    choose(page, "beta.view", "factors")
    tables = [figure["data"][0] for figure in plotted["beta.factors"]]
    assert len(tables) == 2
    sample, pictures = run.sample()[0], run.live()[0]
    measured = image_factors.measure(sample["inputs"].reshape(-1, 28, 28))
    expected = np.abs(image_factors.correlations(pictures["codes"], measured, sample["labels"]))
    order = [int(number) - 1 for number in tables[0]["y"]]
    np.testing.assert_allclose(tables[0]["z"], expected[order], atol=1e-5)


def test_two_lessons_on_one_type_keep_their_choices_and_guesses_apart(dispatcher):
    wanted = recipe("variational", seed="312")
    page = AppTest.from_file(str(REPOSITORY / "pages" / "beta.py"), default_timeout=60)
    for name, text in (SMALL | {"seed": "312"}).items():
        page.query_params[name] = text
    page.session_state["guesses.variational"] = {wanted.run_id(): 2}
    page.run()
    assert not page.exception
    assert page.session_state["choices.beta"].recipe == wanted
    assert "choices.variational" not in page.session_state
    asked = with_key(page.radio, f"beta.guess.{wanted.run_id()}")
    assert asked.value is None, "the guess was another lesson's"

"""The page that compares runs, headless, over runs from a real training process."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from dashboard.comparison import bits, evaluation, selection, table
from dashboard.runs.run_view import view_run
from models.data.uploads import sharing
from models.evaluation import rate_distortion
from models.layers import numpy_inference
from models.runs.files import RunError
from models.runs.recipe import Recipe
from tests.support.pages import choose, open_page, with_key
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

SMALL = {"num_train": "300", "hidden_sizes": "none", "batch_size": "100", "epochs": "2"}
RECIPES = {
    "stacked": SMALL | {"latent_dim": "8"},
    "sparse": SMALL | {"latent_dim": "12"},
    "conditional": SMALL | {"hidden_sizes": "16", "latent_dim": "4"},
    "linear": {"num_train": "50", "epochs": "20"},
}

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def runs(dispatcher, trained_for_pages):
    """Small runs of three types that have ended, by type, and one more that is damaged."""
    found = {name: trained_for_pages(make_recipe(name, **texts)) for name, texts in RECIPES.items()}
    damaged = dispatcher.store.run("stacked-00000000000000dd")
    damaged.folder.mkdir()
    for name in ("config.json", "result.json", "events.jsonl", "live.npz", "checkpoint.npz"):
        (damaged.folder / name).write_bytes(b"{\x00 torn")
    return found


def address(runs, *names):
    return ",".join(runs[name].id for name in names)


def run_views(runs, *names):
    return {name: view_run(Recipe.from_dict(runs[name].config)) for name in names}


def test_without_a_choice_the_page_says_what_to_do(runs):
    # By way of the table of contents, as links to lessons need it.
    page = AppTest.from_file(
        str(REPOSITORY / "dashboard/server/navigation.py"), default_timeout=60
    ).run()
    page.switch_page("../../pages/compare.py").run()
    assert not page.exception
    assert "Choose two runs" in page.info[0].value
    assert len(page.multiselect[0].options) == len(RECIPES)  # the damaged one is not offered
    assert with_key(page.button, "compare.defaults").disabled  # no default run was trained
    assert len(page.page_link) >= 8


def test_every_view_of_runs_on_the_same_data_can_be_drawn(runs, drawn):
    page = open_page("compare.py", runs=address(runs, "stacked", "sparse"))
    assert page.multiselect[0].value == [runs["stacked"].id, runs["sparse"].id]
    assert page.query_params["runs"] == address(runs, "stacked", "sparse")
    for view in with_key(page.segmented_control, "compare.view").options:
        choose(page, "compare.view", view)
        assert not page.error and not page.info and not page.warning
    with_key(page.button, "compare.probe").click()
    page.run()
    assert not page.exception
    watched = [name for name, run in runs.items() if any((run.folder / "watchers").glob("*"))]
    assert watched == ["stacked", "sparse"]
    header, images = drawn["compare.pictures"]
    assert [label.partition(":")[0] for label in header["labels"]] == [
        "original",
        "Stacked",
        "Sparse",
    ]
    sample = runs["stacked"].sample()[0]["inputs"].reshape(-1, 28, 28)
    which = [int(np.flatnonzero((sample == one).all(axis=(1, 2)))[0]) for one in images[0]]
    for shown, name in zip(images[1:], ("stacked", "sparse"), strict=True):
        stored = runs[name].live()[0]["reconstructions"][which]
        np.testing.assert_array_equal(shown, stored.reshape(-1, 28, 28))


def test_the_table_holds_what_the_results_say(runs):
    shown = run_views(runs, "stacked", "linear")
    curves = {name: evaluation.rate(run_view) for name, run_view in shown.items()}
    rows = pd.read_csv(io.BytesIO(table.as_csv(table.table(shown, curves))))
    assert rows["Run"].tolist() == ["stacked", "linear"]
    for (_index, row), name in zip(rows.iterrows(), shown, strict=True):
        result = json.loads((runs[name].folder / "result.json").read_text())
        assert row["Held-out error"] == result["held_out"]["reconstruction_mse"]
        assert row["Training error"] == result["train"]["reconstruction_mse"]
        assert row["Baseline"] == result["pca"]["held_out"]
        assert row["Parameters"] == result["num_parameters"]
        assert row["Seconds"] == result["seconds"]
        assert row["Examples per second"] == result["images_per_second"]
        assert (row["Device"], row["Run id"]) == (result["device"], runs[name].id)
        assert row["Bits, stored"] == 32 * row["Code size"]
        assert 0 < row["Bits, rounded"] < row["Bits, stored"]


def test_distortion_is_that_of_the_stored_network(runs):
    run_view = run_views(runs, "stacked")["stacked"]
    one, at_hand = evaluation.rate(run_view), evaluation.reference(run_view.recipe)
    weights, h = runs["stacked"].checkpoint("weights/")[0], run_view.recipe.hyperparameters
    codes = numpy_inference.encode(h, weights, at_hand.held_out)
    outputs = numpy_inference.decode(h, weights, codes)
    assert one.error == pytest.approx(np.square(outputs - at_hand.held_out).mean(), rel=1e-4)
    # The sample holds the same images, as bytes.
    np.testing.assert_array_equal(
        at_hand.images.reshape(500, 784), runs["stacked"].sample()[0]["inputs"]
    )
    train = numpy_inference.encode(h, weights, at_hand.train)
    rounded, bits = rate_distortion.fit_quantizer(train).apply(codes, 3)
    error = rate_distortion.squared_error(
        at_hand.held_out, numpy_inference.decode(h, weights, rounded)
    )
    assert one.curve.errors[2] == pytest.approx(error, rel=1e-4)
    assert one.curve.bits[2] == pytest.approx(bits.sum(axis=1).mean(), rel=1e-4)
    assert one.curve.errors[-1] == pytest.approx(one.error, rel=0.05)


def test_a_class_that_a_network_is_told_costs_bits(runs):
    run_view = run_views(runs, "conditional")["conditional"]
    one, at_hand = evaluation.rate(run_view), evaluation.reference(run_view.recipe)
    weights, h = runs["conditional"].checkpoint("weights/")[0], run_view.recipe.hyperparameters
    x, labels = at_hand.held_out, at_hand.data.held_out_labels[:500]
    codes = numpy_inference.encode(h, weights, x, labels)
    outputs = numpy_inference.decode(h, weights, codes, labels)
    assert one.error == pytest.approx(rate_distortion.squared_error(x, outputs), rel=1e-4)
    _rounded, bits = one.quantizer.apply(codes, 1)
    expected = bits.sum(axis=1).mean() + np.log2(10)
    assert one.curve.bits[0] == pytest.approx(expected, rel=1e-4)


def test_codes_that_are_symbols_already_are_one_point(runs, monkeypatch):
    run_view = run_views(runs, "sparse")["sparse"]
    kind = type(run_view.recipe.hyperparameters)
    size = run_view.recipe.hyperparameters.latent_dim
    monkeypatch.setattr(kind, "code_symbols", property(lambda self: (size, 2)))
    one, at_hand = evaluation.rate.__wrapped__(run_view), evaluation.reference(run_view.recipe)
    assert one.curve.errors.tolist() == [one.error] and one.curve.bits.tolist() == [one.bits]
    weights, h = runs["sparse"].checkpoint("weights/")[0], run_view.recipe.hyperparameters
    train, codes = (
        numpy_inference.encode(h, weights, x)[:, :, None] for x in (at_hand.train, at_hand.held_out)
    )
    assert one.bits == pytest.approx(rate_distortion.symbol_bits(train, codes, 2), rel=1e-2)


def test_runs_on_other_data_are_shown_apart(runs, drawn):
    page = open_page("compare.py", runs=address(runs, "stacked", "linear", "sparse"))
    group = with_key(page.segmented_control, "compare.group")
    assert len(group.options) == 2 and group.value.startswith("Digits")
    assert any("Not shown here: Linear" in one.value for one in page.caption)
    choose(page, "compare.group", group.options[1 - group.options.index(group.value)])
    for view in ("Distortion against bits", "Reconstructions", "Linear probe"):
        choose(page, "compare.view", view)
        assert not page.error


def test_runs_that_cannot_be_compared_are_named(runs):
    ids = ["../../etc/passwd", "stacked-0123456789abcdef", "stacked-00000000000000dd"]
    page = open_page("compare.py", runs=",".join([*ids, runs["sparse"].id]))
    (warning,) = page.warning
    assert all(one in warning.value for one in ids)
    assert page.multiselect[0].value == [runs["sparse"].id]
    assert page.query_params["runs"] == runs["sparse"].id
    page.multiselect[0].set_value([runs["stacked"].id])
    page.run()
    assert not page.warning and not page.exception


def test_a_run_of_another_version_is_left_out(runs, dispatcher):
    config = dict(runs["sparse"].config)
    older = dispatcher.store.create("sparse-00000000000000ee", config)
    nonsense = dispatcher.store.create("sparse-00000000000000ef", config | {"type": ["?"]})
    try:
        for run in (older, nonsense):
            found, messages = selection.read_address(run.id, dispatcher.store)
            reason = "another version" if run is older else "cannot be read: config.json"
            assert not found and run.id in messages[0] and reason in messages[0]
        assert older.id not in selection.known_recipes(dispatcher.store)
        many = ",".join([runs["sparse"].id, *(f"sparse-{i:016x}" for i in range(30))])
        found, messages = selection.read_address(many, dispatcher.store)
        assert found == [runs["sparse"].id] and "too many" in messages[0]
        assert len(messages) == selection.MAX_RUNS
    finally:
        older.delete(), nonsense.delete()


def test_labels_say_what_differs(runs):
    stacked = Recipe.from_dict(runs["stacked"].config)
    h = stacked.hyperparameters
    others = [
        Recipe(stacked.type, h.replace(latent_dim=4)),
        Recipe.from_dict(runs["sparse"].config),
    ]
    assert selection.labels([stacked, *others]) == [
        "Stacked: code size 8",
        "Stacked: code size 4",
        "Sparse",
    ]
    longer = Recipe(stacked.type, h.replace(epochs=4, schedule="constant"))
    assert len(set(selection.labels([stacked, stacked.continue_for(2), longer]))) == 3


def test_a_table_is_not_given_once_sharing_was_taken_back(runs, drawn, monkeypatch):
    """The page was drawn before, and stays open."""
    offered = []
    monkeypatch.setattr(
        streamlit,
        "download_button",
        lambda _label, content, *_more, **_rest: offered.append(content),
    )
    page = open_page("compare.py", runs=address(runs, "stacked", "sparse"))
    choose(page, "compare.view", "Table")
    assert b"Stacked" in offered[-1]()
    monkeypatch.setattr(sharing, "may_see", lambda *_who: False)
    with pytest.raises(RunError, match="not here for you"):
        offered[-1]()


def test_who_loses_least_with_so_many_bits_is_named():
    def curve(*pairs):
        bits, errors = (np.array(column, float) for column in zip(*pairs, strict=True))
        return rate_distortion.Curve(bits, errors, ((),) * len(pairs))

    def rated(*pairs):
        return evaluation.RatedRun(0.1, curve(*pairs))

    runs = {"*Tied*": rated((300, 0.02), (900, 0.001)), "Sparse": rated((500, 0.003))}
    text = bits.name_winner(runs, curve((100, 0.05), (390, 0.03)), 400)
    assert "With at most 400 bits, **\\*Tied\\*** loses least" in text
    assert "0.0200" in text and "PCA at its best: 0.0300." in text
    assert "**PCA** loses least" in bits.name_winner(runs, curve((390, 0.01)), 400)
    assert "Sparse" in bits.name_winner(runs, curve((390, 0.01)), 600)
    assert not bits.name_winner(runs, curve((390, 0.01)), 10)


def test_the_page_opens_with_the_lessons_runs_that_are_stored(runs, monkeypatch):
    monkeypatch.setattr(selection, "_default_runs", lambda: [runs["stacked"].id, "linear-0" * 2])
    page = open_page("compare.py")
    assert page.session_state["compare.chosen"] == [runs["stacked"].id]
    with_key(page.multiselect, "compare.runs").set_value([]).run()
    assert not page.exception and "Choose two runs" in page.info[0].value

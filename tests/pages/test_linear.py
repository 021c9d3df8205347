"""The linear lesson, headless, and in it what all lessons do with settings and runs."""

import dataclasses
import re
import time
from functools import partial

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard.catalogue.assignment import PARAMETERS
from dashboard.jobs import execution
from dashboard.jobs.queue import NotAllowed
from models import settings
from models.autoencoders import registry
from models.training.recording import is_recorded
from tests.support.pages import button, metrics, open_drawer, open_page, wait_for_end
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe
from tests.support.runs import event

pytestmark = pytest.mark.pages


@pytest.fixture
def linear(dispatcher):
    """Opens the linear lesson at an address."""
    return partial(open_page, "linear.py")


def recipe_of(page):
    return page.session_state["choices.linear"].recipe


def address(page):
    """The page's parameters, one text each."""
    values = page.query_params.items()
    return {name: text if isinstance(text, str) else text[-1] for name, text in values}


def widget(page, name):
    """The widget of a hyperparameter, whatever its kind."""
    kinds = (page.slider, page.number_input, page.selectbox, page.select_slider)
    (found,) = [one for kind in kinds for one in kind if one.key.startswith(f"linear.{name}.")]
    return found


def full_speed(page):
    page.segmented_control(key="linear.pace").set_value(0).run()
    return page


def status(page):
    (bar,) = page.get("progress")
    return bar.proto.text


def costs(page):
    """What the page says of a training's cost."""
    (text,) = [one.value for one in page.caption if "parameters" in one.value]
    return text


def test_an_untrained_configuration_says_so_and_still_shows_the_data(linear):
    page = linear(seed="101")
    assert "An untrained network" in status(page)
    assert [metric.value for metric in metrics(page)] == ["–", "–", "–"]
    assert button(page, "train").disabled is False
    assert "17 parameters" in costs(page)


def test_training_shows_the_numbers_of_the_stored_run(linear, dispatcher):
    page = full_speed(linear(seed="102", epochs="60"))
    button(page, "train").click().run()
    run = wait_for_end(dispatcher, make_recipe("linear", seed="102", epochs="60"))
    page.run()
    result = run.result()
    assert result["status"] == "completed" and result["epochs"] == 60
    angle, train, held_out = [metric.value for metric in metrics(page)]
    assert train == f"{result['train']['reconstruction_mse']:.5f}"
    assert held_out == f"{result['held_out']['reconstruction_mse']:.5f}"
    assert angle == f"{result['diagnostics']['principal_angle_degrees']:.2f}°"
    assert "60" in status(page) and costs(page) == "17 parameters"


def test_a_configuration_trained_before_shows_at_once(linear, dispatcher):
    recipe = make_recipe("linear", seed="103", epochs="20")
    dispatcher.submit(recipe)
    wait_for_end(dispatcher, recipe)
    page = linear(seed="103", epochs="20")
    assert metrics(page)[1].value != "–"
    assert not [one for one in page.button if one.key == "linear.train"]


def test_every_bad_value_in_the_address_is_named_and_the_rest_is_used(linear):
    page = linear(latent_dim="9", learning_rate="fast", colour="red", seed="104", noise="0.25")
    (warning,) = page.warning
    for part in ("latent_dim = 9", "from 1 to 3", "learning_rate = fast", "colour"):
        assert part in warning.value
    h = recipe_of(page).hyperparameters
    assert (h.seed, h.noise, h.latent_dim, h.learning_rate) == (104, 0.25, 2, 0.1)


@pytest.mark.parametrize(
    "text", ["", "nan", "1e999", "-1", "1" * 5000, "<script>alert(1)</script>", "../../etc", "٣"]
)
def test_no_address_breaks_the_page(linear, text):
    names = ["continued", *registry.by_name("linear").hyperparameters.fields()]
    page = linear(**dict.fromkeys(names, text))
    assert page.title[0].value == "The linear autoencoder"


_NAMES = [
    "continued",
    "branched",
    *PARAMETERS,
    *registry.by_name("linear").hyperparameters.fields(),
]
_TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["3", "-0.5", "1e-3", "100-50", "own-0123456789abcdef", "swiss_roll", "sgd"]),
)


@examples(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=st.dictionaries(st.one_of(st.sampled_from(_NAMES), st.text(max_size=9)), _TEXTS))
def test_no_combination_of_bad_values_breaks_the_page(linear, query):
    page = linear(**query)
    assert page.title[0].value == "The linear autoencoder"


def test_the_address_follows_the_settings(linear):
    page = linear()
    assert address(page) == {}
    widget(page, "latent_dim").set_value(1)
    widget(page, "seed").set_value(7)
    page.run()
    assert address(page) == {"latent_dim": "1", "seed": "7"}
    again = linear(**address(page))
    assert recipe_of(again) == recipe_of(page)


def test_every_setting_has_a_widget_with_help_and_its_value(linear):
    page = linear(seed="5", learning_rate="0.003", dataset="helix", epochs="77")
    h = recipe_of(page).hyperparameters
    for name in h.fields():
        assert widget(page, name).value == getattr(h, name)
        assert widget(page, name).help


def test_presets_and_undo(linear):
    page = linear()
    button(page, "preset.article").click().run()
    article = registry.by_name("linear").preset("article")
    assert recipe_of(page).hyperparameters == article
    assert widget(page, "learning_rate").value == article.learning_rate
    widget(page, "seed").set_value(9).run()
    button(page, "undo").click().run()
    assert recipe_of(page).hyperparameters == article
    button(page, "preset.ours").click().run()
    assert recipe_of(page) == make_recipe("linear")
    button(page, "undo").click().run()
    assert recipe_of(page).hyperparameters == article


def test_continuing_a_cosine_run_makes_its_child_and_the_address_says_so(linear, dispatcher):
    page = full_speed(linear(seed="105", epochs="50"))
    button(page, "train").click().run()
    wait_for_end(dispatcher, recipe_of(page))
    page.run()
    button(page, "continue").click().run()
    assert recipe_of(page).earlier_horizons == (50,)
    assert address(page)["continued"] == "50"
    run = wait_for_end(dispatcher, recipe_of(page))
    assert run.result()["epochs"] == 100
    again = linear(seed="105", epochs="100", continued="50")
    assert recipe_of(again).run_id() == run.id
    assert "100" in status(again)


def test_continuing_at_a_constant_rate_is_the_same_run(linear, dispatcher):
    page = full_speed(linear(seed="106", epochs="50", schedule="constant"))
    button(page, "train").click().run()
    first = wait_for_end(dispatcher, recipe_of(page))
    page.run()
    button(page, "continue").click().run()
    second = wait_for_end(dispatcher, recipe_of(page))
    assert first.id == second.id and second.result()["epochs"] == 100


def test_divergence_is_explained_and_the_button_mends_it(linear, dispatcher):
    page = full_speed(linear(optimizer="sgd", learning_rate="10", seed="107"))
    button(page, "train").click().run()
    wait_for_end(dispatcher, recipe_of(page))
    page.run()
    (error,) = page.error
    assert "learning rate 10 is too large" in error.value
    button(page, "suggestion.learning_rate").click().run()
    assert recipe_of(page).hyperparameters.learning_rate == 0.01
    run = wait_for_end(dispatcher, recipe_of(page))
    assert run.result()["status"] == "completed"


def test_stop_keeps_the_run_and_it_can_go_on(linear, dispatcher):
    page = linear(seed="108")
    page.segmented_control(key="linear.pace").set_value(30).run()
    button(page, "train").click().run()
    run = dispatcher.store.run(recipe_of(page).run_id())
    deadline = time.monotonic() + 60
    while len(run.events()) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page.run()
    assert "Epoch" in status(page)
    button(page, "stop").click().run()
    wait_for_end(dispatcher, recipe_of(page))
    page.run()
    assert "Stopped after epoch" in status(page)
    stopped = run.result()["epochs"]
    assert 0 < stopped < 1000
    full_speed(page)
    button(page, "train").click().run()
    assert wait_for_end(dispatcher, recipe_of(page)).result()["epochs"] == 1000
    assert sum(is_recorded(event["epoch"]) for event in run.events()[1:]) >= 133


def test_a_run_that_was_cut_off_says_so_and_goes_on(linear, dispatcher):
    recipe = make_recipe("linear", seed="112", epochs="20", num_train="50")
    run = dispatcher.store.create(recipe.run_id(), recipe.as_dict())
    with run.acquire("somebody who dies", 20):
        run.append_event(event(3, diagnostics={"principal_angle_degrees": 10.0}))
    page = linear(seed="112", epochs="20", num_train="50")
    assert status(page).startswith("Cut off after epoch **3** of 20") and "disk" in status(page)
    button(page, "train").click().run()
    assert wait_for_end(dispatcher, recipe).result()["epochs"] == 20


def test_a_run_waiting_for_another_says_how_many_are_ahead(linear, dispatcher):
    before = make_recipe("linear", seed="109")
    dispatcher.submit(before, at_least_seconds=30)
    page = linear(seed="110")
    assert "1 ahead of you" in costs(page)
    button(page, "train").click().run()
    assert "1 ahead of you" in status(page)
    button(page, "stop").click().run()
    assert "An untrained network" in status(page)
    dispatcher.stop(before.run_id())
    wait_for_end(dispatcher, before)


def test_what_is_too_long_for_this_machine_cannot_be_started(linear, monkeypatch):
    strict = dataclasses.replace(settings.current(), max_seconds=5)
    monkeypatch.setattr(settings, "current", lambda: strict)
    page = linear(seed="111", epochs="5000", num_train="2000", batch_size="1")
    assert button(page, "train").disabled
    assert "this machine allows" in page.error[0].value


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"max_epochs": 20}, "These are 30 epochs; this machine allows 20"),
        ({"max_examples": 50}, "These are 100 training examples; this machine allows 50"),
        ({"max_run_megabytes": 1}, "Its files could take 7 MB; this machine allows 1"),
    ],
)
def test_what_is_too_much_for_this_machine_cannot_be_started(
    linear, monkeypatch, dispatcher, limit, told
):
    strict = dataclasses.replace(settings.current(), **limit)
    monkeypatch.setattr(settings, "current", lambda: strict)
    monkeypatch.setattr(dispatcher, "machine", strict)
    page = linear(seed="114", epochs="30")
    assert button(page, "train").disabled and told in page.error[0].value
    with pytest.raises(NotAllowed, match=told):  # nor by any other way
        dispatcher.submit(recipe_of(page))


def test_earlier_runs_of_the_session_are_named_by_what_differed(linear, dispatcher):
    page = full_speed(linear(seed="112", epochs="30"))
    button(page, "train").click().run()
    wait_for_end(dispatcher, recipe_of(page))
    page.run()
    widget(page, "seed").set_value(113).run()
    labels = [recipe.hyperparameters.seed for recipe in page.session_state["choices.linear"].seen]
    assert labels == [112]


def test_without_training_processes_the_page_says_how_to_start_them(monkeypatch):
    monkeypatch.setattr(execution, "current", lambda: None)
    page = AppTest.from_file(str(REPOSITORY / "pages/linear.py"), default_timeout=60).run()
    assert "streamlit run streamlit_app.py" in page.error[0].value and not page.exception


def test_a_branch_is_trained_and_its_address_leads_to_it(linear, dispatcher):
    page = full_speed(linear(seed="120", epochs="50"))
    button(page, "train").click().run()
    parent = wait_for_end(dispatcher, recipe_of(page))
    open_drawer(page, "linear.branch")
    assert button(page, "branch.train").disabled, "nothing is changed yet"
    (epoch,) = [one for one in page.select_slider if one.key.endswith(".epoch")]
    assert set(map(int, epoch.options)) == {*parent.branch_points(), 50}
    epoch.set_value(18)
    (rate,) = [one for one in page.select_slider if re.search(r"branch.*learning", one.key)]
    rate.set_value(0.001)
    page.run()
    button(page, "branch.train").click().run()
    recipe = recipe_of(page)
    assert (recipe.origin.epoch, recipe.hyperparameters.learning_rate) == (18, 0.001)
    run = wait_for_end(dispatcher, recipe)
    assert run.events()[0]["epoch"] == 18
    page.run()
    assert not page.exception
    assert any("it left that after epoch **18**" in one.value for one in page.markdown)
    there = address(page)
    again = linear(**there)
    assert recipe_of(again).run_id() == run.id and "50" in status(again)
    button(again, "branch.back").click().run()
    assert recipe_of(again).run_id() == parent.id
    button(again, "undo").click().run()
    assert recipe_of(again).run_id() == run.id


@pytest.mark.parametrize("text", ["nonsense", "12:seed=4", "99999:learning_rate=0.1"])
def test_an_ancestry_in_the_address_that_cannot_be_is_named(linear, text):
    page = linear(seed="121", branched=text)
    (warning,) = page.warning
    assert "branch" in warning.value or "cannot" in warning.value
    assert recipe_of(page).origin is None and recipe_of(page).hyperparameters.seed == 121

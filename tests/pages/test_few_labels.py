"""The lesson on few labels, headless: its study, and the words about it."""

import dataclasses

import pytest

from dashboard.views import few_labels
from models.training.few_labels import Outcome, Study
from tests.support.pages import (
    TINY,
    choose,
    lesson_recipe,
    metrics,
    open_page,
    wait_for_end,
    with_key,
)

pytestmark = pytest.mark.pages


@pytest.fixture
def few(monkeypatch):
    """A study of two numbers of labels; the training process tries all that 300 images allow."""
    monkeypatch.setattr(few_labels, "SEEDS", (1, 2, 3))


def test_a_study_runs_in_the_training_process_and_the_page_shows_it(
    dispatcher, trained_for_pages, few
):
    recipe = lesson_recipe("few_labels", **TINY)
    page = open_page("few_labels.py", **TINY)
    assert any("Train the encoder first" in one.value for one in page.info)
    trained_for_pages(recipe)
    page = open_page("few_labels.py", **TINY)
    with_key(page.button, "study.start").click()
    page.run()
    plan = Study(recipe, num_seeds=2)
    run = wait_for_end(dispatcher, plan, 240)
    assert run.state == "completed" and len(run.events()) == 2 * 5
    page.run()
    assert not [one for one in page.button if one.key == "study.start"]
    outcome = Outcome.of(run.events())
    shown = {one.label: one.value for one in metrics(page)}
    for arm, name in few_labels.NAMES.items():
        assert shown[name.capitalize()] == f"{outcome.accuracy(100, arm).mean:.1%}"
    choose(page, "study.count", 20)
    assert metrics(page)[0].value == f"{outcome.accuracy(20, 'scratch').mean:.1%}"
    assert any(few_labels.verdict(outcome) in one.value for one in page.markdown)


def test_a_study_whose_encoder_is_gone_says_so(dispatcher, trained_for_pages, few):
    recipe = lesson_recipe("few_labels", **TINY | {"seed": "312"})
    plan = dataclasses.replace(Study(recipe), num_seeds=2)
    dispatcher.submit(plan)
    run = wait_for_end(dispatcher, plan, 240)
    assert run.state == "failed" and "trained for 0 epochs" in run.result()["message"]
    trained_for_pages(recipe)
    page = open_page("few_labels.py", **TINY | {"seed": "312"})
    assert run.result()["message"] in [one.value for one in page.error]
    assert with_key(page.button, "study.start")


def test_the_words_say_what_the_tries_say():
    def outcome(gains):
        found = {}
        for count, values in gains.items():
            found[count, "scratch"] = (0.5, 0.6, 0.4)
            found[count, "fine_tuned"] = tuple(
                a + b for a, b in zip((0.5, 0.6, 0.4), values, strict=True)
            )
        return Outcome(found)

    luck, gain, loss = (-0.05, 0.0, 0.05), (0.05, 0.052, 0.051), (-0.03, -0.031, -0.029)
    text = few_labels.verdict(outcome({10: gain, 20: gain, 100: luck, 1000: luck}))
    assert "helps** with 10 and 20 labels, by up to 5.1" in text
    assert "From **100** labels on there is no difference" in text
    assert few_labels.verdict(outcome({10: luck, 20: luck})).startswith("With no number of labels")
    assert "harms** with 20 labels, by up to 3.0" in few_labels.verdict(
        outcome({10: gain, 20: loss})
    )

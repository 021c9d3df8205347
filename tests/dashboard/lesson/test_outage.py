"""What students and operators are told while no training process can be had."""

import json

import pytest

from dashboard.jobs import execution
from dashboard.jobs.cluster import own_cluster
from dashboard.jobs.dispatcher import Dispatcher
from models import settings
from tests.support.pages import button, get, open_page

pytestmark = pytest.mark.pages


@pytest.fixture
def dispatcher(store, monkeypatch):
    """A dispatcher whose workers have ended while they started, often enough to be told."""
    dispatcher = Dispatcher(store, settings.Settings())
    monkeypatch.setattr(execution, "_current", dispatcher)
    for _ in range(own_cluster.BROKEN_AFTER):
        dispatcher._cluster._starts.note_failure()
    return dispatcher


def troubles():
    return json.loads(get("/healthz")[2])["troubles"]


@pytest.mark.parametrize("name", ["linear.py", "seed_comparison.py"])
def test_pages_say_so_until_it_is_over(name, dispatcher):
    page = open_page(name)
    assert not page.exception
    (told,) = [one.value for one in page.error if "No training process" in one.value]
    assert "look at everything that is trained" in told and "tries again by itself" in told
    assert any("tried again by itself" in one for one in troubles())
    dispatcher._cluster._starts.note_success()
    page.run()
    assert not [one for one in page.error if "No training process" in one.value]
    assert troubles() == []


def test_who_asks_for_a_training_meanwhile_waits_and_is_told_why(dispatcher):
    page = open_page("linear.py", seed="311")
    button(page, "train").click().run()
    assert not page.exception
    assert "none can be had at the moment" in page.get("progress")[0].proto.text
    dispatcher._cluster._starts.note_success()
    page.run()
    assert "is starting; yours is next" in page.get("progress")[0].proto.text

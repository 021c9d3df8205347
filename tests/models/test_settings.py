"""Settings from environment variables, and the server's answer to bad ones."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit import config

from dashboard.catalogue.lessons import LESSONS
from dashboard.server import lifespan
from models import settings
from models.runs.store import RunStore
from models.settings import SettingError, Settings
from tests.support.places import REPOSITORY


def test_unset_and_empty_variables_mean_the_defaults():
    assert settings.from_environment({}).max_parameters == Settings().max_parameters
    assert settings.from_environment({"AUTOENCODER_LAB_WORKERS": " "}).workers == 1


def test_folders_are_absolute_and_the_home_folder_is_found():
    found = settings.from_environment({"AUTOENCODER_LAB_RUNS": "~/lab"})
    assert found.runs_folder == Path.home() / "lab"
    assert found.cache_folder.is_absolute() and found.data_folder is None


def test_numbers_are_read():
    found = settings.from_environment({"AUTOENCODER_LAB_MAX_STORE_MB": "60"})
    assert found.max_store_bytes == 60_000_000


@pytest.mark.parametrize("number", [0, 2])
def test_so_many_lessons_are_trained_ahead_in_page_order(tmp_path, monkeypatch, number):
    submitted = []
    monkeypatch.setattr(settings, "current", lambda: Settings(train_ahead=number))
    store = RunStore(tmp_path, max_bytes=10**9)
    queue = SimpleNamespace(
        store=store, submit=lambda recipe, background: submitted.append((recipe, background))
    )
    lifespan.train_ahead(queue)
    assert [recipe.type.name for recipe, _ in submitted] == ["linear", "stacked"][:number]
    assert all(background for _, background in submitted)


def test_a_run_that_two_lessons_begin_with_is_trained_ahead_once(tmp_path, monkeypatch):
    submitted = []
    monkeypatch.setattr(settings, "current", lambda: Settings())
    submit = lambda recipe, background: submitted.append(recipe.run_id())  # noqa: E731
    lifespan.train_ahead(SimpleNamespace(store=RunStore(tmp_path, max_bytes=10**9), submit=submit))
    first = [lesson.recipe.run_id() for lesson in LESSONS if lesson.type]
    assert len(first) > len(submitted) == len(set(submitted)) and set(submitted) == set(first)


@pytest.mark.parametrize("text", ["abc", "-1", "0", "1.5", "1e3", "٣", "9" * 400 + "x"])
def test_a_bad_number_is_named_with_what_is_allowed(text):
    with pytest.raises(SettingError) as caught:
        settings.from_environment({"AUTOENCODER_LAB_WORKERS": text})
    assert "AUTOENCODER_LAB_WORKERS" in str(caught.value)
    assert "at least 1" in str(caught.value)


NUMBERS = [one for one in dataclasses.fields(Settings) if type(one.default) is int]


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
def test_a_number_with_which_nothing_can_reckon_is_refused(item):
    variable, most = item.metadata["variable"], item.metadata["maximum"]
    for text in (str(most + 1), "1" + 21 * "0", "9" * 5_000):
        with pytest.raises(SettingError, match=f"{variable}=.* at most {most}") as refused:
            settings.from_environment({variable: text})
        assert len(str(refused.value)) < 300
    assert getattr(settings.from_environment({variable: str(most)}), item.name) == most


def test_a_port_that_is_none_is_refused():
    with pytest.raises(SettingError, match="AUTOENCODER_LAB_SCHEDULER"):
        settings.from_environment({"AUTOENCODER_LAB_SCHEDULER": "tls://lab:99999"})


@pytest.mark.parametrize(
    ("variable", "text", "word"),
    [
        ("AUTOENCODER_LAB_WORKERS", "many", "whole number"),
        ("AUTOENCODER_LAB_NICENESS", "1" + 21 * "0", "at most 19"),
        ("AUTOENCODER_LAB_RUNS", "/dev/null/runs", "cannot be used"),
    ],
)
def test_the_server_says_what_is_wrong_and_does_not_start(variable, text, word):
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", "0"]
    ended = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {variable: text},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    assert "Autoencoder Lab cannot start" in said and word in said
    assert "Traceback" not in said


def test_the_server_is_closed_to_other_computers_and_other_sites_by_default():
    options = config.get_config_options(force_reparse=True)
    assert options["server.address"].value == "localhost"
    for name in ("server.enableCORS", "server.enableXsrfProtection"):
        assert options[name].value is True

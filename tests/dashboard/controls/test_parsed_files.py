"""What visitors look at and have not chosen: as much of it as there is room for."""

import dataclasses
import time

import numpy as np
import pytest

from dashboard.controls import parsed_files
from models import settings
from models.data.uploads.upload import Upload


def upload(megabytes):
    return Upload("images", "a", {"train": np.zeros(int(megabytes * 10**6), np.uint8)})


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    machine = dataclasses.replace(settings.current(), max_coming_megabytes=1)
    monkeypatch.setattr(settings, "current", lambda: machine)
    monkeypatch.setattr(parsed_files, "_uploads", type(parsed_files._uploads)())


def found():
    return [key for key in "abcd" if key in parsed_files._uploads]


def test_what_was_looked_at_longest_ago_makes_room():
    for key in "abc":
        parsed_files.keep(key, upload(0.3))
    assert parsed_files.find("a")
    parsed_files.keep("d", upload(0.3))
    assert found() == ["a", "c", "d"] and parsed_files.find("b") is None
    parsed_files.keep("b", upload(5))  # one is kept, however large: it was checked
    assert found() == ["b"]


def test_what_nobody_looks_at_any_more_goes(monkeypatch):
    parsed_files.keep("a", upload(0.1))
    parsed_files.keep("b", upload(0.1))
    parsed_files.forget("b")
    later = time.monotonic() + parsed_files.KEPT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    parsed_files.keep("c", upload(0.1))
    assert found() == ["c"]

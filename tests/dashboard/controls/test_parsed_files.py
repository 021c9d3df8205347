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
    monkeypatch.setattr(parsed_files, "_files", {})


def found():
    return [key for key in "abcd" if key in parsed_files._files]


def keep(key, megabytes, visitor="ada"):
    parsed_files.keep(key, upload(megabytes), visitor)


def test_what_was_looked_at_longest_ago_makes_room():
    for key in "abc":
        keep(key, 0.3)
    assert parsed_files.find("a")
    keep("d", 0.3)
    assert found() == ["a", "c", "d"] and parsed_files.find("b") is None
    keep("b", 5)  # one is kept, however large: it was checked
    assert found() == ["b"]


def test_what_nobody_looks_at_any_more_goes(monkeypatch):
    keep("a", 0.1)
    keep("b", 0.1)
    parsed_files.forget("b")
    later = time.monotonic() + parsed_files.KEPT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    keep("c", 0.1)
    assert found() == ["c"]


def test_files_of_whoever_holds_most_make_room_first():
    keep("a", 0.2, "victim")
    for key in "bcd":
        keep(key, 0.4, "attacker")
    assert found() == ["a", "c", "d"]


def test_what_is_wrong_with_a_file_is_kept_as_well():
    refused = parsed_files.Refused("It is empty.")
    parsed_files.keep("a", refused, "ada", "a.csv", b"x")
    assert parsed_files.find("a") == refused and parsed_files.file_of("a") == ("a.csv", b"x")
    assert parsed_files.file_of("b") is None

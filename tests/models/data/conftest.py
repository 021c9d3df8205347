"""Folders of their own, and the built-in digits."""

import pytest

from models.data import loading
from models.settings import Settings


@pytest.fixture
def settings(tmp_path):
    """Folders of their own for each test; the offline folder exists and is empty."""
    (tmp_path / "offline").mkdir()
    return Settings(cache_folder=tmp_path / "cache", data_folder=tmp_path / "offline")


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    return loading.load("digits", 4_000, settings=Settings(cache_folder=folder))

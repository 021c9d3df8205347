"""Stores, and every type trained once for all files of this folder."""

from functools import cache

import pytest

from models.runs.store import RunStore


@pytest.fixture
def new_store(tmp_path_factory):
    """A function that makes an empty store."""
    return lambda: RunStore(tmp_path_factory.mktemp("runs"), max_bytes=10**9)


@pytest.fixture(scope="session")
def train_once(small, tmp_path_factory):
    """A function from a type to its small recipe, trained without any disturbance: but once."""
    from models.training.trainer import train
    from tests.support.training import Trained, forget

    @cache
    def trained(name):
        recipe, store = small(name), RunStore(tmp_path_factory.mktemp("runs"), max_bytes=10**9)
        forget(recipe)
        seen = []
        return Trained(recipe, store, train(recipe, store, on_event=seen.append), seen)

    return trained


@pytest.fixture
def trained(type, train_once):
    """The small recipe of each type, freshly compiled and trained."""
    return train_once(type.name)

"""Runs in a small size, each trained once for all files of this folder."""

import shutil

import pytest

from models.autoencoders import registry
from tests.support.pages import LESSONS_WITH_VIEWS, SMALL
from tests.support.recipes import make_recipe


@pytest.fixture(scope="session")
def trained_before(tmp_path_factory):
    return tmp_path_factory.mktemp("trained")


@pytest.fixture(scope="module")
def trained_once(dispatcher, trained_for_pages, trained_before):
    """A function that gives a recipe's run for the pages of one test file."""

    def train_or_copy(recipe):
        run = dispatcher.store.run(recipe.run_id())
        kept = trained_before / run.id
        if not kept.exists():
            shutil.copytree(trained_for_pages(recipe).folder, kept)
        elif not run.exists:
            shutil.copytree(kept, run.folder)
        return run

    return train_or_copy


@pytest.fixture(scope="module", params=LESSONS_WITH_VIEWS)
def lesson(request, trained_once):
    """The name of a lesson, and its run in a small size, which has ended."""
    fields = registry.by_name(request.param).hyperparameters.fields()
    texts = {name: text for name, text in SMALL.items() if name in fields}
    return request.param, trained_once(make_recipe(request.param, **texts))

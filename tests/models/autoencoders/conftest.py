"""Images that several types are tested with."""

import pytest

from models.data import loading


@pytest.fixture(scope="session")
def images():
    return loading.load("digits", 300).train

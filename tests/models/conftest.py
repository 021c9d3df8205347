"""A server that keeps what visitors upload."""

import dataclasses

import pytest

from tests.support.files import MACHINE


@pytest.fixture
def machine(tmp_path):
    return dataclasses.replace(MACHINE, uploads_folder=tmp_path / "own", max_uploads_megabytes=1)

"""What the operator is told at the start, although the server can work."""

import tempfile
from pathlib import Path

import pytest

from dashboard.database import damage, databases
from dashboard.server.notices import notices
from models import settings


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "runs").mkdir()
    return settings.Settings(
        runs_folder=tmp_path / "runs",
        uploads_folder=tmp_path / "uploads",
        cache_folder=tmp_path / "cache",
    )


def test_folders_that_others_may_open_are_named_with_what_ends_it(machine):
    assert notices(machine) == [], "pytest closes the folder above"
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (runs := Path(name) / "the runs").mkdir()
        runs.chmod(0o755)
        (told,) = notices(settings.Settings(runs_folder=runs))
    assert f"`chmod -R go= '{runs}'" in told


def test_a_database_that_was_set_aside_is_named(machine):
    file = databases.file_of(machine)
    file.touch()
    aside = damage.set_aside(file)
    (told,) = notices(machine)
    assert str(aside) in told and "Runs and own data are not concerned" in told

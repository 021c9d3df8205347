"""What the operator is told at the start, although the server can work."""

import dataclasses
import tempfile
from pathlib import Path

import pytest

from dashboard.database import damage, databases
from dashboard.server import notices as notices_of_start
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


def test_nobody_is_told_to_close_what_is_not_the_lab_s(machine, tmp_path, monkeypatch):
    everybody_s = tmp_path / "shared"
    everybody_s.mkdir()
    everybody_s.chmod(0o1777)
    home = tmp_path / "home" / "ada"
    home.mkdir(parents=True)
    monkeypatch.setattr(notices_of_start, "_HOME", home)
    tmp_path.chmod(0o755)
    monkeypatch.setattr("models.private_files._is_closed", lambda folder: False)
    places = [Path("/dev/null"), everybody_s, home, home.parent, Path("/"), Path("/tmp")]
    for path in places:
        one = dataclasses.replace(machine, runs_folder=path, uploads_folder=path, cache_folder=path)
        one = dataclasses.replace(one, database=f"sqlite:///{tmp_path / 'none.sqlite'}")
        assert not notices(one), path
    machine.runs_folder.chmod(0o755)
    assert str(machine.runs_folder) in " ".join(notices(machine))
    monkeypatch.setattr(notices_of_start.os, "geteuid", lambda: 4_711)
    assert not notices(machine), "another user's, who alone may close it"

"""What can never be a folder is refused in a sentence; what is only missing is not."""

import dataclasses
from pathlib import Path

import pytest

from models import settings
from models.folders import check_folders


@pytest.fixture
def machine(tmp_path):
    missing = tmp_path / "not" / "there" / "yet"
    return dataclasses.replace(
        settings.Settings(), uploads_folder=missing, cache_folder=missing, data_folder=None
    )


@pytest.mark.parametrize(
    ("name", "variable"),
    [("uploads_folder", "UPLOADS"), ("cache_folder", "CACHE"), ("data_folder", "DATA")],
)
@pytest.mark.parametrize("place", ["/dev/null", "/dev/null/below", "a_file", "a_file/a/b"])
def test_what_is_no_folder_is_named(machine, tmp_path, name, variable, place):
    (tmp_path / "a_file").touch()
    wrong = dataclasses.replace(machine, **{name: tmp_path / place})  # or /dev/null itself
    with pytest.raises(settings.SettingError, match=rf"LAB_{variable}='.*is no folder.*unset it"):
        check_folders(wrong)


def test_folders_that_are_there_or_can_be_made_are_accepted(machine, tmp_path):
    check_folders(machine)
    (tmp_path / "link").symlink_to(tmp_path)
    check_folders(dataclasses.replace(machine, data_folder=tmp_path / "link"))
    check_folders(dataclasses.replace(machine, data_folder=Path("relative/missing")))

"""What the lab writes is its own user's; what was open before is named."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from models import private_files


@pytest.fixture
def umask():
    """This process makes files as before, afterwards."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_files_and_folders_are_closed_to_others(tmp_path, umask):
    private_files.keep_private()
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "file").touch()
    for path in tmp_path.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077


def test_what_others_may_open_is_named_unless_a_folder_above_is_closed(umask):
    with tempfile.TemporaryDirectory() as name:  # not below pytest's folder, which is closed
        folder = Path(name)
        folder.chmod(0o755)
        (shut := folder / "shut").mkdir(0o700)
        (below := shut / "below").mkdir(0o755)
        (wide := folder / "wide").mkdir(0o755)
        (file := folder / "file").touch(0o644)
        found = private_files.list_open([shut, below, wide, file, folder / "absent"])
        assert found == [wide, file]

"""What a child process learns of this one."""

import json
import os
import subprocess
import sys

import pytest

from models import settings
from models.children import child_environment

SECRETS = {
    "AUTOENCODER_LAB_TEACHER_PASSWORD": "a password",
    "AUTOENCODER_LAB_DATABASE": "postgresql+psycopg://lab:secret@db/lab",
    "AUTOENCODER_LAB_SCHEDULER": "tls://lab:8786",
    "AWS_SECRET_ACCESS_KEY": "somebody else's",
    "LAB_COOKIE_SECRET": "the proxy's",
}
NEEDED = {
    "PATH": "/bin",
    "TF_NUM_INTRAOP_THREADS": "1",
    "AUTOENCODER_LAB_RUNS": "/runs",
    "AUTOENCODER_LAB_CACHE": "/cache",
    "AUTOENCODER_LAB_UPLOADS": "/uploads",
    "AUTOENCODER_LAB_MAX_PARAMETERS": "1000",
}

IMPORTS = {"PYTHONPATH", "PYTHONSAFEPATH"}


def test_it_gets_what_it_needs_and_no_secret():
    found = child_environment(SECRETS | NEEDED)
    assert {name: found[name] for name in found if name not in IMPORTS} == NEEDED


@pytest.mark.parametrize("path", [None, "", os.pathsep, f"{os.pathsep}/opt/ours{os.pathsep}theirs"])
def test_it_imports_nothing_from_the_folder_in_which_it_is(tmp_path, path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = {} if path is None else {"PYTHONPATH": path}
    (tmp_path / "models.py").write_text("raise SystemExit('somebody else')")
    told = subprocess.run(
        [sys.executable, "-c", "import json, models.settings, sys; print(json.dumps(sys.path))"],
        cwd=tmp_path,
        env=child_environment(os.environ | asked),
        capture_output=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert all(os.path.isabs(folder) for folder in found) and str(tmp_path) not in found
    assert ("/opt/ours" in found) == ("ours" in (path or ""))


def test_it_reads_the_same_folders_and_limits():
    ours = settings.from_environment(SECRETS | NEEDED)
    its = settings.from_environment(child_environment(SECRETS | NEEDED))
    assert repr(its) == repr(ours), "but for the texts, which repr never shows"
    assert its.teacher_password == its.database == ""

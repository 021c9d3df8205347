"""The teacher is told of a database that was damaged, until somebody has moved it away."""

import dataclasses

import pytest

from dashboard.database import damage, databases
from models import settings
from tests.support.pages import open_page

pytestmark = pytest.mark.pages


def test_the_teacher_s_page_names_the_damaged_file_while_it_is_there(
    dispatcher, monkeypatch, tmp_path
):
    address, password = f"sqlite:///{tmp_path / 'lab.sqlite'}", "long enough"
    machine = dataclasses.replace(settings.current(), database=address, teacher_password=password)
    monkeypatch.setattr(settings, "current", lambda: machine)
    databases.file_of(machine).touch()
    aside = damage.set_aside(databases.file_of(machine))
    page = open_page("runs.py")
    assert not page.warning, "for the teacher only"
    page.text_input(key="teacher.password").set_value(password)
    page.button[0].click().run()
    (told,) = page.warning
    assert str(aside) in told.value and "a fresh one is in its place" in told.value
    aside.rename(tmp_path / "elsewhere")
    assert not page.run().warning

"""A server that has a teacher's password."""

import dataclasses

import pytest

from dashboard.classroom import door
from dashboard.classroom.attempts import Attempts
from models import settings

PASSWORD = "correct horse ü"


@pytest.fixture
def with_password(monkeypatch):
    """A server that has a teacher's password, at which nobody has typed a wrong one and no time
    passes."""
    machine = dataclasses.replace(settings.current(), teacher_password=PASSWORD)
    monkeypatch.setattr(settings, "current", lambda: machine)
    monkeypatch.setattr(door, "_attempts", Attempts(lambda: 0.0))
    return machine


@pytest.fixture
def as_teacher(monkeypatch):
    """Deeds are asked for by somebody who has given the password."""
    monkeypatch.setattr(door, "is_here", lambda: True)

"""Whose pages may speak to the server. On a real one: tests/attacks/test_origins.py."""

import pytest
from streamlit import config

from dashboard.server import origins

OPTIONS = {"server.enableCORS": True, "server.corsAllowedOrigins": ["https://moodle.school"]}


@pytest.fixture
def options(monkeypatch):
    found = dict(OPTIONS)
    monkeypatch.setattr(origins.st, "get_option", lambda name: found[name])
    return found


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("http://localhost:8501", "localhost:8501", True),
        ("https://lab.school", "lab.school", True),
        ("http://LAB.school:8501", "lab.school:8501", True),
        ("http://[::1]:8501", "[::1]:8501", True),
        ("http://localhost:9000", "localhost:8501", False),
        ("http://localhost", "localhost:8501", False),
        ("http://127.0.0.1:8501", "localhost:8501", False),
        ("http://lab.school.evil", "lab.school", False),
        ("http://evil@lab.school", "lab.school", False),
        ("null", "lab.school", False),
        ("https://moodle.school", "lab.school", True),
        ("http://moodle.school", "lab.school", False),
    ],
)
def test_a_page_is_the_lab_s_own_if_name_and_port_are_the_same(options, origin, host, is_own):
    assert origins.is_own(origin, host) is is_own


def test_whoever_turns_the_protection_off_allows_all(options):
    options["server.enableCORS"] = False
    assert origins.is_own("http://evil", "lab.school")


def test_the_options_are_streamlit_s():
    assert set(OPTIONS) <= set(config.get_config_options())

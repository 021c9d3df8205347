"""Under which names the server answers. On a real one: tests/attacks/test_origins.py."""

import pytest
from streamlit import config

from dashboard.server import hosts

OPTIONS = {
    "server.allowedHosts": [],
    "server.corsAllowedOrigins": ["https://moodle.school", "nonsense"],
    "browser.serverAddress": "lab.school",
}


@pytest.fixture
def options(monkeypatch):
    found = dict(OPTIONS)
    monkeypatch.setattr(hosts.st, "get_option", lambda name: found[name])
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: "Teacher.example.com")
    return found


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8501",
        "LOCALHOST",
        "localhost.",
        "lab.localhost:8501",
        "127.0.0.1:8501",
        "192.168.1.2",
        "[::1]:8501",
        "[fe80::1]",
        "teacher:8501",
        "teacher.local",
        "Teacher.home.arpa:8501",
        "lab.school:8501",
        "moodle.school",
    ],
)
def test_own_names_and_addresses_are_known(options, host):
    assert hosts.is_known(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "teacher.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8501",
        "evillab.school",
        "lab.school.evil.example",
        "lab.school@evil.example",
        "",
        ":8501",
        "[::1",
        "a\x00b",
    ],
)
def test_names_that_anybody_can_own_are_not(options, host):
    assert not hosts.is_known(host)


def test_the_option_for_it_decides_alone(options):
    options["server.allowedHosts"] = ["lab.school", "*.uni.example"]
    assert all(map(hosts.is_known, ("lab.school:80", "a.uni.example", "LAB.school.")))
    assert not any(map(hosts.is_known, ("localhost", "uni.example", "alab.school")))
    options["server.allowedHosts"] = ["*"]
    assert hosts.is_known("evil.example")


def test_the_options_are_streamlit_s():
    assert set(OPTIONS) <= set(config.get_config_options())

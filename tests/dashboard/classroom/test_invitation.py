"""Where a class finds the server, and that it is told only when the server is open to it."""

import socket
from types import SimpleNamespace

import psutil
import pytest

from dashboard.classroom import invitation


@pytest.fixture
def server(monkeypatch):
    """A function that pretends the server was started with such options."""

    def start(address, port=8501, base="", name=None):
        options = {"server.address": address, "server.port": port, "server.baseUrlPath": base}
        options["browser.serverAddress"] = name or "localhost"
        monkeypatch.setattr(invitation.st, "get_option", options.get)
        monkeypatch.setattr(invitation, "is_set", lambda option: bool(name))

    hosts = {"lo": "127.0.0.1", "eth0": "192.168.7.20", "down": "10.0.0.9", "auto": "169.254.3.4"}
    interfaces = {
        name: [SimpleNamespace(family=socket.AF_INET, address=host)] for name, host in hosts.items()
    }
    states = {name: SimpleNamespace(isup=name != "down") for name in hosts}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: interfaces)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)
    return start


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "::1"])
def test_a_server_for_one_computer_invites_nobody(server, address):
    server(address)
    assert invitation.addresses() == []
    assert invitation.announcement() == "Autoencoder Lab: http://localhost:8501"


@pytest.mark.parametrize("address", ["0.0.0.0", "", None])
def test_an_open_server_names_the_addresses_that_others_reach(server, address):
    server(address, 8600, "/lab/")
    assert invitation.addresses() == ["http://192.168.7.20:8600/lab"]


def test_a_server_on_one_interface_names_that(server):
    server("192.168.7.20")
    assert invitation.addresses() == ["http://192.168.7.20:8501"]


def test_the_announcement_holds_a_code_that_a_camera_can_read(server):
    server("0.0.0.0")
    text = invitation.announcement()
    assert "http://192.168.7.20:8501" in text
    code = [line for line in text.splitlines() if set(line) & set("█▀▄")]
    # A code of 25 modules with a quiet zone, two rows of modules in a line.
    assert len(code) >= 12


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("https://lab.school:8443/linear?seed=1", "https://lab.school:8443"),
        *(
            (one, "http://localhost:8501")
            for one in ("", None, "http://[", "//[", "x", "http:///a")
        ),
        ("javascript://lab.school/%0aalert(1)", "http://localhost:8501"),
    ],
)
def test_whatever_a_browser_says_of_where_it_is_links_lead_to_an_address(
    server, monkeypatch, said, base
):
    server("localhost")
    monkeypatch.setattr(invitation.st, "context", SimpleNamespace(url=said))
    assert invitation.public_address() == base
    server("0.0.0.0")
    is_its_own = base == "http://localhost:8501"
    assert invitation.public_address() == ("http://192.168.7.20:8501" if is_its_own else base)


@pytest.mark.parametrize(
    ("name", "visited", "found"),
    [
        (None, "http://localhost:8501/lab/class_links", "http://192.168.7.20:8501/lab"),
        (None, "http://10.1.2.3:8080/lab/class_links", "http://10.1.2.3:8080/lab"),
        (None, "https://lab.school/lab/class_links", "https://lab.school/lab"),
        ("lab.school", "http://172.17.0.2:8501/lab/class_links", "http://lab.school:8501/lab"),
        ("lab.school", "https://lab.school/lab/class_links", "https://lab.school/lab"),
        ("lab.school", "", "http://lab.school:8501/lab"),
    ],
)
def test_one_address_for_links_codes_and_home_with_the_base_path(
    server, monkeypatch, name, visited, found
):
    server("0.0.0.0", base="lab", name=name)
    monkeypatch.setattr(invitation.st, "context", SimpleNamespace(url=visited))
    assert invitation.public_address() == found

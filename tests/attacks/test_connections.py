"""Somebody who opens connections and asks for nothing, or for half of something."""

import json
import resource
import socket
import urllib.error
from collections import Counter
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from benchmarks.visiting import Server, fetch
from dashboard.runs.addresses import plotly_address
from dashboard.server.connections import SHARE
from tests.support.pages import wait

FEW = 256
"""Open files with which the server begins, as many a system has it."""

MOST = 200
"""Connections that the second server allows."""

HALF = b"GET / HTTP/1.1\r\nHost: lab\r\n"


@pytest.fixture(scope="module")
def many():
    """As many open files as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def small_server(tmp_path_factory):
    """A server that was started with few open files, for few connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, hard))
    runs = tmp_path_factory.mktemp("small") / "runs"
    server = Server(runs, TRAIN_AHEAD="0", MAX_CONNECTIONS=str(MOST))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    server.wait_until_open()
    yield server
    server.close()


@contextmanager
def opened(server, count, sent):
    """Connections on which that was sent, all at once."""
    place = ("localhost", int(server.address.rpartition(":")[2]))
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.settimeout(20)
            # Or the systems at both ends would hold megabytes that nobody reads.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            one.connect(place)
            one.sendall(sent)
            found.append(one)
        yield found


def is_hung_up(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def assert_well(server):
    assert fetch(f"{server.address}/livez") == b"ok"
    assert json.loads(fetch(f"{server.address}/healthz"))["status"] == "ok"


def test_a_server_opens_as_many_files_as_it_may(small_server):
    soft, hard = psutil.Process(small_server.process.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert soft == hard > FEW


@pytest.mark.parametrize("sent", [b"", HALF])
def test_half_open_requests_keep_nobody_out(small_server, many, sent):
    with opened(small_server, 3 * MOST, sent) as found:
        assert_well(small_server)
        assert b"<html" in fetch(small_server.address), "a visitor comes, too"
        assert is_hung_up(found[0]), "whoever has been silent longest"


def opening_of_a_page(address):
    """What a browser sends that keeps a page open."""
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {address.partition('//')[2]}",
        f"Origin: {address}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: streamlit",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_any_number_of_open_pages_leaves_room_for_whoever_asks_for_health(small_server, many):
    page = opening_of_a_page(small_server.address)
    with ExitStack() as pages:
        answers = Counter()
        for _ in range(MOST + 20):
            (one,) = pages.enter_context(opened(small_server, 1, page))
            answers[one.recv(12)] += 1
        assert answers.keys() == {b"HTTP/1.1 101", b"HTTP/1.1 503"}
        share = SHARE * MOST
        assert share - 10 <= answers[b"HTTP/1.1 101"] <= share, "others find places"
        assert status(small_server.address) == 503
        assert_well(small_server)
    wait(lambda: status(small_server.address) == 200, 30)


@pytest.mark.soak
def test_whoever_reads_nothing_is_hung_up_on(server, many):
    """An answer of megabytes, which a browser would read at once."""
    ask = f"GET {plotly_address()} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with opened(server, 300, 5 * ask.encode()) as found:  # one after the other, on each
        assert_well(server)
        served = psutil.Process(server.process.pid)
        assert len(served.net_connections()) > 300
        wait(lambda: len(served.net_connections()) < 50, 60)
        assert all(one.recv(1) for one in found), "the beginning has come"


def status(address):
    try:
        fetch(address)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
    return 200


@pytest.mark.soak
def test_half_open_requests_keep_nobody_out_with_the_usual_number_of_places(server, many):
    with opened(server, 2_500, HALF):
        assert_well(server)

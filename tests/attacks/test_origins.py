"""A page of another address, and whoever sends nonsense, gets nowhere and fills no log."""

import asyncio
import random

import pytest
import requests
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

pytestmark = pytest.mark.training


def stream(server):
    return server.address.replace("http", "ws", 1) + "/_stcore/stream"


def socket(server, origin):
    return connect(stream(server), subprotocols=["streamlit"], origin=origin)


@pytest.mark.parametrize(
    "origin", ["http://localhost:1", "http://localhost", "http://evil", "http://[", "null"]
)
def test_a_page_of_another_address_gets_no_session(server, origin):
    async def attack():
        with pytest.raises(InvalidStatus, match="403"):
            async with socket(server, origin):
                pass

    asyncio.run(attack())


@pytest.mark.parametrize("method", ["get", "put", "post", "delete", "options"])
@pytest.mark.parametrize(
    "path", ["/", "/_stcore/host-config", "/_stcore/upload_file/a/b", "/livez"]
)
def test_a_page_of_another_address_is_answered_nothing(server, method, path):
    answer = requests.request(
        method, server.address + path, headers={"Origin": "http://localhost:1"}, timeout=30
    )
    assert answer.status_code == 403 and "another address" in answer.text
    assert "access-control-allow-origin" not in answer.headers


def test_a_name_that_somebody_else_has_given_to_this_computer_is_not_answered(server):
    """Whoever owns evil.example lets it mean 127.0.0.1, and is then of one origin with the lab."""
    port = server.address.rpartition(":")[2]
    name = f"evil.example:{port}"
    headers = {"Host": name, "Origin": f"http://{name}"}
    answer = requests.get(server.address, headers=headers, timeout=30)
    assert answer.status_code == 421 and "allowedHosts" in answer.text

    async def attack():
        with pytest.raises(InvalidStatus, match="403"):
            async with connect(
                f"ws://{name}/_stcore/stream", origin=f"http://{name}", host="localhost", port=port
            ):
                pass

    asyncio.run(attack())
    headers = {"Host": name}
    assert requests.get(f"{server.address}/livez", headers=headers, timeout=30).text == "ok"


def test_a_flood_of_refusals_is_a_few_lines(server):
    before = len(server.log.read_text())
    with requests.Session() as program:
        for number in range(40):
            headers = {"Origin": f"http://[{number}"}
            assert program.get(server.address, headers=headers, timeout=30).status_code == 403
    assert server.log.read_text()[before:].count("\n") <= 20


def test_the_lab_s_own_page_and_a_program_get_in(server):
    async def visit():
        for origin in (server.address, None):
            async with socket(server, origin):
                pass

    asyncio.run(visit())
    assert requests.get(server.address, timeout=30).ok


def test_nonsense_is_hung_up_on_and_costs_a_line(server):
    rng = random.Random(20)
    frames = ["text", "", *(rng.randbytes(rng.randrange(1, 300)) for _ in range(20))]

    async def attack(frame):
        async with socket(server, server.address) as one:
            await one.send(frame)
            # Some random bytes are a message, one that asks for nothing.
            await one.send("enough")
            with pytest.raises(ConnectionClosed):
                while True:
                    await one.recv()

    before = len(server.log.read_text())
    for frame in frames:
        asyncio.run(attack(frame))
    said = server.log.read_text()[before:]
    assert "Traceback" not in said
    warned = [line for line in said.splitlines() if "deserializing" in line]
    assert len(warned) <= len(frames)
    assert requests.get(f"{server.address}/livez", timeout=30).ok

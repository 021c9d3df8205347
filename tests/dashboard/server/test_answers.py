"""Answers in pieces and in bounded memory. On a real server: tests/attacks/test_connections.py."""

import asyncio

import pytest
from starlette.responses import Response

from dashboard.server import answers
from dashboard.server.answers import PIECE

SCOPE = {"type": "http", "method": "GET", "headers": []}


@pytest.fixture
def sending():
    (middleware,) = answers.middleware()

    async def app(scope, receive, send):
        await Response(b"a" * scope["size"])(scope, receive, send)

    return middleware.cls(app)


async def asked(sending, size, told, wait=None):
    """What is sent to whoever asks for so many bytes; reads the first one of them upon `wait`."""

    async def send(message):
        if wait and message["type"] == "http.response.body":
            await wait.wait()
        told.append(message)

    await sending(SCOPE | {"size": size}, None, send)


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_an_answer_stays_the_same_and_no_piece_is_large(sending, size):
    told = []
    asyncio.run(asked(sending, size, told))
    begin, *pieces = told
    assert begin["status"] == 200
    assert b"".join(piece["body"] for piece in pieces) == b"a" * size
    assert all(len(piece["body"]) <= PIECE for piece in pieces)
    *more, last = (piece.get("more_body", False) for piece in pieces)
    assert all(more) and not last


def test_whoever_reads_nothing_takes_memory_from_none_but_large_answers(sending, monkeypatch):
    monkeypatch.setattr(answers, "MOST_BYTES", 5 * PIECE)

    async def play():
        wait, unread = asyncio.Event(), []
        deaf = [asyncio.create_task(asked(sending, 2 * PIECE, unread, wait)) for _ in range(2)]
        await asyncio.sleep(0)
        large, small, later = [], [], []
        await asked(sending, 2 * PIECE, large)
        await asked(sending, PIECE, small)
        assert (large[0]["status"], small[0]["status"]) == (503, 200)
        assert b"Try again" in large[1]["body"]
        wait.set()
        await asyncio.gather(*deaf)
        await asked(sending, 2 * PIECE, later)
        assert later[0]["status"] == 200, "once they have read"

    asyncio.run(play())


def test_whoever_goes_gives_the_memory_back(sending):
    async def send(message):
        if message["type"] == "http.response.body":
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        asyncio.run(sending(SCOPE | {"size": 9 * PIECE}, None, send))
    assert sending._bytes == 0

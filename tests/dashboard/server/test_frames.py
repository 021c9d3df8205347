"""What is no message of Streamlit's. On a real server: tests/attacks/test_origins.py."""

import asyncio
import logging

import pytest

from dashboard.server import frames


def received(*messages, kind="websocket"):
    """What an application reads of these messages, and what the other end is told."""
    read, told = [], []

    async def app(scope, receive, send):
        read.extend([await receive() for _ in messages])

    async def receive():
        return next(coming)

    async def send(message):
        told.append(message)

    coming = iter(messages)
    (middleware,) = frames.middleware()
    asyncio.run(middleware.cls(app)({"type": kind}, receive, send))
    return read, told


def test_bytes_pass_and_text_ends_the_connection():
    sent = {"type": "websocket.receive", "bytes": b"a", "text": None}
    assert received(sent) == ([sent], [])
    read, (told,) = received({"type": "websocket.receive", "text": "a"})
    assert read[0]["type"] == "websocket.disconnect" and told["type"] == "websocket.close"


def test_requests_pass():
    sent = {"type": "http.request", "body": b""}
    assert received(sent, kind="http") == ([sent], [])


@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR])
def test_a_message_that_cannot_be_read_is_told_in_a_line_and_an_error_with_its_place(level):
    frames.middleware()
    trouble = ValueError("100 % nonsense")
    about = (ValueError, trouble, None)
    record = logging.LogRecord("a", level, "file", 1, "Error in %s", ("a message",), about)
    assert logging.getLogger("streamlit.web.server.starlette.starlette_websocket").filter(record)
    assert bool(record.exc_info) is (level == logging.ERROR)
    if level == logging.WARNING:
        assert record.getMessage() == "Error in a message: 100 % nonsense"

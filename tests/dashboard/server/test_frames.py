"""What is no message of Streamlit's. On a real server: tests/attacks/test_origins.py."""

import asyncio
import contextlib
import logging

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.server import frames


def received(*messages, kind="websocket", reads=None):
    """What an application reads of these messages, and what the other end is told."""
    read, told = [], []

    async def app(scope, receive, send):
        read.extend([await receive() for _ in range(reads or len(messages))])

    async def receive():
        message = next(coming)
        return message if message else await asyncio.Event().wait()

    async def send(message):
        told.append(message)

    coming = iter(messages)
    (middleware,) = frames.middleware()
    scope = {"type": kind, "headers": [], "client": ("10.0.0.1", 1)}
    asyncio.run(middleware.cls(app)(scope, receive, send))
    return read, told


def of(message):
    """What an application reads."""
    return {"type": "websocket.receive", "bytes": message.SerializeToString(), "text": None}


LOOK = of(BackMsg(rerun_script={"query_string": "a=b"}))


def test_bytes_pass_and_text_ends_the_connection():
    assert received(LOOK) == ([LOOK], [])
    read, (told,) = received({"type": "websocket.receive", "text": "a"})
    assert read[0]["type"] == "websocket.disconnect" and told["type"] == "websocket.close"


def test_what_no_page_sends_is_passed_over_and_too_much_ends_the_connection():
    assert received(of(BackMsg(clear_cache=True)), LOOK, reads=1) == ([LOOK], [])
    many = of(BackMsg(file_urls_request={"file_names": ["a"] * 1_000}))
    read, (told,) = received(many)
    assert read[0]["type"] == "websocket.disconnect" and told["code"] == 1008


def test_whoever_sends_fast_is_read_slowly(monkeypatch):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr(frames.asyncio, "sleep", sleep)
    received(*[LOOK] * 100)
    assert waited[0] == 0 and waited[-1] > 1


def test_who_says_nothing_is_hung_up_on(monkeypatch):
    monkeypatch.setattr(frames, "SILENT_SECONDS", 0.01)
    assert received(LOOK, LOOK) == ([LOOK, LOOK], [])
    read, (told,) = received(None)
    assert read[0]["type"] == "websocket.disconnect" and told["type"] == "websocket.close"


@pytest.mark.parametrize("is_gone", [True, False])
def test_closing_what_the_browser_has_closed_is_no_error(is_gone):
    async def app(scope, receive, send):
        with contextlib.suppress(OSError):
            await send({"type": "websocket.send"})
        raise RuntimeError("closed")

    async def send(message):
        if is_gone:
            raise ConnectionResetError

    (middleware,) = frames.middleware()
    scope = {"type": "websocket", "headers": [], "client": None}
    with contextlib.nullcontext() if is_gone else pytest.raises(RuntimeError):
        asyncio.run(middleware.cls(app)(scope, None, send))


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

"""Large answers go out in pieces, as fast as they are read, and take a bounded amount of memory.

An answer is made whole: pictures of a run, weights, a table to download. Whoever asks for many and
reads none of them would fill the memory with them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECE = 64 * 1024
"""Bytes that are handed on at once; so many more wait in uvicorn until they are read."""

MOST_BYTES = 300 * 10**6
"""Memory for all answers that are on their way; for a class of 30 each may be of 10 MB."""

log = logging.getLogger(__name__)


def middleware() -> list[Middleware]:
    """What `st.App` needs for it."""
    return [Middleware(_Sending)]


class _NoRoomError(Exception):
    """An answer would take more memory than is left for answers."""


class _Sending:
    """Cuts what is sent into pieces, and counts it in the server's one event loop."""

    def __init__(self, app: ASGIApp):
        self._app = app
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin: Message | None = None

        async def send_pieces(message: Message) -> None:
            nonlocal begin
            if message["type"] == "http.response.start":
                begin = message  # kept until it is known that there is room for the rest
                return
            size = len(message.get("body", b""))
            if begin:
                if size > PIECE and self._bytes + size > MOST_BYTES:
                    raise _NoRoomError
                await send(begin)
                begin = None
            self._bytes += size
            try:
                for piece in _pieces(message):
                    await send(piece)
            finally:
                self._bytes -= size

        try:
            await self._app(scope, receive, send_pieces)
        except _NoRoomError:
            log.error("answers that nobody has read yet take %d MB", self._bytes // 10**6)
            await _FULL(scope, receive, send)


def _pieces(message: Message) -> Iterator[Message]:
    """Messages that together say the same, none of more than a piece."""
    body = memoryview(message.get("body", b""))
    while len(body) > PIECE:
        yield {**message, "body": bytes(body[:PIECE]), "more_body": True}
        body = body[PIECE:]
    yield {**message, "body": bytes(body)}


_FULL = PlainTextResponse(
    "The server is sending as much as it can. Try again in a few seconds.",
    503,
    headers={"Retry-After": "10"},
)

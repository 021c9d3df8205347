"""Reads a page's WebSocket at a bounded pace, and lets nothing through that no page sends."""

from __future__ import annotations

import asyncio
import itertools
import logging

from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.server.connections import SILENT_SECONDS
from dashboard.server.messages import Kind, MessageError, judge
from dashboard.server.pace import Paces
from dashboard.session.networks import network_of
from dashboard.session.visitors import visitor_of

_READER = "streamlit.web.server.starlette.starlette_websocket"
"""The logger of what reads messages."""

_NO_DATA, _POLICY = 1003, 1008
"""Why a WebSocket is closed (RFC 6455, section 7.4.1): data that cannot be taken; a breach of
policy."""

log = logging.getLogger(__name__)


def middleware() -> list[Middleware]:
    """What `st.App` needs for it."""
    logging.getLogger(_READER).addFilter(_without_traceback)
    return [Middleware(_Reading)]


def _without_traceback(record: logging.LogRecord) -> bool:
    """Streamlit hangs up on a message that it cannot read: where in its code, says nothing."""
    if record.exc_info and record.levelno == logging.WARNING:
        record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]}", ()
        record.exc_info = None
    return True


class _Reading:
    """Hangs up on whoever opens a page's WebSocket and says nothing, on whoever sends text, which
    no browser does and for which Streamlit would raise an error, and on whoever asks for more in
    one message than a page does. Whoever sends fast is read slowly."""

    def __init__(self, app: ASGIApp):
        self._app = app
        self._paces = Paces()
        self._connections = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        visitor = visitor_of(HTTPConnection(scope)) or f"connection {next(self._connections)}"
        network = network_of((scope.get("client") or ("",))[0])
        has_spoken = False

        async def receive_message() -> Message:
            nonlocal has_spoken
            while True:
                try:
                    async with asyncio.timeout(None if has_spoken else SILENT_SECONDS):
                        message = await receive()
                except TimeoutError:
                    return await _hang_up(send, _POLICY)
                if message["type"] != "websocket.receive":
                    return message
                has_spoken = True
                if message.get("bytes") is None:
                    return await _hang_up(send, _NO_DATA)
                try:
                    kind = judge(message["bytes"])
                except MessageError as error:
                    log.warning("hung up on a page: %s", error)
                    return await _hang_up(send, _POLICY)
                await asyncio.sleep(self._paces.wait_for_next(kind, visitor, network))
                if kind is not Kind.UNANSWERED:
                    return message

        is_gone = False

        async def send_message(message: Message) -> None:
            nonlocal is_gone
            try:
                await send(message)
            except OSError:
                is_gone = True
                raise

        try:
            await self._app(scope, receive_message, send_message)
        except RuntimeError:
            if not is_gone:  # or else Streamlit closes what is closed
                raise


async def _hang_up(send: Send, code: int) -> Message:
    await send({"type": "websocket.close", "code": code})
    return {"type": "websocket.disconnect", "code": code}

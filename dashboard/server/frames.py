"""Reads a page's WebSocket at a bounded pace, and lets nothing through that no page sends."""

from __future__ import annotations

import asyncio
import logging

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.server.messages import MessageError, Pace, is_answered

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
    """Hangs up on whoever sends text, which no browser does and for which Streamlit would raise an
    error, or more in one message than a page has. Whoever sends fast is read slowly: then the
    network holds the rest back."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        pace = Pace()

        async def receive_bytes() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                await asyncio.sleep(pace.wait_for_next())
                if message.get("bytes") is None:
                    return await _hang_up(send, _NO_DATA)
                try:
                    if is_answered(message["bytes"]):
                        return message
                except MessageError as error:
                    log.warning("hung up on a page: %s", error)
                    return await _hang_up(send, _POLICY)

        await self._app(scope, receive_bytes, send)


async def _hang_up(send: Send, code: int) -> Message:
    await send({"type": "websocket.close", "code": code})
    return {"type": "websocket.disconnect", "code": code}

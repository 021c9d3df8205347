"""What is no message of Streamlit's costs a line in the log, not a traceback."""

from __future__ import annotations

import logging

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READER = "streamlit.web.server.starlette.starlette_websocket"
"""The logger of what reads messages."""


def middleware() -> list[Middleware]:
    """What `st.App` needs for it."""
    logging.getLogger(_READER).addFilter(_without_traceback)
    return [Middleware(_Hanging)]


def _without_traceback(record: logging.LogRecord) -> bool:
    """Streamlit hangs up on a message that it cannot read: where in its code, says nothing."""
    if record.exc_info and record.levelno == logging.WARNING:
        record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]}", ()
        record.exc_info = None
    return True


class _Hanging:
    """Hangs up on whoever sends text, which no browser does; Streamlit would raise an error."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_bytes() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive" or message.get("bytes") is not None:
                return message
            await send({"type": "websocket.close", "code": 1003})  # data that cannot be taken
            return {"type": "websocket.disconnect", "code": 1003}

        is_socket = scope["type"] == "websocket"
        await self._app(scope, receive_bytes if is_socket else receive, send)

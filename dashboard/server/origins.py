"""Only the lab's own pages may speak to the server.

A browser says of which page a request is, and Streamlit takes those of any port of this computer
for its own. Whatever else runs there could then act as the visitor.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)


def middleware() -> list[Middleware]:
    """What `st.App` needs to refuse other sites."""
    return [Middleware(_Refusing)]


class _Refusing:
    """Answers programs, which name no page, and pages of the address that was asked."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = HTTPConnection(scope).headers
            origin = headers.get("origin")
            if origin is not None and not is_own(origin, headers.get("host", "")):
                log.warning("refused a request of the page %.100s", origin)
                await _refuse(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # a breach of policy
        return
    text = "This request comes from a page of another address. Open the lab at its own."
    await PlainTextResponse(text, 403)(scope, receive, send)


def is_own(origin: str, host: str) -> bool:
    """Whether a page of that origin may ask a server that was addressed as `host`: if both are
    the same with the port, or Streamlit's `server.corsAllowedOrigins` names it."""
    if not st.get_option("server.enableCORS"):
        return True
    allowed = [one.strip() for one in st.get_option("server.corsAllowedOrigins")]
    return urlsplit(origin).netloc.lower() == host.lower() or origin in allowed

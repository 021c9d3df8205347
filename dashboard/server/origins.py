"""Only the lab's own pages may speak to the server, under a name that is its own.

A browser says of which page a request is, and Streamlit takes those of any port of this computer
for its own. Whatever else runs there could then act as the visitor.
"""

from __future__ import annotations

import logging

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.server import hosts

HEALTH = ("/livez", "/healthz")
"""What proxies and schedulers ask for, under whatever name they have for this server."""

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
            origin, host = headers.get("origin"), headers.get("host", "")
            if not hosts.is_known(host) and scope["path"] not in HEALTH:
                log.warning("refused a request to the name %.100r", host)
                await _refuse(_unknown_name(host), scope, receive, send)
                return
            if origin is not None and not is_own(origin, host):
                log.warning("refused a request of the page %.100r", origin)
                await _refuse(_OTHER_PAGE, scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})  # a breach of policy
        return
    await answer(scope, receive, send)


_OTHER_PAGE = PlainTextResponse(
    "This request comes from a page of another address. Open the lab at its own.", 403
)


def _unknown_name(host: str) -> Response:
    text = f"""The lab does not answer under the name {host[:100]!r}.
Open it at the address that the terminal shows when it starts.
Whoever runs it can allow the name: start it with --browser.serverAddress=NAME, or with
--server.allowedHosts=NAME for each of several.
"""
    return PlainTextResponse(text, 421)


def is_own(origin: str, host: str) -> bool:
    """Whether a page of that origin may ask a server that was addressed as `host`: if both are
    the same with the port, or Streamlit's `server.corsAllowedOrigins` names it."""
    if not st.get_option("server.enableCORS"):
        return True
    allowed = [one.strip() for one in st.get_option("server.corsAllowedOrigins")]
    return origin.lower().partition("://")[2] == host.lower() or origin in allowed

"""Who a browser is: a random name in a cookie, so that after a reload, in another tab or on another
server it is the same visitor's. It says nothing about anybody, and goes when the browser is closed.

Whoever knows the name can be that visitor. So it stays in the cookie: all else, the database, the
runs' folders and every page, knows the visitor by a hash of it.
"""

from __future__ import annotations

import re
import secrets

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.shares import hash_owner

COOKIE = "lab_visitor"

_NAME = re.compile(r"[0-9a-f]{32}")


def visitor() -> str:
    """Who this browser is: a hash of its name; for this session only where it keeps no cookies."""
    if "visitor" not in st.session_state:
        name = str(st.context.cookies.get(COOKIE))  # AppTest gives something that is no text
        known = name if _NAME.fullmatch(name) else secrets.token_hex(16)
        st.session_state["visitor"] = hash_owner(known)
    return st.session_state["visitor"]


def visitor_of(request: HTTPConnection) -> str:
    """Who the browser is that sends a request, as `visitor` says it; "" where it sends no name."""
    name = request.cookies.get(COOKIE, "")
    return hash_owner(name) if _NAME.fullmatch(name) else ""


def middleware() -> list[Middleware]:
    """What `st.App` needs to give names."""
    return [Middleware(_Naming)]


class _Naming:
    """Gives a name to each browser that opens a page and has none. Scripts cannot read it."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_unknown(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = Response()
                is_secure = scope["scheme"] == "https"
                name = secrets.token_hex(16)
                given.set_cookie(COOKIE, name, httponly=True, secure=is_secure)
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", given.headers["set-cookie"])
            await send(message)

        await self._app(scope, receive, send_named)


def _is_unknown(request: HTTPConnection) -> bool:
    opens_page = "text/html" in request.headers.get("accept", "")
    return opens_page and not _NAME.fullmatch(request.cookies.get(COOKIE, ""))

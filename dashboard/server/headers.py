"""What every answer tells the browser: from where a page may load, and who may frame it.

A second line. No text of others becomes markup (`dashboard.text.foreign`); where one should all the
same, the browser fetches nothing from elsewhere and runs no script that the server has not sent.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.components.glossary import glossary
from models import settings

_HOST = re.compile(r"[\w.-]+(:\d{1,5})?|\[[\da-fA-F:.]+\](:\d{1,5})?", re.ASCII)


def middleware() -> list[Middleware]:
    """What `st.App` needs to send them."""
    return [Middleware(_Telling)]


class _Telling:
    """Adds the headers to each answer."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = HTTPConnection(scope).headers.get("host", "")

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy(host)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_told)


def policy(host: str) -> str:
    """The Content-Security-Policy of a page that was asked for under the name `host`."""
    # Safari before 15.4 and older Firefox do not count WebSockets among 'self'.
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return _policy().replace("connect-src 'self'", f"connect-src 'self'{sockets}")


@cache
def _policy() -> str:
    rules = {
        "default-src": "'self'",
        # Streamlit's components are modules from blobs.
        "script-src": f"'self' blob: {' '.join(inline_hashes(_index() + glossary.script()))}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": settings.current().frame_ancestors,
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def _index() -> str:
    """The page that Streamlit ships, of whatever version."""
    return (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")


def inline_hashes(page: str) -> list[str]:
    """What allows the scripts that stand in a page, and no others."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [hashlib.sha256(one.encode()).digest() for one in scripts]
    return [f"'sha256-{base64.b64encode(one).decode()}'" for one in digests]

"""Whose requests they are: what a proxy says of that counts where a setting names the proxy.

uvicorn believes `X-Forwarded-For` of whatever asks from its own computer. So every user of that
computer could have a new address for each guess at the teacher's password.
"""

from __future__ import annotations

import contextlib
from typing import Any

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dashboard.server.connections import config_of
from models import settings


def middleware() -> list[Middleware]:
    """What `st.App` needs to have its say: with the server's start it hears of uvicorn."""
    return [Middleware(_Naming)]


class _Naming:
    """Tells uvicorn which proxies to believe."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            with contextlib.suppress(settings.SettingError):  # the start says so itself
                believe(config_of(receive), settings.current().proxy_addresses)
        await self._app(scope, receive, send)


def believe(config: Any, proxies: list[str]) -> None:
    """Lets a server of uvicorn believe these addresses and networks, and nobody else.

    Args:
        config: Its settings, loaded, before anybody has connected.
        proxies: Such as 127.0.0.1 or 172.16.0.0/12.
    """
    app = getattr(config, "loaded_app", None)
    if isinstance(app, ProxyHeadersMiddleware):  # or else it believes nobody
        config.loaded_app = ProxyHeadersMiddleware(app.app, trusted_hosts=proxies)

"""How many browsers may be connected at once, for how long without a word or without listening, and
how much one may say at a time.

uvicorn would accept connections until the process has no descriptors left, and then answer nobody,
not even whoever asks whether the server lives. It has no setting against that which Streamlit would
pass on; but it makes one protocol object for each connection, and lets that be made by another.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import resource
import sys
import time
from collections.abc import Callable, Collection
from typing import Any

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.server.messages import MOST_BYTES
from dashboard.session.networks import network_of
from models import settings

SILENT_SECONDS = 20.0
"""How long a connection may take until it has asked for something."""

DEAF_SECONDS = 30.0
"""How long a connection may read nothing of what it is sent, which stays in memory as long."""

SWEEP_SECONDS = 2.0
"""How often silent and deaf connections are looked for."""

RESERVE = 300
"""Descriptors that connections leave free: for files, database and training processes, and for
whoever asks for the server's health."""

LEAST_BACKLOG = 100
"""Connections that are accepted in one go, before any of them is counted, where descriptors are
few; otherwise as many as uvicorn has it."""

SHARE = 0.75
"""Of the places, what one network may take: somebody who opens all he or she can leaves some to
those elsewhere."""

ALWAYS = ("/livez", "/healthz")
"""Addresses that are answered however many are connected."""

log = logging.getLogger(__name__)


def raise_limit() -> int:
    """Lets this process open as many files as it may; returns how many these are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError):  # macOS calls its hard limit infinite, and allows this
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 10_240), hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def most_connections(wanted: int, descriptors: int) -> int:
    """How many connections leave a reserve of descriptors."""
    return min(wanted, max(descriptors - RESERVE, descriptors // 2))


def middleware() -> list[Middleware]:
    """What `st.App` needs to bound its connections: with the server's start it hears of uvicorn."""
    return [Middleware(_Bounding)]


class _Bounding:
    """Puts `Connections` where uvicorn makes its protocols, and turns away who is too many."""

    def __init__(self, app: ASGIApp):
        self._app = app
        self._connections: Connections | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "lifespan":
            with contextlib.suppress(settings.SettingError):  # the start says so itself
                self._connections = _bound(config_of(receive), settings.current().max_connections)
        elif scope["path"] not in ALWAYS and self._is_full(scope):
            app = _BUSY
        await app(scope, receive, send)

    def _is_full(self, scope: Scope) -> bool:
        if self._connections is None:
            return False
        if self._connections.are_too_many():
            return True
        # Behind a proxy all have its address; it can bound them itself.
        is_direct = not settings.current().proxies
        return is_direct and self._connections.has_its_share((scope.get("client") or ("",))[0])


def config_of(receive: Receive) -> Any:
    """What uvicorn is set up with: the channel by which it tells of its start belongs to what
    holds that. None of another server."""
    return getattr(getattr(receive, "__self__", None), "config", None)


def _bound(config: Any, wanted: int) -> Connections | None:
    if not hasattr(config, "http_protocol_class"):
        log.warning("this server is not uvicorn: connections are not bounded")
        return None
    descriptors = raise_limit()
    most = most_connections(wanted, descriptors)
    room = max(descriptors - most - RESERVE, LEAST_BACKLOG)
    config.backlog = min(config.backlog, room)
    config.http_protocol_class = Connections(config.http_protocol_class, most)
    config.ws_max_size = MOST_BYTES  # or else it would keep as much as Streamlit itself may send
    return config.http_protocol_class


class Connections:
    """Makes uvicorn's protocols, and keeps their number within bounds.

    Whoever has not asked for anything within `SILENT_SECONDS` is hung up on, and whoever has read
    nothing within `DEAF_SECONDS`; where there are too many, whoever has been silent longest, at
    once.

    Args:
        protocol: Makes one of uvicorn's HTTP protocols.
        most: Connections that are served.
        clock: Seconds.
    """

    def __init__(
        self,
        protocol: Callable[..., Any],
        most: int,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._protocol, self._most, self._clock = protocol, most, clock
        self._open: Collection[Any] = ()
        self._since: dict[Any, float] = {}
        self._unread: dict[Any, tuple[int, float]] = {}  # bytes, and since when they are no fewer
        self._sweeping: asyncio.TimerHandle | None = None
        self._were_too_many = False

    def __call__(self, **arguments: Any) -> asyncio.Protocol:
        protocol = self._protocol(**arguments)
        self._open = protocol.connections  # of the whole server, WebSockets included
        self._since[protocol] = self._clock()
        if len(self._open) >= self._most:
            self._hang_up_on_longest(1)
        if self._sweeping is None:
            self._sweep_later()
        return protocol

    def are_too_many(self) -> bool:
        """Whether more connections are open than are served, and nobody among them is silent."""
        self._hang_up_on_longest(self._excess())
        too_many = self._excess() > 0
        if too_many and not self._were_too_many:
            log.error("%d connections are open: others are turned away", self._most)
        self._were_too_many = too_many
        return too_many

    def has_its_share(self, address: str) -> bool:
        """Whether the network of an address has more connections than its share, and nobody there
        is silent."""
        share = int(SHARE * self._most)
        if len(self._open) <= share:
            return False
        here = network_of(address)
        same = {
            one for one in self._open if _network(one) == here and not one.transport.is_closing()
        }
        excess = len(same) - share
        return excess > 0 and self._hang_up_on_longest(excess, same) < excess

    def _excess(self) -> int:
        if len(self._open) <= self._most:
            return 0
        staying = sum(not one.transport.is_closing() for one in self._open)
        return max(staying - self._most, 0)

    def _hang_up_on_longest(self, count: int, among: Collection[Any] | None = None) -> int:
        """Hangs up on so many silent ones, if there are as many; returns on how many."""
        silent = (one for one in self._since if among is None or one in among)
        found = list(itertools.islice(filter(_is_silent, silent), count))
        for protocol in found:
            del self._since[protocol]
            protocol.transport.abort()
        return len(found)

    def _sweep_later(self) -> None:
        self._sweeping = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        self.sweep()
        self._sweeping = None
        if self._open:
            self._sweep_later()

    def sweep(self) -> None:
        """Hangs up on whoever has been silent or deaf for too long, or is too many."""
        now = self._clock()
        for protocol, since in list(self._since.items()):
            is_late = now - since > SILENT_SECONDS
            if protocol.transport is None and not is_late:
                continue  # it is about to begin
            if protocol not in protocol.connections:  # it has ended, or is a WebSocket now
                del self._since[protocol]
            elif not _is_silent(protocol):
                del self._since[protocol]
                self._since[protocol] = now  # its next request has as long
            elif is_late:
                protocol.transport.abort()
        # Many may have been accepted in one go, before any of them counted.
        self._hang_up_on_longest(self._excess())
        self._hang_up_on_deaf(now)

    def _hang_up_on_deaf(self, now: float) -> None:
        """Also where uvicorn has closed the connection: it then waits until all has been read."""
        before, self._unread = self._unread, {}
        for protocol in list(self._open):
            size = protocol.transport.get_write_buffer_size()
            least, since = before.get(protocol, (size, now))
            if size and now - since > DEAF_SECONDS:
                protocol.transport.abort()
            elif size:
                self._unread[protocol] = size, since if size >= least else now


def _network(protocol: Any) -> str:
    return network_of(protocol.client[0] if protocol.client else "")


def _is_silent(protocol: Any) -> bool:
    """Whether a connection is open, and is not being answered."""
    is_answered = protocol.cycle is not None and not protocol.cycle.response_complete
    is_open = protocol in protocol.connections and not protocol.transport.is_closing()
    return is_open and not is_answered


_BUSY = PlainTextResponse(
    "Too many browsers are connected to this server. Close some pages, then load this one again.",
    503,
    headers={"Connection": "close", "Retry-After": "10"},
)

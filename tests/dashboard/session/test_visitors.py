"""Who a browser is: a name in a cookie that only a page's own server can read."""

import asyncio
import re
from types import SimpleNamespace

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.session import visitors
from dashboard.session.visitors import COOKIE, middleware

PAGE = "text/html,application/xhtml+xml"


def cookie_given(scheme="http", **headers):
    """What a request with these headers is told to keep."""
    app = Starlette(
        routes=[Route("/", lambda request: PlainTextResponse("a page"))], middleware=middleware()
    )
    messages = []

    async def send(message):
        messages.append(message)

    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": sent, "scheme": scheme}
    asyncio.run(app({**scope, "query_string": b""}, None, send))
    assert messages[-1]["body"] == b"a page"
    received = dict(messages[0]["headers"])
    return received.get(b"set-cookie", b"").decode()


def test_a_browser_that_opens_a_page_gets_a_name_that_no_script_can_read():
    first, second = cookie_given(accept=PAGE), cookie_given(accept=PAGE)
    assert re.match(COOKIE + "=[0-9a-f]{32};", first) and first != second
    assert "HttpOnly" in first and "SameSite=lax" in first and "Secure" not in first
    assert "Max-Age" not in first and "expires" not in first, "it goes with the browser"
    assert "Secure" in cookie_given("https", accept=PAGE)


def test_a_name_is_kept_and_nonsense_replaced():
    name = "0123456789abcdef" * 2
    assert not cookie_given(accept=PAGE, cookie=f"other=1; {COOKIE}={name}")
    for nonsense in ("", "x" * 32, name + "0", "../../etc/passwd"):
        assert cookie_given(accept=PAGE, cookie=f"{COOKIE}={nonsense}")


def test_what_is_no_page_gets_no_name():
    assert not cookie_given(accept="application/json")
    assert not cookie_given()


@pytest.mark.parametrize("cookie", [None, "ab" * 16, "no name"])
def test_a_visitor_is_who_the_cookie_says_or_new(monkeypatch, cookie):
    cookies = {} if cookie is None else {COOKIE: cookie}
    monkeypatch.setattr(streamlit, "context", SimpleNamespace(cookies=cookies))
    names = []
    for _session in range(2):
        monkeypatch.setattr(streamlit, "session_state", {})
        names.append(visitors.visitor())
        assert visitors.visitor() == names[-1]
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)
    assert (names[0] == names[1]) == (cookie == "ab" * 16)
    assert cookie not in names, "whoever reads a name outside of the cookie cannot use it"

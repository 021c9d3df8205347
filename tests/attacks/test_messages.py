"""Whatever a browser says of itself, pages are drawn, and no error fills the log."""

import asyncio

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.visiting import PATIENCE, Visitor
from tests.attacks.addresses import PAGES
from tests.support.soak import soaking

pytestmark = pytest.mark.training

NONSENSE = [
    "http://[",
    "//[::1",
    "javascript:alert(1)",
    "\x00",
    "²",
    "x" * 5_000,
    "%ff%",
    "[]:99999",
]
CONTEXT = ("url", "locale", "timezone")
QUERIES = [
    "%ff=%ff",
    "%=&=;&&",
    "[=]",
    "embed=[&embed_options=[",
    "seed=%00",
    "&".join(["a=b"] * 2_000),
]
HEADERS = [
    *({"Cookie": f"lab_visitor={text}"} for text in ("²", '"', "a" * 4_000, "=;=", "\\777")),
    {"X-Forwarded-For": "::::, [, 999.1.1.1", "X-Forwarded-Proto": "javascript"},
    {"Accept-Language": "\\u0000;q=²", "User-Agent": "["},
]


class Liar(Visitor):
    """A program that says something else than a browser would."""

    async def _fetch(self, *arguments, **rest):
        await super()._fetch(*arguments, **rest)
        if "Cookie" in self._headers:
            self._browser.cookies.clear()  # to send that one instead of what it was given

    async def say(self, query=None, **context):
        """Asks for the page once more, until it has answered."""
        message, before = BackMsg(), self._finished
        state = message.rerun_script
        state.query_string = self._query if query is None else query
        state.page_name, state.page_script_hash = self._lesson, self._page
        for name, text in context.items():
            setattr(state.context_info, name, text)
        await self._socket.send(message.SerializeToString())
        await self.wait_until(lambda: self._finished > before or self.errors, PATIENCE)


@pytest.mark.parametrize("name", soaking(PAGES, ("linear", "class_links", "wall")))
def test_a_browser_may_say_anything_of_itself(name, server):
    liar, before = Liar(server.address), len(server.log.read_text())

    async def attack():
        await liar.open(name, {})
        for text in NONSENSE:
            await liar.say(**dict.fromkeys(CONTEXT, text), timezone_offset=-(2**31))
        for query in QUERIES:
            await liar.say(query)
        await liar.close()
        for headers in HEADERS:
            other = Liar(server.address, headers)
            await other.open(name, {})
            await other.close()
            liar.errors += other.errors

    asyncio.run(attack())
    for headers in HEADERS:
        encoded = {key: text.encode("latin-1") for key, text in headers.items()}
        assert requests.get(f"{server.address}/{name}", headers=encoded, timeout=30).ok
    assert not liar.errors
    assert "Traceback" not in server.log.read_text()[before:]

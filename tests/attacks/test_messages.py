"""Whatever a browser says of itself, pages are drawn, and no error fills the log."""

import asyncio

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.visiting import PATIENCE, Visitor
from dashboard.jobs.log_limits import MOST
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

    async def say(self, query=None, widget=None, **context):
        """Asks for the page once more, until it has answered."""
        message, before = BackMsg(), self._finished
        state = message.rerun_script
        state.query_string = self._query if query is None else query
        state.page_name, state.page_script_hash = self._lesson, self._page
        if widget:
            state.widget_states.widgets.add(**widget)
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


STATES = [
    {"string_value": "a"},
    {"int_value": -(2**63)},
    {"double_value": float("nan")},
    {"json_value": "{"},
    {"bytes_value": b"\x00"},
    {"trigger_value": True},
    {"bool_value": True},
    {"int_array_value": {"data": [2**31]}},
    {"string_array_value": {"data": ["a"]}},
]


@pytest.mark.parametrize("name", soaking(PAGES, ("linear",)))
def test_made_up_widgets_draw_the_page_and_do_not_fill_the_log(name, server):
    """Where a state is none of its widget's kind, Streamlit raises an error: a few times a minute
    it says so."""

    async def attack(id, times):
        liar = Liar(server.address)
        await liar.open(name, {})
        known = sorted(liar._widgets)
        try:
            for _ in range(times):
                for state in STATES:
                    await liar.say(widget={"id": id, **state})
        finally:
            await liar.close()
        return known, liar.errors

    before = server.log.stat().st_size
    known, errors = asyncio.run(attack("$$ID-0-x", 1))
    assert not errors and "Error" not in server.log.read_text()[before:]
    if known:
        asyncio.run(attack(known[0], 5))
        asyncio.run(attack(known[-1], 5))
    written = server.log.read_text()[before:]
    assert written.count("Traceback") <= 2 * MOST and len(written) < 300_000

"""Whoever is not the teacher, or has left, can do nothing that only the teacher may."""

import asyncio
import json
import re
import time

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.visiting import PATIENCE, Server, Visitor, fetch
from dashboard.classroom.tickets import APART_SECONDS, FREE_IN_ALL
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.training


class Guest(Visitor):
    """Types passwords, selects rows, and presses buttons whether or not they are still there."""

    def _take(self, path, element):
        super()._take(path, element)
        kind = element.WhichOneof("type")
        if kind in ("text_input", "dataframe"):
            self._widgets.add(getattr(element, kind).id)

    def sees(self, key):
        """Whether the page has that widget."""
        return bool(self._find(key))

    def _find(self, key):
        return next((one for one in self._widgets if one.endswith(f"-{key}")), None)

    async def id_of(self, key):
        await self.wait_until(lambda: self._find(key), PATIENCE)
        return self._find(key)

    async def enter(self, password):
        """Types a password and presses Enter; returns once the page has answered."""
        field, button = await self.id_of("teacher.password"), await self.id_of("teacher.enter")
        before = self._finished
        await self.send({"id": field, "string_value": password}, press(button))
        await self.wait_until(lambda: self._finished > before, PATIENCE)

    async def send(self, *widgets, fragment=""):
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self._query, self._lesson
        state.page_script_hash, state.fragment_id = self._page, fragment
        for one in widgets:
            state.widget_states.widgets.add(**one)
        await self._socket.send(message.SerializeToString())


def press(button):
    return {"id": button, "trigger_value": True}


@pytest.fixture(scope="module")
def run(server):
    """A run of somebody's."""
    recipe = make_recipe("linear", seed="4711")
    return server.store.create(recipe.run_id(), recipe.as_dict())


def test_after_leaving_neither_the_table_nor_a_deed_is_there(server, password, run):
    last = len(server.store.runs()) - 1  # the table's rows are in the order of their creation

    async def attack():
        guest = Guest(server.address)
        await guest.open("runs", {})
        assert not guest.sees("runs.pin")
        await guest.enter(password)
        pin, unpin = await guest.id_of("runs.pin"), await guest.id_of("runs.unpin")
        leave, (fragment,) = await guest.id_of("runs.leave"), guest._looks
        guest._looks[fragment].cancel()  # a look would take the selection back
        table = next(one for one in guest._widgets if re.search(r"runs\.table\.\d+$", one))
        selected = {"id": table, "string_value": json.dumps({"selection": {"rows": [last]}})}
        await guest.send(selected, fragment=fragment)
        await guest.send(selected, press(pin), fragment=fragment)
        async with asyncio.timeout(PATIENCE):
            while not run.pinned:  # so that the forgery below would work, too
                await asyncio.sleep(0.05)
        await guest.send(selected, press(leave), fragment=fragment)
        await guest.wait_until(lambda: guest.sees("teacher.password"), PATIENCE)
        await guest.send(selected, press(unpin), fragment=fragment)
        await guest.send(selected, press(unpin))
        await guest._run_script()
        assert run.pinned and not guest.sees("runs.pin") and not guest.errors
        await guest.close()

    run.unpin()
    asyncio.run(attack())


@pytest.fixture
def behind_proxy(tmp_path, password):
    """A server that believes what a proxy on this computer says of addresses."""
    journal = {"LOG": str(tmp_path / "journal.jsonl"), "PROXIES": "127.0.0.1,::1"}
    server = Server(tmp_path / "runs", TRAIN_AHEAD="0", TEACHER_PASSWORD=password, **journal)
    recipe = make_recipe("linear", seed="4711")  # a page without runs has no button either
    server.store.create(recipe.run_id(), recipe.as_dict())
    server.wait_until_open()
    yield server
    server.close()


def believes(server):
    """Whether a server takes a request for one by TLS because that is what its header says."""
    headers = {"Accept": "text/html", "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.7"}
    answer = requests.get(server.address, headers=headers, timeout=PATIENCE)
    return "secure" in answer.headers["Set-Cookie"].lower()


def test_nobody_can_say_of_himself_where_he_comes_from(server, behind_proxy):
    assert believes(behind_proxy) and not believes(server)


def counted(server, answer):
    """How many passwords have been answered so."""
    name = f'autoencoder_lab_teacher_passwords_total{{answer="{answer}"}}'
    lines = fetch(f"{server.address}/metrics").decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def test_guessing_gets_slower_whatever_is_made_up_and_keeps_no_teacher_out(
    behind_proxy, tmp_path, password
):
    server, number = behind_proxy, FREE_IN_ALL + 5

    async def guest(address):
        one = Guest(server.address, {"X-Forwarded-For": address})
        await one.open("runs", {})
        return one

    async def guess(number):
        eve = await guest(f"10.0.0.{number}")
        await eve.enter(f"guess {number}")
        assert eve.shows("not the password") or eve.shows("not tried")
        await eve.enter(password)  # even the right one is too early now
        assert eve.shows("not tried") and not eve.sees("runs.leave")
        await eve.close()

    async def attack():
        teacher = await guest("192.168.1.7")
        await teacher.enter(password)
        began = time.monotonic()
        await asyncio.gather(*map(guess, range(number)))
        took = time.monotonic() - began
        await teacher._run_script()
        assert teacher.sees("runs.leave"), "who is signed in stays so"
        other = await guest("192.168.1.8")
        async with asyncio.timeout(PATIENCE + 30):
            while not other.sees("runs.leave"):
                await other.enter(password)
                await asyncio.sleep(APART_SECONDS)
        for one in (teacher, other):
            await one.close()
        return took

    took = asyncio.run(attack())
    tried, not_tried = counted(server, "wrong"), counted(server, "too early")
    assert tried + not_tried >= 2 * number
    assert tried <= FREE_IN_ALL + took / APART_SECONDS + 1
    text = (tmp_path / "journal.jsonl").read_text()
    noted = [one for one in map(json.loads, text.splitlines()) if "teacher's" in one["event"]]
    assert len(noted) == tried and "guess" not in text and "10.0.0." not in text

"""Whoever is not the teacher, or has left, can do nothing that only the teacher may."""

import asyncio
import json
import re

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.visiting import PATIENCE, Visitor, fetch
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


def test_guessing_gets_slower_and_keeps_no_teacher_out(server, folder, password):
    def counted(answer):
        name = f'autoencoder_lab_teacher_passwords_total{{answer="{answer}"}}'
        lines = fetch(f"{server.address}/metrics").decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    async def guess(number):
        eve = Guest(server.address, {"X-Forwarded-For": "10.0.0.7"})
        await eve.open("runs", {})
        await eve.enter(f"guess {number}")
        assert eve.shows("not the password") or eve.shows("not tried")
        await eve.enter(password)  # even the right one is too early now
        assert eve.shows("not tried") and not eve.sees("runs.leave")
        await eve.close()

    async def attack():
        teacher = Guest(server.address)
        await teacher.open("runs", {})
        await teacher.enter(password)
        await asyncio.gather(*map(guess, range(30)))
        await teacher._run_script()
        assert teacher.sees("runs.leave"), "who is signed in stays so"
        other = Guest(server.address)
        await other.open("runs", {})
        await other.enter(password)
        assert other.sees("runs.leave"), "another address does not wait"
        for one in (teacher, other):
            await one.close()

    def noted():
        events = map(json.loads, (folder / "journal.jsonl").read_text().splitlines())
        return [one for one in events if "wrong teacher's password" in one["event"]]

    wrong, early, before = counted("wrong"), counted("too early"), len(noted())
    asyncio.run(attack())
    tried, not_tried = counted("wrong") - wrong, counted("too early") - early
    assert tried + not_tried == 60 and tried < 30
    assert len(noted()) - before == tried
    assert "guess" not in str(noted()) and "10.0.0.7" not in str(noted())

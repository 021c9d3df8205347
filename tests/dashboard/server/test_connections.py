"""Bounds of connections, with uvicorn's protocols played by others. A server under attack is in
tests/attacks/test_connections.py."""

import asyncio
from types import SimpleNamespace

import pytest

from dashboard.server import connections
from dashboard.server.connections import DEAF_SECONDS, SILENT_SECONDS, Connections


class Protocol:
    """A connection; `cycle` is the request that is being answered."""

    def __init__(self, connections):
        self.connections, self.cycle, self.transport = connections, None, None
        self.unread, self.client = 0, ("10.0.0.1", 1)

    def begin(self):
        self.transport = self
        self.connections.add(self)
        return self

    def ask(self):
        self.cycle = SimpleNamespace(response_complete=False)

    def is_closing(self):
        return self not in self.connections

    def get_write_buffer_size(self):
        return self.unread

    def abort(self):
        self.connections.discard(self)


class Bounded:
    def __init__(self, most):
        self.now, self.open = 0.0, set()
        self.made = Connections(Protocol, most, clock=lambda: self.now)

    def connect(self, count=1):
        *_, last = [self.made(connections=self.open).begin() for _ in range(count)]
        return last


async def make(most):
    bounded = Bounded(most)
    bounded.made._sweeping = True  # by hand, below
    return bounded


@pytest.fixture
def bounded():
    return asyncio.run(make(3))


def test_who_asks_for_nothing_is_hung_up_on_and_who_is_answered_is_not(bounded):
    silent, asking = bounded.connect(), bounded.connect()
    asking.ask()
    bounded.now = SILENT_SECONDS + 1
    bounded.made.sweep()
    assert bounded.open == {asking} and silent not in bounded.open
    asking.cycle.response_complete = True  # half of a second request is as bad as of the first
    bounded.made.sweep()
    assert bounded.open == {asking}
    bounded.now = 2 * SILENT_SECONDS + 3
    bounded.made.sweep()
    assert not bounded.open


def test_the_one_that_has_been_silent_longest_makes_room(bounded):
    first, second, third = (bounded.connect() for _ in range(3))
    first.ask()
    fourth = bounded.connect()
    assert bounded.open == {first, third, fourth} and second not in bounded.open
    assert not bounded.made.are_too_many()


def test_where_nobody_is_silent_there_are_too_many(bounded):
    for _ in range(3):
        bounded.connect().ask()
    assert not bounded.made.are_too_many()
    bounded.connect().ask()
    assert bounded.made.are_too_many()
    bounded.open.pop()
    assert not bounded.made.are_too_many()


def test_who_reads_nothing_is_hung_up_on_and_who_reads_slowly_is_not(bounded):
    deaf, slow, done = (bounded.connect() for _ in range(3))
    for one in (deaf, slow, done):
        one.ask()
        one.unread = 1_000
    bounded.made.sweep()
    done.unread = 0
    for _ in range(9):
        bounded.now += DEAF_SECONDS / 4
        # More is sent as soon as something has been read.
        slow.unread = 2_000 if slow.unread == 999 else slow.unread - 1
        bounded.made.sweep()
    assert bounded.open == {slow, done}


def test_a_long_pause_in_sending_is_nobody_s_fault(bounded):
    one = bounded.connect()
    one.ask()
    for one.unread in (1_000, 0, 1_000):
        bounded.made.sweep()
        bounded.now += DEAF_SECONDS
    assert bounded.open == {one}


def test_one_network_leaves_places_to_others():
    bounded = asyncio.run(make(8))
    for _ in range(6):
        bounded.connect().ask()
    assert not bounded.made.has_its_share("10.0.0.1"), "three quarters are its share"
    bounded.connect().ask()
    assert bounded.made.has_its_share("10.0.0.1") and not bounded.made.has_its_share("10.0.0.2")
    assert not bounded.made.are_too_many()


@pytest.mark.parametrize(
    ("descriptors", "most"), [(20_000, 2_000), (2_048, 1_748), (1_024, 724), (256, 128)]
)
def test_a_reserve_of_descriptors_stays(descriptors, most):
    assert connections.most_connections(2_000, descriptors) == most

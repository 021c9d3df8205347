"""The classroom wall is the class's: made-up visitors do not fill it."""

import asyncio
from functools import partial

import pytest

from benchmarks.visiting import TRAINED, Visitor
from dashboard.classroom.wall import Board, Wall
from dashboard.database import databases
from tests.support.pages import wait

pytestmark = [pytest.mark.training, pytest.mark.soak]


@pytest.fixture
def wall(server, folder):
    """The server's, which is open for this test."""
    engine = databases.connect(f"sqlite:///{folder / 'classroom.sqlite'}")
    here = Wall(engine)
    here.board = Board(is_open=True)
    yield here
    here.take_down()
    here.board = Board()
    engine.dispose()


def test_made_up_visitors_who_look_at_a_run_make_no_dots(server, wall):
    student, crowd = Visitor(server.address), [Visitor(server.address) for _ in range(12)]
    texts = {"seed": "52", "epochs": "3"}

    async def attack():
        await student.open("linear", texts)
        await student.choose("pace", "8 s")
        await student.press("train")
        for one in crowd:
            await one.open("linear", texts)
        assert not any(one.shows(TRAINED) for one in crowd), "they have come too late"
        await asyncio.gather(*(one.wait_until(partial(one.shows, TRAINED), 60) for one in crowd))
        for one in [student, *crowd]:
            await one.close()
            assert not one.errors

    asyncio.run(attack())
    (dot,) = wait(lambda: wall.look().dots, 10)
    assert dot.people == "somebody"

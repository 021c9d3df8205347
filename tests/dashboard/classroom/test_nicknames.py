"""Nicknames: what they look like, and that nobody loses one to strangers."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.classroom import nicknames, wall
from dashboard.classroom.nicknames import NicknamesFull
from dashboard.classroom.wall import Wall
from tests.dashboard.classroom.conftest import PASSWORD
from tests.support.pages import open_page, with_key

RUN = "linear-0123456789abcdef"


@given(st.text(max_size=60))
def test_a_nickname_is_one_short_line_that_can_be_seen(text):
    name = nicknames.harmless(text)
    assert len(name) <= nicknames.MAX_LENGTH and name == name.strip()
    assert not any(unicodedata.category(one)[0] == "C" or one == "\n" for one in name)
    assert nicknames.harmless(name) == name


@pytest.fixture
def full(engine, monkeypatch, with_password):
    """A wall on which Alice has a nickname, as have as many strangers as find room."""
    monkeypatch.setattr(nicknames, "MAX_UNUSED", 5)
    here = Wall(engine)
    monkeypatch.setattr(wall, "_current", here)
    here.call("alice", "Alice")
    for number in range(4):
        here.call(f"stranger {number}", "Me")
    return here


def test_made_up_visitors_take_no_nickname_away(full):
    for number in range(4, 20):
        with pytest.raises(NicknamesFull, match="Train something"):
            full.call(f"stranger {number}", "Me")
    assert full.nickname("alice") == "Alice" and full.nickname("stranger 0") == "Me"
    full.call("alice", "Countess")  # who has one can change it
    assert full.nickname("alice") == "Countess"
    full.call("stranger 0", "")
    full.call("bob", "Bob")
    assert full.nickname("bob") == "Bob"


def test_whoever_has_a_dot_has_a_nickname_if_he_or_she_likes(full):
    full._add(RUN, ["zoe"])
    full.call("zoe", "Zoe")
    assert [dot.people for dot in full.look().dots] == ["Zoe"]
    full._add(RUN.replace("0", "1"), ["alice"])  # hers counts no longer
    full.call("bob", "Bob")
    assert full.nickname("bob") == "Bob"


def test_nicknames_without_a_dot_are_erased_and_put_back(full):
    full._add(RUN, ["alice"])
    erased = full.erase_unused_names()
    assert full.nickname("alice") == "Alice" and not full.nickname("stranger 0")
    full.call("stranger 1", "New")
    full.put_names_back(erased)
    assert [full.nickname(f"stranger {n}") for n in range(4)] == ["Me", "New", "Me", "Me"]


@pytest.mark.pages
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_the_page_says_so_and_the_teacher_makes_room(full, dispatcher):
    student, teacher = open_page("wall.py", as_visitor="bob"), open_page("wall.py")
    student.text_input(key="wall.nickname").set_value("Bob").run()
    assert not student.exception and "no nickname yet" in student.warning[0].value
    teacher.text_input(key="teacher.password").set_value(PASSWORD)
    with_key(teacher.button, "teacher.enter").click().run()
    with_key(teacher.button, "wall.unused").click().run()
    assert not teacher.exception and not full.nickname("alice")
    student.text_input(key="wall.nickname").set_value("Bobby").run()
    assert not student.warning and full.nickname("bob") == "Bobby"
    with_key(teacher.button, "wall.undo").click().run()
    assert not teacher.exception and full.nickname("alice") == "Alice"

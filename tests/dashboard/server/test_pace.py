"""How often somebody is read."""

import pytest

from dashboard.server import pace
from dashboard.server.messages import Kind
from dashboard.server.pace import LIMITS, MOST_KEPT, Paces


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def paces(clock):
    return Paces(clock)


@pytest.mark.parametrize("kind", [Kind.SMALL, Kind.PAGE])
def test_a_burst_is_read_at_once_and_the_rest_at_a_pace(paces, clock, kind):
    limit = LIMITS["visitor"][kind]

    def ask(times):
        return [paces.wait_for_next(kind, "ada", "school") for _ in range(times)]

    waits = ask(limit.burst + 6)
    assert waits[: limit.burst] == [0.0] * limit.burst
    assert waits[-1] == pytest.approx(6 / limit.per_second)
    clock.now = 1_000.0
    assert ask(limit.burst) == pytest.approx([0.0] * limit.burst, abs=1e-6), "after a pause, again"
    assert ask(1)[0] > 0


def test_one_visitor_slows_nobody_else_down(paces):
    for _ in range(200):
        paces.wait_for_next(Kind.PAGE, "mallory", "school")
    assert paces.wait_for_next(Kind.PAGE, "mallory", "school") > 1
    assert paces.wait_for_next(Kind.PAGE, "ada", "school") == 0


def test_made_up_visitors_share_the_pace_of_their_network(paces):
    waits = [paces.wait_for_next(Kind.PAGE, str(number), "school") for number in range(400)]
    assert waits[-1] > 1
    assert paces.wait_for_next(Kind.PAGE, "ada", "home") == 0


def test_a_class_behind_one_address_is_not_slowed_down(paces, clock):
    """60 students open a page within some seconds, then look twice a second and click every three
    seconds."""
    for student in range(60):
        clock.now += 0.1
        assert not any(paces.wait_for_next(Kind.PAGE, str(student), "school") for _ in range(3))
    for second in range(120):
        clock.now += 1
        for student in range(60):
            clicks = second % 3 == student % 3
            for kind in (Kind.SMALL, Kind.SMALL, *[Kind.PAGE] * clicks):
                assert not paces.wait_for_next(kind, str(student), "school")


def test_what_is_not_answered_has_a_pace_too(paces):
    assert [paces.wait_for_next(Kind.UNANSWERED, "ada", "home") for _ in range(200)][-1] > 1


def test_it_remembers_a_bounded_number(paces):
    for number in range(2 * MOST_KEPT):
        paces.wait_for_next(Kind.SMALL, str(number), "school")
    assert len(paces._kept) == MOST_KEPT


def test_all_limits_let_a_page_open():
    assert all(one.burst >= 30 for kinds in pace.LIMITS.values() for one in kinds.values())

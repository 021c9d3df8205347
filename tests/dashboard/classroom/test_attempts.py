"""Wrong passwords: a wait that grows, for whoever typed them and for nobody else."""

import pytest

from dashboard.classroom import attempts
from dashboard.classroom.attempts import FREE_AT_ADDRESS, LONGEST_SECONDS, Attempts
from dashboard.classroom.tickets import APART_SECONDS, FREE_IN_ALL, KEPT_SECONDS, MOST_TICKETS

HERE, ELSEWHERE = "192.168.1.7", "192.168.1.8"


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tried(clock):
    return Attempts(clock)


def test_each_wrong_password_doubles_the_wait_of_a_browser_up_to_a_minute(tried, clock):
    waits = []
    for number in range(8):
        answer, wait = tried.judge(False, "eve", f"10.0.0.{number}")
        assert answer == "wrong"
        waits.append(wait)
        clock.now += wait
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_SECONDS, LONGEST_SECONDS]


def test_what_is_typed_too_early_is_not_tried_and_does_not_lengthen_the_wait(tried, clock):
    tried.judge(False, "ada", HERE)
    clock.now += 0.25
    assert tried.judge(True, "ada", HERE) == ("too early", 0.75)
    assert tried.judge(False, "ada", HERE) == ("too early", 0.75)
    clock.now += 0.75
    assert tried.judge(True, "ada", HERE) == ("right", 0)


def test_new_cookies_do_not_help_at_one_address_and_another_address_is_free(tried, clock):
    for number in range(FREE_AT_ADDRESS):
        assert tried.judge(False, f"eve {number}", HERE)[0] == "wrong"
    assert tried.judge(False, "eve again", HERE) == ("wrong", 1)
    assert tried.judge(True, "eve once more", HERE)[0] == "too early"
    clock.now += APART_SECONDS
    assert tried.judge(True, "teacher", ELSEWHERE)[0] == "right"


def test_a_browser_that_has_signed_in_before_does_not_wait_for_others_at_its_address(tried, clock):
    assert tried.judge(True, "teacher", HERE)[0] == "right"
    for number in range(2 * FREE_AT_ADDRESS):
        tried.judge(False, f"eve {number}", HERE)
    assert tried.judge(True, "mallory", HERE)[0] == "too early"
    assert tried.judge(True, "teacher", HERE)[0] == "right"
    assert tried.judge(False, "teacher", HERE) == ("wrong", 1)


def test_failures_are_forgotten_after_a_quiet_time(tried, clock):
    for _ in range(9):
        clock.now += LONGEST_SECONDS
        tried.judge(False, "ada", HERE)
    clock.now += attempts.FORGOTTEN_SECONDS
    assert tried.judge(False, "ada", HERE) == ("wrong", 1)


def test_what_is_kept_does_not_grow_without_bound(tried, clock):
    for number in range(attempts.MAX_KEPT + 50):
        clock.now += attempts.FORGOTTEN_SECONDS
        tried.judge(False, f"eve {number}", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        tried.judge(True, f"ada {number}", "")
    assert len(tried.of_visitors) == len(tried.of_addresses) == len(tried._known)
    assert len(tried._known) == attempts.MAX_KEPT


def guess(tried, number):
    """A stranger's, with a cookie and an address that nobody has had before."""
    return tried.judge(
        False, f"eve {number}", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    )


def test_new_cookies_and_new_addresses_do_not_help_together(tried, clock):
    answers = []
    for number in range(6_000):  # a hundred a second
        clock.now = number / 100
        answers.append(guess(tried, number)[0])
    assert answers[:FREE_IN_ALL] == ["wrong"] * FREE_IN_ALL
    assert answers[FREE_IN_ALL:].count("wrong") <= 60 / APART_SECONDS + 1


def test_while_others_guess_a_teacher_is_tried_at_the_moment_that_is_named(tried, clock):
    for number in range(FREE_IN_ALL + MOST_TICKETS - 5):
        guess(tried, number)
    answer, wait = tried.judge(True, "teacher", HERE)
    assert answer == "too early" and 0 < wait <= MOST_TICKETS * APART_SECONDS
    came = clock.now
    while clock.now < came + wait:
        guess(tried, int(1_000 * clock.now) + 1_000)
        clock.now += 0.25
    assert tried.judge(True, "teacher", HERE) == ("right", 0)
    assert tried.judge(True, "teacher", ELSEWHERE) == ("right", 0), "this browser is known now"


def test_a_moment_is_kept_for_whoever_is_slow_and_not_for_ever(tried, clock):
    for number in range(FREE_IN_ALL + 2):
        guess(tried, number)
    wait = tried.judge(True, "teacher", HERE)[1]
    clock.now += wait + KEPT_SECONDS - 0.1
    assert tried.judge(False, "teacher", HERE)[0] == "wrong"
    clock.now += LONGEST_SECONDS
    for number in range(MOST_TICKETS + 5):  # nobody of these comes back
        guess(tried, 100 + number)
    answer, wait = tried.judge(True, "teacher", HERE)
    assert answer == "too early" and wait <= KEPT_SECONDS + APART_SECONDS
    clock.now += wait + 0.1
    answer, wait = tried.judge(True, "teacher", HERE)
    clock.now += wait
    assert tried.judge(True, "teacher", HERE)[0] == "right"


def test_a_right_password_costs_others_nothing_for_long(tried, clock):
    for number in range(FREE_IN_ALL):
        guess(tried, number)
    for number in range(50):
        clock.now += APART_SECONDS
        assert tried.judge(True, f"teacher {number}", f"192.168.2.{number}") == ("right", 0)

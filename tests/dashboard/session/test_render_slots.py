"""Pages take turns: a few at once, all of them in the end."""

import threading
import time

import pytest

from dashboard.session import render_slots

NUM_THREADS = 6


@pytest.fixture
def places(monkeypatch):
    """As many places as an idle server has, whatever other tests are doing."""
    monkeypatch.setattr(render_slots, "_places", render_slots.Places(render_slots.AT_ONCE))


def take_place():
    assert render_slots._places.acquire(0, lambda: None)


def all_at_once(function):
    """Calls it in several threads; what it raises fails the test."""
    errors = []

    def call():
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(NUM_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


def test_few_are_inside_at_once_and_all_get_in(places):
    inside, seen, lock = [0], [], threading.Lock()

    def page():
        with render_slots.turn(), render_slots.turn():  # a fragment within its page
            with lock:
                inside[0] += 1
                seen.append(inside[0])
            time.sleep(0.02)
            with lock:
                inside[0] -= 1

    all_at_once(page)
    assert len(seen) == NUM_THREADS and max(seen) == render_slots.AT_ONCE


def test_an_error_leaves_the_place_free(places):
    for _ in range(render_slots.AT_ONCE + 1):
        with pytest.raises(RuntimeError), render_slots.turn():
            raise RuntimeError
    began = time.monotonic()
    with render_slots.turn():
        assert time.monotonic() - began < render_slots.PATIENCE / 2


def test_who_waits_for_long_is_let_in_and_takes_nobody_s_place(places, monkeypatch):
    monkeypatch.setattr(render_slots, "PATIENCE", 0.05)
    everybody = threading.Barrier(NUM_THREADS)

    def page():
        with render_slots.turn():
            everybody.wait(10)  # met only if all of them are inside

    all_at_once(page)
    assert render_slots._places._free == render_slots.AT_ONCE


def test_who_gives_up_the_place_lets_others_in(places, monkeypatch):
    monkeypatch.setattr(render_slots, "PATIENCE", 60)
    everybody = threading.Barrier(NUM_THREADS)

    def page():
        with render_slots.turn():
            render_slots.give_up()
            everybody.wait(10)

    all_at_once(page)


def test_a_page_that_nobody_wants_any_more_does_not_wait(places, monkeypatch):
    class LeftError(Exception):
        pass

    def end():
        raise LeftError

    monkeypatch.setattr(render_slots, "get_run_yield_check", lambda: end)
    for _ in range(render_slots.AT_ONCE):
        take_place()
    began = time.monotonic()
    with pytest.raises(LeftError), render_slots.turn():
        pass
    assert time.monotonic() - began < render_slots.PATIENCE / 2
    for _ in range(render_slots.AT_ONCE):
        render_slots._places.release()
    with render_slots.turn():
        assert render_slots._mine.has_place
    assert render_slots._places._free == render_slots.AT_ONCE


def test_whoever_has_waited_longest_is_next(places):
    for _ in range(render_slots.AT_ONCE):
        take_place()
    entered = []

    def page(number):
        with render_slots.turn():
            entered.append(number)

    threads = [threading.Thread(target=page, args=(number,)) for number in range(NUM_THREADS)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(render_slots._places._waiting) <= number:
            time.sleep(0.001)
    time.sleep(3 * render_slots.SLICE)  # all of them have looked around meanwhile
    render_slots._places.release()
    for thread in threads:
        thread.join(10)
    assert entered == list(range(NUM_THREADS))

"""The order of runs that wait: fair to visitors, whoever submits how much."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.jobs.job import AHEAD, Job
from dashboard.jobs.turns import Turns, in_turn


class OneWorker:
    """One worker's work, without runs: who asks for what, in an order of events."""

    def __init__(self):
        self.turns, self.waiting, self.running, self.served = Turns(), [], [], []

    def ask(self, *visitors):
        """One more run, wanted by all of them."""
        number = len(self.waiting) + len(self.running) + len(self.served)
        job = Job(None, f"run-{number}", submitted=float(number))
        jobs = [*self.waiting, *self.running]
        job.turn = min(self.turns.next(visitor, jobs) for visitor in visitors)
        job.wanted_by = dict.fromkeys(visitors, math.inf)
        self.waiting.append(job)
        return job

    def serve(self):
        """The worker ends what it does and gets the next."""
        self.served += self.running
        self.running = in_turn(self.waiting)[:1]
        for job in self.running:
            self.waiting.remove(job)
            self.turns.begin(job)

    def order(self):
        """Whose runs are trained from now on, if nobody asks for more."""
        while self.waiting:
            self.serve()
        self.serve()
        return [min(job.visitors) for job in self.served]


visitors = st.sampled_from("abcdef")
events = st.lists(st.one_of(visitors, st.just("serve")), max_size=60)


def queue_after(events):
    queue = OneWorker()
    for event in events:
        queue.serve() if event == "serve" else queue.ask(event)
    return queue


@given(events)
def test_every_job_is_served_once_and_one_visitor_s_keep_their_order(events):
    queue = queue_after(events)
    order = queue.order()
    assert sorted(order) == sorted(event for event in events if event != "serve")
    for name in set(order):
        submitted = [job.submitted for job in queue.served if name in job.visitors]
        assert submitted == sorted(submitted)


@given(events, visitors)
def test_who_asks_waits_for_two_runs_of_anybody_else_at_most(events, name):
    # One that is in training, and one that was there first in the same turn.
    queue = queue_after(event for event in events if event != name)
    mine = queue.ask(name)
    before = len(queue.served)
    while mine in queue.waiting:
        queue.serve()
    served = [min(job.visitors) for job in queue.served[before:]]
    assert all(served.count(other) <= 2 for other in set(served))


@given(events, st.integers(1, 20))
def test_who_goes_on_asking_for_one_at_a_time_does_not_keep_others_from_a_second(events, many):
    queue = queue_after(event for event in events if event != "f")
    mine = [queue.ask("f") for _ in range(3)]
    for _ in range(200):
        for name in "abc":
            if not any(name in job.visitors for job in queue.waiting):
                queue.ask(name)
        queue.serve()
    assert not set(mine) & set(queue.waiting)


@pytest.mark.parametrize("served", [0, 1, 2])
def test_many_submissions_delay_another_s_first_by_one_at_most(served):
    queue = OneWorker()
    for _ in range(5):
        queue.ask("a")
    for _ in range(served):
        queue.serve()
    queue.ask("b")
    rest = queue.order()[max(served - 1, 0) :]
    assert rest.index("b") <= 1 + (served == 0)


def test_who_has_waited_long_is_not_passed_by_who_comes_new():
    queue = OneWorker()
    for _ in range(4):
        queue.ask("a")
    for _ in range(3):
        queue.serve()  # two turns of a's have ended: nobody owes them to b
    queue.ask("b")
    queue.ask("b")
    assert queue.order() == ["a", "a", "a", "b", "a", "b"]


def test_what_several_want_comes_with_the_first_of_them():
    queue = OneWorker()
    for _ in range(2):
        queue.ask("d")
    queue.ask("b")
    queue.ask("b")
    shared = queue.ask("a", "d")
    queue.order()
    names = [job.run_id for job in queue.served]
    assert names.index(shared.run_id) == 2, "after the first turns of d and b"


def test_the_server_s_own_come_last_and_count_for_nobody():
    queue = OneWorker()
    own = Job(None, "own", behind={AHEAD: math.inf}, submitted=-1.0)
    queue.waiting.append(own)
    queue.ask("a")
    queue.serve()
    queue.serve()
    assert queue.running == [own] and queue.turns.now == 0

"""The order of runs that wait: fair to visitors, whoever submits how much."""

import itertools
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.jobs.job import AHEAD, SOMEBODY, Job
from dashboard.jobs.queue import PRESENT_SECONDS, QueueFull
from dashboard.jobs.turns import Turns, in_turn
from models import settings
from models.runs.store import RunStore


class Queue:
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
    queue = Queue()
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
    queue = Queue()
    for _ in range(5):
        queue.ask("a")
    for _ in range(served):
        queue.serve()
    queue.ask("b")
    rest = queue.order()[max(served - 1, 0) :]
    assert rest.index("b") <= 1 + (served == 0)


def test_who_has_waited_long_is_not_passed_by_who_comes_new():
    queue = Queue()
    for _ in range(4):
        queue.ask("a")
    for _ in range(3):
        queue.serve()  # two turns of a's have ended: nobody owes them to b
    queue.ask("b")
    queue.ask("b")
    assert queue.order() == ["a", "a", "a", "b", "a", "b"]


def test_what_several_want_comes_with_the_first_of_them():
    queue = Queue()
    for _ in range(2):
        queue.ask("d")
    queue.ask("b")
    queue.ask("b")
    shared = queue.ask("a", "d")
    queue.order()
    names = [job.run_id for job in queue.served]
    assert names.index(shared.run_id) == 2, "after the first turns of d and b"


def test_the_server_s_own_come_last_and_count_for_nobody():
    queue = Queue()
    own = Job(None, "own", {AHEAD: math.inf}, submitted=-1.0)
    queue.waiting.append(own)
    queue.ask("a")
    queue.serve()
    queue.serve()
    assert queue.running == [own] and queue.turns.now == 0


@pytest.fixture
def dispatcher(tmp_path):
    """A dispatcher without processes: what is submitted stays in the queue."""
    machine = settings.Settings(max_waiting=3, abandon_seconds=60)
    return Dispatcher(RunStore(tmp_path / "runs", 10**9), machine)


@pytest.fixture
def clock(monkeypatch):
    """Moves time on."""
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def pass_by(seconds):
        now[0] += seconds

    return pass_by


def test_positions_are_those_of_the_turns(dispatcher, small):
    own = [dispatcher.submit(small("linear", seed=n), visitor="a") for n in range(3)]
    other = dispatcher.submit(small("linear", seed=9), visitor="b")
    ahead = dispatcher.submit(small("stacked"), background=True)
    places = [dispatcher.position(run_id) for run_id in (own[0], other, *own[1:], ahead)]
    assert places == list(range(5))
    assert dispatcher.num_ahead("c") == 2  # the first of a, the first of b
    assert dispatcher.num_ahead("b") == 3 and dispatcher.num_ahead("a") == 4


def test_the_wait_is_what_is_expected_of_those_before(dispatcher, small):
    for seed, seconds in enumerate((20.0, 30.0)):
        recipe = small("linear", seed=seed)
        dispatcher.submit(recipe, visitor=f"v{seed}", expected_seconds=seconds)
    last = dispatcher.submit(small("linear", seed=7), visitor="z")
    assert dispatcher.expected_wait(last) == 50.0


def test_a_run_leaves_the_queue_with_the_last_who_wants_it(dispatcher, small):
    recipe = small("linear")
    run_id = dispatcher.submit(recipe, visitor="a")
    assert dispatcher.submit(recipe, visitor="b") == run_id
    assert dispatcher.visitors(run_id) == {"a", "b"}
    assert not dispatcher.stop(run_id, "a")
    assert dispatcher.position(run_id) == 0
    assert dispatcher.stop(run_id, "b")
    assert dispatcher.position(run_id) is None


def test_too_many_runs_of_one_visitor_are_refused_and_of_scripts_are_not(dispatcher, small):
    recipes = (small("linear", seed=n) for n in itertools.count())
    for _ in range(3):
        dispatcher.submit(next(recipes), visitor="a")
    with pytest.raises(QueueFull, match="3 runs waiting"):
        dispatcher.submit(next(recipes), visitor="a")
    for _ in range(5):
        dispatcher.submit(next(recipes), visitor=SOMEBODY)
    dispatcher.submit(small("linear", seed=0), visitor="b")  # joins what waits already


def test_what_nobody_looks_at_is_dropped_and_the_rest_kept(dispatcher, small, clock):
    watched, abandoned = (
        dispatcher.submit(small("linear", seed=n), visitor=name) for n, name in enumerate("ab")
    )
    script = dispatcher.submit(small("linear", seed=2))
    ahead = dispatcher.submit(small("linear", seed=3), background=True)
    clock(50)
    dispatcher.touch_viewer(watched, "a")
    dispatcher._drop_abandoned()
    assert dispatcher.position(abandoned) is not None
    clock(20)
    dispatcher._drop_abandoned()
    left = [dispatcher.position(one) is not None for one in (watched, abandoned, script, ahead)]
    assert left == [True, False, True, True]


def test_a_run_that_was_left_ends_soon_unless_somebody_looks(dispatcher, small, clock):
    runs = [dispatcher.submit(small("linear", seed=n), visitor="a") for n in range(2)]
    for run_id, recipe in zip(
        runs, (small("linear", seed=0), small("linear", seed=1)), strict=True
    ):
        dispatcher.submit(recipe, visitor="b")
        assert not dispatcher.stop(run_id, "b")
    clock(PRESENT_SECONDS + 1)
    dispatcher.touch_viewer(runs[0], "a")
    dispatcher._drop_abandoned()
    assert [dispatcher.position(run_id) for run_id in runs] == [0, None]
    dispatcher.submit(small("linear", seed=0), visitor="b")  # comes back to it
    clock(PRESENT_SECONDS + 1)
    dispatcher._drop_abandoned()
    assert dispatcher.position(runs[0]) == 0


def test_looking_at_a_run_of_the_server_does_not_put_it_before_visitors(dispatcher, small):
    ahead = dispatcher.submit(small("linear"), background=True)
    dispatcher.touch_viewer(ahead, "a")
    assert not dispatcher.visitors(ahead)
    assert dispatcher.submit(small("linear"), visitor="a") == ahead
    assert dispatcher.visitors(ahead) == {"a"}
    assert execution.current() is not dispatcher

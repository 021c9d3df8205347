"""Which worker gets what, and what becomes of a run whose worker is done or dead."""

import pytest

from dashboard.jobs import failures
from dashboard.jobs.cluster.base import Worker
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.jobs.job import TRAINING, WAITING
from models import settings


@pytest.fixture
def idle(store):
    """A dispatcher without processes."""
    return Dispatcher(store, settings.from_environment({}))


def test_a_run_for_the_gpu_waits_for_a_worker_that_has_one(small, idle):
    plain, gifted = Worker("plain", address="a", gpu=""), Worker("gifted", address="b", gpu="H100")
    idle._cluster.workers = [plain, gifted]
    wanting = idle.submit(small("linear", device="gpu"))
    modest = idle.submit(small("linear", seed=1))
    assert idle._next_for(gifted, idle._order()).run_id == wanting
    assert idle._next_for(plain, idle._order()).run_id == modest
    idle.stop(modest)
    assert idle._next_for(plain, idle._order()) is None
    idle._cluster.workers = [plain]
    assert idle._next_for(plain, idle._order()).run_id == wanting, (
        "where nobody has one, it ends with a message"
    )


def test_what_another_server_trains_is_taken_up_when_that_ends(small, idle):
    recipe = small("linear")
    run = idle.store.run(idle.submit(recipe, visitor="ada"))
    worker = Worker("one", address="a", gpu="")
    with run.acquire("another server", 10):
        (job,) = idle._own(WAITING)
        job.state, idle._workers[run.id] = TRAINING, worker
        idle._done(job, worker, {"status": "held", "seconds": 0, "memory_bytes": 10**12})
        assert worker.retiring, "it has grown all the same"
        idle._take_up_held()
        assert idle.visitors(run.id) == {"ada"} and not idle._own(WAITING), "she looks on"
    idle._take_up_held()
    assert [job.run_id for job in idle._own(WAITING)] == [run.id]
    assert idle._next_for(worker, idle._order()).run_id == run.id


def test_a_run_that_kills_every_worker_is_given_up(small, idle):
    run = idle.store.run(idle.submit(small("linear", seed=41)))
    for attempt in range(1, failures.MAX_ATTEMPTS + 1):
        (job,) = idle._own(WAITING)
        job.state, idle._workers[run.id] = TRAINING, None
        idle._lost(job)
        assert job.attempt == attempt
    assert run.state == "failed" and idle.position(run.id) is None
    assert "ended unexpectedly" in run.result()["message"]


def test_the_wait_is_what_is_expected_of_those_before(idle, small):
    for seed, seconds in enumerate((20.0, 30.0)):
        recipe = small("linear", seed=seed)
        idle.submit(recipe, visitor=f"v{seed}", expected_seconds=seconds)
    last = idle.submit(small("linear", seed=7), visitor="z")
    assert idle.expected_wait(last) == 50.0


def test_training_is_told_of_another_pace(small, idle, monkeypatch):
    requests, recipe = [], small("linear")
    monkeypatch.setattr(
        idle._cluster, "submit", lambda _w, _k, _f, request, _d: requests.append(request)
    )
    worker = Worker("one", address="a", gpu="")
    run = idle.store.run(idle.submit(recipe, visitor="mallory", at_least_seconds=120))
    run.ask_pace(7)  # of former times
    idle.touch_viewer(run.id, "alice")
    (job,) = idle._own(WAITING)
    idle._hand_over(job, worker)
    idle._tell_paces()
    assert requests[0]["at_least_seconds"] == 120 and run.asked_pace is None
    idle.stop(run.id, "mallory")
    idle._tell_paces()
    assert run.asked_pace == 0
    idle.submit(recipe, visitor="alice", at_least_seconds=30)
    idle._tell_paces()
    assert run.asked_pace == 30

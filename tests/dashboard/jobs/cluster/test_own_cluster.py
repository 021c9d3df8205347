"""Training in real processes: order, fairness, and what survives when processes are killed."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from dashboard.jobs import failures
from dashboard.jobs.cluster import base, own_cluster
from dashboard.jobs.dispatcher import Dispatcher
from models import settings
from models.runs.store import RunStore
from models.training import recording, trainer
from tests.support.pages import wait
from tests.support.places import REPOSITORY
from tests.support.runs import numbers

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def dispatcher(tmp_path_factory):
    """A dispatcher with one warm training process and a store of its own."""
    store = RunStore(tmp_path_factory.mktemp("runs"), max_bytes=10**9)
    dispatcher = Dispatcher(store, settings.current())
    dispatcher.start()
    try:
        wait(lambda: dispatcher.is_warm and dispatcher.gpu is not None, 120)
        yield dispatcher
    finally:
        dispatcher.close()


@pytest.fixture(autouse=True)
def nothing_left_over(request):
    """Ends what a failed test has left in the queue, lest the next one wait for it."""
    yield
    if "dispatcher" in request.fixturenames:
        dispatcher = request.getfixturevalue("dispatcher")
        if dispatcher._closing:
            return
        for run in dispatcher.store.runs():
            dispatcher.stop(run.id)
        wait(lambda: not dispatcher._workers)


@pytest.fixture
def finished(dispatcher):
    """A function that waits for the end of a run."""

    def wait_for(run_id, seconds=60):
        run = dispatcher.store.run(run_id)
        wait(lambda: dispatcher.position(run_id) is None and run.state != "running", seconds)
        return run

    return wait_for


@pytest.fixture
def here(tmp_path):
    """A function that trains a recipe in this process, undisturbed, and gives its run."""

    def train(recipe):
        store = RunStore(tmp_path / "here", max_bytes=10**9)
        trainer.train(recipe, store)
        return store.run(recipe.run_id())

    return train


def paced(small, dispatcher, seed, seconds=60.0, **changes):
    """A run that lasts so long, and is quickly compiled by whoever goes on with it."""
    recipe = small("linear", seed=seed, **changes)
    return dispatcher.store.run(dispatcher.submit(recipe, at_least_seconds=seconds))


def under_way(run, epochs=1):
    return lambda: len(run.events()) > epochs and run.state == "running"


# Training there and here


def test_a_worker_s_numbers_are_those_of_this_process(small, dispatcher, finished, here):
    # With XLA and noise, and without XLA.
    recipes = [small(name, seed=11) for name in ("variational", "convolutional")]
    theirs = [dispatcher.submit(recipe) for recipe in recipes]
    ours = [here(recipe) for recipe in recipes]
    for run, expected in zip(map(finished, theirs), ours, strict=True):
        assert run.state == "completed"
        assert numbers(run) == numbers(expected)


def test_asking_twice_trains_once(small, dispatcher, finished):
    recipe = small("stacked", seed=12)
    first, second = dispatcher.submit(recipe), dispatcher.submit(recipe)
    assert first == second
    run = finished(first)
    seconds = [event["seconds"] for event in run.events()]
    dispatcher.submit(recipe)
    finished(first)
    assert [event["seconds"] for event in run.events()] == seconds


def test_a_run_that_cannot_be_trained_says_why(small, dispatcher, finished):
    if dispatcher.gpu:
        pytest.skip("there is a GPU")
    recipe = small("linear", seed=13, device="gpu")
    run = finished(dispatcher.submit(recipe))
    assert run.state == "failed" and "no GPU" in run.result()["message"]
    again = small("linear", seed=13, device="cpu")
    assert finished(dispatcher.submit(again)).state == "completed"


def test_a_run_trained_elsewhere_is_left_alone(small, dispatcher, finished):
    recipe = small("linear", seed=14)
    run = dispatcher.store.create(recipe.run_id(), recipe.as_dict())
    with run.acquire("a command line", 6):
        dispatcher.submit(recipe)
        wait(lambda: dispatcher.position(run.id) is None)
        assert run.state == "running" and run.progress["owner"] == "a command line"
    assert run.result() is None


# Order


def test_the_queue_is_in_order_and_visitors_come_first(small, dispatcher, finished):
    began = []
    watch = threading.Event()

    def look():
        while not watch.is_set():
            for run_id in list(dispatcher._workers):
                if run_id not in began:
                    began.append(run_id)
            time.sleep(0.002)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        slow = {"at_least_seconds": 1.0}
        first = dispatcher.submit(small("linear", seed=20, epochs=40), **slow)
        wait(lambda: dispatcher.position(first) == 0)
        later = dispatcher.submit(small("linear", seed=21), background=True)
        visitors = [
            dispatcher.submit(small("linear", seed=seed, epochs=40), **slow) for seed in (22, 23)
        ]
        ahead = [dispatcher.position(run_id) for run_id in (first, *visitors, later)]
        assert ahead == [0, 1, 2, 3] and dispatcher.num_ahead() == 3
        assert dispatcher.position("linear-0123456789abcdef") is None
        finished(later)
    finally:
        watch.set()
        thread.join()
    assert began == [first, *visitors, later]
    assert dispatcher.num_ahead() == 0


def test_a_background_run_gives_way_and_goes_on_later(small, dispatcher, finished, here):
    recipe = small("variational", seed=24, epochs=60)
    background = dispatcher.store.run(recipe.run_id())
    dispatcher.submit(recipe, background=True, at_least_seconds=4.0)
    wait(under_way(background))
    visitor = finished(dispatcher.submit(small("linear", seed=24)))
    assert visitor.state == "completed"
    assert len(background.events()) < 40  # it was not waited for
    assert finished(background.id).state == "completed"
    # Where it gave way may lie between two of the epochs that every run records.
    recorded = [one for one in numbers(background) if one["epoch"] in (0, 60)]
    recorded += [one for one in numbers(background) if recording.is_recorded(one["epoch"])]
    expected = [one for one in numbers(here(recipe)) if one["epoch"] in (0, 60)]
    expected += [one for one in numbers(here(recipe)) if recording.is_recorded(one["epoch"])]
    assert recorded == expected


def test_a_background_run_that_a_visitor_wants_is_not_interrupted(small, dispatcher, finished):
    recipe = small("linear", seed=25, epochs=40)
    run = dispatcher.store.run(recipe.run_id())
    dispatcher.submit(recipe, background=True, at_least_seconds=2.0)
    wait(under_way(run))
    dispatcher.submit(recipe)
    other = dispatcher.submit(small("linear", seed=26))
    assert dispatcher.position(other) == 1
    finished(other)
    assert run.state == "completed"


# Stopping


def test_a_long_run_stops_at_once_and_can_be_resumed(small, dispatcher, finished, here):
    recipe = small("variational", seed=30, num_train=4000, epochs=500)
    run = dispatcher.store.run(dispatcher.submit(recipe))
    wait(under_way(run, 3))
    dispatcher.stop(run.id)
    wait(lambda: run.state == "stopped")
    epochs = run.result()["epochs"]
    assert epochs < 400
    wait(lambda: dispatcher.position(run.id) is None)
    further = small("variational", seed=30, num_train=4000, epochs=epochs + 3)
    assert finished(dispatcher.submit(further)).state == "completed"
    stopped = [one for one in numbers(run) if recording.is_recorded(one["epoch"])]
    assert (
        stopped
        == [one for one in numbers(here(further)) if recording.is_recorded(one["epoch"])][
            : len(stopped)
        ]
    )


def test_a_waiting_run_leaves_the_queue(small, dispatcher):
    first = dispatcher.submit(small("linear", seed=31, epochs=40), at_least_seconds=3)
    wait(lambda: dispatcher.position(first) == 0)
    second = dispatcher.submit(small("linear", seed=32))
    dispatcher.stop(second)
    assert dispatcher.position(second) is None
    assert dispatcher.store.run(second).state == "interrupted"


# Death


def worker_process(dispatcher):
    """The training process, once the one of an earlier test has its successor."""

    def living():
        staying = [one for one in dispatcher._cluster.workers if not one.retiring]
        return [one.process for one in staying if one.process.poll() is None]

    (process,) = wait(living)
    return process


def test_a_killed_worker_s_run_is_resumed_by_another(
    small, dispatcher, finished, here, monkeypatch
):
    wait(lambda: dispatcher.is_warm, 120)
    recipe = small("linear", seed=40, epochs=35)
    run = dispatcher.store.run(dispatcher.submit(recipe, at_least_seconds=4.0))
    wait(lambda: run.checkpoint() and run.checkpoint()[1]["epoch"] >= 1)
    before = worker_process(dispatcher)
    # Nothing is handed to a dead worker of which only Dask has heard yet.
    monkeypatch.setattr(before, "poll", lambda: None)
    before.kill()
    finished(run.id, 120)
    monkeypatch.undo()
    assert run.state == "completed"
    assert worker_process(dispatcher).pid != before.pid
    assert numbers(run) == numbers(here(recipe))
    wait(lambda: before.poll() is not None, 10)


def test_a_training_process_that_hangs_is_replaced(small, dispatcher, finished, monkeypatch):
    wait(lambda: dispatcher.is_warm, 120)
    run = paced(small, dispatcher, 46, 2.0, epochs=30)
    wait(under_way(run))
    process = worker_process(dispatcher)
    process.send_signal(signal.SIGSTOP)
    impatient = dataclasses.replace(settings.current(), hang_seconds=1)
    monkeypatch.setattr(dispatcher, "machine", impatient)
    wait(lambda: process.poll() is not None, 30)
    monkeypatch.undo()
    finished(run.id, 120)
    assert run.state == "completed"


def test_a_training_that_takes_too_much_memory_is_given_up(small, dispatcher, monkeypatch):
    wait(lambda: dispatcher.is_warm, 120)
    monkeypatch.setattr(failures, "MAX_ATTEMPTS", 1)
    run = paced(small, dispatcher, 47)
    wait(under_way(run))
    tiny = dataclasses.replace(settings.current(), worker_megabytes=100)
    monkeypatch.setattr(dispatcher, "machine", tiny)
    wait(lambda: run.state == "failed", 30)
    assert "MB of memory; 100 are allowed" in run.result()["message"]


def test_a_dead_scheduler_is_replaced(small, dispatcher, finished):
    before = dispatcher._cluster._scheduler
    before.kill()
    run = finished(dispatcher.submit(small("linear", seed=42)), 120)
    assert run.state == "completed"
    assert dispatcher._cluster._scheduler.pid != before.pid


def test_a_scheduler_that_hangs_is_replaced_and_the_worker_not_blamed(
    small, dispatcher, finished, monkeypatch, caplog
):
    wait(lambda: dispatcher.is_warm, 120)
    monkeypatch.setattr(base, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(own_cluster, "SILENT_SECONDS", 0.5)
    before = dispatcher._cluster._scheduler
    before.send_signal(signal.SIGSTOP)
    run = finished(dispatcher.submit(small("linear", seed=48)), 120)
    assert run.state == "completed"
    assert dispatcher._cluster._scheduler.pid != before.pid and before.poll() is not None
    assert "the scheduler does not answer" in caplog.text
    assert "no progress" not in caplog.text


def test_a_worker_that_has_grown_is_replaced(small, dispatcher, finished, monkeypatch):
    before = worker_process(dispatcher)
    wait(lambda: dispatcher.is_warm)
    # Too much at the end of a run, but not so much that the run itself would be ended.
    megabytes = int(0.9 * psutil.Process(before.pid).memory_info().rss / 1e6)
    tight = dataclasses.replace(settings.current(), worker_megabytes=megabytes)
    monkeypatch.setattr(dispatcher, "machine", tight)
    assert finished(dispatcher.submit(small("linear", seed=43))).state == "completed"
    wait(lambda: any(one.retiring for one in dispatcher._cluster.workers))
    monkeypatch.undo()
    assert before.poll() is None  # until its successor is warm
    wait(lambda: before.poll() is not None, 120)
    assert dispatcher.is_warm, "its successor was warm before it went"
    assert worker_process(dispatcher).pid != before.pid
    assert finished(dispatcher.submit(small("linear", seed=44))).state == "completed"


PARENT = """
import signal, sys, time
from pathlib import Path
from dashboard.jobs.dispatcher import Dispatcher
from models import settings
from models.runs.store import RunStore
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if the tests run in background
dispatcher = Dispatcher(RunStore(Path(sys.argv[1]), 10**9), settings.current())
dispatcher.start()
while len(dispatcher._cluster.workers) < 1:
    time.sleep(0.05)
print("started", flush=True)
time.sleep(600)
"""


def children_of(pid):
    """The processes of dashboard.jobs.cluster that watch a parent."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if "dashboard.jobs.cluster" in words and words[-2:] == ["--parent", str(pid)]:
            found.append(process)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])  # SIGTERM: test_browser.py
def test_no_process_outlives_its_parent(tmp_path, number):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        **{"cwd": REPOSITORY, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL},
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    with parent:
        assert parent.stdout.readline() == b"started\n"
        assert len(children_of(parent.pid)) == 2
        parent.send_signal(number)
        parent.wait(timeout=5)
        wait(lambda: not children_of(parent.pid), 5)


def test_training_processes_stand_back_as_far_as_they_are_told_to():
    imported = "import os; from dashboard.jobs.cluster import processes; "
    script = imported + "processes.give_way(); print(os.nice(0))"
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env=os.environ | {"AUTOENCODER_LAB_NICENESS": "7"},
        capture_output=True,
        check=True,
        start_new_session=True,
    )
    assert int(told.stdout) == min(os.nice(0) + 7, 19)


def test_closing_ends_all_processes_and_leaves_runs_resumable(small, dispatcher):
    """The last test of this file: there is no dispatcher afterwards."""
    wait(lambda: dispatcher.is_warm, 120)
    processes = children_of(os.getpid())
    run = paced(small, dispatcher, 50)
    wait(under_way(run))
    ours = [dispatcher._cluster._scheduler, *(one.process for one in dispatcher._cluster.workers)]
    dispatcher.close()
    assert len(processes) >= 2 and all(one.poll() is not None for one in ours)
    assert run.state == "interrupted" and run.events()

"""What fails is tried again: soon, then later, at last once a minute, never not at all."""

import itertools
import os
import shutil

import pytest

from dashboard.jobs.cluster import base, encryption, own_cluster, processes
from dashboard.jobs.cluster.backoff import Backoff
from dashboard.jobs.cluster.own_cluster import OwnCluster


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


class Process:
    """As `subprocess.Popen` shows one: it lives, or has ended with a number."""

    def __init__(self, ended):
        self.ended = ended

    def poll(self):
        return self.ended

    def kill(self):
        self.ended = -9

    wait = poll


@pytest.fixture
def clock():
    return Clock()


def test_it_is_tried_at_once_then_ever_later_at_last_once_a_minute(clock):
    backoff, starts = Backoff(clock), []
    while len(starts) < 15:
        if backoff.is_due():
            starts.append(clock.now)
            backoff.note_start()
            backoff.note_failure()
        clock.now += 0.5
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses[0] == 0.5 and pauses == sorted(pauses)
    assert pauses[-5:] == [60.0] * 5
    backoff.note_success()
    assert backoff.is_due()


@pytest.fixture
def cluster(clock, monkeypatch):
    """An own cluster whose scheduler answers and whose workers end at once."""

    def start(*arguments, **environment):
        started.append((arguments[0], clock.now))
        return Process(None if arguments[0] == "scheduler" else 1)

    started = []
    monkeypatch.setattr(processes, "start", start)
    monkeypatch.setattr(own_cluster, "_wait_for", lambda file, process: "tls://127.0.0.1:1")
    cluster = OwnCluster(1, clock)
    cluster.started, cluster.registered = started, {}
    monkeypatch.setattr(cluster, "_connect", lambda *_arguments: None)
    monkeypatch.setattr(cluster, "_registered", lambda: cluster.registered)
    yield cluster
    cluster.close()


@pytest.fixture
def living(cluster, clock, monkeypatch):
    """Lets its workers live."""

    def start(role, *_arguments, **_environment):
        cluster.started.append((role, clock.now))
        return Process(None)

    monkeypatch.setattr(processes, "start", start)


def look(cluster, clock, seconds):
    for _ in range(seconds):
        cluster.look_after()
        clock.now += 1


def test_workers_that_end_while_they_start_are_tried_for_good_and_said_until_one_lives(
    cluster, clock
):
    assert not cluster.is_broken
    look(cluster, clock, 200)
    assert cluster.is_broken
    first = [at for role, at in cluster.started if role == "worker"]
    look(cluster, clock, 600)
    starts = [at for role, at in cluster.started if role == "worker"][len(first) :]
    assert 9 <= len(starts) <= 11, "ten minutes, ten starts"
    while not cluster.workers:
        look(cluster, clock, 1)
    cluster.registered = {"tls://127.0.0.1:2": {"name": cluster.workers[0].name}}
    cluster._note_addresses()
    assert not cluster.is_broken and cluster._starts.failures == 0


def starts_of(cluster, role):
    return [at for one, at in cluster.started if one == role]


def test_workers_that_never_register_are_ended_said_and_get_another_scheduler(
    cluster, clock, living
):
    look(cluster, clock, 120)
    assert not cluster.is_broken
    (first,) = [worker.process for worker in cluster.workers]
    look(cluster, clock, 5)
    assert first.poll() is not None, "ended"
    assert cluster.is_broken and cluster._starts.failures == 1
    certificates = cluster._certificates
    look(cluster, clock, 300)
    assert len(starts_of(cluster, "worker")) == 4 and len(starts_of(cluster, "scheduler")) == 2
    assert cluster._certificates != certificates
    look(cluster, clock, 150)
    assert len(starts_of(cluster, "worker")) == 4, "this machine may be slow: they get longer"
    cluster.registered = {"tls://127.0.0.1:2": {"name": cluster.workers[0].name}}
    look(cluster, clock, 1)
    assert not cluster.is_broken


def have_a_warm_worker(cluster, clock):
    look(cluster, clock, 3)
    cluster.registered = {"tls://127.0.0.1:2": {"name": cluster.workers[0].name}}
    look(cluster, clock, 3)
    return cluster.workers


def test_a_scheduler_that_falls_silent_is_replaced_and_no_worker_blamed(
    cluster, clock, living, monkeypatch
):
    def keep_silent():
        clock.now += base.ANSWER_SECONDS
        raise TimeoutError

    (worker,) = have_a_warm_worker(cluster, clock)
    worker.key, silent_since = "a run", clock.now
    with monkeypatch.context() as silence:
        silence.setattr(cluster, "_registered", keep_silent)
        lost = []
        while not lost and clock.now < silent_since + 100:
            lost = cluster.look_after()
            clock.now += 0.1
    assert lost == ["a run"] and 20 < starts_of(cluster, "scheduler")[-1] - silent_since < 40
    look(cluster, clock, 3)
    assert len(starts_of(cluster, "scheduler")) == len(starts_of(cluster, "worker")) == 2


def test_one_question_without_an_answer_replaces_nobody(cluster, clock, living, monkeypatch):
    """As when the computer has slept meanwhile."""
    have_a_warm_worker(cluster, clock)
    answers = iter([TimeoutError, None] * 10)

    def answer():
        failure = next(answers)
        clock.now += 3_600 if failure else 0
        if failure:
            raise failure
        return cluster.registered

    monkeypatch.setattr(cluster, "_registered", answer)
    look(cluster, clock, 10)
    assert len(starts_of(cluster, "scheduler")) == 1


def test_a_connection_that_cannot_be_closed_keeps_no_scheduler_from_being_replaced(
    cluster, clock, living, caplog
):
    class Client:
        def close(self, timeout):
            raise ValueError("IOStream is not idle; cannot convert to SSL")

    cluster.look_after()
    first, client = cluster._scheduler, Client()
    cluster._client = client
    first.kill()
    look(cluster, clock, 3)
    assert cluster._scheduler is not first and cluster._scheduler.poll() is None
    assert client.status == "closed", "what is collected is not closed once more"
    assert caplog.text.count("cut off") == 1


def test_a_scheduler_that_cannot_be_started_is_tried_for_good(cluster, clock, monkeypatch):
    def fail(file, process):
        attempts.append(clock.now)
        raise RuntimeError("no")

    attempts = []
    with monkeypatch.context() as patch:
        patch.setattr(own_cluster, "_wait_for", fail)
        look(cluster, clock, 300)
    assert cluster.is_broken and 8 <= len(attempts) <= 12
    look(cluster, clock, 61)
    assert cluster._scheduler is not None


def test_certificates_that_somebody_has_cleared_away_are_made_anew(cluster, clock):
    cluster.look_after()
    first = cluster._certificates
    (first / "tls.key").unlink()
    look(cluster, clock, 5)
    assert cluster._certificates != first and (cluster._certificates / "tls.key").exists()
    assert not first.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_certificates_that_another_user_has_put_in_their_place_are_not_taken(cluster, clock):
    cluster.look_after()
    first = cluster._certificates
    shutil.rmtree(first)  # as whatever clears temporary files does
    encryption.make_certificates(first)
    assert cluster._has_certificates()
    os.chown(first, 65_534, 65_534)
    assert not cluster._has_certificates()
    shutil.rmtree(first, ignore_errors=True)


def test_the_command_that_keeps_workers_backs_off_for_each(clock, monkeypatch):
    started, ended = [], [1]

    def start(*_arguments):
        started.append(clock.now)
        return Process(ended[0])

    monkeypatch.setattr(processes, "start", start)
    process, starts = None, Backoff(clock)
    for number in range(600):
        process = processes._kept(process, starts, "tls://a:1", number, ["--away"])
        clock.now += 1
    assert 10 <= len(started) <= 16 and started[-1] - started[-2] >= 60
    ended[0] = None  # one that lives
    while process is None or clock.now - started[-1] < 60:
        process = processes._kept(process, starts, "tls://a:1", 0, ["--away"])
        clock.now += 1
    processes._kept(process, starts, "tls://a:1", 0, ["--away"])
    assert starts.failures == 0

"""What fails is tried again: soon, then later, at last once a minute, never not at all."""

import itertools

import pytest

from dashboard.jobs.cluster import own_cluster, processes
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
    cluster = OwnCluster(1)
    cluster.started, cluster.registered = started, {}
    cluster._starts = Backoff(clock)
    monkeypatch.setattr(cluster, "_connect", lambda *_arguments: None)
    told = type("Client", (), {"scheduler_info": lambda *_, **__: {"workers": cluster.registered}})
    monkeypatch.setattr(cluster, "_connected", told)
    yield cluster
    cluster.close()


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

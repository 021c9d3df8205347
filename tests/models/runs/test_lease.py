"""One writer at a time, whoever crashes, sleeps or races."""

import os
import time

import pytest

from models.runs import lease as leases
from models.runs.files import RunError
from models.runs.lease import LeaseHeld, LeaseLost
from tests.support.runs import RUN, event, run_id


def leave_dead_lease(run):
    """What a crashed process leaves: a lease that has not expired, its process gone."""
    lease = run.acquire("a crashed worker", 5)
    lease._record["process_started"] -= 1_000
    lease.renew()


def test_lease_excludes_others_and_names_its_owner(store, run):
    with run.acquire("worker 1", 10) as lease:
        lease.renew()
        with pytest.raises(LeaseHeld, match="worker 1"):
            store.run(RUN).acquire("worker 2", 10)
    with store.run(RUN).acquire("worker 2", 10):
        assert run.progress["owner"] == "worker 2"
    assert run.progress is None


def test_after_a_takeover_the_old_owner_cannot_write(store, run, advance):
    old = run.acquire("slow worker", 10)
    advance(leases.LEASE_SECONDS + 1)
    new = store.run(RUN).acquire("new worker", 10)
    for write in (
        old.renew,
        old.check,
        lambda: run.append_event(event(1)),
        lambda: run.truncate(0),
        lambda: run.save_checkpoint({}, {}),
        lambda: run.save_live({}, {}),
        lambda: run.save_snapshot(1, {}, {}),
        lambda: run.save_step("last", {}, {}),
        lambda: run.save_branch_point(1, {}, {}),
        lambda: run.finish({"status": "failed", "epochs": 0, "message": ""}),
        run.clear_result,
    ):
        with pytest.raises(LeaseLost, match="slow worker"):
            write()
    old.release()
    new.check()
    assert run.progress["owner"] == "new worker"


def test_a_renewed_lease_outlives_its_first_term(run, advance):
    lease = run.acquire("worker", 10)
    for _ in range(3):
        advance(0.7 * leases.LEASE_SECONDS)
        lease.renew()
    assert run.state == "running"


def test_a_released_lease_cannot_be_renewed(run):
    lease = run.acquire("worker", 10)
    lease.release()
    with pytest.raises(LeaseLost):
        lease.renew()
    assert run.state == "interrupted"
    lease.release()


def test_a_lease_is_not_good_for_the_runs_successor(store, run):
    old = run.acquire("old worker", 1)
    os.rename(run.folder, store.root / "elsewhere")
    new = store.create(RUN, {}).acquire("new worker", 1)
    with pytest.raises(LeaseLost):
        old.renew()
    old.release()
    new.check()


def test_leases_do_not_pile_up(run):
    for _ in range(20):
        run.acquire("worker", 1).release()
    assert len(list((run.folder / "leases").iterdir())) <= 2


def test_acquire_needs_an_existing_run(store):
    with pytest.raises(RunError, match="no run"):
        store.run(RUN).acquire("worker", 1)


def test_another_machines_lease_lasts_until_it_expires(store, run, advance, monkeypatch):
    leave_dead_lease(run)
    assert run.state == "interrupted"
    monkeypatch.setattr(leases.socket, "gethostname", lambda: "elsewhere")
    assert run.state == "running"
    with pytest.raises(LeaseHeld):
        store.run(RUN).acquire("worker", 1)
    advance(leases.LEASE_SECONDS + 1)
    store.run(RUN).acquire("worker", 1)


def test_another_container_of_the_same_name_is_another_machine(run, monkeypatch):
    """There the same process numbers mean other processes, which this one does not see."""
    leave_dead_lease(run)
    assert run.state == "interrupted"
    monkeypatch.setattr(leases.os, "readlink", lambda path: "pid:[1]")
    assert run.state == "running"


RACER = """
import sys, time
from pathlib import Path
from models.runs.lease import LeaseHeld
from models.runs.store import RunStore
root, count, start = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
store, leases = RunStore(root, 10**9), []
for number in range(count):
    run = store.run(f"stacked-{number:016x}")
    while time.time() < start + number * 0.01:
        pass
    try:
        leases.append(run.acquire("racer", 1))
        print(number)
    except LeaseHeld:
        pass
print("done", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("before", ["nothing", "a dead lease", "a released lease"])
def test_of_racing_processes_exactly_one_acquires(store, child, before):
    count = 60
    for number in range(count):
        run = store.create(run_id(number), {})
        if before == "a dead lease":
            leave_dead_lease(run)
        elif before == "a released lease":
            run.acquire("worker", 1).release()
    racers = [child(RACER, store.root, count, time.time() + 1.5) for _ in range(4)]
    wins = [line.strip() for racer in racers for line in iter(racer.stdout.readline, "done\n")]
    assert sorted(map(int, wins)) == list(range(count))
    assert all(run.state == "running" for run in store.runs())
    for racer in racers:
        racer.kill()
        racer.wait()
    assert all(run.state == "interrupted" for run in store.runs())


def test_a_delayed_contender_withdraws(store, run, monkeypatch):
    leave_dead_lease(run)
    late = store.run(RUN)
    look = leases._latest_lease

    def look_then_sleep(folder):
        monkeypatch.setattr(leases, "_latest_lease", look)
        seen = look(folder)
        for _ in range(3):  # meanwhile others come and go, and the numbers seen are removed
            store.run(RUN).acquire("quick worker", 1).release()
        winner.append(store.run(RUN).acquire("quick worker", 1))
        return seen

    winner = []
    monkeypatch.setattr(leases, "_latest_lease", look_then_sleep)
    with pytest.raises(LeaseHeld, match="quick worker"):
        late.acquire("late worker", 1)
    winner[0].check()

"""A run's records: what is written reads back, and what must not be written is refused."""

import os
import time

import numpy as np
import pytest

from models.runs.files import RunError
from models.runs.lease import LeaseHeld, LeaseLost
from models.runs.run import WATCH_SECONDS
from models.runs.store import RunStore
from tests.support.runs import ARRAYS, RUN, event, fill, filled_runs, result


def test_what_is_recorded_reads_back(run):
    run.append_event(event(np.int64(1), loss=np.float32(0.5), per_dimension=np.arange(2)))
    run.append_event(event(2, loss=float("nan")))
    run.save_checkpoint(ARRAYS, {"epoch": 2, "step": np.int64(40)})
    run.save_live({}, {"epoch": 2})
    run.save_snapshot(2, ARRAYS, {"epoch": 2})
    run.save_snapshot(10, ARRAYS, {"epoch": 10})
    run.finish(result("stopped", 2))

    assert run.config["latent_dim"] == 2 and run.config["created"] <= time.time()
    first, second = run.events()
    assert first == event(1, loss=0.5, per_dimension=[0, 1])
    assert np.isnan(second["loss"])
    arrays, meta = run.checkpoint()
    assert meta == {"epoch": 2, "step": 40} and arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    assert run.live() == ({}, {"epoch": 2})
    assert run.snapshot_epochs() == [2, 10] and run.snapshot(3) is None
    assert run.result() == result("stopped", 2)


def test_state_follows_the_life_of_a_run(store):
    run = store.run(RUN)
    assert run.state == "missing" and not run.exists
    store.create(RUN, {})
    assert run.state == "interrupted" and run.progress is None
    with run.acquire("worker 1", 20):
        assert run.state == "running"
        assert run.progress["owner"] == "worker 1" and run.progress["target_epochs"] == 20
        run.finish(result("completed", 20))
        assert run.state == "running"
    assert run.state == "completed"
    run.clear_result()
    assert run.state == "interrupted"


def test_events_and_pictures_after_the_checkpoint_are_forgotten(run):
    for epoch in range(1, 6):
        run.append_event(event(epoch))
        run.save_snapshot(epoch, ARRAYS, {"epoch": epoch})
    run.truncate(after_epoch=3)
    run.append_event(event(4))
    assert [event["epoch"] for event in run.events()] == [1, 2, 3, 4]
    assert run.snapshot_epochs() == [1, 2, 3]


def test_requests_of_viewers(run, advance):
    assert not run.stop_requested and not run.pinned and run.watchers() == []
    run.request_stop()
    run.pin()
    run.watch("anna")
    run.watch("ben")
    assert run.stop_requested and run.pinned and run.watchers() == ["anna", "ben"]
    run.clear_stop()
    run.unpin()
    assert not run.stop_requested and not run.pinned
    assert run.watchers() == ["anna", "ben"]
    advance(WATCH_SECONDS + 1)
    assert run.watchers() == []


def test_a_pace_is_asked_for_and_what_is_none_is_not(run):
    assert run.asked_pace is None
    for seconds in (120.0, 0.0):
        run.ask_pace(seconds)
        assert run.asked_pace == seconds
    for text in (b"", b"nan", b"inf", b"-1", b"\xff", b"soon"):
        (run.folder / "pace").write_bytes(text)
        assert run.asked_pace is None
    run.clear_pace()
    run.clear_pace()
    assert not (run.folder / "pace").exists()


def test_bad_records_are_refused_at_once(run):
    with pytest.raises(ValueError, match="epoch"):
        run.append_event({"loss": 1.0})
    with pytest.raises(ValueError, match="status"):
        run.finish({"status": "perhaps", "epochs": 1})
    with pytest.raises(ValueError, match="watcher"):
        run.watch("../pinned")
    with pytest.raises(TypeError, match="cannot be stored"):
        run.append_event(event(1, loss=object()))
    with pytest.raises(ValueError):
        run.save_live({"objects": np.array([object()])}, {})
    assert run.events() == [] and run.live() is None


def test_nothing_brings_a_removed_run_back(store, run):
    lease = run.acquire("worker", 1)
    os.rename(run.folder, store.root / "elsewhere")
    for write in (
        lambda: run.append_event(event(1)),
        lambda: run.save_snapshot(1, {}, {}),
        lease.renew,
    ):
        with pytest.raises(LeaseLost):
            write()
    for write in (run.pin, run.touch, lambda: run.watch("anna"), lambda: run.acquire("me", 1)):
        with pytest.raises(RunError):
            write()
    lease.release()
    assert run.state == "missing"


def test_what_comes_with_the_pictures_can_be_read_without_them(run):
    assert run.live_meta() is None
    fill(run)
    assert run.live_meta() == {"epoch": 3} == run.live()[1]
    assert set(run.live()[0]) == set(ARRAYS), "all of them are there all the same"


def test_a_torn_event_costs_only_itself(run):
    run.append_event(event(1))
    with open(run.folder / "events.jsonl", "ab") as file:
        file.write(b'{"epoch": 2, "lo')
    run.append_event(event(2))
    run.append_event(event(3))
    assert [event["epoch"] for event in run.events()] == [1, 2, 3]


def test_a_truncated_run_forgets_later_states(run):
    for epoch in (1, 2, 5):
        run.save_branch_point(epoch, {}, {"epoch": epoch})
    run.truncate(after_epoch=2)
    assert run.branch_points() == [1, 2]
    run.keep_branch_points([2])
    assert run.branch_points() == [2]


def test_delete(store):
    run, pinned, watched, running = filled_runs(store, 4)
    run.delete()
    assert not run.exists and RunStore(store.root, 1).run(run.id).state == "missing"
    with pytest.raises(RunError, match="no run"):
        run.delete()
    pinned.pin()
    watched.watch("anna")
    for protected, reason in ((pinned, "pinned"), (watched, "watched")):
        with pytest.raises(RunError, match=reason):
            protected.delete()
        assert protected.state == "interrupted"
        protected.delete(force=True)
        assert not protected.exists
    lease = running.acquire("worker 1", 1)
    with pytest.raises(LeaseHeld, match="worker 1"):
        running.delete(force=True)
    lease.check()
    assert [path.name for path in store.root.iterdir()] == [running.id]


def test_a_deleted_run_can_be_made_again(store, run):
    run.delete()
    with store.create(RUN, {"latent_dim": 3}).acquire("worker", 1):
        assert run.config["latent_dim"] == 3 and run.state == "running"

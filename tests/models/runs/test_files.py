"""What readers see while a writer is killed, or its files are damaged."""

import os
import random
import time

import pytest

from models.runs import lease as leases
from models.runs.command import main
from models.runs.files import UnreadableError
from tests.support.runs import RUN, fill

FILES = ["checkpoint.npz", "live.npz", "snapshots/0000003.npz", "result.json", "config.json"]
FILES += ["events.jsonl", "leases/0000001.json"]


def read_everything(run):
    """What each reader says of its file; the error where it cannot be read. The store's table reads
    them as the command line does."""
    reads = {
        "checkpoint.npz": run.checkpoint,
        "live.npz": run.live,
        "snapshots/0000003.npz": lambda: run.snapshot(3),
        "result.json": run.result,
        "config.json": lambda: run.config,
        "events.jsonl": run.events,
        "leases/0000001.json": lambda: run.progress,
    }
    assert main(["--runs", str(run.folder.parent), "list"]) == 0
    found = {}
    for name, read in reads.items():
        try:
            found[name] = read()
        except UnreadableError as error:
            found[name] = error
    return found


def assert_only_one_is_unreadable(run, name):
    found = read_everything(run)
    if name == "leases/0000001.json":  # nobody holds what cannot be read
        assert found.pop(name) is None
    elif name == "events.jsonl" and not isinstance(found[name], UnreadableError):
        assert found.pop(name) == run.events() and len(run.events()) < 3  # only torn
    else:
        error = found.pop(name)
        assert isinstance(error, UnreadableError) and f" {name}: " in str(error)
        assert [one.path for one in run.damage()] == [run.folder / name]
    assert not any(isinstance(content, UnreadableError) for content in found.values())
    is_asked_first = name in ("config.json", "result.json")
    assert run.state == ("unreadable" if is_asked_first else "completed")


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_named_and_never_taken_for_absent(run, name):
    fill(run)
    whole = (run.folder / name).read_bytes()
    lengths = {*range(0, len(whole) - 1, max(len(whole) // 25, 1)), len(whole) - 2}
    for length in sorted(lengths):
        (run.folder / name).write_bytes(whole[:length])
        assert_only_one_is_unreadable(run, name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"\0" * 300, b"null", b"[" * 100_000, b"\xff{}"])
def test_other_damage_is_named(run, name, content):
    fill(run)
    (run.folder / name).write_bytes(content)
    assert_only_one_is_unreadable(run, name)


@pytest.mark.parametrize("name", ["result.json", "config.json", "events.jsonl"])
def test_what_a_newer_version_has_stored_is_called_so_and_kept(store, run, name):
    fill(run)
    content = b'{"epoch": 1, "format": 2}'
    (run.folder / name).write_bytes(content)
    (error,) = run.damage()
    assert error.is_newer and "newer version" in str(error) and "Train it again" not in str(error)
    with pytest.raises(UnreadableError, match="newer version"):
        store.create(RUN, {"type": "stacked"}).acquire("worker", 3)
    assert (run.folder / name).read_bytes() == content
    run.delete()
    assert not run.exists


@pytest.mark.parametrize("name", [*FILES[:5], "events.jsonl"])
def test_training_makes_room_for_what_is_damaged_and_nothing_else(store, run, name):
    fill(run)
    (run.folder / name).write_bytes(b"{")
    if name == "events.jsonl":
        (run.folder / name).write_bytes(b'{"epoch": "one", "format": 1}')
    with store.create(RUN, {"type": "stacked"}).acquire("worker", 3):
        kept = [one for one in FILES if (run.folder / one).exists()]
    assert run.damage() == []
    # What goes on from epochs that are lost would leave a gap in the record.
    gone = {"config.json": [], "events.jsonl": ["events.jsonl", "checkpoint.npz"]}
    assert sorted({*FILES} - {*kept} - {"leases/0000001.json"}) == sorted(gone.get(name, [name]))


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_never_crash_a_reader(run, seed):
    fill(run)
    draw = random.Random(seed)
    for name in FILES:
        whole = bytearray((run.folder / name).read_bytes())
        for _ in range(15):
            flipped = whole.copy()
            flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
            (run.folder / name).write_bytes(flipped)
            read_everything(run)
        (run.folder / name).write_bytes(whole)


def test_folders_in_place_of_files_are_damage_and_training_removes_them(run):
    for name in ("events.jsonl", "result.json", "live.npz"):
        (run.folder / name).mkdir()
    assert len(run.damage()) == 3 and run.state == "unreadable"
    with run.acquire("worker", 1):
        assert run.damage() == []


def test_create_repairs_a_damaged_config(store, run):
    (run.folder / "config.json").write_bytes(b"{")
    assert store.create(RUN, {"type": "stacked"}).config["type"] == "stacked"


WRITER = """
import sys
from pathlib import Path
import numpy as np
from models.runs.store import RunStore
from tests.support.runs import event
run = RunStore(Path(sys.argv[1]), 10**9).run(sys.argv[2])
lease = run.acquire("writer", 10**6)
arrays, meta = run.checkpoint() or ({}, {"epoch": 0})
run.truncate(meta["epoch"])
print("ready", flush=True)
epoch = meta["epoch"]
while True:
    epoch += 1
    values = {"a": np.full(20_000, epoch), "b": np.full(7, epoch)}
    run.append_event(event(epoch, values=[epoch] * 200))
    run.save_live(values, {"epoch": epoch})
    if epoch % 5 == 0:
        run.save_snapshot(epoch, values, {"epoch": epoch})
    run.save_checkpoint(values, {"epoch": epoch})
    lease.renew()
"""


def assert_consistent(stored):
    if stored is None:
        return 0
    arrays, meta = stored
    assert set(arrays) == {"a", "b"}
    assert all((array == meta["epoch"]).all() for array in arrays.values())
    return meta["epoch"]


def test_a_writer_killed_at_any_moment_leaves_a_run_to_continue(run, child):
    draw, trained = random.Random(1), 0
    for _ in range(20):
        writer = child(WRITER, run.folder.parent, run.id)
        assert writer.stdout.readline() == "ready\n"
        deadline = time.monotonic() + draw.uniform(0, 0.08)
        while time.monotonic() < deadline:  # a viewer, while the writer writes
            assert_consistent(run.checkpoint())
            assert_consistent(run.live())
            assert run.state == "running"
        writer.kill()
        # Free long before the lease expires, though nobody has reaped the process yet.
        deadline = time.monotonic() + leases.LEASE_SECONDS / 3
        while run.state == "running" and time.monotonic() < deadline:
            time.sleep(0.001)
        assert run.state == "interrupted"
        writer.wait()

        epoch = assert_consistent(run.checkpoint())
        assert assert_consistent(run.live()) in (epoch, epoch + 1)
        for number in run.snapshot_epochs():
            assert assert_consistent(run.snapshot(number)) == number
        epochs = [event["epoch"] for event in run.events()]
        assert epochs in (list(range(1, epoch + 1)), list(range(1, epoch + 2)))
        assert all(event["values"] == [event["epoch"]] * 200 for event in run.events())
        assert epoch >= trained
        trained = epoch
    assert trained > 20


def test_temporary_files_of_a_killed_writer_are_removed(run):
    torn = run.folder / "checkpoint.npz.0123.tmp"
    torn.write_bytes(b"x")
    run.acquire("worker", 1).release()
    assert torn.exists()  # it may be somebody's who is writing now
    os.utime(torn, (1, 1))
    run.acquire("worker", 1).release()
    assert not torn.exists()

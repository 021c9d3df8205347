"""What readers see while a writer is killed, or its files are damaged."""

import os
import random
import time

import pytest

from models.runs import lease as leases
from models.runs.command import main
from tests.support.runs import RUN, fill

FILES = ["checkpoint.npz", "live.npz", "snapshots/0000003.npz", "result.json", "config.json"]
FILES += ["events.jsonl", "leases/0000001.json"]


def read_everything(run):
    """Calls every reader; the store's table reads them as the command line does."""
    npz = {"checkpoint.npz": run.checkpoint(), "live.npz": run.live()}
    npz["snapshots/0000003.npz"] = run.snapshot(3)
    table = main(["--runs", str(run.folder.parent), "list"])
    assert table == 0
    return {**npz, "result.json": run.result(), "config.json": run.config}


@pytest.mark.parametrize("name", FILES)
def test_truncated_files_read_as_absent(run, name):
    fill(run)
    whole = (run.folder / name).read_bytes()
    lengths = {*range(0, len(whole) - 1, max(len(whole) // 25, 1)), len(whole) - 2}
    for length in sorted(lengths):
        (run.folder / name).write_bytes(whole[:length])
        read = read_everything(run)
        assert read.pop(name, None) is None
        assert all(content is not None for content in read.values())
        lost = {"config.json": "missing", "result.json": "interrupted"}
        assert run.state == lost.get(name, "completed")
        epochs = [event["epoch"] for event in run.events()]
        assert epochs == [1, 2, 3][: len(epochs)] and (len(epochs) == 3) == (name != "events.jsonl")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "content", [b"\0" * 300, b"null", b"[" * 100_000, b'{"format": 2, "status": 1}', b"\xff{}"]
)
def test_other_damage_reads_as_absent(run, name, content):
    fill(run)
    (run.folder / name).write_bytes(content)
    assert read_everything(run).get(name) is None
    assert run.state in ("completed", "interrupted", "missing")


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


def test_folders_in_place_of_files(run):
    for name in ("events.jsonl", "result.json", "live.npz"):
        (run.folder / name).mkdir()
    assert run.events() == [] and run.result() is None and run.live() is None


def test_create_repairs_a_damaged_config(store, run):
    (run.folder / "config.json").write_bytes(b"{")
    assert store.create(RUN, {"latent_dim": 2}).config["latent_dim"] == 2


WRITER = """
import sys
from pathlib import Path
import numpy as np
from models.runs.store import RunStore
run = RunStore(Path(sys.argv[1]), 10**9).run(sys.argv[2])
lease = run.acquire("writer", 10**6)
arrays, meta = run.checkpoint() or ({}, {"epoch": 0})
run.truncate(meta["epoch"])
print("ready", flush=True)
epoch = meta["epoch"]
while True:
    epoch += 1
    values = {"a": np.full(20_000, epoch), "b": np.full(7, epoch)}
    run.append_event({"epoch": epoch, "values": [epoch] * 200})
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

"""The run store: what readers see while a writer is killed, raced, or its files are damaged."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from models.runs import lease as leases
from models.runs.command import main
from models.runs.files import RunError
from models.runs.lease import LeaseHeld, LeaseLost
from models.runs.run import WATCH_SECONDS
from models.runs.store import RunStore
from tests.support.places import REPOSITORY

RUN = "stacked-0123456789abcdef"
ARRAYS = {"weights": np.arange(6.0).reshape(2, 3), "file": np.ones(2, np.float32)}


def run_id(number):
    return f"stacked-{number:016x}"


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs", max_bytes=10**9)


@pytest.fixture
def run(store):
    return store.create(RUN, {"latent_dim": 2})


@pytest.fixture
def advance(monkeypatch):
    """Moves this process's clock forward by some seconds."""
    clock, passed = time.time, 0.0

    def move(seconds):
        nonlocal passed
        passed += seconds
        monkeypatch.setattr(time, "time", lambda: clock() + passed)

    return move


@pytest.fixture
def child():
    """Starts Python processes that run a script; none outlives the test."""
    children = []

    def start(script, *arguments):
        command = [sys.executable, "-c", script, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        children.append(subprocess.Popen(command, cwd=REPOSITORY, **pipes))
        return children[-1]

    yield start
    for process in children:
        process.kill()
        process.communicate()


def leave_dead_lease(run):
    """What a crashed process leaves: a lease that has not expired, its process gone."""
    lease = run.acquire("a crashed worker", 5)
    lease._record["process_started"] -= 1_000
    lease.renew()


# Records


def test_what_is_recorded_reads_back(run):
    run.append_event({"epoch": 1, "loss": np.float32(0.5), "per_dimension": np.arange(2)})
    run.append_event({"epoch": 2, "loss": float("nan")})
    run.save_checkpoint(ARRAYS, {"epoch": 2, "step": np.int64(40)})
    run.save_live({}, {"epoch": 2})
    run.save_snapshot(2, ARRAYS, {})
    run.save_snapshot(10, ARRAYS, {})
    run.finish({"status": "stopped", "epochs": 2})

    assert run.config["latent_dim"] == 2 and run.config["created"] <= time.time()
    first, second = run.events()
    assert first == {"epoch": 1, "loss": 0.5, "per_dimension": [0, 1]}
    assert np.isnan(second["loss"])
    arrays, meta = run.checkpoint()
    assert meta == {"epoch": 2, "step": 40} and arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    assert run.live() == ({}, {"epoch": 2})
    assert run.snapshot_epochs() == [2, 10] and run.snapshot(3) is None
    assert run.result() == {"status": "stopped", "epochs": 2}


def test_the_first_config_stays(store, run):
    created = run.config["created"]
    store.create(RUN, {"latent_dim": 99})
    assert run.config == {"latent_dim": 2, "created": created}


def test_state_follows_the_life_of_a_run(store):
    run = store.run(RUN)
    assert run.state == "missing" and not run.exists
    store.create(RUN, {})
    assert run.state == "interrupted" and run.progress is None
    with run.acquire("worker 1", 20):
        assert run.state == "running"
        assert run.progress["owner"] == "worker 1" and run.progress["target_epochs"] == 20
        run.finish({"status": "completed", "epochs": 20})
        assert run.state == "running"
    assert run.state == "completed"
    run.clear_result()
    assert run.state == "interrupted"


def test_events_and_pictures_after_the_checkpoint_are_forgotten(run):
    for epoch in range(1, 6):
        run.append_event({"epoch": epoch})
        run.save_snapshot(epoch, {"codes": np.zeros(2)}, {"epoch": epoch})
    run.truncate(after_epoch=3)
    run.append_event({"epoch": 4})
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


@pytest.mark.parametrize(
    "bad", ["../../etc", "", "stacked", RUN + "\n", RUN.upper(), "/" + RUN, RUN + "/..", None, 3]
)
def test_bad_ids_are_refused(store, bad):
    with pytest.raises(ValueError, match="is not a run id"):
        store.run(bad)


def test_bad_records_are_refused_at_once(run):
    with pytest.raises(ValueError, match="epoch"):
        run.append_event({"loss": 1.0})
    with pytest.raises(ValueError, match="status"):
        run.finish({"status": "perhaps", "epochs": 1})
    with pytest.raises(ValueError, match="watcher"):
        run.watch("../pinned")
    with pytest.raises(TypeError, match="cannot be stored"):
        run.append_event({"epoch": 1, "loss": object()})
    with pytest.raises(ValueError):
        run.save_live({"objects": np.array([object()])}, {})
    assert run.events() == [] and run.live() is None


def test_nothing_brings_a_removed_run_back(store, run):
    lease = run.acquire("worker", 1)
    os.rename(run.folder, store.root / "elsewhere")
    for write in (
        lambda: run.append_event({"epoch": 1}),
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


@pytest.mark.parametrize("below", [Path("file"), Path("file/runs")])
def test_unusable_folder_is_explained(tmp_path, below):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"file.*a file is in its place.*AUTOENCODER_LAB_RUNS"):
        RunStore(tmp_path / below, 1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux")
def test_unwritable_folder_is_explained():
    with pytest.raises(RunError, match=r"/proc.*AUTOENCODER_LAB_RUNS"):
        RunStore(Path("/proc/self/runs"), 1)
    with pytest.raises(RunError, match=r"/proc.*AUTOENCODER_LAB_RUNS"):
        RunStore(Path("/proc/self"), 1)


# Damage


def fill(run):
    with run.acquire("worker", 3):
        for epoch in (1, 2, 3):
            run.append_event({"epoch": epoch, "loss": 1 / epoch})
        run.save_checkpoint(ARRAYS, {"epoch": 3})
        run.save_live(ARRAYS, {"epoch": 3})
        run.save_snapshot(3, ARRAYS, {"epoch": 3})
        run.finish({"status": "completed", "epochs": 3})


def test_what_comes_with_the_pictures_can_be_read_without_them(run):
    assert run.live_meta() is None
    fill(run)
    assert run.live_meta() == {"epoch": 3} == run.live()[1]
    assert set(run.live()[0]) == set(ARRAYS), "all of them are there all the same"


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


def test_a_torn_event_costs_only_itself(run):
    run.append_event({"epoch": 1})
    with open(run.folder / "events.jsonl", "ab") as file:
        file.write(b'{"epoch": 2, "lo')
    run.append_event({"epoch": 2})
    run.append_event({"epoch": 3})
    assert [event["epoch"] for event in run.events()] == [1, 2, 3]


def test_create_repairs_a_damaged_config(store, run):
    (run.folder / "config.json").write_bytes(b"{")
    assert store.create(RUN, {"latent_dim": 2}).config["latent_dim"] == 2


# One writer


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
        lambda: run.append_event({"epoch": 1}),
        lambda: run.truncate(0),
        lambda: run.save_checkpoint({}, {}),
        lambda: run.save_live({}, {}),
        lambda: run.save_snapshot(1, {}, {}),
        lambda: run.save_step("last", {}, {}),
        lambda: run.save_branch_point(1, {}, {}),
        lambda: run.finish({"status": "failed", "epochs": 0}),
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


# Crashes

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


# Removal


def filled_runs(store, count, size=10_000):
    """Runs of about `size` bytes; the first is the least recently used."""
    made = []
    for number in range(count):
        run = store.create(run_id(number), {})
        run.save_checkpoint({"a": np.zeros(size, np.uint8)}, {})
        os.utime(run.folder / "config.json", (1_000 + number, 1_000 + number))
        made.append(run)
    return made


def test_eviction_takes_the_least_recently_used(store):
    made = filled_runs(store, 5)
    made[0].touch()
    assert [run.id for run in store.runs()] == [run_id(n) for n in (0, 4, 3, 2, 1)]
    store.max_bytes = made[0].size_bytes * 3 + 100
    assert store.evict() == [run_id(1), run_id(2)]
    assert store.evict() == []
    assert made[1].state == "missing" and not made[1].folder.exists()


def test_states_for_branches_go_before_runs_do(store):
    old, new = filled_runs(store, 2)
    for run in (old, new):
        for epoch in (1, 2, 3):
            run.save_branch_point(epoch, {"weights": np.zeros(5000)}, {"epoch": epoch})
    assert old.branch_points() == [1, 2, 3] and old.branch_point(2)[1] == {"epoch": 2}
    store.max_bytes = old.size_bytes + new.size_bytes - 1
    assert store.evict() == []
    assert (old.branch_points(), new.branch_points()) == ([], [1, 2, 3])
    assert old.branch_point(2) is None and old.exists
    new.watch("anna")
    store.max_bytes = 0
    assert store.evict() == [old.id] and new.branch_points() == [1, 2, 3]


def test_a_truncated_run_forgets_later_states(run):
    for epoch in (1, 2, 5):
        run.save_branch_point(epoch, {}, {"epoch": epoch})
    run.truncate(after_epoch=2)
    assert run.branch_points() == [1, 2]
    run.keep_branch_points([2])
    assert run.branch_points() == [2]


def test_training_and_recording_count_as_use(store):
    made = filled_runs(store, 3)
    made[0].acquire("worker", 1).release()
    made[1].finish({"status": "completed", "epochs": 1})
    assert [run.id for run in store.runs()] == [run_id(n) for n in (1, 0, 2)]


def test_eviction_spares_protected_runs(store):
    running, watched, pinned, kept, unwatched = made = filled_runs(store, 5)
    running.acquire("worker", 1)
    watched.watch("anna")
    pinned.pin()
    unwatched.watch("anna")
    os.utime(unwatched.folder / "watchers" / "anna", (1, 1))
    for run in made:
        os.utime(run.folder / "config.json", (1, 1))
    store.max_bytes = 0
    assert store.evict(keep=[kept.id]) == [unwatched.id]
    assert {run.id for run in store.runs()} == {run.id for run in made} - {unwatched.id}


def test_eviction_removes_what_crashes_left(store):
    half_deleted = store.root / f".deleted-{RUN}-00"
    half_created, recent = store.root / run_id(1), store.root / run_id(2)
    foreign = store.root / "holiday pictures"
    for folder in (half_deleted, half_created, recent, foreign):
        folder.mkdir()
        (folder / "file").write_text("x")
        if folder != recent:
            os.utime(folder, (1, 1))
    assert store.runs() == [] and store.evict() == []
    assert sorted(store.root.iterdir()) == sorted([recent, foreign])


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


# The command line


@pytest.fixture
def command(store, capsys):
    def call(*arguments):
        code = main([*arguments, "--runs", str(store.root)])
        output = capsys.readouterr()
        assert output.err.count("\n") == (code != 0)
        return code, output.out + output.err

    return call


def test_list_and_show(store, command):
    first, second = filled_runs(store, 2)
    first.append_event({"epoch": 7})
    second.finish({"status": "diverged", "epochs": 3, "held_out": {"total": float("nan")}})
    second.pin()
    code, text = command("list")
    header, newest, oldest = text.splitlines()
    assert code == 0 and header.startswith("RUN")
    assert newest.split()[:3] == [second.id, "diverged", "3"] and newest.endswith("pinned")
    assert oldest.split()[:3] == [first.id, "interrupted", "7"]

    rows = json.loads(command("list", "--json")[1])
    assert [row["held_out_loss"] for row in rows] == [None, None]
    code, text = command("show", first.id[:-1] + "0")
    assert code == 0 and "1 recorded epochs" in text and '"created"' in text
    shown = json.loads(command("show", second.id, "--json")[1])
    assert shown["result"]["status"] == "diverged" and shown["events"] == 0


def test_delete_refuses_what_is_running(store, command):
    running, idle = filled_runs(store, 2)
    running.acquire("worker 1", 1)
    code, text = command("delete", running.id, idle.id)
    assert code == 2 and "in use by worker 1" in text and running.exists and not idle.exists


def test_prune(store, command):
    done, interrupted, waiting = filled_runs(store, 3)
    done.finish({"status": "completed", "epochs": 1})
    waiting.watch("anna")
    assert command("prune") == (0, "")
    assert command("prune", "--interrupted") == (0, f"removed {interrupted.id}\n")
    assert command("prune", "--max-mb", "0") == (0, f"removed {done.id}\n")
    assert [run.id for run in store.runs()] == [waiting.id]


@pytest.mark.parametrize("text", ["../../etc", "", RUN, "stacked-", "\x1b[31m"])
def test_unknown_runs_are_one_clear_line(store, command, text):
    filled_runs(store, 2)
    for name in ("show", "delete"):
        code, output = command(name, text)
        assert code == 2 and output.startswith("error: ") and "\x1b" not in output
    assert len(store.runs()) == 2


@pytest.mark.parametrize("arguments", [["prune", "--max-mb", "-1"], ["fly"], [], ["show"]])
def test_bad_arguments_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2 and "usage" in capsys.readouterr().err


def test_as_a_program(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "models.runs", "list"]
    environment = {**os.environ, "AUTOENCODER_LAB_RUNS": str(tmp_path / "file" / "runs")}
    (tmp_path / "file").write_text("")
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: The folder of runs") and done.stderr.count("\n") == 1


def test_the_store_imports_without_tensorflow(child):
    script = "import sys, models.runs.command\n"
    script += "print({'tensorflow', 'keras', 'streamlit'} & {*sys.modules})"
    assert child(script).communicate()[0] == "set()\n"

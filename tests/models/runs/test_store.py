"""The store: which runs it makes, which it names, and which make room."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from models.runs import ownership
from models.runs.files import RunError
from models.runs.store import RunStore
from tests.support.runs import RUN, filled_runs, result, run_id


def test_the_first_config_stays(store, run):
    created = run.config["created"]
    store.create(RUN, {"latent_dim": 99})
    assert run.config == {"latent_dim": 2, "created": created}


@pytest.mark.parametrize(
    "bad", ["../../etc", "", "stacked", RUN + "\n", RUN.upper(), "/" + RUN, RUN + "/..", None, 3]
)
def test_bad_ids_are_refused(store, bad):
    with pytest.raises(ValueError, match="is not a run id"):
        store.run(bad)


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


def test_training_and_recording_count_as_use(store):
    made = filled_runs(store, 3)
    made[0].acquire("worker", 1).release()
    made[1].finish(result("completed", 1))
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
    foreign, without_config = store.root / "holiday pictures", store.root / run_id(3)
    for folder in (half_deleted, half_created, recent, foreign, without_config):
        folder.mkdir()
        name = "config.json.0f.tmp" if folder == half_created else "checkpoint.npz"
        (folder / name).write_text("x")
        if folder != recent:
            os.utime(folder, (1, 1))
    assert store.runs() == [] and store.evict() == []
    assert sorted(store.root.iterdir()) == sorted([recent, foreign, without_config])


def owned(store, name, numbers, size):
    """Runs that somebody has asked for, used at the seconds that are their numbers."""
    made = [store.create(run_id(number), {}) for number in numbers]
    for run, number in zip(made, numbers, strict=True):
        run.save_checkpoint({"a": np.zeros(size, np.uint8)}, {"epoch": 0})
        ownership.add_owner(run, name)
        os.utime(run.folder / "config.json", (number, number))
    return made


def test_one_visitor_cannot_evict_the_runs_of_others(store):
    others = [owned(store, name, [number], 10_000)[0] for number, name in enumerate("abc", 1)]
    large = owned(store, "greedy", range(100, 112), 50_000)
    for run in large:
        run.watch("greedy")
    # The time at which a state was stored takes a byte more or less.
    store.max_bytes = sum(run.size_bytes for run in others) + 2 * large[0].size_bytes + 100
    removed = store.evict(keep=(large[-1].id,))
    assert removed == [run.id for run in large[:10]] and all(run.exists for run in others)
    (owner,) = os.listdir(large[-1].folder / "owners")
    assert "greedy" not in owner


def test_states_of_whoever_holds_most_go_before_those_of_others(store):
    (poor,), (rich, newer) = owned(store, "a", [1], 10), owned(store, "b", [50, 51], 90_000)
    for run in (poor, rich, newer):
        run.save_branch_point(1, {"weights": np.zeros(1000)}, {"epoch": 1})
    store.max_bytes = sum(run.size_bytes for run in (poor, rich, newer)) - 1
    assert store.evict() == []
    store.max_bytes -= 20_000
    assert store.evict() == [rich.id]
    assert poor.branch_points() == [1] and newer.branch_points() == []


def test_runs_that_lessons_begin_with_stay(store):
    first, other = owned(store, "a", [1], 90_000) + owned(store, "b", [2], 10)
    ownership.note_lesson(first, True)
    store.max_bytes = 0
    assert store.evict() == [other.id]
    ownership.note_lesson(first, False)
    assert store.evict() == [first.id]


def test_what_was_asked_for_long_ago_and_never_begun_is_removed(store):
    old, waiting, pinned, trained, running = made = [store.create(run_id(n), {}) for n in range(5)]
    pinned.pin()
    trained.finish({"status": "failed", "epochs": 0, "message": "no data"})
    running.acquire("worker", 1)
    for run in made:
        for path in (run.folder / "config.json", run.folder):
            os.utime(path, (1, 1))
    new = store.create(run_id(9), {})
    assert store.remove_unbegun(keep=[waiting.id]) == [old.id]
    kept = {run.id for run in (waiting, pinned, trained, running, new)}
    assert {run.id for run in store.runs()} == kept

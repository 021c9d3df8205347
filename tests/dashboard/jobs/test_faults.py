"""Kills, full disks and nonsense, as a student meets them: nothing is lost, no number changes."""

import asyncio
import errno
import itertools
import math
import os
import random
import time

import psutil
import pytest

from benchmarks.visiting import TRAINED, Server, Visitor
from models.autoencoders import registry
from models.runs import lease
from models.runs.files import RunError
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training.trainer import train
from tests.support.files import VALID
from tests.support.pages import open_page, with_key
from tests.support.runs import numbers

SOAKING = 17
"""Rounds by hand, of one kill each of a worker, a scheduler and a server."""

pytestmark = pytest.mark.training

LINEAR = registry.by_name("linear")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("faults") / "runs"


@pytest.fixture(scope="module")
def servers(folder):
    """The server at work; after a kill the next one, on the same store."""
    found = [Server(folder, TRAIN_AHEAD="0")]
    yield found
    found[-1].close()


async def train_amid_kills(servers, folder, recipe, rng):
    """A student trains; one process after the other is killed; the student need not do more."""
    texts = recipe.hyperparameters.difference(recipe.type.preset("ours"))
    run = RunStore(folder, 10**9).run(recipe.run_id())
    visitor = Visitor(servers[-1].address)
    await visitor.open(recipe.type.name, texts)
    await visitor.press("train")
    # Under one and the same server a run is given up when its process has died twice.
    first, last = rng.sample(["worker", "scheduler"], 2)
    for victim in (first, "server", last):
        epochs = len(run.events())
        async with asyncio.timeout(120):
            while len(run.events()) <= epochs and run.result() is None:  # it goes on after a kill
                await asyncio.sleep(0.05)
        await asyncio.sleep(rng.uniform(0, 1.5))
        if victim != "server":
            for process in servers[-1].children(victim):
                process.kill()
            continue
        children = servers[-1].children()
        servers[-1].process.kill()
        servers[-1].process.wait()
        await visitor.close()
        _, alive = await asyncio.to_thread(psutil.wait_procs, children, 10)
        assert not alive, "its processes end with it"
        servers.append(Server(folder, TRAIN_AHEAD="0"))
        await asyncio.to_thread(servers[-1].wait_until_open)
        visitor = Visitor(servers[-1].address)
        await visitor.open(recipe.type.name, texts)
    await visitor.wait_until(lambda: visitor.shows(TRAINED), 180)
    await visitor.close()
    assert not visitor.errors


@pytest.mark.soak
@pytest.mark.parametrize("number", range(SOAKING))
def test_kills_at_random_moments_lose_nothing(number, servers, folder, tmp_path):
    recipe = Recipe(LINEAR, LINEAR.preset("ours").replace(seed=900 + number))
    servers[-1].wait_until_open()
    asyncio.run(train_amid_kills(servers, folder, recipe, random.Random(number)))
    run, undisturbed = RunStore(folder, 10**9).run(recipe.run_id()), RunStore(tmp_path, 10**9)
    assert run.result()["status"] == "completed"
    train(recipe, undisturbed)
    assert numbers(run) == numbers(undisturbed.run(recipe.run_id()))


# A disk that is full, or may not be written


def breaking_disk(monkeypatch, num_writes, number):
    """From now on, that many files can be written; then the disk answers with an error. Returns
    what counts the files."""
    counted = itertools.count()

    def opened(path, mode="r", *rest, **named):
        file = open(path, mode, *rest, **named)  # noqa: SIM115
        if set(mode) & set("wax+") and next(counted) >= num_writes:
            file.write(b"{torn")  # a part of what was to be written
            file.close()
            raise OSError(number, os.strerror(number))
        return file

    for module in ("files", "run"):
        monkeypatch.setattr(f"models.runs.{module}.open", opened, raising=False)
    return counted


@pytest.mark.parametrize("number", range(4))
def test_a_full_disk_at_any_moment_loses_nothing(number, small, tmp_path, monkeypatch):
    recipe = small("linear", epochs=30)
    whole, broken = (RunStore(tmp_path / name, 10**9) for name in ("whole", "broken"))
    monkeypatch.setattr(lease, "LEASE_SECONDS", 2.0)
    with monkeypatch.context() as patch:
        counted = breaking_disk(patch, math.inf, 0)
        train(recipe, whole)
        total = next(counted)
    assert total > 30
    with monkeypatch.context() as patch:
        breaking_disk(patch, random.Random(number).randrange(total), errno.ENOSPC)
        with pytest.raises(RunError, match=r"No space left.*Make room there"):
            train(recipe, broken)
    broken_run = broken.run(recipe.run_id())
    while broken_run.state == "running":  # the lease could not be given back
        time.sleep(0.05)
    assert broken_run.state in ("missing", "interrupted", "completed")
    assert train(recipe, broken)["status"] == "completed"
    assert numbers(broken_run) == numbers(whole.run(recipe.run_id()))


def test_a_store_that_may_not_be_written_is_said_and_still_shows_its_runs(
    dispatcher, small, monkeypatch
):
    stored = Recipe(LINEAR, LINEAR.preset("ours").replace(seed=990, epochs=20))
    train(stored, dispatcher.store)
    breaking_disk(monkeypatch, 0, errno.EROFS)
    page = open_page("linear.py", seed="990", epochs="20")
    assert "Trained for **20** epochs" in page.get("progress")[0].proto.text
    other = open_page("linear.py", seed="991", epochs="20")
    with_key(other.button, "linear.train").click().run()
    assert not other.exception
    said = [one.value for one in [*other.error, *other.warning, *other.info]]
    assert any("Read-only file system" in one for one in said), said


# Nonsense


def nonsense(rng):
    """A file that no lesson can use: bytes, or a valid one that was damaged."""
    name, (_, content) = (
        rng.choice(["a.zip", "a.npz", "../../a.zip", "a.csv.npz"]),
        rng.choice(VALID),
    )
    kind = rng.randrange(3)
    if kind == 0:
        return name, rng.randbytes(rng.randrange(300))
    if kind == 1:
        return name, content[: rng.randrange(len(content))]
    broken = bytearray(content)
    for _ in range(rng.randrange(1, 9)):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    return name, bytes(broken)


@pytest.mark.parametrize("count", [30, pytest.param(200, marks=pytest.mark.soak)])
def test_bad_uploads_end_in_a_sentence_or_in_whole_data(count, servers):
    rng = random.Random(count)

    async def lesson():
        visitor = Visitor(servers[-1].address)
        await visitor.open("stacked", {})
        for _ in range(count):
            await visitor.upload("own", *nonsense(rng))
            assert not visitor.errors
        await visitor.upload("own", *VALID[1])
        await visitor.press("own.use")
        await visitor.close()
        assert not visitor.errors

    servers[-1].wait_until_open()
    before = len(servers[-1].log.read_text())  # kills have left their traces there
    asyncio.run(lesson())
    assert "Traceback" not in servers[-1].log.read_text()[before:]

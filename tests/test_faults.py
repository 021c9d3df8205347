"""Kills at random moments, as a student meets them: nothing is lost, no number changes."""

import asyncio
import random

import psutil
import pytest

from benchmarks.visiting import TRAINED, TRAINING, Server, Visitor
from models import family
from models.recipe import Recipe
from models.runs import RunStore
from models.training import train

KILLS, SOAKING = 5, 50

pytestmark = pytest.mark.training

VICTIMS = ("worker", "scheduler", "server")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("faults") / "runs"


@pytest.fixture(scope="module")
def servers(folder):
    """The server at work; after a kill the next one, on the same store."""
    found = [Server(folder, TRAIN_AHEAD="0")]
    yield found
    found[-1].close()


def numbers(run):
    return [{k: v for k, v in one.items() if k != "seconds"} for one in run.events()]


async def train_amid_a_kill(servers, folder, recipe, victim, seconds):
    """A student trains; a process is killed; the student looks again, and goes on if need be."""
    texts = recipe.hyperparameters.difference(recipe.type.preset("ours"))
    visitor = Visitor(servers[-1].address)
    await visitor.open(recipe.type.name, texts)
    await visitor.press("train")
    await visitor.wait_until(lambda: visitor.shows(TRAINING), 120)
    await asyncio.sleep(seconds)
    if victim == "server":
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
        if not visitor.shows(TRAINED):
            await visitor.press("train")
    else:
        for process in servers[-1].children(victim):
            process.kill()
    await visitor.wait_until(lambda: visitor.shows(TRAINED), 180)
    await visitor.close()
    assert not visitor.errors


@pytest.mark.parametrize(
    "number",
    [*range(KILLS), *(pytest.param(n, marks=pytest.mark.soak) for n in range(KILLS, SOAKING))],
)
def test_a_kill_at_a_random_moment_loses_nothing(number, servers, folder, tmp_path):
    rng = random.Random(number)
    victim = VICTIMS[number % len(VICTIMS)]
    linear = family.by_name("linear")
    recipe = Recipe(linear, linear.preset("ours").replace(seed=900 + number))
    servers[-1].wait_until_open()
    asyncio.run(train_amid_a_kill(servers, folder, recipe, victim, rng.uniform(0, 7)))
    run, undisturbed = RunStore(folder, 10**9).run(recipe.run_id()), RunStore(tmp_path, 10**9)
    assert run.result()["status"] == "completed"
    train(recipe, undisturbed)
    assert numbers(run) == numbers(undisturbed.run(recipe.run_id()))

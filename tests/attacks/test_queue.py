"""One visitor who wants to have everything trained, or nothing of others'."""

import asyncio
import re
from contextlib import asynccontextmanager

import pytest

from benchmarks.visiting import PATIENCE, TRAINED, TRAINING, Visitor, fetch

pytestmark = pytest.mark.training

LONG = {"type": "stacked", "epochs": "4000", "seeds": "5", "b.latent_dim": "20"}
"""A comparison of ten runs that nobody will see the end of."""


class Comparing(Visitor):
    """On the page that compares over seeds."""

    def sees(self, key):
        return any(one.endswith(f"-{key}") for one in self._widgets)

    async def _named(self, key):
        await self.wait_until(lambda: self.sees(key), PATIENCE)
        return next(one for one in self._widgets if one.endswith(f"-{key}"))


@asynccontextmanager
async def comparing(server, **texts):
    one = Comparing(server.address)
    await one.open("seed_comparison", LONG | texts)
    try:
        yield one
    finally:
        assert not one.errors
        await one.close()


def asked_for(server):
    """Runs that wait or are in training."""
    text = fetch(f"{server.address}/metrics").decode()
    name = r"^autoencoder_lab_runs_(?:waiting|in_training) (\S+)"
    return sum(map(float, re.findall(name, text, re.MULTILINE)))


async def nothing_is_asked_for(server):
    async with asyncio.timeout(PATIENCE):
        while asked_for(server):
            await asyncio.sleep(0.1)


def test_a_stranger_s_stop_ends_nobody_s_comparison(server):
    async def attack():
        async with comparing(server, seed="1") as victim, comparing(server, seed="1") as attacker:
            await victim.press("paired.train")
            assert asked_for(server) == 10
            await attacker._run_script()
            assert not attacker.sees("paired.stop")
            await attacker.press("paired.train")
            await attacker.press("paired.stop")
            assert asked_for(server) == 10
            await victim._run_script()
            await victim.press("paired.stop")
            await victim.wait_until(lambda: victim.sees("paired.train"), PATIENCE)
            await nothing_is_asked_for(server)

    asyncio.run(attack())


def test_one_visitor_s_comparisons_fill_the_queue_to_a_limit(server):
    async def attack():
        async with comparing(server) as attacker:
            pages = [str(100 * number) for number in range(1, 5)]
            for seed in pages:
                attacker._query = re.sub(r"&seed=\d+|$", f"&seed={seed}", attacker._query, count=1)
                await attacker._run_script()
                await attacker.press("paired.train")
            assert 10 < asked_for(server) <= 21  # one of them in training
            assert attacker.shows("as many as one visitor may have")
            for seed in pages:
                attacker._query = re.sub(r"&seed=\d+", f"&seed={seed}", attacker._query)
                await attacker._run_script()
                if attacker.sees("paired.stop"):
                    await attacker.press("paired.stop")
            await nothing_is_asked_for(server)

    asyncio.run(attack())


@pytest.mark.parametrize("way", [{"continued": "499"}, {"branched": "499:epochs=499"}])
def test_an_address_does_not_hide_what_would_have_to_be_trained_first(server, way):
    texts = {"hidden_sizes": "2000", "batch_size": "1", "schedule": "cosine", "epochs": "500"}

    async def attack():
        attacker = Visitor(server.address)
        await attacker.open("stacked", texts | way)
        before = set(server.runs.iterdir())
        assert attacker.shows("with what has to be trained first: 1 of the runs")
        await attacker.press("train")
        assert set(server.runs.iterdir()) == before and not attacker.errors
        await attacker.close()

    asyncio.run(attack())


def test_who_asked_first_and_has_left_sets_nobody_s_pace(server):
    texts = {"seed": "57"}

    async def attack():
        mallory, alice = Visitor(server.address), Visitor(server.address)
        await mallory.open("linear", texts)
        await mallory.choose("pace", "2 min")
        await mallory.press("train")
        await alice.open("linear", texts)
        await alice.wait_until(lambda: alice.shows(TRAINING), PATIENCE)
        assert not alice.shows(TRAINED)
        await mallory.press("stop")
        await alice.wait_until(lambda: alice.shows(TRAINED), 30)  # of 120 seconds
        for one in (mallory, alice):
            assert not one.errors
            await one.close()

    asyncio.run(attack())

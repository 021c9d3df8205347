"""Own data are nobody's but their owner's, wherever somebody asks for them or for a run on them."""

import asyncio

import pytest
import requests

from benchmarks.visiting import TRAINED, Visitor
from tests.support.files import csv

pytestmark = [pytest.mark.training, pytest.mark.soak]

PATHS = ("snapshots/0", "sample", "live", "encoder", "decoder")


def statuses(server, run, cookies=None):
    """What the server answers where a run's pictures and weights are."""
    addresses = (f"{server.address}/runs/{run.id}/{path}" for path in PATHS)
    return [requests.get(one, cookies=cookies, timeout=30).status_code for one in addresses]


@pytest.fixture(scope="module")
def victim(server):
    """A student who has trained on data of his or her own, on a page that stays open; the query
    of its address, and the run."""
    victim, before = Visitor(server.address), {run.id for run in server.store.runs()}

    async def visit():
        await victim.open("linear", {"epochs": "3"})
        await victim.upload("own", "Diagnoses.csv", csv(seed=31))
        await victim.press("own.use")
        await victim.press("train")
        await victim.wait_until(lambda: victim.shows(TRAINED), 120)
        await victim.close()

    asyncio.run(visit())
    assert not victim.errors and "dataset=own-" in victim._query
    (run,) = [run for run in server.store.runs() if run.id not in before]
    return victim, run


def test_a_table_whose_headings_and_classes_look_alike_is_drawn_and_used(server):
    """Headings and labels that were the same once their signs were gone."""

    async def attack():
        numbers = [line.split(",") for line in csv(columns=2).decode().splitlines()[1:]]
        for heading, names in (("label,a+,a-", "+-"), ("label,class,x", ("A+", "A-"))):
            rows = [[names[i % 2], *row] for i, row in enumerate(numbers)]
            table = "\n".join([heading, *map(",".join, rows)])
            visitor = Visitor(server.address)
            await visitor.open("linear", {})
            await visitor.upload("own", "a.csv", table.encode())
            await visitor.press("own.use")
            assert "dataset=own-" in visitor._query and not visitor.errors, heading
            await visitor.close()

    asyncio.run(attack())


def test_a_stranger_who_knows_name_and_id_sees_nothing_of_it(server, victim):
    owner, run = victim
    dataset = dict(part.split("=") for part in owner._query.split("&"))["dataset"]

    async def look(page, texts, said):
        stranger = Visitor(server.address)
        await stranger.open(page, texts)
        assert stranger.shows(said), stranger._lines
        assert not any(map(stranger.shows, (TRAINED, "Diagnoses"))) and not stranger.errors
        await stranger.close()

    async def attack():
        texts = dict(part.split("=") for part in owner._query.split("&"))
        await look("linear", texts, "not here for you")
        await look("seed_comparison", {"type": "linear", "dataset": dataset}, "not here for you")
        await look("linear", {"branched": f"3:dataset={dataset}"}, "cannot change dataset")
        for one in (run.id, "linear-0123456789abcdef"):
            await look("compare", {"runs": one}, f"Run {one} is not here for you: it never was")

    asyncio.run(attack())
    assert set(statuses(server, run)) == set(statuses(server, run, {"lab_visitor": "b" * 32}))
    assert set(statuses(server, run)) == {404}
    assert 200 in statuses(server, run, owner.cookies)

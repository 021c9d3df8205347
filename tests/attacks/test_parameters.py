"""Addresses as long as they may be: what is wrong is said in a few words, and nothing breaks."""

import asyncio

import pytest
import requests

from benchmarks.visiting import Visitor
from dashboard.catalogue import assignment
from dashboard.text.foreign import MOST_MESSAGES
from tests.attacks.addresses import FIRST, PAGES, batches, parameters
from tests.support.soak import soaking

pytestmark = pytest.mark.training


def visit(server, name, texts):
    """What a page's messages say."""

    async def look():
        visitor = Visitor(server.address)
        await visitor.open(name, texts)
        lines = list(visitor._lines.values())
        await visitor.close()
        assert not visitor.errors
        return lines

    return asyncio.run(look())


@pytest.mark.parametrize("name", assignment.PARAMETERS)
def test_thousands_of_mistakes_are_a_few_messages(name, server):
    text = ",".join(f"a{n}" for n in range(3_000))
    lines = visit(server, "linear", {name: text})
    assert len(lines) <= 3 and sum(map(len, lines)) < 3_000
    assert name == assignment.TASK or any("2,996 more" in line for line in lines)


@pytest.mark.parametrize("name", ["linear", "compare", "seed_comparison"])
def test_thousands_of_parameters_are_a_few_messages(name, server):
    lines = visit(server, name, {f"a{n}": "x" for n in range(900)})
    assert len(lines) <= MOST_MESSAGES + 4 and sum(map(len, lines)) < 5_000


@pytest.mark.parametrize("name", soaking(PAGES[:-1], FIRST))
def test_numbers_of_thousands_of_digits_are_refused_in_words(name, server):
    before = len(server.log.read_text())
    for some in batches(parameters(name), 8):
        visit(server, name, dict.fromkeys(some, "9" * 4_301))
    assert "Traceback" not in server.log.read_text()[before:]


@pytest.mark.parametrize("digits", [3, 9, 10, 400, 4_301])
def test_an_epoch_of_so_many_digits_is_not_found(digits, server):
    address = f"{server.address}/runs/linear-0123456789abcdef/snapshots/{'9' * digits}"
    assert requests.get(address, timeout=30).status_code == 404

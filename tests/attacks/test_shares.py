"""One visitor who fills the server: nobody else loses anything, and the server stays small."""

import asyncio
import re
import struct
import zlib
from contextlib import asynccontextmanager, suppress

import numpy as np
import psutil
import pytest
import requests

from benchmarks.visiting import TRAINED, Server, Visitor, fetch
from dashboard.session.visitors import COOKIE
from models.autoencoders import registry
from models.runs import ownership
from models.runs.recipe import Recipe
from models.shares import hash_owner
from tests.support.files import archive, csv, drawings, npz, png

pytestmark = pytest.mark.training

FILE_MB, COMING_MB, UNPACKED_MB, UPLOADS_MB, STORE_MB, WAITING = 2, 5, 60, 10, 50, 1
HALF_FULL = b"x" * 1_900_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with little room."""
    folder = tmp_path_factory.mktemp("small")
    server = Server(
        folder / "runs",
        TRAIN_AHEAD="0",
        UPLOADS=str(folder / "uploads"),
        MAX_UPLOAD_MB=str(FILE_MB),
        MAX_COMING_MB=str(COMING_MB),
        MAX_UNPACKED_MB=str(UNPACKED_MB),
        MAX_UPLOADS_MB=str(UPLOADS_MB),
        MAX_STORE_MB=str(STORE_MB),
        MAX_WAITING=str(WAITING),
    )
    server.wait_until_open()
    yield server
    server.close()


@asynccontextmanager
async def visiting(server, number, lesson="linear", **texts):
    """Browsers of so many different visitors, on a lesson's page."""
    visitors = [Visitor(server.address) for _ in range(number)]
    for one in visitors:
        await one.open(lesson, texts)
    try:
        yield visitors
    finally:
        for one in visitors:
            await one.close()


def bytes_of_files(server):
    """What Streamlit says that it keeps of uploaded files; it counts every five seconds."""
    text = fetch(f"{server.address}/_stcore/metrics").decode()
    found = re.search(r'cache_type="UploadedFileManager"[^}]*} (\d+)', text)
    return int(found[1]) if found else 0


def test_a_session_keeps_one_file_however_many_it_sends(server):
    async def attack():
        async with visiting(server, 1) as (attacker,):
            for number in range(40):
                await attacker.put(f"{number}.csv", HALF_FULL)
            return bytes_of_files(server)

    assert 0 < asyncio.run(attack()) <= FILE_MB * 10**6


def test_many_sessions_fill_no_more_than_is_allowed_and_the_page_says_so(server):
    async def attack():
        async with visiting(server, 3) as visitors:
            first, second, third = visitors
            place = await first.put("a.csv", HALF_FULL)
            await second.put("a.csv", HALF_FULL)
            with pytest.raises(requests.HTTPError, match="503"):
                await third.put("a.csv", HALF_FULL + b"x" * 500_000)
            await third.wait_until(lambda: third.shows("finds no room"), 30)
            await third.put("a.csv", HALF_FULL)  # for which the first of these makes room
            await first.show_file("own.0", "a.csv", place)
            assert first.shows("had to make room")
            await first.upload("own.0", "mine.csv", csv())
            assert not any(one.errors for one in visitors)
            with pytest.raises(requests.HTTPError, match="413"):
                await first.put("a.csv", b"x" * 4_000_000)

    asyncio.run(attack())


def laborious():
    """A small archive with an image of so many parts that to read them takes longer than is
    allowed."""
    at = 33  # where the header of a PNG ends
    part = struct.pack(">I4sI", 0, b"noNE", zlib.crc32(b"noNE"))
    image = png()
    image = image[:at] + part * (UNPACKED_MB * 75_000) + image[at:]
    return archive(drawings() | {"mine/cats/z.png": image})


@pytest.mark.soak
def test_a_file_that_is_laborious_to_read_is_given_up_and_nobody_waits_for_it(server):
    async def attack():
        async with visiting(server, 2, "stacked") as (attacker, other):
            attacking = asyncio.create_task(attacker.upload("own.0", "a.zip", laborious()))
            reading = "models.data.uploads.apart"
            while not any(reading in program for program in programs(server)):
                assert not attacking.done()
                await asyncio.sleep(0.05)
            await other.choose("pace", "fast")
            assert not attacking.done()
            await other.upload("own.0", "mine.npz", pictures(0))
            await attacking
            assert attacker.shows("Reading the file takes more than")
            await other.press("own.use")
            assert not other.errors + attacker.errors

    asyncio.run(attack())


def programs(server):
    """What the server's child processes are called with."""
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.Error):  # it has just ended
            yield " ".join(child.cmdline())


def pictures(seed, number=2_000):
    """A file of images that takes so many times 784 bytes when it is kept."""
    rng = np.random.default_rng(seed)
    few = rng.integers(0, 256, (20, 28, 28), np.uint8)
    return npz(images=np.tile(few, (number // 20, 1, 1)))


def test_one_visitor_cannot_throw_out_anothers_data(server):
    async def attack():
        async with visiting(server, 2, "stacked") as (victim, attacker):
            await victim.upload("own.0", "mine.npz", pictures(0))
            await victim.press("own.use")
            kept = {path.name for path in uploads.glob("own-*.npz")}
            for number in range(1, 9):  # eight times 1.6 MB, with room for six
                await attacker.upload(f"own.{number - 1}", "large.npz", pictures(number))
                await attacker.press("own.use")
            return kept

    uploads = server.runs.parent / "uploads"
    (kept,) = asyncio.run(attack())
    now = {path.name for path in uploads.glob("own-*.npz")}
    assert kept in now and len(now) == 6


def stored(server, seed, owner, size):
    """A run of so many bytes that somebody has asked for."""
    type = registry.by_name("linear")
    recipe = Recipe(type, type.preset("ours").replace(seed=seed))
    run = server.store.create(recipe.run_id(), recipe.as_dict())
    run.save_checkpoint({"weights/a": np.zeros(size, np.uint8)}, {"epoch": 1})
    ownership.add_owner(run, owner)
    return run


def test_one_visitor_cannot_evict_the_runs_of_others(server):
    async def attack():
        async with visiting(server, 1, seed="4711", epochs="20") as (attacker,):
            await attacker.choose("pace", "fast")
            name = hash_owner(attacker.cookies[COOKIE])
            large = [stored(server, 600 + number, name, 8_000_000) for number in range(12)]
            await attacker.press("train")
            await attacker.wait_until(lambda: attacker.shows(TRAINED), 180)
            return large

    others = [stored(server, 500 + number, f"visitor {number}", 500_000) for number in range(20)]
    large = asyncio.run(attack())
    assert all(run.exists for run in others)
    assert sum(run.exists for run in large) < 6


def test_a_refused_submission_writes_nothing(server):
    async def attack():
        async with visiting(server, 1) as (attacker,):
            await attacker.choose("pace", "30 s")
            before = set(server.runs.iterdir())
            for seed in range(800, 808):
                await attacker.set("seed", seed)
                await attacker.press("train")
            await attacker.wait_until(lambda: attacker.shows("as many as one visitor"), 30)
            return set(server.runs.iterdir()) - before

    assert len(asyncio.run(attack())) <= WAITING + 1  # one of them in training


def test_a_training_that_would_take_too_much_memory_is_refused(server):
    async def attack():
        texts = {"hidden_sizes": "400", "latent_dim": "784", "batch_size": "2000"}
        async with visiting(server, 1, "contractive", **texts) as (attacker,):
            before = set(server.runs.iterdir())
            assert attacker.shows("of memory; this machine allows")
            await attacker.press("train")
            return set(server.runs.iterdir()) - before

    assert not asyncio.run(attack())

"""Two web servers, a scheduler and workers of nobody's: as a cluster has them, on loopback."""

import asyncio
import dataclasses
import http.cookiejar
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sqlalchemy import select

from benchmarks.visiting import REPOSITORY, TRAINED, TRAINING, Server, Visitor, fetch, free_port
from dashboard.database import databases
from models import settings
from models.autoencoders import registry
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training.trainer import train
from tests.support.runs import numbers

LINEAR = registry.by_name("linear")


def linear(seed):
    return Recipe(LINEAR, LINEAR.preset("ours").replace(seed=seed))


def test_an_address_that_is_none_is_refused():
    with pytest.raises(settings.SettingError, match="tls://scheduler:8786"):
        settings.from_environment({"AUTOENCODER_LAB_SCHEDULER": "scheduler"})


def command(*words, **settings):
    """`python -m dashboard.jobs.cluster` with these words and settings."""
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard.jobs.cluster", *words],
        cwd=REPOSITORY,
        env=os.environ | {f"AUTOENCODER_LAB_{name}": text for name, text in settings.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("role", ["scheduler", "workers"])
def test_a_cluster_without_tls_is_refused_by_those_who_would_train_for_it(role):
    told = command(role, "tcp://127.0.0.1:1").communicate(timeout=60)[1]
    assert "has no TLS" in told and "certificates FOLDER" in told and "Traceback" not in told
    assert "AUTOENCODER_LAB_PLAIN_SCHEDULER=1 allows tcp://" in told


class Elsewhere:
    """A scheduler and two workers, of no server, with the certificates in a folder."""

    def __init__(self, certificates):
        self.certificates = str(certificates)
        made = command("certificates", self.certificates)
        assert made.communicate(timeout=60) and made.returncode == 0
        self.address = f"tls://127.0.0.1:{free_port()}"
        self.start_scheduler()
        self.keeper = self.run("workers", "--count", "2")

    def run(self, role, *options):
        command = [sys.executable, "-m", "dashboard.jobs.cluster", role, self.address, *options]
        environment = os.environ | {"AUTOENCODER_LAB_CERTIFICATES": self.certificates}
        return subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL)

    def start_scheduler(self):
        self.scheduler = self.run("scheduler")

    @property
    def workers(self):
        return psutil.Process(self.keeper.pid).children()

    def close(self):
        for process in [*self.workers, self.keeper, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    elsewhere = Elsewhere(tmp_path_factory.mktemp("elsewhere") / "certificates")
    yield elsewhere
    elsewhere.close()


@pytest.fixture(scope="module")
def servers(elsewhere, tmp_path_factory):
    """Two web servers with one run store."""
    runs = tmp_path_factory.mktemp("cluster") / "runs"
    known = {"SCHEDULER": elsewhere.address, "CERTIFICATES": elsewhere.certificates}
    found = [Server(runs, TRAIN_AHEAD="0", **known) for _ in range(2)]
    for server in found:
        server.wait_until_open()
    yield found
    for server in found:
        server.close()


@pytest.fixture(scope="module")
def proxy(servers, tmp_path_factory):
    """The address of Caddy with our Caddyfile before both servers."""
    caddy = shutil.which("caddy")
    if not caddy:
        pytest.skip("needs Caddy (apt-get install caddy)")
    folder = tmp_path_factory.mktemp("proxy")
    address = f"http://localhost:{free_port()}"
    process = subprocess.Popen(
        [caddy, "run", "--config", REPOSITORY / "deploy/Caddyfile", "--adapter", "caddyfile"],
        env=os.environ
        | {
            "LAB_ADDRESS": address,
            "LAB_UPSTREAMS": " ".join(server.address.split("//")[1] for server in servers),
            "LAB_COOKIE_SECRET": "any",
            "LAB_CADDY_DATA": str(folder),
            "HOME": str(folder),
        },
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while True:
        try:
            fetch(address)
            break
        except OSError:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.1)
    yield address
    process.kill()
    process.wait()


async def at_page(server, seed):
    visitor = Visitor(server if isinstance(server, str) else server.address)
    await visitor.open("linear", {"seed": str(seed)})
    return visitor


async def press_train(server, seed):
    """A student's page, just when its training has begun."""
    visitor = await at_page(server, seed)
    await visitor.press("train")
    await visitor.wait_until(lambda: visitor.shows(TRAINING) or visitor.shows(TRAINED), 120)
    return visitor


async def see_the_end(*visitors):
    for visitor in visitors:
        await visitor.wait_until(lambda one=visitor: one.shows(TRAINED), 180)
        await visitor.close()
        assert not visitor.errors


def served_by(address, cookies):
    """Which server answers who has these cookies."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    with browser.open(address, timeout=10) as answer:
        return answer.headers["X-Lab-Server"]


def posted(server):
    """The runs of which a server has told the others."""
    engine = databases.connect(f"sqlite:///{server.runs.parent / 'classroom.sqlite'}")
    with databases.transaction(engine) as connection:
        found = set(connection.scalars(select(databases.POSTS.c.run_id)))
    engine.dispose()
    return found


def assert_undisturbed(servers, seed, folder):
    run, alone = servers[0].store.run(linear(seed).run_id()), RunStore(folder, 10**9)
    assert run.result()["status"] == "completed"
    train(linear(seed), alone)
    assert numbers(run) == numbers(alone.run(run.id))


@pytest.mark.training
def test_the_same_run_on_both_servers_is_trained_once(servers):
    async def lesson():
        both = [await at_page(server, 510) for server in servers]
        for visitor in both:
            await visitor.choose("pace", "full")
        await asyncio.gather(*(visitor.press("train") for visitor in both))
        await see_the_end(*both)

    asyncio.run(lesson())
    folder = servers[0].store.run(linear(510).run_id()).folder / "leases"
    assert [one.name for one in folder.glob("*.json")] == ["0000001.json"], "begun once"


@pytest.mark.training
def test_two_servers_train_on_the_same_workers_and_a_killed_one_loses_nothing(
    servers, elsewhere, tmp_path
):
    async def lesson():
        both = [await press_train(servers[0], 520), await press_train(servers[1], 521)]
        assert all(not server.children() for server in servers), "they have no processes"
        before = elsewhere.workers
        before[0].kill()
        await see_the_end(*both)
        return before

    before = asyncio.run(lesson())
    deadline = time.monotonic() + 30
    while len(elsewhere.workers) < 2 or before[0] in elsewhere.workers:
        assert time.monotonic() < deadline, "another one takes its place"
        time.sleep(0.1)
    for seed in (520, 521):
        assert_undisturbed(servers, seed, tmp_path)


@pytest.mark.training
def test_a_killed_scheduler_loses_nothing(servers, elsewhere, tmp_path):
    async def lesson():
        visitor = await press_train(servers[1], 530)
        elsewhere.scheduler.kill()
        elsewhere.scheduler.wait()
        await asyncio.sleep(3)
        assert not visitor.shows(TRAINED) and not visitor.errors
        elsewhere.start_scheduler()
        await see_the_end(visitor)

    asyncio.run(lesson())
    assert_undisturbed(servers, 530, tmp_path)


@pytest.mark.training
def test_behind_the_proxy_a_killed_server_s_students_and_runs_go_to_another(
    servers, proxy, elsewhere, tmp_path
):
    everybody, first = [], []
    while len(first) < 8 or len(set(first)) < 2:  # by chance all eight may be led to one server
        assert len(first) < 40, "both have work"
        everybody.append(http.cookiejar.CookieJar())
        first.append(served_by(proxy, everybody[-1]))
    for _ in range(5):
        assert [served_by(proxy, cookies) for cookies in everybody] == first
    for path in ("/metrics", "/healthz", "/_stcore/metrics", "//_stcore//Metrics"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(proxy + path)
    run = servers[0].store.run(linear(535).run_id())

    async def ask_and_kill():
        asking, looking_on = await at_page(servers[0], 535), await at_page(proxy, 540)
        await looking_on.close()
        assert not looking_on.errors
        for worker in elsewhere.workers:
            worker.suspend()
        await asking.choose("pace", "full")
        await asking.press("train")
        deadline = time.monotonic() + 30
        while run.id not in posted(servers[0]):  # the other server can read of it
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        servers[0].process.kill()
        servers[0].process.wait()

    asyncio.run(ask_and_kill())
    address = servers[1].address.split("//")[1]
    deadline = time.monotonic() + 30
    while {served_by(proxy, cookies) for cookies in everybody} != {address}:
        assert time.monotonic() < deadline, "whose server has ended is led to the other"
        time.sleep(0.5)
    for worker in elsewhere.workers:
        worker.resume()

    async def see_it_trained():  # nobody presses Train there
        await see_the_end(await at_page(proxy, 535))

    asyncio.run(see_it_trained())
    assert_undisturbed(servers[1:], 535, tmp_path)


@pytest.mark.soak  # it takes as long as the Caddyfile says
@pytest.mark.parametrize("half", ["", "GET / HTTP/1.1\r\nHost: lab\r\n"])
def test_the_proxy_hangs_up_on_half_a_request(proxy, half):
    place = ("localhost", int(proxy.rpartition(":")[2]))
    with socket.create_connection(place, timeout=30) as connection:
        connection.sendall(half.encode())
        while connection.recv(1_000):
            pass


# Its files


def test_containers_know_what_the_app_knows():
    compose = (REPOSITORY / "deploy/compose.yaml").read_text()
    dockerfile = (REPOSITORY / "deploy/Dockerfile").read_text()
    known = {item.metadata["variable"] for item in dataclasses.fields(settings.Settings)}
    named = set(re.findall(r"AUTOENCODER_LAB_[A-Z_]+", compose + dockerfile))
    assert named and named <= known
    copied = re.findall(r"^COPY (\S+)", dockerfile, re.MULTILINE)
    assert all((REPOSITORY / one).exists() for one in copied)
    assert {"dashboard", "models", "pages"} <= set(copied)


def test_pinned_versions_are_those_that_the_requirements_allow():
    lines = (REPOSITORY / "deploy/constraints.txt").read_text().split()
    pinned = {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}
    for line in (REPOSITORY / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            wanted = Requirement(line.split("#")[0].strip())
            assert pinned[canonicalize_name(wanted.name)] in wanted.specifier

"""Another user of the computer, who reaches all ports and reads all that is not forbidden."""

import json
import os
import subprocess
import sys
import urllib.error
from pathlib import Path

import psutil
import pytest

from benchmarks.visiting import REPOSITORY, fetch
from dashboard.jobs.cluster import encryption
from tests.support.pages import wait

pytestmark = pytest.mark.training

ATTACK = """
import asyncio, json, os, sys, tempfile
from pathlib import Path
from distributed.core import connect
from dashboard.jobs.cluster import encryption, processes

ports, certificates, user = json.loads(sys.argv[1])
own = Path(tempfile.mkdtemp()) / "own"
encryption.make_certificates(own)
security = [processes.security(Path(one)) for one in [str(own), *certificates]]
PATIENCE = 3
known = [("tls", one.get_connection_args("client")) for one in security]
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)

async def get_in(protocol, port, arguments):
    comm = await connect(f"{protocol}://127.0.0.1:{port}", timeout=PATIENCE, **arguments)
    await comm.write({"op": "identity", "reply": True})
    return (await comm.read())["type"]

async def attack():
    ways = [("tcp", {}), *known]
    tries = [get_in(one, port, rest) for port in ports for one, rest in ways]
    ended, _ = await asyncio.wait([*map(asyncio.create_task, tries)], timeout=PATIENCE)
    return [one.result() for one in ended if one.exception() is None]

print(json.dumps(asyncio.get_event_loop_policy().new_event_loop().run_until_complete(attack())))
sys.stdout.flush()
os._exit(0)  # whoever was not answered waits still
"""


@pytest.fixture(scope="module")
def processes(server):
    """The server's scheduler and its worker, once that has registered."""
    wait(lambda: len(ports_of(server.children("worker"))) == 2, 120)
    return server.children()


def ports_of(processes):
    """Where they listen."""
    return [
        one.laddr.port
        for process in processes
        for one in process.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN
    ]


def certificates_of(processes):
    words = processes[0].cmdline()
    return Path(words[words.index("--certificates") + 1])


def got_into(processes, *certificates, user=0):
    """What answers an attacker with these certificates, and one of the attacker's own."""
    asked = json.dumps([ports_of(processes), [str(one) for one in certificates], user])
    done = subprocess.run(
        [sys.executable, "-c", ATTACK, asked],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return sorted(json.loads(done.stdout))


NOBODY = pytest.param(
    65_534, marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root"), id="nobody"
)


@pytest.mark.parametrize("user", [0, NOBODY])
def test_nobody_without_the_certificates_talks_with_scheduler_or_worker(processes, user):
    assert got_into(processes, user=user) == []


def test_with_them_the_same_attack_succeeds(processes):
    assert got_into(processes, certificates_of(processes)) == ["Scheduler", "Worker"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_another_user_cannot_read_the_certificates(processes):
    folder = certificates_of(processes)
    for name in ("", *encryption.FILES):
        command = ["runuser", "-u", "nobody", "--", "cat", str(folder / name)]
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        assert refused.returncode and "Permission denied" in refused.stderr
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("path", ["", "status", "health", "metrics", "info/main/workers.html"])
def test_no_port_of_theirs_says_anything_to_a_browser(processes, path):
    for port in ports_of(processes):
        with pytest.raises((urllib.error.HTTPError, OSError)):
            fetch(f"http://127.0.0.1:{port}/{path}")


def test_they_know_no_secret(processes, server, password):
    known = psutil.Process(server.process.pid).environ()
    assert known["AUTOENCODER_LAB_TEACHER_PASSWORD"] == password
    for process in processes:
        environment = process.environ()
        assert environment["AUTOENCODER_LAB_RUNS"] == str(server.runs)
        assert not {"AUTOENCODER_LAB_TEACHER_PASSWORD", "AUTOENCODER_LAB_DATABASE"} & {*environment}
        assert all(password not in text for text in environment.values())

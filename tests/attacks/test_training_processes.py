"""Another user of the computer, who reaches all ports and reads all that is not forbidden."""

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import urllib.error
from pathlib import Path

import psutil
import pytest
from distributed import Client

from benchmarks.visiting import REPOSITORY, fetch
from dashboard.jobs import log_limits
from dashboard.jobs.cluster import encryption
from dashboard.jobs.cluster import processes as cluster_processes
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


def says_who_is_told(processes, question):
    """What scheduler and worker answer to whoever has the certificates and lets them run code."""
    security = cluster_processes.security(certificates_of(processes))
    address = (certificates_of(processes) / "address").read_text()
    with Client(address, security=security, set_as_default=False) as client:
        return [client.run_on_scheduler(question), *client.run(question).values()]


def test_they_import_nothing_that_another_user_could_put_there(processes, traps):
    for folders in says_who_is_told(processes, lambda: __import__("sys").path):
        assert "" not in folders
        # What clears temporary files may take a folder of ours, and anybody make it anew.
        assert not any(one.startswith(str(traps.parent)) for one in folders)
        assert [one for one in map(Path, folders) if others_may_change(one)] == []


def others_may_change(path):
    """Whether another user may put something at a path, or where its folders were if they went."""
    found = [one for one in (path, *path.parents) if one.exists()]
    modes = [(one, one.stat().st_mode) for one in found]
    is_sticky = path.exists()
    return any(
        mode & 0o022 and not (mode & stat.S_ISVTX and is_sticky and one != path)
        for one, mode in modes
    )


def test_they_work_in_no_folder_that_another_user_has_made_for_them(processes, traps, folder):
    assert (folder / "precious").read_text() == "ours"
    assert sorted(one.name for one in traps.iterdir()) == ["global.lock", "purge.lock"]
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o700 for one in traps.parent.glob("auto*"))
    assert [one.name for one in traps.parent.iterdir() if not one.name.startswith("auto")] == [
        traps.name
    ]


def test_whoever_knocks_again_and_again_fills_no_log(processes, server):
    ports = ports_of(processes)
    for port in ports * (2 * log_limits.MOST):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as one:
            one.sendall(b"hello\r\n\r\n")
            one.recv(1_000)  # until the other side has hung up
    said = [line for line in server.log.read_text().splitlines() if "handshake" in line]
    assert 0 < len(said) <= len(ports) * log_limits.MOST


def test_they_know_no_secret(processes, server, password):
    known = psutil.Process(server.process.pid).environ()
    assert known["AUTOENCODER_LAB_TEACHER_PASSWORD"] == password
    for process in processes:
        environment = process.environ()
        assert environment["AUTOENCODER_LAB_RUNS"] == str(server.runs)
        assert not {"AUTOENCODER_LAB_TEACHER_PASSWORD", "AUTOENCODER_LAB_DATABASE"} & {*environment}
        assert all(password not in text for text in environment.values())

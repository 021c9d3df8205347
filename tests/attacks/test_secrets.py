"""An attacker who can read files, logs and the list of processes learns nothing to be somebody."""

import asyncio
import re
import stat

import psutil
import pytest

from benchmarks.visiting import TRAINED, Visitor
from dashboard.session.visitors import COOKIE
from models import settings
from models.autoencoders import registry
from models.runs.recipe import Recipe
from tests.support.files import VALID

pytestmark = pytest.mark.training

SHORT = {"epochs": "2", "num_train": "300"}


class Victim(Visitor):
    """A student whose browser an attacker would like to be."""

    @property
    def name(self):
        return self._browser.cookies[COOKIE]

    @name.setter
    def name(self, name):
        self._browser.cookies.set(COOKIE, name, domain="localhost.local", path="/")

    def can_erase(self):
        return any(re.search(r"-stacked\.own\.erase$", one) for one in self._widgets)

    @property
    def address(self):
        return dict(part.split("=", 1) for part in self._query.split("&") if part)


@pytest.fixture(scope="module")
def victim(server):
    """Has trained a run and uploaded data; both are closed again."""
    victim = Victim(server.address)

    async def visit():
        await victim.open("linear", SHORT)
        await victim.press("train")
        await victim.wait_until(lambda: victim.shows(TRAINED), 120)
        await victim.close()
        await victim.open("stacked", {})
        await victim.upload("own", *VALID[1])
        await victim.press("own.use")
        assert victim.can_erase() and "dataset=own-" in victim._query
        await victim.close()

    asyncio.run(visit())
    assert not victim.errors
    return victim


def test_the_name_in_a_cookie_is_in_no_file(server, folder, victim):
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert any("watchers" in path.parts for path in paths), "who looks at a run is stored"
    assert {"classroom.sqlite", "journal.jsonl", "server.log"} <= {path.name for path in paths}
    for path in paths:
        assert victim.name not in str(path)
        assert victim.name.encode() not in path.read_bytes(), path


def test_what_stands_in_files_does_not_make_somebody_that_visitor(server, folder, victim):
    found = {
        *(path.name for path in folder.glob("runs/*/watchers/*")),
        *(part for path in folder.glob("uploads/*.owner") for part in path.name.split(".")),
    }
    stolen = sorted(filter(re.compile("[0-9a-f]{32}").fullmatch, found))
    assert stolen

    async def erasing_is_offered(name):
        attacker = Victim(server.address)
        attacker.name = name
        await attacker.open("stacked", victim.address)
        assert attacker.name == name
        await attacker.open_settings()
        offered = attacker.can_erase()
        await attacker.close()
        return offered

    assert asyncio.run(erasing_is_offered(victim.name)), "the name itself would do"
    assert not any(asyncio.run(erasing_is_offered(name)) for name in stolen)


def test_no_other_user_of_the_computer_can_open_a_file(server, folder, victim):
    linear = registry.by_name("linear")
    recipe = Recipe(linear, linear.preset("ours").parse(SHORT))
    run, dataset = folder / "runs" / recipe.run_id(), victim.address["dataset"]
    written = [folder / name for name in ("runs", "uploads", "cache", "journal.jsonl")]
    written += [run, *run.rglob("*"), *folder.glob(f"uploads/{dataset}*")]
    written += folder.glob("classroom.sqlite*")
    assert len(written) > 20
    assert not [one for one in written if stat.S_IMODE(one.lstat().st_mode) & 0o077]


def test_the_list_of_processes_and_the_logs_hold_no_secret(server, folder, victim, password):
    processes = [psutil.Process(server.process.pid), *server.children()]
    assert len(processes) >= 3
    texts = [" ".join(one.cmdline()) for one in processes]
    texts += [server.log.read_text(), (folder / "journal.jsonl").read_text()]
    for secret in (password, victim.name):
        assert not any(secret in text for text in texts)


@pytest.mark.parametrize(
    "address", ["mysql://ada:hush@host/lab", "postgresql+psycopg://ada:hush @host/lab", "hush"]
)
def test_a_wrong_address_of_the_database_is_refused_without_being_quoted(address):
    with pytest.raises(settings.SettingError, match="AUTOENCODER_LAB_DATABASE") as caught:
        settings.from_environment({"AUTOENCODER_LAB_DATABASE": address})
    assert "hush" not in str(caught.value)

"""The journal: lines that programs can read, and a clear word where it cannot be kept."""

import json
import logging
from contextlib import suppress
from pathlib import Path

import pytest

from dashboard.jobs import event_log, log_limits
from models.settings import SettingError


@pytest.fixture
def keep():
    """Keeps a journal while a test lasts."""
    before = {name: logging.getLogger(name).handlers[:] for name in ("dashboard", "models")}
    yield event_log.keep
    for name, handlers in before.items():
        for handler in set(logging.getLogger(name).handlers) - set(handlers):
            with suppress(OSError):  # a full disk, as when `logging` itself closes it
                handler.close()
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture
def lines(tmp_path, keep):
    """A function that reads the journal, which is kept while a test lasts."""
    file = tmp_path / "logs" / "journal.jsonl"
    keep(file)
    return lambda: [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_an_event_is_one_line_with_its_run(lines):
    log = logging.getLogger("dashboard.jobs.dispatcher")
    log.info("training ended", extra={"run": "linear-0", "status": "completed", "seconds": 1.5})
    log.debug("nobody needs this")
    (line,) = lines()
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "from": "dashboard.jobs.dispatcher",
        "event": "training ended",
        "run": "linear-0",
        "status": "completed",
        "seconds": 1.5,
    }


def test_an_error_stays_on_one_line_with_its_traceback(lines):
    try:
        raise ValueError("several\nlines “ä”")
    except ValueError:
        logging.getLogger("models.data.loading").exception(
            "it broke\nbadly", extra={"run": "linear-0"}
        )
    (line,) = lines()
    assert (
        line["level"] == "error"
        and line["run"] == "linear-0"
        and line["event"] == "it broke\nbadly"
    )
    assert line["error"].startswith("Traceback") and "several\nlines “ä”" in line["error"]


def test_the_terminal_is_written_to_without_opening_it_again(capfd, monkeypatch):
    def keep_and_tell():
        before = {name: logging.getLogger(name).handlers[:] for name in ("dashboard", "models")}
        event_log.keep(Path("/dev/stderr"))
        logging.getLogger("dashboard.jobs.dispatcher").error("it broke")
        for name, handlers in before.items():
            logging.getLogger(name).handlers[:] = handlers
            logging.getLogger(name).setLevel(logging.NOTSET)

    monkeypatch.setattr(logging, "FileHandler", pytest.fail)
    keep_and_tell()
    assert json.loads(capfd.readouterr().err)["event"] == "it broke"


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        SettingError, match=r"AUTOENCODER_LAB_LOG='.*file/journal' cannot be written"
    ):
        event_log.keep(tmp_path / "file" / "journal")
    event_log.keep(None)  # nothing is kept, nothing fails


def test_a_trouble_that_stays_fills_no_journal_and_what_happens_to_runs_is_all_there(lines):
    log = logging.getLogger("dashboard.database.databases")
    for number in range(50):
        log.error("the database: %s", "database or disk is full")
        log.info("training ended", extra={"run": f"linear-{number}"})
    levels = [line["level"] for line in lines()]
    assert levels.count("error") == log_limits.MOST and levels.count("info") == 50


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_journal_on_a_full_disk_costs_the_terminal_a_line(keep, capfd):
    keep(Path("/dev/full"))
    for _ in range(50):
        logging.getLogger("dashboard.jobs.dispatcher").info("training ended")
        logging.getLogger("models.data.cache").warning("it is ignored")
    (line,) = capfd.readouterr().err.splitlines()
    assert "the journal cannot be written" in line and "No space left" in line

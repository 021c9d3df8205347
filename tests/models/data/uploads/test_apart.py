"""Files that visitors upload, in a process that may take so much and no more."""

import subprocess
import sys
import threading

import pytest

from models.data.uploads import apart, parsing
from models.data.uploads.upload import UploadError
from tests.support.files import VALID, csv


@pytest.mark.parametrize(("name", "content"), VALID, ids=[name for name, _ in VALID])
def test_it_gives_what_parsing_gives(name, content):
    ours, its = parsing.parse(name, content), apart.parse_apart(name, content)
    assert its.name == ours.name and its.notes == ours.notes


def test_what_is_wrong_with_a_file_is_said_in_the_same_words():
    with pytest.raises(UploadError, match="Save your data as one of these"):
        apart.parse_apart("Ä\n.exe", b"MZ")


def test_a_file_that_takes_too_long_is_given_up_and_others_have_their_turn(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(apart, "allowed_seconds", lambda machine: 0)
        with pytest.raises(UploadError, match="takes more than 0 seconds"), apart.turn("ada"):
            apart.parse_apart("a.csv", csv())
    with apart.turn("ada"):
        assert len(apart.parse_apart("a.csv", csv()).arrays["values"]) == 40


START = "import os, resource, signal\nfrom models.data.uploads import apart\n" \
    "machine = apart.current()\napart._limit(machine)\n"  # fmt: skip

GREEDY = {
    "memory": START + "bytearray(apart.allowed_bytes(machine))",
    "time": START + "os.kill(os.getpid(), signal.SIGXCPU)",  # as the system does then
}


@pytest.mark.skipif(sys.platform != "linux", reason="macOS and Windows know no such limits")
@pytest.mark.parametrize("program", GREEDY.values(), ids=GREEDY)
def test_a_process_that_takes_too_much_ends_and_the_file_is_blamed(program, monkeypatch):
    run = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda _, **rest: run([sys.executable, "-c", program], **rest)
    )
    with pytest.raises(UploadError, match="MB of memory, which no ordinary file"):
        apart.parse_apart("a.csv", csv())


def printed(program):
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such limits")
def test_a_file_may_take_the_processor_time_that_is_said():
    show = "print(apart.allowed_seconds(machine), *resource.getrlimit(resource.RLIMIT_CPU))"
    assert len(set(printed(START + show).split())) == 1


def test_a_process_that_cannot_be_started_is_not_blamed_on_the_file(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere")
    with pytest.raises(UploadError, match="cannot check files just now"):
        apart.parse_apart("a.csv", csv())


def test_it_never_imports_tensorflow():
    show = "import sys, models.data.uploads.apart; print({'tensorflow', 'pandas'} & {*sys.modules})"
    assert printed(show) == "set()\n"


def test_a_file_that_waits_for_long_is_refused_and_many_of_one_visitor_stand_in_line_as_one(
    monkeypatch,
):
    monkeypatch.setattr(apart, "_turn", threading.Lock())
    monkeypatch.setattr(apart, "PATIENCE", 0.0)
    monkeypatch.setattr(apart, "SLICE", 0.001)
    with apart.turn("ada"):
        for owner in ("ada", "bob"):
            with pytest.raises(UploadError, match="Upload it again in a minute"), apart.turn(owner):
                raise AssertionError("inside at once")
        assert sum(lock.locked() for lock in apart._visitors_turns) == 1
    with apart.turn("bob"):
        pass
    assert not any(lock.locked() for lock in [apart._turn, *apart._visitors_turns])


def test_a_page_that_is_left_waits_no_longer(monkeypatch):
    class LeftError(BaseException):
        pass

    def look():
        raise LeftError

    monkeypatch.setattr(apart, "_turn", threading.Lock())
    with apart.turn("ada"), pytest.raises(LeftError), apart.turn("bob", look):
        raise AssertionError("inside at once")
    assert not any(lock.locked() for lock in [apart._turn, *apart._visitors_turns])

"""Files on their way: who finds room, who makes it, and what a page learns of that."""

import asyncio
import dataclasses
import itertools
import time
from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from dashboard.session import uploaded_files
from dashboard.session.visitors import COOKIE
from models import settings

ROOM = 10_000_000


@pytest.fixture
def files(monkeypatch):
    """What Streamlit keeps of uploaded files."""
    machine = dataclasses.replace(
        settings.current(), max_coming_megabytes=ROOM // 10**6, max_upload_megabytes=5
    )
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    server = SimpleNamespace(
        uploaded_file_mgr=manager,
        is_active_session=lambda session: not session.startswith("closed"),
        _session_mgr=SimpleNamespace(get_active_session_info=lambda session: None),
    )
    monkeypatch.setattr(settings, "current", lambda: machine)
    monkeypatch.setattr(uploaded_files.runtime, "get_instance", lambda: server)
    monkeypatch.setattr(uploaded_files, "_awaited", set())
    clock = itertools.count(time.monotonic(), 0.001)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    return manager


class Server:
    """Streamlit's part of an upload, behind that which counts."""

    def __init__(self, files):
        self._files = files
        self._counting = uploaded_files._Counting(self._store)

    async def _store(self, scope, receive, send):
        content, more = b"", True
        while more:
            message = await receive()
            content, more = content + message["body"], message["more_body"]
        session, id = scope["path"].split("/")[-2:]
        self._files.add_file(session, UploadedFileRec(id, "a.csv", "text/csv", content))
        await send({"type": "http.response.start", "status": 204, "headers": []})

    def put(self, session, size, visitor="", announced=None, chunks=1):
        """The answer's number."""
        statuses = []
        body = [{"body": b"x" * (size // chunks), "more_body": left > 0}
                for left in reversed(range(chunks))]  # fmt: skip

        async def receive():
            return body.pop(0)

        async def send(message):
            statuses.append(message.get("status"))

        headers = [(b"content-length", str(announced or size).encode()),
                   (b"cookie", f"{COOKIE}={visitor:0>32}".encode())]  # fmt: skip
        path = f"/_stcore/upload_file/{session}/{session}-file"
        scope = {"type": "http", "method": "PUT", "path": path, "headers": headers}
        asyncio.run(self._counting(scope, receive, send))
        return statuses[0]


def kept(files):
    """The sessions whose file is there, and not its name alone."""
    return {session for session, its in files.file_storage.items()
            if any(one.data for one in its.values())}  # fmt: skip


def test_files_of_whoever_holds_most_make_room_at_once(files):
    server = Server(files)
    for name in "bc":
        assert server.put(name, 2_000_000, name) == 204
    for number in range(3):
        assert server.put(f"attacker{number}", 3_000_000, "a") == 204
    assert kept(files) == {"attacker1", "attacker2", "b", "c"}


def test_of_files_as_large_the_one_that_came_first_makes_room(files):
    server = Server(files)
    for name in "abcd":
        assert server.put(name, 3_000_000, name) == 204
    assert kept(files) == {"b", "c", "d"}


@pytest.mark.parametrize("chunks", [1, 10])
def test_whoever_would_hold_most_is_refused_before_anybody_makes_room(files, chunks):
    server = Server(files)
    for name in "abc":
        assert server.put(name, 3_000_000, name) == 204
    assert server.put("d", 3_500_000, "d", chunks=chunks) == 503
    assert kept(files) == set("abc")


def test_what_no_page_comes_for_makes_room_even_for_larger_files(files, monkeypatch):
    server = Server(files)
    for name in "abc":
        assert server.put(name, 3_000_000, name) == 204
    uploaded_files._awaited.add("a")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + uploaded_files.IDLE_SECONDS + 1)
    assert server.put("d", 4_000_000, "d") == 204
    assert kept(files) == {"a", "c", "d"}


def test_what_a_closed_page_has_left_makes_room_first(files):
    server = Server(files)
    for name in ("a", "b", "closed"):
        assert server.put(name, 3_000_000, name) == 204
    assert server.put("d", 4_000_000, "d") == 204
    assert kept(files) == {"a", "b", "d"}


def test_a_file_whose_page_waits_makes_room_after_others_of_its_size(files):
    server = Server(files)
    for name in "abc":
        assert server.put(name, 3_000_000, name) == 204
        uploaded_files._awaited.add(name)
    assert server.put("d", 3_000_000, "d") == 503
    assert server.put("d", 1_500_000, "d") == 204
    assert kept(files) == set("bcd")


def test_a_session_has_one_file_and_one_name(files):
    server = Server(files)
    for number in range(3):
        files.add_file("a", UploadedFileRec(f"{number}", "a.csv", "", b"x"))
        server.put("a", 100)
    assert [*files.file_storage["a"]] == ["a-file"]


@pytest.fixture
def page(files, monkeypatch):
    """A script of the session "a", whose uploader shows its file."""
    context = SimpleNamespace(session_id="a", uploaded_file_mgr=files)
    monkeypatch.setattr(uploaded_files, "get_script_run_ctx", lambda: context)

    def shown():
        (found,) = files.get_files("a", ["a-file"])
        return UploadedFile(found, None)

    return shown


def test_a_page_reads_a_file_once_and_nothing_but_the_name_stays(files, page):
    assert Server(files).put("a", 100) == 204
    with uploaded_files.awaiting(page()) as take:
        assert uploaded_files._awaited == {"a"}
        assert take() == b"x" * 100
        assert not kept(files)
        files.add_file("a", UploadedFileRec("next", "b.csv", "", b"y"))
    assert page().name == "a.csv" and kept(files) == {"a"} and not uploaded_files._awaited
    with uploaded_files.awaiting(page()) as take:
        assert take() is None


def test_a_page_that_waits_for_its_turn_keeps_no_file_from_making_room(files, page):
    server = Server(files)
    assert server.put("a", 4_000_000, "a") == 204
    shown = page()
    with uploaded_files.awaiting(shown) as take:
        assert not shown.getvalue()
        for name in "bc":
            assert server.put(name, 3_500_000, name) == 204
        assert take() is None
    assert kept(files) == set("bc")


def test_a_page_that_is_drawn_anew_finds_its_file_and_one_that_gives_up_does_not(files, page):
    assert Server(files).put("a", 100) == 204
    for error, left in ((RerunException(RerunData()), {"a"}), (RuntimeError(), set())):
        with pytest.raises(type(error)), uploaded_files.awaiting(page()):
            raise error
        assert kept(files) == left and not uploaded_files._awaited


def test_an_empty_file_is_told_from_one_that_made_room(files, page):
    files.add_file("a", UploadedFileRec("a-file", "a.csv", "text/csv", b""))
    with uploaded_files.awaiting(page()) as take:
        assert take() == b""

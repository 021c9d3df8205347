"""A lab of its own, and students' browsers without a screen: what benchmarks and tests visit."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import requests
from requests.adapters import HTTPAdapter
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState, FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Markdown_pb2 import Markdown
from urllib3 import Retry
from websockets.asyncio.client import connect

from models.runs.store import RunStore

REPOSITORY = Path(__file__).resolve().parent.parent

PATIENCE = 60.0
"""Seconds until a page that does not answer, or a server that does not start, is given up."""

# What the line above the pictures says (`lesson.progress.draw_status`).
UNTRAINED, AT_FIRST, TRAINING, TRAINED = "Not trained", "Epoch **0**", "Epoch **", "Trained for"
STORED = "stored already"


class Server:
    """`streamlit run streamlit_app.py` on a free port, as a user starts it.

    Args:
        runs: Folder of its run store; its log lies beside.
        settings: Environment variables, without AUTOENCODER_LAB_.
    """

    def __init__(self, runs: Path, **settings: str):
        port = free_port()
        self.address = f"http://localhost:{port}"
        self.runs = runs
        self.log = runs.parent / "server.log"
        settings = settings | {"RUNS": str(runs)}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", "streamlit", "run", "streamlit_app.py"),
                    *("--server.port", str(port)),
                ],
                cwd=REPOSITORY,
                env=os.environ
                | {f"AUTOENCODER_LAB_{name}": text for name, text in settings.items()},
                stdout=log,
                stderr=log,
            )

    @property
    def store(self) -> RunStore:
        return RunStore(self.runs, max_bytes=10**10)

    def wait_until_open(self) -> bytes:
        """What /livez says.

        Raises:
            RuntimeError: If it does not answer; with the log.
        """
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                return fetch(f"{self.address}/livez")
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"The server did not start.\n{self.log.read_text()}")

    def children(self, role: str = "") -> list[psutil.Process]:
        """Its scheduler and its workers, or one of these."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):  # it has just ended
                if f"dashboard.jobs.cluster {role}" in " ".join(child.cmdline()):
                    found.append(child)
        return found

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)


@contextmanager
def running_server(**settings: str) -> Iterator[Server]:
    """A server that answers, with an empty run store that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="autoencoder-lab-benchmark-") as folder:
        server = Server(Path(folder) / "runs", **settings)
        try:
            server.wait_until_open()
            yield server
        finally:
            server.close()


def free_port() -> int:
    """A port of this computer on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read()


class Visitor:
    """One student's browser: what it shows and what has gone wrong.

    Args:
        address: Of the server, such as "http://localhost:8501".
        headers: What its WebSocket says besides, as a proxy would.
    """

    def __init__(self, address: str, headers: Mapping[str, str] | None = None):
        self._address, self._headers = address, dict(headers or {})
        self._browser = requests.Session()  # its cookies
        # As every browser, it asks again where the server has just closed an idle connection.
        again = HTTPAdapter(max_retries=Retry(total=1, connect=1, read=1))
        self._browser.mount("http://", again)
        self._chosen: dict[str, bool | int | str | FileUploaderState] = {}
        self._places: list[FileURLs] = []
        self._widgets: set[str] = set()
        self._lines: dict[tuple[int, ...], str] = {}
        self._captions: dict[tuple[int, ...], str] = {}
        self._looks: dict[str, asyncio.Task] = {}
        self._news = asyncio.Condition()
        self._finished = 0
        self.errors: list[str] = []

    async def open(self, lesson: str, texts: dict[str, str]) -> None:
        """Loads a page until all of it is there: its HTML, then a session of its own."""
        self._lesson, self._page = lesson, ""
        self._query = "&".join(f"{name}={text}" for name, text in texts.items())
        as_page = {"Accept": "text/html"}  # upon which the server gives the browser a name
        await self._fetch("get", f"/{lesson}?{self._query}", headers=as_page)
        cookies = "; ".join(f"{one.name}={one.value}" for one in self._browser.cookies)
        self._socket = await connect(
            self._address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit"],
            origin=self._address,
            additional_headers=self._headers | ({"Cookie": cookies} if cookies else {}),
            max_size=None,
        )
        self._reading = asyncio.create_task(self._read())
        await self._run_script()

    async def close(self) -> None:
        """Closes the page, which ends its session."""
        self._reading.cancel()
        self._forget_page()
        self._chosen.clear()
        await self._socket.close()

    async def press(self, key: str) -> None:
        """Presses the button with that key, until the page has answered."""
        await self._run_script(trigger=await self._named(key))

    async def set(self, key: str, value: int) -> None:
        """Fills the number field with that key, until the page has answered."""
        self._chosen[await self._named(key)] = value
        await self._run_script()

    async def choose(self, key: str, option: str) -> None:
        """Chooses among the buttons with that key, until the page has answered."""
        self._chosen[await self._named(key)] = option
        await self._run_script()

    async def open_settings(self) -> None:
        """Opens the drawer of further settings, until the page has answered."""
        self._chosen[await self._named("more")] = True
        await self._run_script()

    async def upload(self, key: str, name: str, content: bytes) -> None:
        """Puts a file into the uploader with that key, until the page has answered."""
        await self.show_file(key, name, await self.put(name, content))

    async def show_file(self, key: str, name: str, place: FileURLs) -> None:
        """Shows a file that was sent in the uploader with that key, until the page has answered."""
        state = FileUploaderState()
        state.uploaded_file_info.add(name=name, file_id=place.file_id, file_urls=place)
        self._chosen[await self._named(key)] = state
        await self._run_script()

    async def put(self, name: str, content: bytes) -> FileURLs:
        """Sends a file that no uploader shows; returns where it lies.

        Raises:
            requests.HTTPError: If the server refuses it.
        """
        message, self._places = BackMsg(), []
        message.file_urls_request.file_names.append(name)
        await self._socket.send(message.SerializeToString())
        await self.wait_until(lambda: self._places, PATIENCE)
        (place,) = self._places
        await self._fetch("get", "/_stcore/health")  # which gives the token against forgery
        await self._fetch(
            "put",
            place.upload_url,
            files={name: (name, content)},
            headers={"X-Xsrftoken": self._browser.cookies["_streamlit_xsrf"]},
        )
        return place

    @property
    def cookies(self) -> dict[str, str]:
        """What the server has given to this browser."""
        return self._browser.cookies.get_dict()

    async def _fetch(self, method: str, path: str, **rest) -> None:
        answer = await asyncio.to_thread(
            self._browser.request, method, self._address + path, timeout=PATIENCE, **rest
        )
        answer.raise_for_status()

    def shows(self, text: str) -> bool:
        """Whether the line above the pictures, a message or a caption says so."""
        return any(text in line for line in [*self._lines.values(), *self._captions.values()])

    async def wait_until(self, condition: Callable[[], bool], patience: float) -> None:
        """Waits for something that the page comes to show.

        Raises:
            TimeoutError: If it does not.
        """
        async with asyncio.timeout(patience), self._news:
            await self._news.wait_for(lambda: condition() or self._reading.done())
        if self._reading.done():
            self._reading.result()
            raise ConnectionError("the server has hung up")

    async def _named(self, key: str) -> str:
        """The id of the widget with that key; waits for it while the page is drawn anew."""
        # An id ends with the key; a setting's key ends with a number (`Choices.version`).
        pattern = re.compile(rf"-{self._lesson}\.{key}(\.\d+)?$")

        def found() -> str | None:
            return next(filter(pattern.search, self._widgets), None)

        more = next((one for one in self._widgets if one.endswith(f"-{self._lesson}.more")), None)
        if more and not found() and more not in self._chosen:
            await self.open_settings()  # what is not in sight may be in the drawer
        try:
            await self.wait_until(found, PATIENCE)
        except TimeoutError as error:
            raise LookupError(f"the page {self._lesson} has no {key}") from error
        return found()

    async def _run_script(self, trigger: str = "") -> None:
        before = self._finished
        await self._ask(trigger=trigger)
        await self.wait_until(lambda: self._finished > before, PATIENCE)

    async def _ask(self, trigger: str = "", fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self._query, self._lesson
        state.page_script_hash = self._page
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        for id, value in self._chosen.items():
            widget = state.widget_states.widgets.add(id=id)
            if isinstance(value, bool):
                widget.bool_value = value
            elif isinstance(value, int):
                widget.double_value = value
            elif isinstance(value, str):
                widget.string_array_value.data.append(value)
            else:
                widget.file_uploader_state_value.CopyFrom(value)
        if trigger:
            state.widget_states.widgets.add(id=trigger, trigger_value=True)
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        async for data in self._socket:
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session" and not message.metadata.run.fragment_ids:
                self._forget_page()
            elif kind == "delta":
                self._take(tuple(message.metadata.delta_path), message.delta.new_element)
                if drawer := message.delta.add_block.expandable.id:
                    self._widgets.add(drawer)
            elif kind == "auto_rerun":
                self._look_again(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "file_urls_response":
                self._places = list(message.file_urls_response.file_urls)
            elif kind == "script_finished":
                self._finished += message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            async with self._news:
                self._news.notify_all()

    def _forget_page(self) -> None:
        for look in self._looks.values():
            look.cancel()
        self._looks.clear()
        self._widgets.clear()
        self._lines.clear()
        self._captions.clear()

    def _take(self, path: tuple[int, ...], element) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"{element.exception.type}: {element.exception.message}")
        if kind in ("button", "button_group", "number_input", "file_uploader"):
            self._widgets.add(getattr(element, kind).id)
        self._lines.pop(path, None)
        self._captions.pop(path, None)
        if kind == "progress":
            self._lines[path] = element.progress.text
        elif kind == "alert":
            self._lines[path] = element.alert.body
        elif kind == "markdown" and element.markdown.element_type == Markdown.CAPTION:
            self._captions[path] = element.markdown.body

    def _look_again(self, fragment: str, seconds: float) -> None:
        async def look():
            while True:
                await asyncio.sleep(seconds)
                await self._ask(fragment=fragment)

        if fragment in self._looks:
            self._looks[fragment].cancel()
        self._looks[fragment] = asyncio.create_task(look())

"""Files that visitors are uploading: how many bytes of them this process keeps, and for how long.

Streamlit keeps every file of a session until it ends, shown or not. Here a session has one, its
newest, which is forgotten once a page has read it; and all of them together have a limit. Where it
is reached, those give way that no page has come for, and then those of the visitor who holds most.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.middleware import Middleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.session.visitors import visitor_of
from dashboard.text.i18n import _
from models import settings
from models.shares import Holding, in_order_of_leaving

if TYPE_CHECKING:  # named for annotations alone
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.runtime.uploaded_file_manager import UploadedFile

IDLE_SECONDS = 10.0
"""After so long a file is the first to give way, if no page has come for it or nothing more of it
has come."""

FRAME_BYTES = 10**6
"""What a browser sends around a file, at most."""

MAX_REFUSALS = 500
"""Of so many sessions it is kept what their pages have to say still."""

_ADDRESS = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+")

_GONE = "application/x-gone"
"""The type of a file of which nothing but the name is kept."""

_refusals: dict[str, str] = {}
"""By session, why its last file was not taken."""

_awaited: set[str] = set()
"""Sessions whose pages wait until their file's turn has come."""

log = logging.getLogger(__name__)


def middleware() -> list[Middleware]:
    """What `st.App` needs to count what is uploaded, before Streamlit keeps it."""
    return [Middleware(_Counting)]


def take_refusal() -> str:
    """Why the last file of this session was not taken, said once; "" if it was."""
    context = get_script_run_ctx()
    return _refusals.pop(context.session_id, "") if context else ""


def key_of(uploaded: UploadedFile) -> str:
    """What names a file among those of all sessions."""
    context = get_script_run_ctx()
    return f"{context.session_id if context else ''}/{uploaded.file_id}"


@contextmanager
def awaiting(uploaded: UploadedFile) -> Iterator[Callable[[], bytes | None]]:
    """While a page waits until it can read a file, which may give way to others until then.

    What it gives returns the content, once, or None if it had to give way. After that, or after an
    error, the name alone is kept; the widget goes on showing it. A page that ends because it is
    drawn anew finds the file again.
    """
    context = get_script_run_ctx()
    assert context is not None, "no script of Streamlit"
    session, id = context.session_id, uploaded.file_id
    files = cast("MemoryUploadedFileManager", context.uploaded_file_mgr)
    uploaded.seek(0)
    uploaded.truncate()  # this copy, which would keep the bytes

    def take() -> bytes | None:
        found = files.get_files(session, [id])
        _empty(files, session, [id])
        return found[0].data if found and found[0].type != _GONE else None

    _awaited.add(session)
    try:
        yield take
    except Exception:  # what ends a page is none
        _empty(files, session, [id])
        raise
    finally:
        _awaited.discard(session)


def _empty(files: MemoryUploadedFileManager, session: str, ids: Sequence[str]) -> None:
    """Keeps the names of some files, and nothing of what they hold."""
    for one in files.get_files(session, ids):
        files.add_file(session, one._replace(type=_GONE, data=b""))


def _most_bytes() -> int:
    """What a browser may send for one file."""
    return settings.current().max_upload_megabytes * 10**6 + FRAME_BYTES


def _manager() -> MemoryUploadedFileManager:
    return cast("MemoryUploadedFileManager", runtime.get_instance().uploaded_file_mgr)


class _RefusedError(Exception):
    """A file is not taken; the message says why, and how to go on."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


@dataclass(eq=False)
class _Coming:
    """One file on its way: so large as it was announced; `bytes` of it have come so far, and at the
    time `news` the last of them."""

    session: str
    visitor: str
    size: int
    news: float = field(default_factory=time.monotonic)
    bytes: int = 0
    is_stored: bool = False
    given_up: bool = False

    @property
    def held(self) -> int:
        """Bytes that are kept now; none any more once it was read, or its session has ended."""
        if not self.is_stored:
            return 0 if self.given_up else self.bytes
        files = _manager().file_storage.get(self.session, {})
        return sum(len(one.data) for one in list(files.values()))

    @property
    def is_awaited(self) -> bool:
        """Whether it is there, and its page waits until it can be read."""
        return self.is_stored and self.session in _awaited

    @property
    def is_idle(self) -> bool:
        """Whether nobody seems to want it: its page is closed, or does nothing with it."""
        is_new = time.monotonic() - self.news < IDLE_SECONDS
        is_open = runtime.get_instance().is_active_session(self.session)
        return not (is_open and (is_new or self.is_awaited))

    def note_stored(self) -> None:
        self.is_stored = True
        if self.given_up:
            self.give_up()

    def give_up(self) -> None:
        """Keeps its name alone, by which its page can say what became of it."""
        self.given_up, files = True, _manager()
        if self.is_stored:
            _empty(files, self.session, list(files.file_storage.get(self.session, ())))


class _Counting:
    """Lets files in while there is room. Requests are counted in the server's one event loop."""

    def __init__(self, app: ASGIApp):
        self._app = app
        self._files: dict[str, _Coming] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _ADDRESS.search(scope["path"]) if scope["type"] == "http" else None
        if not found or scope["method"] != "PUT":
            await self._app(scope, receive, send)
            return
        coming = self._begin(found[1], HTTPConnection(scope))

        async def receive_counted() -> Message:
            message = await receive()
            self._count(coming, len(message.get("body", b"")))
            return message

        async def send_noting(message: Message) -> None:
            if message.get("status") == 204:
                coming.note_stored()
            await send(message)

        try:
            await self._app(scope, receive_counted, send_noting)
        except _RefusedError as refusal:
            await self._refuse(refusal, coming)(scope, receive, send)
        finally:
            if not coming.is_stored and self._files.get(coming.session) is coming:
                del self._files[coming.session]

    def _begin(self, session: str, request: HTTPConnection) -> _Coming:
        """A session's new file takes the place of the one before."""
        if before := self._files.pop(session, None):
            before.give_up()
        _manager().remove_session_files(session)
        announced = request.headers.get("content-length", "")
        size = int(announced) if re.fullmatch(r"\d{1,12}", announced, re.ASCII) else _most_bytes()
        self._files[session] = _Coming(session, visitor_of(request), size)
        return self._files[session]

    def _count(self, coming: _Coming, size: int) -> None:
        """Notes what has come, and makes room for it.

        Raises:
            _RefusedError: If that is too much.
        """
        machine = settings.current()
        coming.bytes, coming.news = coming.bytes + size, time.monotonic()
        if max(coming.size, coming.bytes) > _most_bytes():
            text = _("The file is larger than {limit} MB, as much as is allowed. Choose a part.")
            raise _RefusedError(text.format(limit=machine.max_upload_megabytes), 413)
        for session, one in list(self._files.items()):
            if one.is_stored and not one.held:
                del self._files[session]
        if coming.given_up or not self._make_room(coming):
            text = _(
                "So many files are being uploaded just now that this one finds no room. Try again "
                "in a minute."
            )
            raise _RefusedError(text, 503)

    def _make_room(self, coming: _Coming) -> bool:
        """Whether there is room, perhaps since others give way; none does in vain."""
        excess = sum(one.held for one in self._files.values())
        excess -= settings.current().max_coming_megabytes * 10**6
        leaving: list[_Coming] = []
        order = self._in_order_of_leaving(coming)
        while excess > 0:
            one = next(order)
            if one is coming:
                return False
            excess -= one.held
            leaving.append(one)
        for one in leaving:
            one.give_up()
        return True

    def _in_order_of_leaving(self, coming: _Coming) -> Iterator[_Coming]:
        """Files that nobody seems to want, and then those of whoever holds most."""
        idle = [one for one in self._files.values() if one is not coming and one.is_idle]
        yield from idle
        holdings = [
            Holding(one, one.size, (one.visitor,), (one.news,), one.is_awaited)
            for one in self._files.values()
            if one not in idle
        ]
        yield from (one.item for one in in_order_of_leaving(holdings))

    def _refuse(self, refusal: _RefusedError, coming: _Coming) -> PlainTextResponse:
        """The answer; the page says the same, as Streamlit's own widget names the number only."""
        log.warning("an upload was refused with %s", refusal.status)
        session = runtime.get_instance()._session_mgr.get_active_session_info(coming.session)
        if session:
            _refusals[coming.session] = str(refusal)
            while len(_refusals) > MAX_REFUSALS:
                del _refusals[next(iter(_refusals))]
            state = ClientState()
            state.CopyFrom(session.session._client_state)
            state.ClearField("fragment_id")  # all of the page
            session.session.request_rerun(state)
        return PlainTextResponse(str(refusal), refusal.status)

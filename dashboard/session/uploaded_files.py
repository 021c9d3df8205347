"""Files that visitors are uploading: how many bytes of them this process keeps, and for how long.

Streamlit keeps every file of a session until it ends, shown or not. Here a session has one, its
newest, which is forgotten once a page has read it; and all of them together have a limit, past
which the oldest give way.
"""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.text.i18n import _
from models import settings

if TYPE_CHECKING:  # named for annotations alone
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.runtime.uploaded_file_manager import UploadedFile

SAFE_SECONDS = 60.0
"""How long nobody else can push a file out: until then it should have come and have been read."""

FRAME_BYTES = 10**6
"""What a browser sends around a file, at most."""

MAX_REFUSALS = 500
"""Of so many sessions it is kept what their pages have to say still."""

_ADDRESS = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+")

_refusals: dict[str, str] = {}
"""By session, why its last file was not taken."""

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


def forget_content(uploaded: UploadedFile) -> None:
    """Keeps nothing but the name of a file that has been read; its widget goes on showing it."""
    context = get_script_run_ctx()
    if context:
        files = cast("MemoryUploadedFileManager", context.uploaded_file_mgr)
        kept = UploadedFileRec(uploaded.file_id, uploaded.name, uploaded.type, b"")
        files.add_file(context.session_id, kept)
    uploaded.seek(0)
    uploaded.truncate()


def _manager() -> MemoryUploadedFileManager:
    return cast("MemoryUploadedFileManager", runtime.get_instance().uploaded_file_mgr)


class _RefusedError(Exception):
    """A file is not taken; the message says why, and how to go on."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


@dataclass(eq=False)
class _Coming:
    """One file on its way. `bytes` are those that have come so far."""

    session: str
    began: float = field(default_factory=time.monotonic)
    bytes: int = 0
    is_stored: bool = False
    given_up: bool = False

    @property
    def held(self) -> int:
        """Bytes that are kept now; none any more once it was read, or its session has ended."""
        if not self.is_stored:
            return self.bytes
        files = _manager().file_storage.get(self.session, {})
        return sum(len(one.data) for one in list(files.values()))

    @property
    def is_safe(self) -> bool:
        """Whether it stays, even if others need room: its page is open, and it is new."""
        is_new = time.monotonic() - self.began < SAFE_SECONDS
        return is_new and runtime.get_instance().is_active_session(self.session)

    def give_up(self) -> None:
        self.given_up = True
        if self.is_stored:
            _manager().remove_session_files(self.session)


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
        coming = self._begin(found[1])

        async def receive_counted() -> Message:
            message = await receive()
            self._count(coming, len(message.get("body", b"")))
            return message

        async def send_noting(message: Message) -> None:
            coming.is_stored |= message.get("status") == 204
            await send(message)

        try:
            await self._app(scope, receive_counted, send_noting)
        except _RefusedError as refusal:
            await self._refuse(refusal, coming)(scope, receive, send)
        finally:
            if not coming.is_stored and self._files.get(coming.session) is coming:
                del self._files[coming.session]

    def _begin(self, session: str) -> _Coming:
        """A session's new file takes the place of the one before."""
        if before := self._files.pop(session, None):
            before.give_up()
        self._files[session] = _Coming(session)
        return self._files[session]

    def _count(self, coming: _Coming, size: int) -> None:
        """Notes what has come, and makes room for it.

        Raises:
            _RefusedError: If that is too much.
        """
        machine = settings.current()
        coming.bytes += size
        if coming.bytes > machine.max_upload_megabytes * 10**6 + FRAME_BYTES:
            text = _("The file is larger than {limit} MB, as much as is allowed. Choose a part.")
            raise _RefusedError(text.format(limit=machine.max_upload_megabytes), 413)
        for session, one in list(self._files.items()):
            if one.is_stored and not one.held:
                del self._files[session]
        excess = sum(one.held for one in self._files.values())
        excess -= machine.max_coming_megabytes * 10**6
        others = [one for one in self._files.values() if one is not coming and not one.is_safe]
        while excess > 0 and others and not coming.given_up:
            oldest = others.pop(0)
            excess -= oldest.held
            oldest.give_up()
        if excess > 0 or coming.given_up:
            text = _(
                "So many files are being uploaded just now that this one finds no room. Try again "
                "in a minute."
            )
            raise _RefusedError(text, 503)

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

"""What a browser may ask of Streamlit by a message, and how much of it.

Streamlit does what a message says, whoever wrote it: one that names two million files keeps the
server's event loop busy for a minute, and another empties the caches of all visitors.
"""

from __future__ import annotations

from enum import Enum

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

MOST_BYTES = 200_000
"""Of one message; the largest in the browser tests has 2,600."""

MOST_WIDGETS = 1_000
"""Widgets whose state one message may give; there, 28."""

MOST_HASHES = 1_000
"""Parts of pages that a browser may say it has kept; there, 17."""

MOST_FILES = 20
"""Files for which one message may ask a place; each uploader takes one."""

_KINDS = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_OPERATIONS = {"deferred_file", "dataframe_chunk"}

_WIDGET = "$$"
"""How Streamlit's names of widgets begin. It looks up all others in the session's state, and raises
an error where they are not there."""


class Kind(Enum):
    """What a message costs the server."""

    UNANSWERED = "none: Streamlit does not see it"
    SMALL = "less than a page, such as a part that looks again by itself"
    PAGE = "a whole page, which is drawn anew in a thread of its own"


class MessageError(ValueError):
    """A message that no page of ours sends; says what is wrong with it."""


def judge(data: bytes) -> Kind:
    """What a message asks for. Unanswered is what concerns Streamlit's developers, such as emptying
    the caches or asking for the Git repository.

    Raises:
        MessageError: If it asks for more than any page does.
    """
    _check("bytes", len(data), MOST_BYTES)
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return Kind.SMALL  # Streamlit hangs up, and says so in the log
    state = message.rerun_script
    widgets = state.widget_states.widgets
    _check("widgets", len(widgets), MOST_WIDGETS)
    if not all(widget.id.startswith(_WIDGET) for widget in widgets):
        raise MessageError("a message of a widget that Streamlit has not named")
    _check("kept parts", len(state.cached_message_hashes), MOST_HASHES)
    _check("files", len(message.file_urls_request.file_names), MOST_FILES)
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        is_ours = message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
        return Kind.SMALL if is_ours else Kind.UNANSWERED
    if kind == "rerun_script" and not state.fragment_id:
        return Kind.PAGE
    return Kind.SMALL if kind in _KINDS else Kind.UNANSWERED


def _check(what: str, count: int, most: int) -> None:
    if count > most:
        raise MessageError(f"a message with {count} {what}; at most {most} are read")

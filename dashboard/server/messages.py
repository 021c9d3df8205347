"""What a browser may ask of Streamlit by a message, how much of it, and how often.

Streamlit does what a message says, whoever wrote it: one that names two million files keeps the
server's event loop busy for a minute, and another empties the caches of all visitors.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

MOST_WIDGETS = 2_000
"""Widgets whose state one message may give; no page has half as many."""

MOST_HASHES = 10_000
"""Parts of pages that a browser may say it has kept."""

MOST_FILES = 20
"""Files for which one message may ask a place; each uploader takes one."""

PACE = 20.0
"""Messages a second that are read of one page, in the long run; a slider that is dragged sends
fewer."""

BURST = 60
"""Messages that are read at once, after a pause."""

_KINDS = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request"}
_OPERATIONS = {"deferred_file", "dataframe_chunk"}


class MessageError(ValueError):
    """A message that no page of ours sends; says what is too much."""


def is_answered(data: bytes) -> bool:
    """Whether Streamlit shall see a message; what concerns its developers, such as emptying the
    caches or asking for its Git repository, it shall not.

    Raises:
        MessageError: If it asks for more than any page does.
    """
    try:
        message = BackMsg.FromString(data)
    except DecodeError:
        return True  # Streamlit hangs up, and says so in the log
    state = message.rerun_script
    _check("widgets", len(state.widget_states.widgets), MOST_WIDGETS)
    _check("kept parts", len(state.cached_message_hashes), MOST_HASHES)
    _check("files", len(message.file_urls_request.file_names), MOST_FILES)
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return kind in _KINDS


def _check(what: str, count: int, most: int) -> None:
    if count > most:
        raise MessageError(f"a message with {count} {what}; at most {most} are read")


class Pace:
    """Says how long to wait before the next message is read: not at all for a burst, then so that
    `PACE` is kept.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._due = clock() - BURST / PACE

    def wait_for_next(self) -> float:
        """Seconds until the message may be read that this call stands for."""
        now = self._clock()
        self._due = max(self._due, now - BURST / PACE) + 1 / PACE
        return max(self._due - now, 0.0)

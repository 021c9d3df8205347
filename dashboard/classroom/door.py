"""The teacher's door: who has given the password, and what is done only while that holds.

A page that is drawn once may stay on the screen for long, and Streamlit draws a fragment, answers a
click or hands out a download without running what stands above it. So whatever is the teacher's
asks here itself: a fragment by `is_here`, a deed by `only_teacher`, a download by `while_here`.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import streamlit as st

from dashboard.classroom.attempts import Attempts
from dashboard.jobs import metrics
from dashboard.session.visitors import visitor
from dashboard.text.i18n import _
from models import settings
from models.runs.files import RunError

_ENTERED = "teacher"
_attempts = Attempts()

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class NotSignedIn(RunError):
    """Something is the teacher's, and this page is not signed in (any more)."""

    def __init__(self) -> None:
        super().__init__(_("Only the teacher can do this. Type the teacher's password first."))


@dataclass
class Entry:
    """That the password was given, until whoever gave it leaves."""

    is_valid: bool = True


def is_here() -> bool:
    """Whether this session has given the password, and has not left."""
    entry = st.session_state.get(_ENTERED)
    return isinstance(entry, Entry) and entry.is_valid


def leave() -> None:
    """Forgets that the password was given."""
    if is_here():
        st.session_state[_ENTERED].is_valid = False
    st.session_state.pop(_ENTERED, None)


def only_teacher(deed: Callable[P, T]) -> Callable[P, T]:
    """A function that raises `NotSignedIn` where the password has not been given."""

    @functools.wraps(deed)
    def asked(*arguments: P.args, **named: P.kwargs) -> T:
        if not is_here():
            raise NotSignedIn
        return deed(*arguments, **named)

    return asked


def while_here(content: Callable[[], T]) -> Callable[[], T]:
    """What a download button gives, in a thread that knows no session: only as long as the
    session that draws the button is signed in."""
    entry = st.session_state[_ENTERED]

    def asked() -> T:
        if not entry.is_valid:
            raise NotSignedIn
        return content()

    return asked


def ask_password() -> bool:
    """Whether this session has given the password; asks for it where not."""
    if is_here():
        return True
    with st.form("teacher.door", width=420):
        text = st.text_input(_("Teacher's password"), type="password", key="teacher.password")
        if st.form_submit_button(
            _("Enter"), type="primary", icon=":material/key:", key="teacher.enter"
        ):
            if problem := _try(text):
                st.error(problem, icon=":material/lock:")
            else:
                st.session_state[_ENTERED] = Entry()
                st.rerun()
    return False


def _try(text: str) -> str:
    """Tries a password; what to say where it does not open the door, else ""."""
    address = str(st.context.ip_address or "")
    answer, wait = _attempts.judge(is_password(text), visitor(), address)
    metrics.PASSWORDS.labels(answer).inc()
    if answer == "right":
        return ""
    seconds = math.ceil(wait)
    if answer == "wrong":
        log.info("a wrong teacher's password was typed", extra={"seconds": seconds})
        text = _("That is not the password. The next one is tried in {seconds} s.")
        return text.format(seconds=seconds)
    return _(
        "This was not tried: there were wrong passwords before. Wait {seconds} s, then press "
        "Enter again."
    ).format(seconds=seconds)


def is_password(text: str) -> bool:
    """Compares with the server's password, in a time that tells nothing about it."""
    password = settings.current().teacher_password
    return bool(password) and hmac.compare_digest(_digest(text), _digest(password))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()

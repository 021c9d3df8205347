"""What a teacher's link sets besides values of settings: a task, fixed or hidden settings, lessons.

A link guides a class, it does not police it. Whoever edits the address gets what it says then,
within the limits of this machine (`models.settings`), which no address can pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from dashboard.catalogue.lessons import FORMER_NAMES, HOME, LESSONS, Lesson
from dashboard.text.foreign import first_messages, join_some
from dashboard.text.i18n import _
from models.autoencoders import registry

TASK, LOCK, HIDE, ONLY = "task", "lock", "hide", "only"
PARAMETERS = (TASK, LOCK, HIDE, ONLY)
"""The address's parameters: a text, names of settings twice, names of lessons."""

MAX_TASK = 600
"""Characters of a task."""

_KEY = "assignment"


@dataclass(frozen=True)
class Assignment:
    """What a link asks of its reader; by default nothing.

    Attributes:
        task: What to do.
        locked: Names of settings that are seen but cannot be changed.
        hidden: Names of settings that are not even seen.
        lessons: Names of the lessons on offer; empty for all.
    """

    task: str = ""
    locked: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()

    @property
    def fixed(self) -> frozenset[str]:
        """Names of the settings that stay as they are."""
        return frozenset(self.locked + self.hidden)

    def offers(self, lesson: Lesson) -> bool:
        return lesson.is_open and (not self.lessons or lesson.name in (HOME, *self.lessons))

    def parameters(self) -> dict[str, str]:
        """The address's parameters that lead here."""
        lists = {LOCK: self.locked, HIDE: self.hidden, ONLY: self.lessons}
        texts = {TASK: self.task} | {name: ",".join(names) for name, names in lists.items()}
        return {name: text for name, text in texts.items() if text}


def hyperparameter_names() -> list[str]:
    """The names of all settings of all types."""
    names = [name for type in registry.FAMILY for name in type.hyperparameters.fields()]
    return list(dict.fromkeys(names))


def parse(query: Mapping[str, str]) -> tuple[Assignment, list[str]]:
    """Reads an assignment from an address, and says what could not be used of it."""
    task, messages = query.get(TASK, "").strip(), []
    if len(task) > MAX_TASK:
        text = _("{name} is longer than {most} characters; the rest is left out.")
        messages.append(text.format(name=TASK, most=MAX_TASK))

    def some(name: str, allowed: list[str]) -> tuple[str, ...]:
        found = [text.strip() for text in query.get(name, "").split(",") if text.strip()]
        if name == ONLY:
            found = [FORMER_NAMES.get(text, text) for text in found]
        if wrong := [one[:60] for one in dict.fromkeys(found) if one not in allowed]:
            text = _("{name} = {text} cannot be used: choose some of {allowed}.")
            values = {"name": name, "text": join_some(wrong), "allowed": ", ".join(allowed)}
            messages.append(text.format(**values))
        return tuple(one for one in allowed if one in found)

    fields = hyperparameter_names()
    lessons = [lesson.name for lesson in LESSONS if lesson.name != HOME]
    names = some(LOCK, fields), some(HIDE, fields), some(ONLY, lessons)
    return Assignment(task[:MAX_TASK], *names), messages


def current() -> Assignment:
    """What the address asks for; without such parameters, what this session was last asked for."""
    query = st.query_params.to_dict()
    asked = {name: query[name] for name in PARAMETERS if name in query}
    present, _messages = st.session_state.get(_KEY, (Assignment(), []))
    if asked and asked != present.parameters():  # else it has been read, and its messages stay
        st.session_state[_KEY] = parse(asked)
        present, _messages = st.session_state[_KEY]
    return present


def obstacle(changes: Mapping[str, object]) -> str | None:
    """Why a button that changes settings is not offered; None if it is."""
    if current().fixed.isdisjoint(changes):
        return None
    return _("Your task fixes a setting that this would change.")


def draw() -> None:
    """Shows the task above the page, and what was wrong with the link."""
    task = current().task
    if task:
        with st.container(border=True, horizontal=True, key="assignment"):
            st.markdown(_(":material/assignment: **Your task**"), width="content")
            st.text(task)  # from an address: never Markdown, which could fetch from elsewhere
    _present, messages = st.session_state.get(_KEY, (None, []))
    for message in first_messages(messages):
        st.warning(message, icon=":material/link_off:")

"""What web servers tell each other about their queues, so that all of them order alike what waits.

Each posts to the database what its visitors want, and reads what the others have posted. A server
that has been silent for a while has ended: whoever notices takes over what its visitors waited for.
A server whose database does not answer goes on by itself.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, Any, TypedDict

import msgspec
from sqlalchemy import Connection, Engine, delete, select, update

from dashboard.database import databases, rows
from dashboard.database.databases import POSTS, SERVERS, DatabaseError
from dashboard.database.rows import Name, RunId, Time
from dashboard.jobs.job import TRAINING, WAITING, Job, requested
from models.data.datasets import DataError
from models.runs import records

CANCELLED = "cancelled"
"""State of a post that somebody has cancelled for all: its server then ends it and takes the post
away. That a post is missing says nothing; the database may be a fresh one."""

SWAP_SECONDS = 0.5
"""How often a server posts what has changed and reads what others have posted."""

BEAT_SECONDS = 2.0
"""How often a server says that it is there."""

GONE_SECONDS = 10.0
"""After how long without a word a server has ended."""

SKEW_SECONDS = 3_600.0
"""How far another server's clock may be ahead."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """What a server learns from the others.

    Attributes:
        waiting: What waits on other servers; its visitors are in `Job.elsewhere`.
        training: What other servers have given to workers.
        wanted: By run id, all that other servers' visitors want, these two and what each has left
            to another server.
        inherited: What visitors of servers that have ended waited for, now this server's.
        cancelled: Ids of this server's runs that somebody has cancelled for all.
        turn: The latest that has begun on any server.
        is_forgotten: Whether the database knows this server no more: where it is a fresh one,
            others have not posted again yet either, and what is missing says nothing.
    """

    waiting: list[Job] = field(default_factory=list)
    training: list[Job] = field(default_factory=list)
    wanted: dict[str, Job] = field(default_factory=dict)
    inherited: list[Job] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    turn: int = 0
    is_forgotten: bool = False


class Exchange:
    """One server's place in the exchange.

    Args:
        engine: The database of all servers.
        patience: Seconds after which nobody waits any more for what a server has left behind.
    """

    def __init__(self, engine: Engine, patience: float):
        self._engine, self._patience = engine, patience
        self._name = secrets.token_hex(8)
        self._posted: dict[str, tuple[str, str]] = {}
        self._said: tuple[int, float] | None = None
        self._was_known = False
        self._alone = threading.Lock()

    def swap(self, jobs: Mapping[Job, str], turn: int) -> News:
        """Posts this server's jobs, with the state of each, and reads the others'.

        Raises:
            DatabaseError: If the database does not answer.
        """
        own = {
            job.run_id: (state, _written(job)) for job, state in jobs.items() if not job.background
        }
        with self._alone:
            try:
                with databases.transaction(self._engine) as connection:
                    return self._swap(connection, own, turn, time.time())
            except DatabaseError:  # nobody knows now what of it has been written
                self._posted, self._said = {}, None
                raise

    def _swap(
        self, connection: Connection, own: dict[str, tuple[str, str]], turn: int, now: float
    ) -> News:
        known = select(SERVERS.c.at).where(SERVERS.c.name == self._name)
        is_known = connection.scalar(known) is not None
        if not is_known:  # new, or taken for dead: all has to be posted
            self._posted, self._said = {}, None
        mine = select(POSTS.c.run_id, POSTS.c.state).where(POSTS.c.server == self._name)
        present = {post.run_id: post.state for post in connection.execute(mine)}
        cancelled = sorted(run_id for run_id, state in present.items() if state == CANCELLED)
        own = {run_id: post for run_id, post in own.items() if run_id not in cancelled}
        self._say_here(connection, turn, now)
        for run_id in sorted(present.keys() - own.keys()):
            ended = (POSTS.c.server == self._name) & (POSTS.c.run_id == run_id)
            connection.execute(delete(POSTS).where(ended))
        for run_id, (state, text) in own.items():
            if run_id not in present or self._posted.get(run_id) != (state, text):
                row = {"server": self._name, "run_id": run_id, "state": state, "job": text}
                databases.put(connection, POSTS, **row)
        self._posted = own
        is_forgotten, self._was_known = self._was_known and not is_known, True
        return replace(self._read(connection, cancelled, now), is_forgotten=is_forgotten)

    def cancel(self, run_id: str) -> None:
        """Lets all servers end a run, or take it out of their queues.

        Raises:
            DatabaseError: If the database does not answer.
        """
        with self._alone, databases.transaction(self._engine) as connection:
            is_it, is_own = POSTS.c.run_id == run_id, POSTS.c.server == self._name
            connection.execute(delete(POSTS).where(is_it, is_own))
            connection.execute(update(POSTS).where(is_it).values(state=CANCELLED))
            self._posted.pop(run_id, None)

    def leave(self) -> None:
        """Says that this server ends, so that others need not wait to take over.

        Raises:
            DatabaseError: If the database does not answer.
        """
        with self._alone, databases.transaction(self._engine) as connection:
            self._said = None
            self._say_here(connection, 0, time.time() - GONE_SECONDS)

    def _say_here(self, connection: Connection, turn: int, now: float) -> None:
        if self._said and self._said[0] == turn and now - self._said[1] < BEAT_SECONDS:
            return
        databases.put(connection, SERVERS, name=self._name, at=now, turn=turn)
        self._said = turn, now

    def _read(self, connection: Connection, cancelled: list[str], now: float) -> News:
        columns = (SERVERS.c.name, SERVERS.c.at, SERVERS.c.turn)
        servers, _damaged = rows.read_rows(connection, select(*columns), _Server)
        last = {server.name: server.at for server in servers}
        alive = {name for name, at in last.items() if -SKEW_SECONDS < now - at < GONE_SECONDS}
        ended = last.keys() - alive
        taken = {name for name in sorted(ended) if self._is_first(connection, name, last[name])}
        found: dict[str, Job] = {}
        inherited: dict[str, Job] = {}
        is_wanted = (POSTS.c.server != self._name) & (POSTS.c.state != CANCELLED)
        others = select(POSTS).where(is_wanted)
        for post in rows.read_rows(connection, others, _Post)[0]:
            server, run_id, job = post.server, post.run_id, _read(post.run_id, post.job)
            if job and server in taken:
                if job.elsewhere and now - last[server] < self._patience + GONE_SECONDS:
                    inherited[run_id] = _taken_over(job)
            elif job and server in last.keys() - ended:
                same = found.setdefault(run_id, job)
                same.elsewhere |= job.elsewhere
                same.paces_elsewhere = {**same.paces_elsewhere, **job.paces_elsewhere}
                same.move_up(job)
                if post.state == TRAINING:
                    same.state = TRAINING
        if taken:
            connection.execute(delete(POSTS).where(POSTS.c.server.in_(taken)))
        return News(
            # What nobody wants any more is about to leave its server's queue.
            [job for job in found.values() if job.elsewhere and job.state == WAITING],
            [job for job in found.values() if job.state == TRAINING],
            found,
            list(inherited.values()),
            cancelled,
            max((server.turn for server in servers if server.name not in ended), default=0),
        )

    def _is_first(self, connection: Connection, name: str, at: float) -> bool:
        """Whether this server is the first to notice that another has ended."""
        same = (SERVERS.c.name == name) & (SERVERS.c.at == at)
        return connection.execute(delete(SERVERS).where(same)).rowcount == 1


_NUMBERS = ("expected_seconds", "submitted", "turn")


def _written(job: Job) -> str:
    wanted_by = sorted(job.wanted_by)
    numbers = {name: getattr(job, name) for name in _NUMBERS}
    paces = {name: job.paces[name] for name in wanted_by if name in job.paces}
    about = {"recipe": job.recipe.as_dict(), "wanted_by": wanted_by, "paces": paces}
    return json.dumps(about | numbers)


class _Request(TypedDict):
    recipe: records.Config
    wanted_by: list[Name]
    paces: dict[Name, records.Seconds]
    expected_seconds: records.Seconds
    submitted: Time
    turn: Annotated[float, msgspec.Meta(ge=0)]  # endless where nobody wants it any more


@dataclass(frozen=True)
class _Server:
    name: Name
    at: Time
    turn: records.Count


@dataclass(frozen=True)
class _Post:
    server: Name
    run_id: RunId
    state: Name
    job: str


def _read(run_id: str, text: str) -> Job | None:
    """What another server has posted; None if it is of another version of the lab."""
    found = _parsed(text)
    return Job(run_id=run_id, **found) if found else None


@lru_cache(maxsize=500)  # the same ones are read twice a second
def _parsed(text: str) -> dict[str, Any] | None:
    try:
        stored = records.check(json.loads(text), _Request)
        numbers = {name: float(stored[name]) for name in _NUMBERS}
        elsewhere = frozenset(stored["wanted_by"])
        recipe, paces = requested(stored["recipe"]), stored["paces"]
        return {"recipe": recipe, "elsewhere": elsewhere, "paces_elsewhere": paces, **numbers}
    except (ValueError, KeyError, TypeError, RecursionError, DataError) as error:
        log.warning("another server waits for what is unknown here: %s", error)
        return None


def _taken_over(job: Job) -> Job:
    """Its visitors have as long to come back as if they had just been here."""
    for name in job.elsewhere:
        job.want(name, pace=job.paces_elsewhere.get(name))
    job.elsewhere, job.paces_elsewhere = frozenset(), {}
    return job

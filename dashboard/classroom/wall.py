"""The classroom wall: every run that somebody has trained to its end while it is open is a dot that
all can see.

Nobody is named who does not want to be: a dot belongs to browser sessions, of which the database
knows random names, and nicknames if visitors give any. Whoever only looks at a run has no dot.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    Select,
    Table,
    delete,
    func,
    select,
)

from dashboard.classroom import nicknames
from dashboard.classroom.axes import AXES
from dashboard.classroom.dots import MAX_DOTS, Dot, list_dots
from dashboard.database import ages, databases, rows
from dashboard.database.databases import BOARD, DOTS, NICKNAMES, SHOWN, DatabaseError
from dashboard.database.rows import Name, RunId, Time
from dashboard.jobs import execution
from dashboard.jobs.job import LASTING, Job
from models.days_of_use import DAY
from models.runs import ownership
from models.shares import hash_owner
from models.training.few_labels import Study

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Board:
    """What the teacher has chosen: whether runs appear, and the two `AXES`."""

    is_open: bool = False
    x: str = "code"
    y: str = "error"


@dataclass(frozen=True)
class _Stamped:
    run_id: RunId
    at: Time


@dataclass(frozen=True)
class _Choice:
    name: Name
    value: Name


@dataclass(frozen=True)
class WallView:
    """What can be seen on the wall at one moment.

    Attributes:
        board: What the teacher has chosen.
        dots: The last one at the end; when there are more than `MAX_DOTS`, everybody's latest
            before anybody's second.
        shown: Ids of the pinned runs, the last one first.
        own: Ids of the latest runs that the viewer has asked for.
        num_more: Dots that have found no place.
        num_unreadable: Dots whose rows are damaged.
    """

    board: Board
    dots: list[Dot]
    shown: list[str]
    own: frozenset[str] = field(default_factory=frozenset)
    num_more: int = 0
    num_unreadable: int = 0

    @property
    def run_ids(self) -> list[str]:
        """Of all that is on the wall."""
        return list(dict.fromkeys([*(dot.run_id for dot in self.dots), *self.shown]))


class Wall:
    """The wall of a class, in a database that all its servers share.

    All methods raise `DatabaseError`, with a message for whoever looks, if that does not answer.
    """

    def __init__(self, engine: Engine):
        self._engine = engine
        self._ended: queue.SimpleQueue[tuple[str, list[str]]] = queue.SimpleQueue()
        threading.Thread(target=self._note_ended, name="wall", daemon=True).start()

    def _transaction(self) -> AbstractContextManager[Connection]:
        return databases.transaction(self._engine)

    # What the teacher does

    @property
    def board(self) -> Board:
        with self._transaction() as connection:
            return _board(connection)

    @board.setter
    def board(self, board: Board) -> None:
        values = {"is_open": "yes" if board.is_open else "no", "x": board.x, "y": board.y}
        with self._transaction() as connection:
            connection.execute(delete(BOARD).where(BOARD.c.name != ages.ROUND))
            connection.execute(
                BOARD.insert(), [{"name": name, "value": text} for name, text in values.items()]
            )

    def take_down(self, dot: Dot | None = None) -> Sequence[RowMapping]:
        """Takes one dot down, or all; the runs stay. Returns what `put_up` needs."""
        which = [DOTS.c.run_id == dot.run_id] if dot else []
        with self._transaction() as connection:
            taken = connection.execute(select(DOTS).where(*which)).mappings().all()
            connection.execute(delete(DOTS).where(*which))
        return taken

    def put_up(self, taken: Sequence[RowMapping]) -> None:
        """Puts dots back that were taken down."""
        with self._transaction() as connection:
            for row in taken:
                databases.put(connection, DOTS, **row)

    def erase_unused_names(self) -> Sequence[RowMapping]:
        """Erases the nicknames of all who have no dot. Returns what `put_names_back` needs."""
        with self._transaction() as connection:
            return nicknames.erase_unused(connection)

    def put_names_back(self, erased: Sequence[RowMapping]) -> None:
        """Gives nicknames back that were erased."""
        with self._transaction() as connection:
            nicknames.put_back(connection, erased)

    def show(self, run_id: str) -> None:
        """Pins a run to the wall, so that everybody can open it."""
        with self._transaction() as connection:
            databases.put(connection, SHOWN, run_id=run_id, at=time.time())

    def hide(self, run_id: str) -> None:
        """Takes a pinned run down."""
        with self._transaction() as connection:
            connection.execute(delete(SHOWN).where(SHOWN.c.run_id == run_id))

    # What visitors do

    def call(self, visitor: str, name: str) -> None:
        """Gives a visitor a nickname, or takes it away where it is empty.

        Raises:
            NicknamesFull: If this would be one too many of visitors without a dot.
        """
        with self._transaction() as connection:
            nicknames.give(connection, visitor, name)

    def nickname(self, visitor: str) -> str:
        """A visitor's nickname; "" without one."""
        with self._transaction() as connection:
            return nicknames.find(connection, visitor)

    # What all see

    def look(self, visitor: str = "") -> WallView:
        """What is on the wall now, and what of it a visitor has asked for."""
        with self._transaction() as connection:
            shown, _damaged = rows.read_rows(connection, _latest(SHOWN), _Stamped)
            own = _latest(DOTS).where(DOTS.c.visitor == visitor).limit(MAX_DOTS)
            mine, _damaged = rows.read_rows(connection, own, _Stamped)
            dots, damaged = rows.read_rows(connection, list_dots(), Dot)
            count = connection.scalar(select(func.count(DOTS.c.run_id.distinct()))) or 0
            return WallView(
                _board(connection),
                sorted(dots, key=lambda dot: dot.at),
                [one.run_id for one in shown],
                frozenset(one.run_id for one in mine),
                max(count - len(dots) - damaged, 0),
                damaged,
            )

    # What the server does

    def note_end(self, job: Job) -> None:
        """Takes a completed run to the wall, soon; no training waits for the database."""
        if not isinstance(job.recipe, Study) and (visitors := _askers(job)):
            self._ended.put((job.run_id, visitors))

    def _note_ended(self) -> None:
        while True:
            run_id, visitors = self._ended.get()
            try:
                if self.board.is_open:
                    self._add(run_id, visitors)
            except DatabaseError:
                log.error("a run could not be put on the wall", extra={"run": run_id})

    def _add(self, run_id: str, visitors: Iterable[str]) -> None:
        """Puts a run on the wall; those who have asked for it come in their order."""
        known = select(DOTS.c.visitor).where(DOTS.c.run_id == run_id)
        with self._transaction() as connection:
            present = set(connection.scalars(known))
            for visitor in visitors:
                if visitor not in present:
                    databases.put(connection, DOTS, run_id=run_id, visitor=visitor, at=time.time())

    def forget(self, days: float) -> None:
        """Erases dots and nicknames that are older, by the days on which servers ran."""
        now = time.time()
        oldest = now - days * DAY
        with self._transaction() as connection:
            ages.count(connection, (DOTS, NICKNAMES), now)
            for table in (DOTS, NICKNAMES):
                connection.execute(delete(table).where(table.c.at < oldest))


def _board(connection: Connection) -> Board:
    query = select(BOARD.c.name, BOARD.c.value)
    stored = {one.name: one.value for one in rows.read_rows(connection, query, _Choice)[0]}
    x, y = (stored.get(name, getattr(Board, name)) for name in ("x", "y"))
    known = x in AXES and y in AXES  # another version may have written them
    axes = {"x": x, "y": y} if known else {}
    return Board(is_open=stored.get("is_open") == "yes", **axes)


def _askers(job: Job) -> list[str]:
    """Who has asked for a run and not left it since, the first one first. Who only looks at it
    wants it, too, but has not asked."""
    asked = ownership.owners(execution.dispatcher().store.run(job.run_id))
    names = dict.fromkeys([*job.wanted_by, *sorted(job.elsewhere)])
    return [name for name in names if name not in LASTING and hash_owner(name) in asked]


def _latest(table: Table) -> Select:
    return select(table.c.run_id, table.c.at).order_by(table.c.at.desc())


# The one wall of this server

_current: Wall | None = None


def start(engine: Engine) -> Wall:
    """Opens this process's wall; the server's lifespan calls it."""
    global _current
    _current = Wall(engine)
    return _current


def current() -> Wall | None:
    """This process's wall; None if pages are run without the server's entry point."""
    return _current


def here() -> Wall:
    """This process's wall, for what is only drawn where there is one.

    Raises:
        RuntimeError: If there is none.
    """
    if _current is None:
        raise RuntimeError(
            "No wall belongs to this server: start the lab with `streamlit run streamlit_app.py`."
        )
    return _current

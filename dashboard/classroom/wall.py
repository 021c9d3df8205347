"""The classroom wall: every run that ends while it is open is a dot that all can see.

Nobody is named who does not want to be: a dot belongs to a browser session, of which the database
knows a random name, and a nickname if its visitor gives one.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, select

from dashboard.database import databases, rows
from dashboard.database.databases import BOARD, DOTS, NICKNAMES, SHOWN, DatabaseError
from dashboard.database.rows import Name, RunId, Time
from dashboard.jobs.job import LASTING, Job
from dashboard.text.i18n import _
from models.runs.recipe import Recipe
from models.training.few_labels import Study

MAX_NICKNAME = 24
MAX_DOTS = 500
"""The latest dots that are drawn."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Axis:
    """A number of a run that the wall may show.

    Attributes:
        label: Its name, with its unit.
        value: Takes it from a recipe and its result; None where the run has none.
        log: Whether its axis is logarithmic.
    """

    label: str
    value: Callable[[Recipe, dict], float | None]
    log: bool = False


def _read_hyperparameter(name: str) -> Callable[[Recipe, dict], float | None]:
    return lambda recipe, result: getattr(recipe.hyperparameters, name, None)


def _read_held_out(term: str) -> Callable[[Recipe, dict], float | None]:
    return lambda recipe, result: result["held_out"].get(term)


AXES = {
    "code": Axis(_("numbers in the code"), _read_hyperparameter("latent_dim")),
    "error": Axis(_("held-out squared error"), _read_held_out("reconstruction_mse"), log=True),
    "parameters": Axis(
        _("parameters"), lambda recipe, result: recipe.hyperparameters.num_parameters, log=True
    ),
    "epochs": Axis(_("epochs"), _read_hyperparameter("epochs")),
    "learning_rate": Axis(_("learning rate"), _read_hyperparameter("learning_rate"), log=True),
    "seconds": Axis(_("seconds of training"), lambda recipe, result: result["seconds"]),
    "beta": Axis(_("beta"), _read_hyperparameter("beta")),
    "kl": Axis(_("KL divergence, nats"), _read_held_out("kl_nats")),
    "nats": Axis(_("reconstruction, nats"), _read_held_out("reconstruction_nats")),
}
"""What an axis of the wall can be, by the name under which it is stored."""


@dataclass(frozen=True)
class Board:
    """What the teacher has chosen: whether runs appear, and the two `AXES`."""

    is_open: bool = False
    x: str = "code"
    y: str = "error"


@dataclass(frozen=True)
class Dot:
    """A run on the wall, for each visitor who wanted it: the nickname is empty without one."""

    run_id: RunId
    visitor: Name
    nickname: Name
    at: Time


@dataclass(frozen=True)
class _Shown:
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
        dots: The latest dots, the last one at the end.
        shown: Ids of the pinned runs, the last one first.
        num_unreadable: Dots whose rows are damaged.
    """

    board: Board
    dots: list[Dot]
    shown: list[str]
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
        self._ended: queue.SimpleQueue[Job] = queue.SimpleQueue()
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
            connection.execute(delete(BOARD))
            connection.execute(
                BOARD.insert(), [{"name": name, "value": text} for name, text in values.items()]
            )

    def clear(self) -> list[Dot]:
        """Takes all dots down; the runs stay. Returns the latest, for `put_up`."""
        with self._transaction() as connection:
            dots = _dots(connection)
            connection.execute(delete(DOTS))
        return dots

    def take_down(self, dot: Dot) -> None:
        """Takes one dot down; its run stays."""
        same = DOTS.c.run_id == dot.run_id, DOTS.c.visitor == dot.visitor
        with self._transaction() as connection:
            connection.execute(delete(DOTS).where(*same))

    def put_up(self, dots: Sequence[Dot]) -> None:
        """Puts dots back that were taken down."""
        with self._transaction() as connection:
            for dot in dots:
                row = {"run_id": dot.run_id, "visitor": dot.visitor, "at": dot.at}
                databases.put(connection, DOTS, **row)

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
        """Gives a visitor a nickname, or takes it away where it is empty."""
        name = harmless(name)
        with self._transaction() as connection:
            if name:
                databases.put(connection, NICKNAMES, visitor=visitor, name=name, at=time.time())
            else:
                connection.execute(delete(NICKNAMES).where(NICKNAMES.c.visitor == visitor))

    def nickname(self, visitor: str) -> str:
        named = select(NICKNAMES.c.name).where(NICKNAMES.c.visitor == visitor)
        with self._transaction() as connection:
            return connection.scalar(named) or ""

    # What all see

    def look(self) -> WallView:
        with self._transaction() as connection:
            query = select(SHOWN.c.run_id, SHOWN.c.at).order_by(SHOWN.c.at.desc())
            shown, _damaged = rows.read_rows(connection, query, _Shown)
            dots, damaged = _read_dots(connection)
            return WallView(_board(connection), dots, [one.run_id for one in shown], damaged)

    # What the server does

    def note_end(self, job: Job) -> None:
        """Takes a completed run to the wall, soon; no training waits for the database."""
        if not isinstance(job.recipe, Study) and job.visitors - set(LASTING):
            self._ended.put(job)

    def _note_ended(self) -> None:
        while True:
            job = self._ended.get()
            try:
                if self.board.is_open:
                    self._add(job.run_id, job.visitors - set(LASTING))
            except DatabaseError:
                log.error("a run could not be put on the wall", extra={"run": job.run_id})

    def _add(self, run_id: str, visitors: set[str]) -> None:
        with self._transaction() as connection:
            for visitor in sorted(visitors):
                databases.put(connection, DOTS, run_id=run_id, visitor=visitor, at=time.time())

    def forget(self, days: float) -> None:
        """Erases dots and nicknames that are older."""
        oldest = time.time() - days * 86_400
        with self._transaction() as connection:
            for table in (DOTS, NICKNAMES):
                connection.execute(delete(table).where(table.c.at < oldest))


def _board(connection: Connection) -> Board:
    query = select(BOARD.c.name, BOARD.c.value)
    stored = {one.name: one.value for one in rows.read_rows(connection, query, _Choice)[0]}
    x, y = (stored.get(name, getattr(Board, name)) for name in ("x", "y"))
    known = x in AXES and y in AXES  # another version may have written them
    axes = {"x": x, "y": y} if known else {}
    return Board(is_open=stored.get("is_open") == "yes", **axes)


def _dots(connection: Connection) -> list[Dot]:
    return _read_dots(connection)[0]


def _read_dots(connection: Connection) -> tuple[list[Dot], int]:
    """The latest dots, and how many rows are damaged."""
    nickname = func.coalesce(NICKNAMES.c.name, "").label("nickname")
    named = (
        select(DOTS.c.run_id, DOTS.c.visitor, nickname, DOTS.c.at)
        .outerjoin(NICKNAMES, NICKNAMES.c.visitor == DOTS.c.visitor)
        .order_by(DOTS.c.at.desc())
        .limit(MAX_DOTS)
    )
    dots, damaged = rows.read_rows(connection, named, Dot)
    return dots[::-1], damaged


def harmless(name: str) -> str:
    """A nickname as it is shown: on one line, without signs that cannot be seen, and not long."""
    visible = "".join(" " if one.isspace() else one for one in unicodedata.normalize("NFC", name))
    kept = "".join(one for one in visible if unicodedata.category(one)[0] != "C")
    return " ".join(kept.split())[:MAX_NICKNAME].strip()


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

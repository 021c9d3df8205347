"""What visitors ask this server for: submitted, joined, left, and the order of it all.

A queue has neither threads nor processes: `dashboard.jobs.dispatcher` works it off.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import suppress

from dashboard.catalogue.lessons import default_run_ids
from dashboard.database.databases import DatabaseError
from dashboard.jobs import limits, metrics
from dashboard.jobs.exchange import GONE_SECONDS, Exchange, News
from dashboard.jobs.job import AHEAD, HELD, LASTING, SOMEBODY, TRAINING, WAITING, Job
from dashboard.jobs.tasks import OWNER
from dashboard.jobs.turns import Turns, in_turn
from models.runs import ownership
from models.runs.files import RunError
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.runs.store import RunStore
from models.settings import Settings
from models.training.few_labels import Study

PRESENT_SECONDS = 20.0
"""A run that somebody has left goes on while others look at it: who has not for so long is gone,
such as the page that was on the screen before a reload. Longer than a page at rest, or one on a
machine that is busy, takes between two looks."""

log = logging.getLogger(__name__)


class NotAllowed(RunError):
    """More than this machine's limits allow; the message says what they do allow."""


class QueueFull(RunError):
    """A visitor has as many runs waiting as one may have; the message says what to do."""


class Queue:
    """What waits and what is in training, on this server and, as far as they tell, on others.

    Args:
        store: Where runs are kept.
        machine: What it takes at most.
        exchange: What tells it of other servers' queues, and them of this one.
    """

    def __init__(self, store: RunStore, machine: Settings, exchange: Exchange | None = None):
        self.store, self.machine = store, machine
        self._jobs: dict[str, Job] = {}
        self._turns = Turns()
        self._exchange, self._news, self._untold = exchange, News(), False
        self._complete_at = 0.0  # when all servers will have said what they want
        # Reentrant, as Dask calls back at once, in the same thread, if a task is done already.
        self._changed = threading.Condition(threading.RLock())

    # Asking and leaving

    def submit(
        self,
        recipe: Recipe | Study,
        *,
        visitor: str = SOMEBODY,
        at_least_seconds: float = 0.0,
        expected_seconds: float = 0.0,
        background: bool = False,
    ) -> str:
        """Asks for a run or a study; returns its id. What somebody wants already is trained
        once for all.

        Args:
            recipe: What to train.
            visitor: Who asks; SOMEBODY for a script, or for the server itself if that is to wait.
            at_least_seconds: Stretches the training so that it can be watched. Of all who have
                asked for it and want it still, whoever wants it soonest sets the pace.
            expected_seconds: What it will take; 0 if unknown.
            background: Whether it is to wait until no visitor's run does.

        Raises:
            NotAllowed: If it is more than this machine's limits allow.
            QueueFull: If this visitor has too many runs waiting.
            RunError: If the store cannot be written.
            DataError: If the offline files of the data set cannot be read.
        """
        if obstacle := limits.obstacle(recipe, expected_seconds, self.machine, self.store):
            raise NotAllowed(obstacle)
        name = AHEAD if background and visitor == SOMEBODY else visitor
        run_id = recipe.run_id()
        with self._changed:
            job = self._jobs.get(run_id)
            if job is None or (job.background and not (background and name in job.behind)):
                self._check_length(name, background)  # before anything is written
            run = self._create(run_id, recipe, name)
            metrics.SUBMISSIONS.labels("joined" if job else "new").inc()
            if job is None:
                run.clear_stop()
                job = Job(recipe, run_id, expected_seconds=expected_seconds)
                if any(one.run_id == run_id for one in self._news.training):
                    job.state = HELD
                self._jobs[run_id], self._untold = job, True
                log.info("run submitted", extra={"run": run_id})
            elif not job.names:  # it is about to end, and shall begin again
                job.yielding = True
            job.left = False
            self._want(job, name, background, at_least_seconds)
            self._changed.notify_all()
        return run_id

    def _create(self, run_id: str, recipe: Recipe | Study, name: str) -> Run:
        run = self.store.create(run_id, recipe.as_dict())
        if run_id in default_run_ids():
            ownership.note_lesson(run, True)
        if name not in LASTING:
            ownership.add_owner(run, name)
        return run

    def _want(self, job: Job, name: str, behind: bool = False, pace: float | None = None) -> None:
        if not behind and name not in job.visitors:
            job.turn = min(job.turn, self._next_turn(name))
        job.want(name, behind, pace)

    def _next_turn(self, visitor: str) -> int:
        news = self._news
        jobs = [*self._jobs.values(), *news.waiting, *news.training]
        return self._turns.next(visitor, jobs)

    def _check_length(self, visitor: str, behind: bool) -> None:
        waiting = [job.behind if behind else job.wanted_by for job in self._own(WAITING)]
        number = sum(visitor in names for names in waiting)
        full = limits.full(number, behind, self.machine)
        if full and visitor not in LASTING:
            raise QueueFull(full)

    def touch_viewer(self, run_id: str, visitor: str) -> None:
        """Notes that a visitor looks at a run that waits or is in training for visitors, of this
        server or another; who does not for `abandon_seconds` counts as gone."""
        with self._changed:
            self.see(visitor)
            job = self._jobs.get(run_id) or self._join(run_id)
            if job and job.visitors and visitor not in job.behind:
                self._want(job, visitor)

    def see(self, visitor: str) -> None:
        """Notes that a visitor looks at some page: what is to wait behind all others is not
        abandoned meanwhile, even if it is not on that page."""
        with self._changed:
            for job in self._jobs.values():
                if visitor in job.behind:
                    job.want(visitor, behind=True)

    def _join(self, run_id: str) -> Job | None:
        """Makes what is wanted on another server so far a job of this one's, too."""
        for found, state in ((self._news.waiting, WAITING), (self._news.training, HELD)):
            for job in found:
                if job.run_id == run_id:
                    found.remove(job)
                    self._jobs[run_id], job.state = job, state
                    return job
        return None

    def stop(self, run_id: str, visitor: str | None = None) -> bool:
        """Ends a run, at the next chunk, or takes it out of the queue.

        Args:
            run_id: Of the run.
            visitor: Who wants it no longer; None ends it for all.

        Returns:
            Whether it ends: it goes on while others want it, the server itself included.
        """
        with self._changed:
            job = self._jobs.get(run_id)
            if job and visitor is not None:
                job.left |= job.withdraw(visitor)
                return not job.here and self._leave(job)
            if job is None and visitor and self._is_others(run_id, visitor):
                return False
            self._end(run_id)
        if self._exchange and visitor is None:
            try:
                self._exchange.cancel(run_id)
            except DatabaseError:
                log.error("other servers could not be told of a stop", extra={"run": run_id})
        return True

    def _is_others(self, run_id: str, visitor: str) -> bool:
        """Whether a run that nobody has asked this server for is looked at by others, or trained
        by another server, perhaps ahead; or else by a command."""
        run = self.store.run(run_id)
        owner = str((run.progress or {}).get("owner", ""))
        return bool(set(run.watchers()) - {visitor}) or owner.startswith(OWNER)

    def _leave(self, job: Job) -> bool:
        """No visitor of this server wants it any more. Answers whether it ends: others may, or
        somebody else trains it."""
        if not job.elsewhere and job.state != HELD:
            self._end(job.run_id)
            return True
        if job.state != TRAINING:
            del self._jobs[job.run_id]
        return False

    def _end(self, run_id: str) -> None:
        job, run = self._jobs.get(run_id), self.store.run(run_id)
        if job and job.state == TRAINING:
            job.withdraw_all()
            job.yielding = False
            with suppress(RunError):  # it has been removed, which ends it, too
                run.request_stop()
        elif job:
            del self._jobs[run_id]
        if (job is None or job.state == HELD) and run.state == "running":  # by a command, say
            run.request_stop()

    def _drop_abandoned(self) -> None:
        """Ends what nobody has looked at for a while: a closed laptop must not hold up a class."""
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if job.here:
                longest = self.machine.abandon_seconds
                patience = PRESENT_SECONDS if job.left else longest
                job.forget_unseen(now - patience, now - longest)
                if not job.here:
                    log.info("nobody looks at the run any more", extra={"run": job.run_id})
                    self._leave(job)

    def _take_up_held(self) -> None:
        """What nobody trains any more waits again; if it has come to its end, that takes no time
        in a training process."""
        for job in self._own(HELD):
            run = self.store.run(job.run_id)
            if run.state != "running":
                run.clear_stop()
                job.state = WAITING

    # What is asked for, and in which order

    def visitors(self, run_id: str) -> set[str]:
        """Who wants a run that waits or is in training, at once or behind all others."""
        with self._changed:
            job = self._jobs.get(run_id)
            return job.names - {AHEAD} if job else set()

    def is_background(self, run_id: str) -> bool:
        """Whether a run is wanted, but only behind all that others want."""
        with self._changed:
            job = self._jobs.get(run_id)
            return bool(job and job.background)

    def num_onlookers(self) -> int:
        """How many pages look at what waits or is in training."""
        since = time.monotonic() - PRESENT_SECONDS
        with self._changed:
            seen = [seen for job in self._jobs.values() for seen in job.wanted_by.values()]
        return sum(since < one < math.inf for one in seen)

    def wanted(self) -> dict[str, int]:
        """How many visitors want each of the runs that wait or are in training, on all servers, in
        their order."""
        with self._changed:
            jobs = [*self._in_training(), *self._order()]
            return {job.run_id: len(job.names - {AHEAD}) for job in jobs}

    def position(self, run_id: str) -> int | None:
        """How many runs are before this one; 0 if it is handed to a worker or is next; None if
        nobody has asked for it."""
        with self._changed:
            job = self._jobs.get(run_id)
            if job and job.state == TRAINING:
                return 0
            ahead = self._ahead(run_id)
        return None if ahead is None else len(ahead)

    def num_ahead(self, visitor: str = SOMEBODY) -> int:
        """How many visitors' runs another submission of this visitor would find before it."""
        with self._changed:
            last = visitor == AHEAD, self._next_turn(visitor), time.time()
            num_waiting = sum(job.place <= last for job in self._wanting_a_worker())
            return num_waiting + sum(not job.background for job in self._in_training())

    def _own(self, state: str) -> list[Job]:
        """This server's jobs in a state."""
        return [job for job in self._jobs.values() if job.state == state]

    def _in_training(self) -> list[Job]:
        """What workers have been given, by this server or another."""
        return [*self._own(TRAINING), *self._news.training]

    def _wanting_a_worker(self) -> list[Job]:
        """What waits, on all servers."""
        own = self._own(WAITING)
        ids = {job.run_id for job in own}
        return [*own, *(job for job in self._news.waiting if job.run_id not in ids)]

    def _order(self) -> list[Job]:
        """What waits, on all servers, in its order."""
        return in_turn(self._wanting_a_worker())

    def _ahead(self, run_id: str) -> list[Job] | None:
        """The visitors' runs in training, and the waiting ones before this one; None if it does
        not wait."""
        order = self._order()
        ids = [job.run_id for job in order]
        if run_id not in ids:
            return None
        busy = [job for job in self._in_training() if not job.background]
        return busy + order[: ids.index(run_id)]

    # Other servers

    def _swap(self) -> None:
        if self._exchange is None:
            return
        with self._changed:
            jobs = {job: job.state for job in self._jobs.values()}
            self._untold = False
        self._heed(self._exchange.swap(jobs, self._turns.now))

    def _heed(self, news: News) -> None:
        with self._changed:
            for run_id in news.cancelled:
                self._end(run_id)
            # Or else who comes now would be before all who have waited on a server that has ended.
            first = min((int(job.turn) for job in news.inherited), default=0)
            self._turns.now = max(self._turns.now, news.turn, first)
            for job in news.inherited:
                if job.run_id not in self._jobs:
                    log.info("run taken over from another server", extra={"run": job.run_id})
                    self._jobs[job.run_id] = job
            if news.is_forgotten:
                self._complete_at = time.time() + GONE_SECONDS
            if self.machine.scheduler:  # or else the others have workers of their own
                self._compare(news, time.time() >= self._complete_at)

    def _compare(self, news: News, is_complete: bool) -> None:
        """Notes who wants this server's jobs elsewhere, and what else is wanted there."""
        for job in list(self._jobs.values()):
            other = news.wanted.get(job.run_id)
            if job.elsewhere and not job.here and not (other and other.elsewhere):
                if is_complete:
                    self._end(job.run_id)  # the last who wanted it, elsewhere, has left
            elif job.names:  # or else it is about to end
                job.elsewhere = other.elsewhere if other else frozenset()
                job.paces_elsewhere = other.paces_elsewhere if other else {}
                if other:
                    job.move_up(other)
        self._news = news
        self._changed.notify_all()

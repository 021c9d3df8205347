"""Who is trained when: the queue between the pages and the training processes.

Pages submit recipes and read run folders; nothing else passes between them and a training.
The dispatcher hands Dask only what a free worker can start at once, so that order and
preemption stay here.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from dashboard.database.databases import DatabaseError
from dashboard.jobs import limits, metrics
from dashboard.jobs.cluster import Cluster, GivenCluster, OwnCluster, Worker
from dashboard.jobs.exchange import SWAP_SECONDS, Exchange, News
from dashboard.jobs.queue import AHEAD, LASTING, SOMEBODY, Job, Turns, in_turn
from dashboard.jobs.tasks import describe_gpu, fail, train_request
from dashboard.text.i18n import _
from models import settings
from models.runs.files import RunError
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training.few_labels import Study

MAX_ATTEMPTS = 2
"""How often a run is started whose training process dies under it."""

PRESENT_SECONDS = 20.0
"""A run that somebody has left goes on while others look at it: who has not for so long is gone,
such as the page that was on the screen before a reload. Longer than a page at rest, or one on a
machine that is busy, takes between two looks."""

LOOK_SECONDS = 0.1
"""How often the dispatcher looks at its workers."""

HEALTH_SECONDS = 2.0
"""How often it looks at their memory and progress."""

AMID_A_RUN = 1.5
"""How many times a training process's memory limit it may take amid a run, where being replaced
costs up to two seconds of training."""

log = logging.getLogger(__name__)


class NotAllowed(RunError):
    """More than this machine's limits allow; the message says what they do allow."""


class QueueFull(RunError):
    """A visitor has as many runs waiting as one may have; the message says what to do."""


class Dispatcher:
    """Trains what is submitted, in order, on processes of its own or on those of a cluster.

    Args:
        store: Where runs are kept.
        machine: Number of workers and their limits, or where there are others.
        exchange: What tells it of other servers' queues, and them of this one's.
    """

    def __init__(
        self, store: RunStore, machine: settings.Settings, exchange: Exchange | None = None
    ):
        self.store, self.machine = store, machine
        self._cluster: Cluster = (
            GivenCluster(machine.scheduler) if machine.scheduler else OwnCluster(machine.workers)
        )
        self._waiting: list[Job] = []
        self._turns = Turns()
        self._held: list[Job] = []  # trained by somebody else just now, another server, say
        self._running: dict[str, Job] = {}
        self._workers: dict[str, Worker] = {}
        self._tasks = 0
        self._examined = time.monotonic()
        # Reentrant, as Dask calls back at once, in the same thread, if a task is done already.
        self._changed = threading.Condition(threading.RLock())
        self._closing = self._failed = False
        self.on_completed: Callable[[Job], None] = lambda job: None
        """Told of each run that has come to its end, in a thread that must not wait."""
        self.gpu: str | None = None
        """The GPU that the training processes see, "" if none, None while that is unknown."""
        self._exchange, self._news, self._untold = exchange, News(), False
        work = [self._work, self._keep_in_touch] if exchange else [self._work]
        self._threads = [
            threading.Thread(target=one, name="dispatcher", daemon=True) for one in work
        ]

    def start(self) -> None:
        """Starts the processes and the dispatcher's threads; returns at once."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Ends everything; what is in training can be resumed later."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=10)
        self._cluster.close()

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
            visitor: Who asks; SOMEBODY for a script.
            at_least_seconds: Stretches the training so that it can be watched.
            expected_seconds: What it will take; 0 if unknown.
            background: Whether it is to wait until no visitor's run does.

        Raises:
            NotAllowed: If it is more than this machine's limits allow.
            QueueFull: If this visitor has too many runs waiting.
            RunError: If the store cannot be written.
            DataError: If the offline files of the data set cannot be read.
        """
        obstacle = limits.obstacle(recipe, expected_seconds, self.machine)
        if obstacle:
            raise NotAllowed(obstacle)
        run_id, name = recipe.run_id(), AHEAD if background else visitor
        run = self.store.create(run_id, recipe.as_dict())
        with self._changed:
            job = self._job(run_id)
            metrics.SUBMISSIONS.labels("joined" if job else "new").inc()
            if job is None:
                self._check_length(name)
                run.clear_stop()
                job = Job(recipe, run_id, {}, at_least_seconds, expected_seconds)
                is_trained = any(one.run_id == run_id for one in self._news.training)
                (self._held if is_trained else self._waiting).append(job)
                self._untold = True
                log.info("run submitted", extra={"run": run_id})
            elif not job.names:  # it is about to end, and shall begin again
                job.yielding = True
            job.left = False
            self._want(job, name)
            self._changed.notify_all()
        return run_id

    def _want(self, job: Job, name: str) -> None:
        if name != AHEAD and name not in job.names:
            job.turn = min(job.turn, self._next_turn(name))
        job.want(name)

    def _next_turn(self, visitor: str) -> int:
        jobs = [*self._wanting_a_worker(), *self._held, *self._in_training()]
        return self._turns.next(visitor, jobs)

    def _check_length(self, visitor: str) -> None:
        most = self.machine.max_waiting
        if (
            visitor not in LASTING
            and sum(visitor in job.wanted_by for job in self._waiting) >= most
        ):
            raise QueueFull(
                _(
                    "You have {most} runs waiting, as many as one visitor may have. Wait for one "
                    "of them, or let one leave the queue."
                ).format(most=most)
            )

    def touch_viewer(self, run_id: str, visitor: str) -> None:
        """Notes that a visitor looks at a run that waits or is in training for visitors, of this
        server or another; who does not for `abandon_seconds` counts as gone."""
        with self._changed:
            job = self._job(run_id) or self._joined(run_id)
            if job and job.visitors:
                self._want(job, visitor)

    def _joined(self, run_id: str) -> Job | None:
        """What is wanted on another server so far, as a job of this one's."""
        for found, jobs in ((self._news.waiting, self._waiting), (self._news.training, self._held)):
            for job in found:
                if job.run_id == run_id:
                    jobs.append(job)
                    found.remove(job)
                    return job
        return None

    def visitors(self, run_id: str) -> set[str]:
        """Who wants a run that waits or is in training."""
        with self._changed:
            job = self._job(run_id)
            return job.visitors if job else set()

    def num_onlookers(self) -> int:
        """How many pages look at what waits or is in training."""
        since = time.monotonic() - PRESENT_SECONDS
        with self._changed:
            return sum(
                since < seen < math.inf
                for job in [*self._waiting, *self._held, *self._running.values()]
                for seen in job.wanted_by.values()
            )

    def stop(self, run_id: str, visitor: str | None = None) -> bool:
        """Ends a run, at the next chunk, or takes it out of the queue.

        Args:
            run_id: Of the run.
            visitor: Who wants it no longer; None ends it for all.

        Returns:
            Whether it ends: it goes on while other visitors want it.
        """
        with self._changed:
            job = self._job(run_id)
            if job and visitor is not None:
                job.wanted_by.pop(visitor, None)
                if job.wanted_by.keys() - {AHEAD}:
                    job.left = True
                    return False
                return self._leave(job)
            if job is None and visitor and set(self.store.run(run_id).watchers()) - {visitor}:
                return False  # trained for others, by a command, say
            self._end(run_id)
        if self._exchange and visitor is None:
            try:
                self._exchange.cancel(run_id)
            except DatabaseError:
                log.error("other servers could not be told of a stop", extra={"run": run_id})
        return True

    def _leave(self, job: Job) -> bool:
        """No visitor of this server wants it any more. Answers whether it ends: others may, or
        somebody else trains it."""
        is_held = job in self._held
        if not (job.elsewhere or is_held):
            self._end(job.run_id)
            return True
        for jobs in (self._waiting, self._held):
            if job in jobs:
                jobs.remove(job)
        return False

    def _end(self, run_id: str) -> None:
        job = self._waiting_job(run_id)
        if job:
            self._waiting.remove(job)
            return
        self._held = [job for job in self._held if job.run_id != run_id]
        job = self._running.get(run_id)
        if job:
            job.wanted_by, job.elsewhere, job.yielding = {}, frozenset(), False
        if job or self.store.run(run_id).state == "running":  # on the command line, say
            self.store.run(run_id).request_stop()

    def wanted(self) -> dict[str, int]:
        """How many visitors want each of the runs that wait or are in training, on all servers, in
        their order."""
        with self._changed:
            jobs = [*self._in_training(), *self._order()]
            return {job.run_id: len(job.visitors) for job in jobs}

    def position(self, run_id: str) -> int | None:
        """How many runs are before this one; 0 if it is handed to a worker or is next; None if
        nobody has asked for it."""
        with self._changed:
            if run_id in self._running:
                return 0
            ahead = self._ahead(run_id)
        return None if ahead is None else len(ahead)

    def expected_wait(self, run_id: str) -> float:
        """Seconds until a waiting run is likely to begin, by what was expected of those before it
        and what those in training say themselves."""
        with self._changed:
            ahead = self._ahead(run_id) or []
        return sum(map(self._seconds_left, ahead)) / max(len(self._cluster.workers), 1)

    def _ahead(self, run_id: str) -> list[Job] | None:
        """The visitors' runs in training, and the waiting ones before this one; None if it does
        not wait."""
        order = self._order()
        ids = [job.run_id for job in order]
        if run_id not in ids:
            return None
        return [*self._busy, *order[: ids.index(run_id)]]

    def _in_training(self) -> list[Job]:
        """What workers have been given, by this server or another."""
        return [*self._running.values(), *self._news.training]

    def _wanting_a_worker(self) -> list[Job]:
        """What waits, on all servers."""
        own = {job.run_id for job in self._waiting}
        return [*self._waiting, *(job for job in self._news.waiting if job.run_id not in own)]

    def _order(self) -> list[Job]:
        """What waits, on all servers, in its order."""
        return in_turn(self._wanting_a_worker())

    def _seconds_left(self, job: Job) -> float:
        live = self.store.run(job.run_id).live_meta() if job in self._in_training() else None
        left = live.get("seconds_left") if live else None
        return max(job.expected_seconds, job.at_least_seconds) if left is None else left

    @property
    def _busy(self) -> list[Job]:
        return [job for job in self._in_training() if not job.background]

    def num_ahead(self, visitor: str = SOMEBODY) -> int:
        """How many visitors' runs another submission of this visitor would find before it."""
        with self._changed:
            last = visitor == AHEAD, self._next_turn(visitor), time.time()
            return len(self._busy) + sum(job.place <= last for job in self._wanting_a_worker())

    def count(self) -> None:
        """Brings `metrics` up to date with what waits and what is in training now."""
        with self._changed:
            metrics.WAITING.set(len(self._waiting))
            metrics.RUNNING.set(len(self._running))
            metrics.WORKERS.set(sum(bool(worker.address) for worker in self._cluster.workers))

    @property
    def is_warm(self) -> bool:
        """Whether a training process is ready."""
        return any(worker.address for worker in self._cluster.workers)

    @property
    def is_broken(self) -> bool:
        """Whether training processes cannot be started here; the server's log says why."""
        return self._failed or self._cluster.is_broken

    def _job(self, run_id: str) -> Job | None:
        held = next((job for job in self._held if job.run_id == run_id), None)
        return self._running.get(run_id) or self._waiting_job(run_id) or held

    def _waiting_job(self, run_id: str) -> Job | None:
        return next((job for job in self._waiting if job.run_id == run_id), None)

    # The dispatcher's thread

    def _work(self) -> None:
        try:
            self._cluster.start()
        except Exception:
            log.exception("the training processes could not be started")
            self._failed = True
            return
        while not self._closing:
            try:
                self._look()
            except Exception:  # whatever it was, the next look may succeed
                log.exception("the dispatcher stumbled")
            with self._changed:
                self._changed.wait(LOOK_SECONDS)

    def _look(self) -> None:
        lost = self._cluster.look_after()
        with self._changed:
            for run_id, worker in list(self._workers.items()):
                if worker.key in lost:
                    self._lost(self._running[run_id])
            self._drop_abandoned()
            if time.monotonic() - self._examined > HEALTH_SECONDS:
                self._examined = time.monotonic()
                self._end_what_is_ill()
            self._take_up_held()
            self._give_work()
            self._make_way()

    def _give_work(self) -> None:
        """Hands each free worker the next run. All servers deal in the same order; what is another
        server's is left to that one, and so is the worker that it falls to."""
        free = [worker for worker in self._cluster.workers if worker.is_free]
        order = self._order() if free else []
        # Those with a GPU first.
        for worker in sorted(free, key=lambda one: (not one.gpu, one.address)):
            if worker.gpu is None:
                self._ask_for_gpu(worker)
            elif job := self._next_for(worker, order):
                order.remove(job)
                if job in self._waiting:
                    self._hand_over(job, worker)

    def _take_up_held(self) -> None:
        """What nobody trains any more waits again; if it has come to its end, that takes no time
        in a training process."""
        for job in [one for one in self._held if self.store.run(one.run_id).state != "running"]:
            self._held.remove(job)
            self.store.run(job.run_id).clear_stop()
            self._waiting.append(job)

    def _next_for(self, worker: Worker, order: list[Job]) -> Job | None:
        """The first of the runs in order that the worker can train: some want a GPU."""
        some_have_gpus = any(one.gpu for one in self._cluster.workers)
        return next(
            (one for one in order if worker.gpu or not (some_have_gpus and one.wants_gpu)), None
        )

    def _drop_abandoned(self) -> None:
        """Ends what nobody has looked at for a while: a closed laptop must not hold up a class."""
        now = time.monotonic()
        for job in [*self._waiting, *self._held, *self._running.values()]:
            if job.wanted_by:
                patience = PRESENT_SECONDS if job.left else self.machine.abandon_seconds
                job.forget_unseen(now - patience)
                if not job.wanted_by:
                    log.info("nobody looks at the run any more", extra={"run": job.run_id})
                    self._leave(job)

    def _end_what_is_ill(self) -> None:
        """Kills training processes that take too much memory or hang; their runs count as lost."""
        for run_id, worker in self._workers.items():
            job = self._running[run_id]
            trouble = self._trouble(job, worker)
            if trouble:
                log.error(trouble, extra={"run": run_id, "worker": worker.name})
                job.trouble = trouble
                self._cluster.end(worker)

    def _trouble(self, job: Job, worker: Worker) -> str:
        most, patience = self.machine.worker_megabytes, self.machine.hang_seconds
        megabytes = worker.memory_bytes() / 1e6
        if megabytes > AMID_A_RUN * most:
            return f"The training took {megabytes:,.0f} MB of memory; {most:,} are allowed."
        if self._cluster.is_shared and not self.store.run(job.run_id).progress:
            return ""  # it may wait there for another server's run
        last = max(job.handed_over, self.store.run(job.run_id).last_change())
        wanted = job.recipe
        recipe: Recipe | None = wanted.recipe if isinstance(wanted, Study) else wanted
        while recipe:  # what a run goes on from is trained first, if it is lost
            last = max(last, self.store.run(recipe.run_id()).last_change())
            recipe = recipe.parent
        if time.time() - last > patience:
            return f"The training made no progress for {patience} seconds."
        return ""

    def _hand_over(self, job: Job, worker: Worker) -> None:
        self._tasks += 1
        self._waiting.remove(job)
        self._turns.begin(job)
        self._running[job.run_id] = job
        job.handed_over = time.time()
        self._workers[job.run_id] = worker
        log.info("training starts", extra={"run": job.run_id, "worker": worker.name})
        # Dask answers a key that it knows with the old result: never use one twice.
        key = f"{job.run_id}-{os.getpid()}-{self._tasks}"
        request = {
            "recipe": job.recipe.as_dict(),
            "runs": str(self.store.root),
            "max_bytes": self.store.max_bytes,
            "at_least_seconds": job.at_least_seconds,
        }
        self._cluster.submit(
            worker, key, train_request, request, lambda answer: self._done(job, worker, answer)
        )

    def _ask_for_gpu(self, worker: Worker) -> None:
        def note(answer: dict[str, Any] | None) -> None:
            worker.gpu = answer["gpu"] if answer else ""
            self.gpu = worker.gpu or self.gpu or ""

        key = f"gpu-{worker.name}-{os.getpid()}-{time.monotonic_ns()}"
        self._cluster.submit(worker, key, describe_gpu, {}, note)

    def _make_way(self) -> None:
        """Asks a background run to stop if a visitor's has to wait for it."""
        visitors_wait = any(not job.background for job in self._wanting_a_worker())
        for job in self._running.values():
            if visitors_wait and job.background and not job.yielding:
                job.yielding = True
                self.store.run(job.run_id).request_stop()

    # Other servers

    def _keep_in_touch(self) -> None:
        """A thread of its own: no training waits for the database."""
        is_away = False
        while not self._closing:
            try:
                self._swap()
                is_away = False
            except DatabaseError:
                if not is_away:
                    log.error("the queue goes on without other servers")
                is_away = True
                self._heed(News())
            except Exception:  # whatever it was, the next time may succeed
                log.exception("the exchange stumbled")
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._untold, SWAP_SECONDS)
        with contextlib.suppress(DatabaseError):
            self._swap()
            if self._exchange:
                self._exchange.leave()

    def _swap(self) -> None:
        if self._exchange is None:
            return
        with self._changed:
            waiting, training = list(self._waiting), list(self._running.values())
            held = list(self._held)
            self._untold = False
        self._heed(self._exchange.swap(waiting, training, held, self._turns.now))

    def _heed(self, news: News) -> None:
        with self._changed:
            for run_id in news.cancelled:
                self._end(run_id)
            # Or else who comes now would be before all who have waited on a server that has ended.
            first = min((int(job.turn) for job in news.inherited), default=0)
            self._turns.now = max(self._turns.now, news.turn, first)
            for job in news.inherited:
                if self._job(job.run_id) is None:
                    log.info("run taken over from another server", extra={"run": job.run_id})
                    self._waiting.append(job)
            if not self._cluster.is_shared:
                return  # the others have workers of their own
            for job in [*self._waiting, *self._held, *self._running.values()]:
                other = news.wanted.get(job.run_id)
                if job.elsewhere and not job.wanted_by and not (other and other.elsewhere):
                    self._end(job.run_id)  # the last who wanted it, elsewhere, has left
                elif job.names:  # or else it is about to end
                    job.elsewhere = other.elsewhere if other else frozenset()
                    if other:
                        job.turn = min(job.turn, other.turn)
                        job.submitted = min(job.submitted, other.submitted)
            self._news = news
            self._changed.notify_all()

    # When a task has ended

    def _done(self, job: Job, worker: Worker, answer: dict[str, Any] | None) -> None:
        with self._changed:
            if self._workers.get(job.run_id) is not worker or self._running[job.run_id] is not job:
                return  # its process died and it was started again
            if answer is None:
                self._lost(job)
                return
            self._forget(job)
            worker.retiring |= answer["memory_bytes"] > self.machine.worker_megabytes * 10**6
            if answer["status"] == "held":
                self._held.append(job)
                return
            metrics.ENDED.labels(answer["status"]).inc()
            metrics.SECONDS.observe(answer["seconds"])
            details = {"status": answer["status"], "seconds": round(answer["seconds"], 3)}
            log.info("training ended", extra={"run": job.run_id, **details})
            if answer["status"] == "completed":
                self.on_completed(job)
            if job.yielding and answer["status"] == "stopped":
                job.yielding = False
                self.store.run(job.run_id).clear_stop()
                self._waiting.append(job)
            self._changed.notify_all()

    def _forget(self, job: Job) -> None:
        del self._running[job.run_id], self._workers[job.run_id]

    def _lost(self, job: Job) -> None:
        self._forget(job)
        if not job.names:
            return  # it was about to end
        job.attempt += 1
        metrics.LOST.inc()
        if job.attempt < MAX_ATTEMPTS:
            log.warning(
                "the training process died; starting again from the last checkpoint",
                extra={"run": job.run_id},
            )
            self._waiting.append(job)
            return
        why = job.trouble or "The training process ended unexpectedly, perhaps for want of memory."
        fail(
            self.store.run(job.run_id),
            f"{why} It was tried {MAX_ATTEMPTS} times. Try a smaller network, a smaller batch or "
            "fewer training examples.",
        )


# The one dispatcher of this server

_current: Dispatcher | None = None


def start(machine: settings.Settings, exchange: Exchange | None = None) -> Dispatcher:
    """Starts this process's dispatcher; the server's lifespan calls it.

    Raises:
        RunError: If the run store cannot be used.
    """
    global _current
    store = RunStore(machine.runs_folder, machine.max_store_bytes)
    _current = Dispatcher(store, machine, exchange)
    _current.start()
    return _current


def stop() -> None:
    """Ends this process's dispatcher, if there is one."""
    global _current
    if _current:
        _current.close()
    _current = None


def current() -> Dispatcher | None:
    """This process's dispatcher; None if pages are run without the server's entry point."""
    return _current


def dispatcher() -> Dispatcher:
    """This process's dispatcher, for what is only drawn where there is one.

    Raises:
        RuntimeError: If there is none.
    """
    if _current is None:
        raise RuntimeError(
            "No training processes belong to this server: start the lab with "
            "`streamlit run streamlit_app.py`."
        )
    return _current

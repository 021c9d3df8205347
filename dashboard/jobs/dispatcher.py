"""Works the queue off: hands what waits to training processes, and notes how it ends.

Pages submit recipes and read run folders; nothing else passes between them and a training.
The dispatcher hands Dask only what a free worker can start at once, so that order and
preemption stay here.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from dashboard.database.databases import DatabaseError
from dashboard.jobs import failures, metrics
from dashboard.jobs.cluster import encryption
from dashboard.jobs.cluster.base import Cluster, Worker
from dashboard.jobs.cluster.given_cluster import GivenCluster
from dashboard.jobs.cluster.own_cluster import OwnCluster
from dashboard.jobs.exchange import SWAP_SECONDS, Exchange, News
from dashboard.jobs.job import HELD, TRAINING, WAITING, Job
from dashboard.jobs.queue import Queue
from dashboard.jobs.tasks import describe_gpu, train_request
from models.runs.files import RunError
from models.runs.store import RunStore
from models.settings import Settings

LOOK_SECONDS = 0.1
"""How often the dispatcher looks at its workers."""

HEALTH_SECONDS = 2.0
"""How often it looks at their memory and progress."""

log = logging.getLogger(__name__)


def _cluster(machine: Settings) -> Cluster:
    if not machine.scheduler:
        return OwnCluster(machine.workers)
    return GivenCluster(machine.scheduler, encryption.certificates_for(machine.scheduler, machine))


class Dispatcher(Queue):
    """A queue that processes of its own, or those of a cluster, work off.

    Args:
        store: Where runs are kept.
        machine: Number of workers and their limits, or where there are others.
        exchange: What tells it of other servers' queues, and them of this one's.

    Raises:
        SettingError: If there are no certificates for the cluster.
    """

    def __init__(self, store: RunStore, machine: Settings, exchange: Exchange | None = None):
        super().__init__(store, machine, exchange)
        self._cluster = _cluster(machine)
        self._workers: dict[str, Worker] = {}
        self._examined = time.monotonic()
        self._closing = False
        self.on_completed: Callable[[Job], None] = lambda job: None
        """Told of each run that has come to its end, in a thread that must not wait."""
        self.gpu: str | None = None
        """The GPU that the training processes see, "" if none, None while that is unknown."""
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

    @property
    def is_warm(self) -> bool:
        """Whether a training process is ready."""
        return any(worker.address for worker in self._cluster.workers)

    @property
    def is_broken(self) -> bool:
        """Whether for now nobody can train; the server's log says why. It goes on trying."""
        return self._cluster.is_broken

    def count(self) -> None:
        """Brings `metrics` up to date with what waits and what is in training now."""
        with self._changed:
            metrics.WAITING.set(len(self._own(WAITING)))
            metrics.RUNNING.set(len(self._workers))
            metrics.WORKERS.set(sum(bool(worker.address) for worker in self._cluster.workers))

    def expected_wait(self, run_id: str) -> float:
        """Seconds until a waiting run is likely to begin, by what was expected of those before it
        and what those in training say themselves."""
        with self._changed:
            ahead = self._ahead(run_id) or []
        return sum(map(self._seconds_left, ahead)) / max(len(self._cluster.workers), 1)

    def _seconds_left(self, job: Job) -> float:
        live = self.store.run(job.run_id).live_meta() if job.state == TRAINING else None
        left = live.get("seconds_left") if live else None
        return max(job.expected_seconds, job.at_least_seconds) if left is None else left

    # Its thread

    def _work(self) -> None:
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
                    self._lost(self._jobs[run_id])
            self._drop_abandoned()
            if time.monotonic() - self._examined > HEALTH_SECONDS:
                self._examined = time.monotonic()
                self._end_what_is_ill()
            self._take_up_held()
            self._give_work()
            self._make_way()
            self._tell_paces()

    def _end_what_is_ill(self) -> None:
        """Kills training processes that take too much memory or hang; their runs count as lost."""
        for run_id, worker in self._workers.items():
            job = self._jobs[run_id]
            trouble = failures.trouble(job, worker, self.store, self.machine)
            if trouble:
                log.error(trouble, extra={"run": run_id, "worker": worker.name})
                job.trouble = trouble
                self._cluster.end(worker)

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
                if self._jobs.get(job.run_id) is job:
                    self._hand_over(job, worker)

    def _ask_for_gpu(self, worker: Worker) -> None:
        def note(answer: dict[str, Any] | None) -> None:
            worker.gpu = answer["gpu"] if answer else ""
            self.gpu = worker.gpu or self.gpu or ""

        self._cluster.submit(worker, "gpu", describe_gpu, {}, note)

    def _next_for(self, worker: Worker, order: list[Job]) -> Job | None:
        """The first of the runs in order that the worker can train: some want a GPU."""
        some_have_gpus = any(one.gpu for one in self._cluster.workers)
        return next(
            (one for one in order if worker.gpu or not (some_have_gpus and one.wants_gpu)), None
        )

    def _hand_over(self, job: Job, worker: Worker) -> None:
        with contextlib.suppress(RunError):  # or else one of former times may count
            self.store.run(job.run_id).clear_pace()
        self._turns.begin(job)
        self._workers[job.run_id] = worker
        job.state, job.handed_over = TRAINING, time.time()
        job.told_pace = job.at_least_seconds
        log.info("training starts", extra={"run": job.run_id, "worker": worker.name})
        request = {
            "recipe": job.recipe.as_dict(),
            "runs": str(self.store.root),
            "max_bytes": self.store.max_bytes,
            "at_least_seconds": job.told_pace,
        }
        self._cluster.submit(
            worker, job.run_id, train_request, request, lambda told: self._done(job, worker, told)
        )

    def _make_way(self) -> None:
        """Asks a background run to stop if a visitor's has to wait for it."""
        visitors_wait = any(not job.background for job in self._wanting_a_worker())
        for job in self._own(TRAINING):
            if visitors_wait and job.background and not job.yielding:
                job.yielding = True
                self.store.run(job.run_id).request_stop()

    def _tell_paces(self) -> None:
        """Lets training go on at another pace where those have come or left who set it."""
        for job in self._own(TRAINING):
            if job.at_least_seconds != job.told_pace:
                job.told_pace = job.at_least_seconds
                with contextlib.suppress(RunError):  # it has been removed, which ends it
                    self.store.run(job.run_id).ask_pace(job.told_pace)

    # When a task has ended

    def _done(self, job: Job, worker: Worker, answer: dict[str, Any] | None) -> None:
        with self._changed:
            if self._workers.get(job.run_id) is not worker or self._jobs[job.run_id] is not job:
                return  # its process died and it was started again
            if answer is None:
                self._lost(job)
                return
            del self._workers[job.run_id]
            worker.retiring |= answer["memory_bytes"] > self.machine.worker_megabytes * 10**6
            if answer["status"] == "held":
                job.state = HELD
            else:
                self._ended(job, answer["status"], answer["seconds"])

    def _ended(self, job: Job, status: str, seconds: float) -> None:
        if job.yielding and status == "stopped":
            job.yielding, job.state = False, WAITING
            self.store.run(job.run_id).clear_stop()
        else:
            del self._jobs[job.run_id]
        metrics.ENDED.labels(status).inc()
        metrics.SECONDS.observe(seconds)
        details = {"status": status, "seconds": round(seconds, 3)}
        log.info("training ended", extra={"run": job.run_id, **details})
        if status == "completed":
            self.on_completed(job)
        self._changed.notify_all()

    def _lost(self, job: Job) -> None:
        del self._workers[job.run_id]
        if not job.names:  # it was about to end
            del self._jobs[job.run_id]
            return
        job.attempt += 1
        metrics.LOST.inc()
        if job.attempt < failures.MAX_ATTEMPTS:
            log.warning(
                "the training process died; starting again from the last checkpoint",
                extra={"run": job.run_id},
            )
            job.state = WAITING
        else:
            del self._jobs[job.run_id]
            failures.give_up(job, self.store)

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

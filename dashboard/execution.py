"""Who is trained when: the queue between the pages and the training processes.

Pages submit recipes and read run folders; nothing else passes between them and a training.
The dispatcher hands Dask only what a free worker can start at once, so that order and
preemption stay here.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard import metrics
from dashboard.cluster import Cluster, GivenCluster, OwnCluster, Worker
from dashboard.queue import AHEAD, LASTING, SOMEBODY, Job, in_turn
from models import settings
from models.few_labels import Study
from models.recipe import Recipe
from models.runs import RunError, RunStore

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


class QueueFull(RunError):
    """A visitor has as many runs waiting as one may have; the message says what to do."""


class Dispatcher:
    """Trains what is submitted, in order, on processes of its own or on those of a cluster.

    Args:
        store: Where runs are kept.
        machine: Number of workers and their limits, or where there are others.
    """

    def __init__(self, store: RunStore, machine: settings.Settings):
        self.store, self.machine = store, machine
        self._cluster: Cluster = (
            GivenCluster(machine.scheduler) if machine.scheduler else OwnCluster(machine.workers)
        )
        self._waiting: list[Job] = []
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
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Starts the processes and the dispatcher's thread; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Ends everything; what is in training can be resumed later."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout=10)
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
            QueueFull: If this visitor has too many runs waiting.
            RunError: If the store cannot be written.
            DataError: If the offline files of the data set cannot be read.
        """
        run_id, name = recipe.run_id(), AHEAD if background else visitor
        run = self.store.create(run_id, recipe.as_dict())
        with self._changed:
            job = self._job(run_id)
            metrics.SUBMISSIONS.labels("joined" if job else "new").inc()
            if job is None:
                self._check_length(name)
                run.clear_stop()
                job = Job(recipe, run_id, {}, at_least_seconds, expected_seconds)
                self._waiting.append(job)
                log.info("run submitted", extra={"run": run_id})
            elif not job.wanted_by:  # it is about to end, and shall begin again
                job.yielding = True
            job.left = False
            job.want(name)
            self._changed.notify_all()
        return run_id

    def _check_length(self, visitor: str) -> None:
        most = self.machine.max_waiting
        if (
            visitor not in LASTING
            and sum(visitor in job.wanted_by for job in self._waiting) >= most
        ):
            raise QueueFull(
                f"You have {most} runs waiting, as many as one visitor may have. Wait for one of "
                "them, or let one leave the queue."
            )

    def attend(self, run_id: str, visitor: str) -> None:
        """Notes that a visitor looks at a run that waits or is in training for visitors; who does
        not for `abandon_seconds` counts as gone."""
        with self._changed:
            job = self._job(run_id)
            if job and job.visitors:
                job.want(visitor)

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
                if job.visitors:
                    job.left = True
                    return False
                if job in self._held:  # others want it, where it is trained
                    self._held.remove(job)
                    return False
            if job is None and visitor and set(self.store.run(run_id).watchers()) - {visitor}:
                return False  # trained for others, on another server, say
            self._end(run_id)
        return True

    def _end(self, run_id: str) -> None:
        job = self._waiting_job(run_id)
        if job:
            self._waiting.remove(job)
            return
        self._held = [job for job in self._held if job.run_id != run_id]
        job = self._running.get(run_id)
        if job:
            job.wanted_by, job.yielding = {}, False
        if job or self.store.run(run_id).state == "running":  # on the command line, say
            self.store.run(run_id).request_stop()

    def wanted(self) -> dict[str, int]:
        """How many visitors want each of the runs that wait or are in training, in their order."""
        with self._changed:
            waiting = in_turn(self._waiting, self._running.values())
            return {job.run_id: len(job.visitors) for job in [*self._running.values(), *waiting]}

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
        order = in_turn(self._waiting, self._running.values())
        ids = [job.run_id for job in order]
        if run_id not in ids:
            return None
        return [*self._busy, *order[: ids.index(run_id)]]

    def _seconds_left(self, job: Job) -> float:
        live = self.store.run(job.run_id).live_meta() if job.run_id in self._running else None
        left = live.get("seconds_left") if live else None
        return max(job.expected_seconds, job.at_least_seconds) if left is None else left

    @property
    def _busy(self) -> list[Job]:
        return [job for job in self._running.values() if not job.background]

    def num_ahead(self, visitor: str = SOMEBODY) -> int:
        """How many visitors' runs another submission of this visitor would find before it."""
        with self._changed:
            another = Job(None, "", {visitor: math.inf})
            order = in_turn([*self._waiting, another], self._running.values())
            return len(self._busy) + order.index(another)

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
            free = [worker for worker in self._cluster.workers if worker.is_free]
            for worker in sorted(free, key=lambda one: not one.gpu):  # those with a GPU first
                if worker.gpu is None:
                    self._ask_for_gpu(worker)
                elif job := self._next_for(worker):
                    self._hand_over(job, worker)
            self._make_way()

    def _take_up_held(self) -> None:
        """What nobody trains any more waits again; if it has come to its end, that takes no time
        in a training process."""
        for job in [one for one in self._held if self.store.run(one.run_id).state != "running"]:
            self._held.remove(job)
            self.store.run(job.run_id).clear_stop()
            self._waiting.append(job)

    def _next_for(self, worker: Worker) -> Job | None:
        """The first waiting run that the worker can train: some want a GPU."""
        some_have_gpus = any(one.gpu for one in self._cluster.workers)
        order = in_turn(self._waiting, self._running.values())
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
                    self._end(job.run_id)

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
        recipe, last = job.recipe, job.handed_over
        recipe = recipe.recipe if isinstance(recipe, Study) else recipe
        last = max(last, self.store.run(job.run_id).last_change())
        while recipe:  # what a run goes on from is trained first, if it is lost
            last = max(last, self.store.run(recipe.run_id()).last_change())
            recipe = recipe.parent
        if time.time() - last > patience:
            return f"The training made no progress for {patience} seconds."
        return ""

    def _hand_over(self, job: Job, worker: Worker) -> None:
        self._tasks += 1
        self._waiting.remove(job)
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
        def note(answer):
            worker.gpu = answer["gpu"] if answer else ""
            self.gpu = worker.gpu or self.gpu or ""

        key = f"gpu-{worker.name}-{os.getpid()}-{time.monotonic_ns()}"
        self._cluster.submit(worker, key, describe_gpu, {}, note)

    def _make_way(self) -> None:
        """Asks a background run to stop if a visitor's has to wait for it."""
        visitors_wait = any(not job.background for job in self._waiting)
        for job in self._running.values():
            if visitors_wait and job.background and not job.yielding:
                job.yielding = True
                self.store.run(job.run_id).request_stop()

    # When a task has ended

    def _done(self, job: Job, worker: Worker, answer: dict[str, Any] | None) -> None:
        with self._changed:
            if self._workers.get(job.run_id) is not worker or self._running[job.run_id] is not job:
                return  # its process died and it was started again
            if answer is None:
                self._lost(job)
                return
            self._forget(job)
            if answer["status"] == "held":
                self._held.append(job)
                return
            metrics.ENDED.labels(answer["status"]).inc()
            metrics.SECONDS.observe(answer["seconds"])
            details = {"status": answer["status"], "seconds": round(answer["seconds"], 3)}
            log.info("training ended", extra={"run": job.run_id, **details})
            if answer["status"] == "completed":
                self.on_completed(job)
            limit = self.machine.worker_megabytes * 10**6
            worker.retiring |= answer["memory_bytes"] > limit
            if job.yielding and answer["status"] == "stopped":
                job.yielding = False
                self.store.run(job.run_id).clear_stop()
                self._waiting.append(job)
            self._changed.notify_all()

    def _forget(self, job: Job) -> None:
        del self._running[job.run_id], self._workers[job.run_id]

    def _lost(self, job: Job) -> None:
        self._forget(job)
        if not job.wanted_by:
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
        _fail(
            self.store.run(job.run_id),
            f"{why} It was tried {MAX_ATTEMPTS} times. Try a smaller network, a smaller batch or "
            "fewer training examples.",
        )


# What runs in a training process. TensorFlow is imported inside the functions: this module is
# also imported by the web process, which must stay small.


def warm_up() -> None:
    """Imports TensorFlow and compiles a first model, so that the first visitor need not wait."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from models import family, training

    training.use_memory_growth()
    first = family.FAMILY[0]  # the smallest; the others are compiled by their default runs
    training.rehearse(Recipe(first, first.preset("ours")))


def describe_gpu(request: dict[str, Any]) -> dict[str, Any]:
    """The name of this process's GPU, "" if it has none, as "gpu"."""
    from models import training

    return {"gpu": training.gpu_name() or ""}


def train_request(request: dict[str, Any]) -> dict[str, Any]:
    """Trains what a dispatcher asks for.

    Args:
        request: "recipe" as `Recipe.as_dict` or `Study.as_dict`, "runs" and "max_bytes" of the
            store, "at_least_seconds" (of a run).

    Returns:
        "status" of the run, "seconds" that this took, "memory_bytes" of this process.
    """
    import psutil

    from models import data, pretraining, training
    from models.runs import LeaseHeld, LeaseLost, RunError

    began = time.perf_counter()
    is_study = "study" in request["recipe"]
    recipe = (Study if is_study else Recipe).from_dict(request["recipe"])
    store = RunStore(Path(request["runs"]), request["max_bytes"])
    owner = f"training process {os.getpid()}"
    try:
        if is_study:
            result = pretraining.train(recipe, store, owner=owner)
        else:
            pace = request["at_least_seconds"]
            result = training.train(recipe, store, owner=owner, at_least_seconds=pace)
        status = result["status"]
    except (LeaseHeld, LeaseLost):
        status = "held"  # somebody else trains it
    except (RunError, data.DataError) as error:
        status = _fail(store.run(recipe.run_id()), str(error))
    except Exception as error:
        log.exception("training failed", extra={"run": recipe.run_id()})
        reason = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
        status = _fail(
            store.run(recipe.run_id()),
            f"Training failed with an error of the program ({reason}). Other settings may work.",
        )
    return {
        "status": status,
        "seconds": time.perf_counter() - began,
        "memory_bytes": psutil.Process().memory_info().rss,
    }


def _fail(run, message: str) -> str:
    """Stores that a run could not be trained, and why, in words for a student."""
    events = run.events()
    epochs = events[-1]["epoch"] if events else 0
    run.finish({"status": "failed", "epochs": epochs, "message": message})
    return "failed"


# The one dispatcher of this server

_current: Dispatcher | None = None


def start(machine: settings.Settings) -> Dispatcher:
    """Starts this process's dispatcher; the server's lifespan calls it.

    Raises:
        RunError: If the run store cannot be used.
    """
    global _current
    store = RunStore(machine.runs_folder, machine.max_store_bytes)
    _current = Dispatcher(store, machine)
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

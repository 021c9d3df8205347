"""Who is trained when: the queue between the pages and the training processes.

Pages submit recipes and read run folders; nothing else passes between them and a training.
The dispatcher hands Dask only what a free worker can start at once, so that order and
preemption stay here.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dashboard.cluster import Cluster, Worker
from models import settings
from models.recipe import Recipe
from models.runs import RunStore

MAX_ATTEMPTS = 3
"""How often a run is started again after its training process died under it."""

LOOK_SECONDS = 0.1
"""How often the dispatcher looks at its workers."""

log = logging.getLogger(__name__)


@dataclass
class Job:
    """One run that somebody wants trained.

    Attributes:
        recipe: What to train.
        at_least_seconds: Stretches the training so that it can be watched.
        background: Whether it yields to every visitor's run.
        attempt: How many training processes have died under it.
        yielding: Whether it was asked to stop in favour of a visitor's run.
    """

    recipe: Recipe
    run_id: str
    at_least_seconds: float = 0.0
    background: bool = False
    attempt: int = 0
    yielding: bool = False
    worker: Worker | None = None
    submitted: float = field(default_factory=time.monotonic)

    def rank(self) -> tuple:
        """Sorts the queue: visitors first, then first come, first served."""
        return (self.background, self.submitted)


class Dispatcher:
    """Trains what is submitted, in order, on a cluster of its own.

    Args:
        store: Where runs are kept.
        machine: Number of workers and their limits.
    """

    def __init__(self, store: RunStore, machine: settings.Settings):
        self.store, self.machine = store, machine
        self._cluster = Cluster(machine.workers)
        self._waiting: list[Job] = []
        self._running: dict[str, Job] = {}
        self._tasks = 0
        # Reentrant, as Dask calls back at once, in the same thread, if a task is done already.
        self._changed = threading.Condition(threading.RLock())
        self._closing = self._failed = False
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
        self, recipe: Recipe, *, at_least_seconds: float = 0.0, background: bool = False
    ) -> str:
        """Asks for a run; returns its id. Asking for what is wanted already changes nothing.

        Raises:
            RunError: If the store cannot be written.
            DataError: If the offline files of the data set cannot be read.
        """
        run_id = recipe.run_id()
        run = self.store.create(run_id, recipe.as_dict())
        with self._changed:
            known = self._running.get(run_id) or self._waiting_job(run_id)
            if known:
                known.background &= background
                return run_id
            run.clear_stop()
            self._waiting.append(Job(recipe, run_id, at_least_seconds, background))
            self._changed.notify_all()
        return run_id

    def stop(self, run_id: str) -> None:
        """Takes a run out of the queue, or ends its training at the next chunk."""
        with self._changed:
            job = self._waiting_job(run_id)
            if job:
                self._waiting.remove(job)
            elif run_id in self._running:
                self._running[run_id].yielding = False
                self.store.run(run_id).request_stop()
            elif self.store.run(run_id).state == "running":  # trained on the command line, say
                self.store.run(run_id).request_stop()

    def position(self, run_id: str) -> int | None:
        """How many runs are before this one; 0 if it is handed to a worker or is next; None if
        nobody has asked for it."""
        with self._changed:
            if run_id in self._running:
                return 0
            ahead = sorted(self._waiting, key=Job.rank)
            for index, job in enumerate(ahead):
                if job.run_id == run_id:
                    visitors = [one for one in self._running.values() if not one.background]
                    return index + len(visitors)
        return None

    @property
    def num_ahead(self) -> int:
        """How many visitors' runs a new submission would find before it."""
        with self._changed:
            jobs = [*self._waiting, *self._running.values()]
            return sum(not job.background for job in jobs)

    @property
    def is_warm(self) -> bool:
        """Whether a training process is ready."""
        return any(worker.address for worker in self._cluster.workers)

    @property
    def is_broken(self) -> bool:
        """Whether training processes cannot be started here; the server's log says why."""
        return self._failed or self._cluster.is_broken

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
            for job in [one for one in self._running.values() if one.worker.key in lost]:
                self._lost(job)
            self._waiting.sort(key=Job.rank)
            for worker in [one for one in self._cluster.workers if one.is_free]:
                if self.gpu is None:
                    self._ask_for_gpu(worker)
                elif self._waiting:
                    self._hand_over(self._waiting.pop(0), worker)
            self._make_way()

    def _hand_over(self, job: Job, worker: Worker) -> None:
        self._tasks += 1
        job.worker = worker
        self._running[job.run_id] = job
        epochs = job.recipe.hyperparameters.epochs
        # Dask answers a key that it knows with the old result: never use one twice.
        key = f"{job.run_id}-{epochs}-{os.getpid()}-{self._tasks}"
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
            self.gpu = answer["gpu"] if answer else ""

        self._cluster.submit(worker, f"gpu-{worker.name}", describe_gpu, {}, note)

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
            if self._running.get(job.run_id) is not job or job.worker is not worker:
                return  # its process died and it was started again
            if answer is None:
                self._lost(job)
                return
            del self._running[job.run_id]
            limit = self.machine.worker_megabytes * 10**6
            worker.retiring |= answer["memory_bytes"] > limit
            if job.yielding and answer["status"] == "stopped":
                job.yielding = False
                self.store.run(job.run_id).clear_stop()
                self._waiting.append(job)
            self._changed.notify_all()

    def _lost(self, job: Job) -> None:
        del self._running[job.run_id]
        job.attempt += 1
        if job.attempt < MAX_ATTEMPTS:
            log.warning("run %s: starting again from its last checkpoint", job.run_id)
            self._waiting.append(job)
            return
        _fail(
            self.store.run(job.run_id),
            f"The training process ended unexpectedly {MAX_ATTEMPTS} times, perhaps for want of "
            "memory. Try a smaller network, a smaller batch or fewer training examples.",
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
        request: "recipe" as `Recipe.as_dict`, "runs" and "max_bytes" of the store,
            "at_least_seconds".

    Returns:
        "status" of the run, "memory_bytes" of this process.
    """
    import psutil

    from models import data, training
    from models.runs import LeaseHeld, LeaseLost, RunError

    recipe = Recipe.from_dict(request["recipe"])
    store = RunStore(Path(request["runs"]), request["max_bytes"])
    try:
        result = training.train(
            recipe,
            store,
            owner=f"training process {os.getpid()}",
            at_least_seconds=request["at_least_seconds"],
        )
        status = result["status"]
    except (LeaseHeld, LeaseLost):
        status = "held"  # somebody else trains it; who wants it looks on
    except (RunError, data.DataError) as error:
        status = _fail(store.run(recipe.run_id()), str(error))
    except Exception as error:
        log.exception("training %s failed", recipe.run_id())
        reason = f"{type(error).__name__}: {str(error).splitlines()[0][:200]}"
        status = _fail(
            store.run(recipe.run_id()),
            f"Training failed with an error of the program ({reason}). Other settings may work.",
        )
    return {"status": status, "memory_bytes": psutil.Process().memory_info().rss}


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

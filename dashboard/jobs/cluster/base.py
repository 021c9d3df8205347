"""A training process, and what both kinds of clusters have in common."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil

from dashboard.jobs.cluster import processes

ANSWER_SECONDS = 15.0
"""How long a scheduler may take to answer a question."""

if TYPE_CHECKING:  # imported where it is needed: that takes a second
    from distributed import Client, Future

log = logging.getLogger(__name__)


@dataclass
class Worker:
    """One training process.

    Attributes:
        name: Unique for the life of the server.
        process: The child process; None if it is not this server's.
        begun: When its process was started, by the cluster's clock.
        address: Where Dask finds it; None until it has registered, so until it is warm.
        key: The task that it works on, None when it is free.
        retiring: Whether it gets no more work.
        elsewhere: Whether another web server has given it work.
        gpu: The name of its GPU, "" if it has none, None while nobody has asked.
        reported_bytes: The memory that it took when it last told, if it is not this server's.
    """

    name: str
    process: subprocess.Popen | None = None
    begun: float = 0.0
    address: str | None = None
    key: str | None = None
    retiring: bool = False
    elsewhere: bool = False
    gpu: str | None = None
    reported_bytes: int = 0

    @property
    def is_free(self) -> bool:
        return bool(self.address) and self.key is None and not (self.retiring or self.elsewhere)

    @property
    def has_ended(self) -> bool:
        """Whether its process is known to have ended."""
        return self.process is not None and self.process.poll() is not None

    def kill(self) -> None:
        """Ends its process, if that is this server's."""
        if self.process is not None:
            self.process.kill()

    def memory_bytes(self) -> int:
        """What the process takes now; 0 if it has ended."""
        if self.process is None:
            return self.reported_bytes
        try:
            return psutil.Process(self.process.pid).memory_info().rss
        except psutil.Error:
            return 0


class Cluster:
    """The workers of a Dask scheduler. Let it `look_after` them: it starts by itself what is not
    there, and never stops trying."""

    def __init__(self) -> None:
        self.workers: list[Worker] = []
        self._client: Client | None = None
        self._futures: dict[str, Future] = {}

    @property
    def is_broken(self) -> bool:
        """Whether for now nobody can train: there is no worker, and trying has failed so far."""
        return False

    def close(self) -> None:
        """Lets go of the scheduler."""
        raise NotImplementedError

    def end(self, worker: Worker) -> None:
        """Ends a worker's process."""
        raise NotImplementedError

    def look_after(self) -> list[str]:
        """Brings `workers` up to date; returns the keys of the tasks that died with theirs. Call
        it every now and then."""
        raise NotImplementedError

    def _connect(self, scheduler: str, certificates: Path | None, timeout: float) -> None:
        from distributed import Client

        processes.limit_log()
        security = processes.security(certificates)
        self._client = Client(scheduler, set_as_default=False, timeout=timeout, security=security)

    def _disconnect(self, timeout: float) -> None:
        """Lets go of the connection, whatever comes of closing it."""
        client, self._client = self._client, None
        if client:
            try:
                client.close(timeout=timeout)
            except Exception as error:  # raised by what it was just doing, such as to reconnect
                log.warning("the connection with the scheduler was cut off: %s", error)
                client.status = "closed"  # or else it is closed once more when it is collected

    def _connected(self) -> Client:
        if self._client is None:
            raise RuntimeError("There is no connection with the scheduler (yet)")
        return self._client

    def _ask(self, question: Callable[..., Awaitable[Any]], *words: Any, **details: Any) -> Any:
        """What comes of a coroutine function of the client or of its `scheduler`.

        Raises:
            OSError: If the scheduler is away; TimeoutError is one, if it does not answer.
        """
        wait = {"callback_timeout": ANSWER_SECONDS}
        return self._connected().sync(question, *words, **wait, **details)

    def _registered(self) -> dict[str, dict[str, Any]]:
        """By address what the scheduler says of each worker; raises as `_ask` does."""
        scheduler: Any = self._connected().scheduler
        return self._ask(scheduler.identity, n_workers=-1)["workers"]

    def submit(
        self,
        worker: Worker,
        name: str,
        function: Callable[[dict], dict],
        request: dict[str, Any],
        on_done: Callable[[dict | None], None],
    ) -> None:
        """Lets a free worker call `function(request)`.

        Args:
            worker: One for which `is_free` holds.
            name: Says in the log what the task is about.
            function: Importable by name in the worker.
            request: Plain data.
            on_done: Called from another thread with the result, or with None if the task
                failed in a way that it could not report itself.
        """
        # Dask answers a key that it knows with the old result: none is used twice.
        worker.key = key = f"{name}-{uuid4()}"
        future = self._connected().submit(function, request, key=key, workers=[worker.address])
        self._futures[key] = future

        def finished(future: Future) -> None:
            done = future.status == "finished"
            # Dask may learn of a death before the process is seen to have ended.
            worker.retiring |= not done
            worker.key = None
            self._futures.pop(key, None)
            if not done:
                log.error("task %s: %s", key, future.status)
            on_done(future.result() if done else None)

        future.add_done_callback(finished)

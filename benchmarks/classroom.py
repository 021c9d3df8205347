"""A whole class at once: `python -m benchmarks.classroom`, against a server of its own.

Thirty visitors speak Streamlit's protocol over thirty connections, as its script in a browser
does: each opens a lesson, sets a knob, presses Train, looks on as often as the page asks to be
looked at, goes through configurations that others have trained, and loads the page anew. What
their browsers would draw is left out: that is the work of their own machines.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import psutil
from prometheus_client.parser import text_string_to_metric_families
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from benchmarks.measuring import (
    Row,
    Server,
    at_most,
    print_machine,
    print_rows,
    running_server,
    save,
)
from models import family
from models.recipe import Recipe

MAX_VISITORS, MAX_SECONDS = 100, 900

PATIENCE = 60.0
"""Seconds that a visitor waits for the page's answer before giving up."""

TRAINING_PATIENCE = 300.0
"""Seconds that a visitor waits for a training."""

_IMAGES = {"num_train": "1000", "epochs": "10"}
CONFIGURATIONS = [
    *(("linear", {"seed": str(seed), "epochs": "500"}) for seed in range(101, 105)),
    *(("stacked", {"seed": str(seed), **_IMAGES}) for seed in range(101, 104)),
    *(("variational", {"seed": str(seed), **_IMAGES}) for seed in range(101, 104)),
]
"""Ten trainings: lessons, and what differs from "Ours"."""

# What the line above the pictures says (`lesson._draw_status`).
UNTRAINED, AT_FIRST, TRAINING, TRAINED = "Not trained", "Epoch **0**", "Epoch **", "Trained for"

MEASURED = {
    "page open": (0.95, 2_000),
    "knob change": None,
    "cached result": (0.5, 300),
    "queue wait": None,
    "time to first epoch": None,
}
"""What is timed; for some, the quantile that matters and the most that it should be, in ms."""

COLUMNS = ("", "measured", "95 % within", "", "goal", "reached")

Note = Callable[[str, float], None]


class Visitor:
    """One student's browser: what it shows and what has gone wrong.

    Args:
        address: Of the server, such as "http://localhost:8501".
    """

    def __init__(self, address: str):
        self._address = address
        self._chosen: dict[str, int] = {}
        self._widgets: set[str] = set()
        self._lines: dict[tuple[int, ...], str] = {}
        self._looks: dict[str, asyncio.Task] = {}
        self._news = asyncio.Condition()
        self._finished = 0
        self.errors: list[str] = []

    async def open(self, lesson: str, texts: dict[str, str]) -> None:
        """Loads a page until all of it is there: its HTML, then a session of its own."""
        self._lesson, self._page = lesson, ""
        self._query = "&".join(f"{name}={text}" for name, text in texts.items())
        await asyncio.to_thread(_get, f"{self._address}/{lesson}?{self._query}")
        self._socket = await connect(
            self._address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit"],
            origin=self._address,
            max_size=None,
        )
        self._reading = asyncio.create_task(self._read())
        await self._run_script()

    async def close(self) -> None:
        """Closes the page, which ends its session."""
        self._reading.cancel()
        self._forget_page()
        self._chosen.clear()
        await self._socket.close()

    async def press(self, key: str) -> None:
        """Presses the button with that key, until the page has answered."""
        await self._run_script(trigger=self._named(key))

    async def set(self, key: str, value: int) -> None:
        """Fills the number field with that key, until the page has answered."""
        self._chosen[self._named(key)] = value
        await self._run_script()

    def shows(self, text: str) -> bool:
        """Whether the line above the pictures says so."""
        return any(text in line for line in self._lines.values())

    async def wait_until(self, condition: Callable[[], bool], patience: float) -> None:
        """Waits for something that the page comes to show.

        Raises:
            TimeoutError: If it does not.
        """
        async with asyncio.timeout(patience), self._news:
            await self._news.wait_for(lambda: condition() or self._reading.done())
        if self._reading.done():
            self._reading.result()
            raise ConnectionError("the server has hung up")

    def _named(self, key: str) -> str:
        # An id ends with the key; a knob's key ends with a number (`controls.Choices.version`).
        pattern = re.compile(rf"-{self._lesson}\.{key}(\.\d+)?$")
        found = [one for one in self._widgets if pattern.search(one)]
        if not found:
            raise LookupError(f"the page {self._lesson} has no {key}")
        return found[0]

    async def _run_script(self, trigger: str = "") -> None:
        before = self._finished
        await self._ask(trigger=trigger)
        await self.wait_until(lambda: self._finished > before, PATIENCE)

    async def _ask(self, trigger: str = "", fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self._query, self._lesson
        state.page_script_hash = self._page
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        for id, value in self._chosen.items():
            state.widget_states.widgets.add(id=id, double_value=value)
        if trigger:
            state.widget_states.widgets.add(id=trigger, trigger_value=True)
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        async for data in self._socket:
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session" and not message.metadata.run.fragment_ids:
                self._forget_page()
            elif kind == "delta":
                self._take(tuple(message.metadata.delta_path), message.delta.new_element)
            elif kind == "auto_rerun":
                self._look_again(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "navigation":
                self._page = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "script_finished":
                self._finished += message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
            async with self._news:
                self._news.notify_all()

    def _forget_page(self) -> None:
        for look in self._looks.values():
            look.cancel()
        self._looks.clear()
        self._widgets.clear()
        self._lines.clear()

    def _take(self, path: tuple[int, ...], element) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"{element.exception.type}: {element.exception.message}")
        if kind in ("button", "number_input"):
            self._widgets.add(getattr(element, kind).id)
        self._lines.pop(path, None)
        if kind == "progress":
            self._lines[path] = element.progress.text

    def _look_again(self, fragment: str, seconds: float) -> None:
        async def look():
            while True:
                await asyncio.sleep(seconds)
                await self._ask(fragment=fragment)

        if fragment in self._looks:
            self._looks[fragment].cancel()
        self._looks[fragment] = asyncio.create_task(look())


async def attend(visitor: Visitor, number: int, seconds: float, note: Note) -> None:
    """What a student does until the bell rings.

    Args:
        visitor: The student's browser.
        number: Decides the configuration, and all chances.
        seconds: How long the lesson lasts; all come within a fraction of it.
        note: Takes the name of a measurement, and seconds.
    """
    rng, until = random.Random(number), time.monotonic() + seconds
    lesson, texts = CONFIGURATIONS[number % len(CONFIGURATIONS)]
    await asyncio.sleep(rng.uniform(0, seconds / 20))
    await _timed(note, "page open", visitor.open(lesson, texts | {"seed": "1"}))
    await asyncio.sleep(rng.uniform(0, seconds / 40))
    await _timed(note, "knob change", visitor.set("seed", int(texts["seed"])))
    if visitor.shows(UNTRAINED):
        await _train(visitor, note)
    await visitor.wait_until(lambda: visitor.shows(TRAINED), TRAINING_PATIENCE)
    others = [found["seed"] for name, found in CONFIGURATIONS if name == lesson]
    while time.monotonic() < until:
        await asyncio.sleep(rng.uniform(1, 6))
        if rng.random() < 0.3:
            await visitor.close()
            await _timed(note, "page open", visitor.open(lesson, texts))
            if not visitor.shows(TRAINED):
                visitor.errors.append(f"{lesson} {texts} was lost by a reload")
            continue
        others_seed = rng.choice([seed for seed in others if seed != texts["seed"]])
        seconds = await _timed(None, "", visitor.set("seed", int(others_seed)))
        stored = visitor.shows(TRAINED)
        note("cached result" if stored else "knob change", seconds)
        if stored:  # it is there after a reload, too
            texts = texts | {"seed": others_seed}
        else:
            await visitor.set("seed", int(texts["seed"]))
    await visitor.close()


async def _train(visitor: Visitor, note: Note) -> None:
    began = time.perf_counter()
    await visitor.press("train")
    await visitor.wait_until(
        lambda: visitor.shows(TRAINING) or visitor.shows(TRAINED), TRAINING_PATIENCE
    )
    note("queue wait", time.perf_counter() - began)
    await visitor.wait_until(lambda: not visitor.shows(AT_FIRST), TRAINING_PATIENCE)
    note("time to first epoch", time.perf_counter() - began)


async def _timed(note: Note | None, name: str, action) -> float:
    began = time.perf_counter()
    await action
    seconds = time.perf_counter() - began
    if note:
        note(name, seconds)
    return seconds


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read()


async def hold(server: Server, num_visitors: int, seconds: float) -> list[Row]:
    """Holds a lesson for a class, and measures it."""
    process = psutil.Process(server.process.pid)
    found: defaultdict[str, list[float]] = defaultdict(list)
    visitors = [Visitor(server.address) for _ in range(num_visitors)]
    memory = process.memory_info().rss / 1e6
    tasks = [
        attend(visitor, number, seconds, lambda name, value: found[name].append(value))
        for number, visitor in enumerate(visitors)
    ]
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    growth = process.memory_info().rss / 1e6 - memory
    errors = [error for visitor in visitors for error in visitor.errors]
    errors += [f"{type(end).__name__}: {end}" for end in ends if end]
    for error in sorted(set(errors)):
        print(f"{errors.count(error)} times: {error}")
    configurations = CONFIGURATIONS[:num_visitors]
    return [
        *(_times(name, found[name]) for name in MEASURED if found[name]),
        at_most("errors", len(errors), 0, ""),
        at_most("runs lost", sum(not _is_trained(server, *one) for one in configurations), 0, ""),
        at_most("trainings", _trainings(server), len(configurations), ""),
        at_most("memory of the web process at the start", memory, None, "MB"),
        at_most("growth of the memory of the web process", growth, 150, "MB"),
    ]


def _times(name: str, seconds: list[float]) -> Row:
    """Median and 95th percentile, in milliseconds."""
    median, late = 1000 * np.quantile(seconds, [0.5, 0.95])
    quantile, goal = MEASURED[name] or (None, None)
    value = late if quantile == 0.95 else median
    return Row(
        f"{name} ({len(seconds)})",
        f"{median:.0f} ms",
        f"{late:.0f} ms",
        goal=f"{'95 %' if quantile == 0.95 else 'median'} <= {goal} ms" if goal else "",
        reached=bool(value <= goal) if goal else None,
    )


def _is_trained(server: Server, name: str, texts: dict[str, str]) -> bool:
    type = family.by_name(name)
    recipe = Recipe(type, type.preset("ours").parse(texts))
    return server.store.run(recipe.run_id()).finished(recipe.hyperparameters.epochs)


def _trainings(server: Server) -> float:
    text = _get(f"{server.address}/metrics").decode()
    return sum(
        sample.value
        for metric in text_string_to_metric_families(text)
        for sample in metric.samples
        if sample.name == "autoencoder_lab_runs_ended_total"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Holds the lesson and prints its table.

    Returns:
        The exit code, 0 whatever the figures are.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument(
        "--visitors", type=int, default=30, choices=range(1, MAX_VISITORS + 1), metavar="N"
    )
    parser.add_argument(
        "--seconds", type=int, default=180, choices=range(1, MAX_SECONDS + 1), metavar="N"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also store the figures there")
    options = parser.parse_args(arguments)
    machine = print_machine()
    with running_server(TRAIN_AHEAD="0") as server:  # it counts its trainings
        rows = asyncio.run(hold(server, options.visitors, options.seconds))
    title = f"{options.visitors} visitors for {options.seconds} s, beside their trainings"
    print_rows(title, rows, COLUMNS)
    if options.json:
        save(options.json, machine, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A whole class at once: `python -m benchmarks.classroom`, against a server of its own.

Thirty visitors speak Streamlit's protocol over thirty connections, as its script in a browser
does: each opens a lesson, changes a setting, presses Train, looks on as often as the page asks to
be looked at, goes through configurations that others have trained, and loads the page anew. What
their browsers would draw is left out: that is the work of their own machines.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np
import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.measuring import Row, at_most, print_machine, print_rows, save
from benchmarks.visiting import (
    AT_FIRST,
    STORED,
    TRAINED,
    TRAINING,
    UNTRAINED,
    Server,
    Visitor,
    fetch,
    running_server,
)
from models.autoencoders import registry
from models.runs.recipe import Recipe

MAX_VISITORS, MAX_SECONDS = 100, 900

TRAINING_PATIENCE = 300.0
"""Seconds that a visitor waits for a training."""

_IMAGES = {"num_train": "1000", "epochs": "10"}
CONFIGURATIONS = [
    *(("linear", {"seed": str(seed), "epochs": "500"}) for seed in range(101, 105)),
    *(("stacked", {"seed": str(seed), **_IMAGES}) for seed in range(101, 104)),
    *(("variational", {"seed": str(seed), **_IMAGES}) for seed in range(101, 104)),
]
"""Ten trainings: lessons, and what differs from "Ours"."""

MEASURED = {
    "page open": (0.95, 2_000),
    "setting change": None,
    "cached result": (0.5, 300),
    "queue wait": None,
    "time to first epoch": None,
}
"""What is timed; for some, the quantile that matters and the most that it should be, in ms."""

COLUMNS = ("", "measured", "95 % within", "", "goal", "reached")

Note = Callable[[str, float], None]


async def follow_lesson(visitor: Visitor, number: int, seconds: float, note: Note) -> None:
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
    note("page open", await _seconds(visitor.open(lesson, texts | {"seed": "1"})))
    await asyncio.sleep(rng.uniform(0, seconds / 40))
    await visitor.open_settings()
    note("setting change", await _seconds(visitor.set("seed", int(texts["seed"]))))
    if visitor.shows(UNTRAINED):
        await _train(visitor, note)
    await visitor.wait_until(lambda: visitor.shows(TRAINED), TRAINING_PATIENCE)
    others = [found["seed"] for name, found in CONFIGURATIONS if name == lesson]
    while time.monotonic() < until:
        await asyncio.sleep(rng.uniform(1, 6))
        if rng.random() < 0.3:
            await visitor.close()
            note("page open", await _seconds(visitor.open(lesson, texts)))
            if not visitor.shows(TRAINED):
                visitor.errors.append(f"{lesson} {texts} was lost by a reload")
            continue
        others_seed = rng.choice([seed for seed in others if seed != texts["seed"]])
        note("setting change", await _seconds(visitor.set("seed", int(others_seed))))
        if visitor.shows(STORED):
            note("cached result", await _seconds(visitor.press("train")))
            if not visitor.shows(TRAINED):
                visitor.errors.append(f"{lesson} with seed {others_seed} was not shown")
            texts = texts | {"seed": others_seed}  # it is there after a reload, too
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


async def _seconds(action: Awaitable[None]) -> float:
    began = time.perf_counter()
    await action
    return time.perf_counter() - began


async def hold_lesson(server: Server, num_visitors: int, seconds: float) -> list[Row]:
    """Holds a lesson for a class, and measures it."""
    process = psutil.Process(server.process.pid)
    found: defaultdict[str, list[float]] = defaultdict(list)
    visitors = [Visitor(server.address) for _ in range(num_visitors)]
    memory = process.memory_info().rss / 1e6
    tasks = [
        follow_lesson(visitor, number, seconds, lambda name, value: found[name].append(value))
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
    type = registry.by_name(name)
    recipe = Recipe(type, type.preset("ours").parse(texts))
    return server.store.run(recipe.run_id()).find_result(recipe.hyperparameters.epochs)


def _trainings(server: Server) -> float:
    text = fetch(f"{server.address}/metrics").decode()
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
    for name, default, most in (("visitors", 30, MAX_VISITORS), ("seconds", 180, MAX_SECONDS)):
        numbers = {"type": int, "choices": range(1, most + 1), "metavar": "N"}
        parser.add_argument(f"--{name}", default=default, **numbers)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also store the figures there")
    options = parser.parse_args(arguments)
    machine = print_machine()
    with running_server(TRAIN_AHEAD="0") as server:  # it counts its trainings
        rows = asyncio.run(hold_lesson(server, options.visitors, options.seconds))
    title = f"{options.visitors} visitors for {options.seconds} s, beside their trainings"
    print_rows(title, rows, COLUMNS)
    if options.json:
        save(options.json, machine, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())

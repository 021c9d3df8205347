"""What the benchmarks share: alternating measurements, rows of a table, the machine in words."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from models.runs.store import RunStore


@dataclass(frozen=True)
class Row:
    """One figure. Times in seconds; `ratio` is peer / ours, or ours / peer for a limit."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""
    reached: bool | None = None


def alternate(
    tasks: Mapping[str, tuple[Callable[[], object], Callable[[], object]]], repeats: int
) -> dict[str, float]:
    """Median seconds of several tasks, measured in turn, so that all meet the same disturbances.

    Args:
        tasks: By name a warm-up and what is measured.
        repeats: How often each is measured.
    """
    for warm_up, _ in tasks.values():
        warm_up()
    seconds = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, (_, measured) in tasks.items():
            seconds[name].append(seconds_of(measured))
    return {name: statistics.median(values) for name, values in seconds.items()}


def seconds_of(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def against(what: str, ours: float, peer: float | None, goal: float, unit: str) -> Row:
    """How many times faster than a peer."""
    if peer is None:
        return Row(what, format_figure(ours, unit), "not installed", "", f">= {goal:g} x", None)
    ratio, texts = peer / ours, (format_figure(seconds, unit) for seconds in (ours, peer))
    return Row(what, *texts, f"{ratio:.2f} x", f">= {goal:g} x", ratio >= goal)


def at_most(what: str, ours: float, goal: float | None, unit: str, digits: int = 4) -> Row:
    """A figure that should not exceed a bound; without a goal, for information."""
    text = format_figure(ours, unit, digits)
    if goal is None:
        return Row(what, text)
    return Row(what, text, goal=f"<= {format_figure(goal, unit, digits)}", reached=ours <= goal)


def format_figure(value: float, unit: str, digits: int = 4) -> str:
    return f"{value:.{digits}g} {unit}".strip()


def run_command(
    about: str,
    parts: Mapping[str, Callable[[argparse.Namespace], list[Row]]],
    columns: tuple[str, ...],
    count: tuple[str, str],
    arguments: Sequence[str] | None = None,
) -> int:
    """A benchmark's command line: measures the chosen parts and prints a table for each.

    Args:
        about: Its help.
        parts: By name what measures, from the options, and gives rows.
        columns: Titles of the tables.
        count: An option for how often something is measured, 3 by default, such as "--repeats",
            and its help; the parts find it as `options.count`.
        arguments: Of the command; those of the process if None.

    Returns:
        The exit code, 0 whatever the figures are.
    """
    command = f"python -m benchmarks.{Path(sys.argv[0]).stem}"
    parser = argparse.ArgumentParser(prog=command, description=about)
    parser.add_argument(count[0], dest="count", type=int, default=3, metavar="N", help=count[1])

    def some(text: str) -> list[str]:
        unknown = [name for name in text.split(",") if name not in parts]
        if unknown:
            raise argparse.ArgumentTypeError(
                f"{', '.join(map(repr, unknown))} is none of {', '.join(parts)}"
            )
        return text.split(",")

    parser.add_argument(
        "--only",
        type=some,
        default=list(parts),
        metavar="PARTS",
        help=f"some of {','.join(parts)}; mnist needs AUTOENCODER_LAB_DATA",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also store the figures there")
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: shows that all works, measures nothing"
    )
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found = print_machine()
    rows = []
    for name in options.only:
        note(name)
        new = parts[name](options)
        print_rows(name, new, columns)
        rows += new
    if options.json:
        save(options.json, found, rows)
    return 0


def print_rows(title: str, rows: list[Row], columns: tuple[str, ...]) -> None:
    """A table in plain text."""
    verdict = {True: "yes", False: "NO", None: ""}
    table = [columns]
    table += [(r.what, r.ours, r.peer, r.ratio, r.goal, verdict[r.reached]) for r in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    print(f"\n{title}")
    for cells in table:
        line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print(line.rstrip(), flush=True)


def machine() -> dict[str, str]:
    """The circumstances that a figure depends on."""
    versions = {}
    for package in ("tensorflow", "keras", "numpy", "torch", "distributed"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "load average": f"{os.getloadavg()[0]:.1f} (other work makes every figure worse)",
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        **versions,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def print_machine() -> dict[str, str]:
    found = machine()
    for name, value in found.items():
        print(f"{name + ':':14} {value}")
    return found


def save(path: Path, found: Mapping[str, str], rows: list[Row]) -> None:
    content = {"machine": found, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(content, indent=2) + "\n")


@contextmanager
def temporary_store() -> Iterator[RunStore]:
    """A run store that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="autoencoder-lab-benchmark-") as folder:
        yield RunStore(Path(folder), max_bytes=10**10)


def note(text: str) -> None:
    """Says on stderr what is being measured, as some of it takes minutes."""
    print(f"... {text}", file=sys.stderr, flush=True)

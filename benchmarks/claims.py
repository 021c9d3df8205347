"""Do the lessons' claims hold? `python -m benchmarks.claims [--only PAGE] [--write]`.

Trains what each claim compares with five seeds that follow from the claim itself, and prints in how
many of them it held, the effect and its interval of 95 %. What was trained is kept in a file, so
that a command that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import statistics
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from scipy import stats

from benchmarks.measuring import note, print_machine, temporary_store
from dashboard.claims.by_page import CLAIMS
from dashboard.claims.claim import NUM_SEEDS, Claim, Figure
from models.export.source import REPOSITORY

PAGE = REPOSITORY / "docs" / "claims.md"
HEADING = """# Claims

What the lessons state about outcomes. Each claim was checked with five seeds that follow from the
claim itself; its effect is the mean over the seeds (of ratios the geometric one), with its interval
of 95 %. `python -m benchmarks.claims --write` makes this page; a test compares it with the claims
in the code, and with the settings and defaults that they were checked with.
"""

Known = dict[tuple[str, int], float]
"""Numbers by what describes a figure, as text, and seed."""


@dataclass(frozen=True)
class Outcome:
    """What came of a claim.

    Attributes:
        effects: One of each seed.
        held: In how many seeds it held.
        mean: Of the effects.
        interval: In which their mean lies with 95 %, if they are normally distributed, or their
            logarithms where they are ratios.
    """

    effects: Sequence[float]
    held: int
    mean: float
    interval: tuple[float, float]


def judge(claim: Claim, effects: Sequence[float]) -> Outcome:
    """What the effects of several seeds say of a claim."""
    held = sum(map(claim.holds, effects))
    is_ratio = claim.times is not None
    scaled = [math.log(one) if is_ratio else one for one in effects]
    mean = statistics.mean(scaled)
    quantile = float(stats.t.ppf(0.975, len(scaled) - 1))
    half = quantile * statistics.stdev(scaled) / math.sqrt(len(scaled))
    back = math.exp if is_ratio else float
    return Outcome(effects, held, back(mean), (back(mean - half), back(mean + half)))


def plain(claim: Claim) -> str:
    """The sentence without the glossary's brackets."""
    return re.sub(r"\[\[(?:[^]|]*\|)?([^]]*)\]\]", r"\1", str(claim))


def row(claim: Claim, outcome: Outcome, commit: str) -> str:
    """A claim's line of the table."""
    low, high = outcome.interval
    cells = (
        plain(claim),
        claim.condition,
        f"{outcome.mean:.3g} ({low:.3g} to {high:.3g})",
        f"{outcome.held} of {len(outcome.effects)}",
        commit,
        f"`{claim.key}`",
    )
    return f"| {' | '.join(cells)} |"


def section(page: str, rows: Sequence[str]) -> str:
    """A page's part of docs/claims.md."""
    titles = "| claim | it says | effect | held | commit | key |\n|---|---|---|---|---|---|\n"
    return f"\n## {page}\n\n{titles}" + "\n".join(rows) + "\n"


def replace_section(text: str, page: str, new: str) -> str:
    """The text with another section for a page, in the order of `CLAIMS`."""
    parts = dict(re.findall(r"(?ms)^## (\w+)$(.*?)(?=^## |\Z)", text)) | {page: ""}
    old = {name: f"\n## {name}{body.rstrip()}\n" for name, body in parts.items()} | {page: new}
    return HEADING + "".join(old[name] for name in CLAIMS if name in old)


def _name_of(figure: Figure) -> str:
    return "/".join(figure.describe())


def _measure(task: tuple[list[Figure], int]) -> list[tuple[str, int, float]]:
    """Trains one run and reads the figures of it. In a process of its own."""
    from dashboard.claims.measures import measure
    from models.training import trainer

    figures, seed = task
    recipe = figures[0].recipe(seed)
    with temporary_store() as store:
        trainer.train(recipe, store)
        run = store.run(recipe.run_id())
        return [(_name_of(one), seed, measure(run, one.measure)) for one in figures]


def _tasks(claims: Sequence[Claim], attempt: int, known: Known) -> list[tuple[list[Figure], int]]:
    """What has to be trained: all figures of a run that are not known, together."""
    wanted: dict[tuple[str, int], list[Figure]] = {}
    for claim in claims:
        for seed in claim.seeds(attempt):
            for figure in claim.figures:
                if (_name_of(figure), seed) not in known:
                    run = "/".join(figure.describe()[1:])
                    wanted.setdefault((run, seed), []).append(figure)
    return [(figures, seed) for (_, seed), figures in wanted.items()]


def _effects(claim: Claim, attempt: int, known: Known) -> list[float]:
    def value(figure: Figure | float, seed: int) -> float:
        return known[_name_of(figure), seed] if isinstance(figure, Figure) else figure

    return [
        claim.effect(value(claim.less, seed), value(claim.more, seed))
        for seed in claim.seeds(attempt)
    ]


def _read(file: Path) -> Known:
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return {(name, seed): value for name, seed, value in map(json.loads, lines)}


def _train(tasks: list[tuple[list[Figure], int]], processes: int, file: Path) -> Iterator[None]:
    threads = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"), "1")
    os.environ |= threads if processes > 1 else {}
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool, file.open("a") as output:
        for number, found in enumerate(pool.map(_measure, tasks), 1):
            output.writelines(json.dumps(one) + "\n" for one in found)
            output.flush()
            if number % 10 == 0:
                note(f"{number} of {len(tasks)} runs")
            yield


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("--only", choices=list(CLAIMS), metavar="PAGE", help="one page's claims")
    parser.add_argument("--attempt", type=int, default=1, help="another number: fresh seeds")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--known", type=Path, default=Path("claims.jsonl"), help="the file of what was trained"
    )
    parser.add_argument("--write", action="store_true", help="write docs/claims.md")
    options = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print_machine()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True
    ).stdout.strip()
    pages = {name: CLAIMS[name] for name in CLAIMS if options.only in (None, name)}
    claims = [claim for several in pages.values() for claim in several]
    tasks = _tasks(claims, options.attempt, _read(options.known))
    note(f"{len(claims)} claims, {len(tasks)} runs to train")
    for _ in _train(tasks, options.processes, options.known):
        pass
    known, failing = _read(options.known), 0
    for page, several in pages.items():
        rows = []
        for claim in several:
            outcome = judge(claim, _effects(claim, options.attempt, known))
            failing += outcome.held < NUM_SEEDS
            rows.append(row(claim, outcome, commit))
            mark = "  " if outcome.held == NUM_SEEDS else "! "
            numbers = ", ".join(f"{one:.3g}" for one in outcome.effects)
            print(f"{mark}{page}: {outcome.held} of {NUM_SEEDS} ({numbers}; {claim.condition})")
            print(f"      {claim}")
        if options.write:
            text = PAGE.read_text("utf-8") if PAGE.exists() else HEADING
            PAGE.write_text(replace_section(text, page, section(page, rows)), "utf-8")
    return min(failing, 1)


if __name__ == "__main__":
    raise SystemExit(main())

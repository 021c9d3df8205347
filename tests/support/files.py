"""Files as visitors upload them."""

import dataclasses
import io
import os
import time
import zipfile

import numpy as np
from PIL import Image

from models import settings
from models.data.uploads import ages

MACHINE = dataclasses.replace(
    settings.current(), max_upload_megabytes=1, max_unpacked_megabytes=2, max_upload_examples=200
)
"""A machine that takes small files only."""

GREY = np.random.default_rng(1).integers(0, 256, (30, 20, 24), np.uint8)


def csv(rows=40, columns=5, seed=0, **replaced):
    """A table of numbers as text; `replaced` are columns by name, c0 and so on."""
    numbers = np.random.default_rng(seed).normal(size=(rows, columns)) @ np.diag(
        range(1, columns + 1)
    )
    cells = {f"c{i}": [f"{x:.4f}" for x in numbers[:, i]] for i in range(columns)} | replaced
    lines = [
        ",".join(cells),
        *(",".join(map(str, row)) for row in zip(*cells.values(), strict=True)),
    ]
    return "\n".join(lines).encode()


def let_age(path, seconds):
    """Lets a file of own data be unused for so long, while a server ran."""
    now = time.time()
    os.utime(path, (now - seconds, now - seconds))
    (mark := path.parent / ages.ROUND_FILE).touch()
    os.utime(mark, (now, now))


def own_files(machine):
    """The names of all files of own data."""
    return {path.name for path in machine.uploads_folder.iterdir()} - {ages.ROUND_FILE}


def png(size=(28, 28), seed=0, mode="L", kind="PNG", flat=None):
    grey = np.random.default_rng(seed).integers(0, 256, size[::-1], np.uint8)
    if flat is not None:
        grey[:] = flat
    file = io.BytesIO()
    Image.fromarray(grey).convert(mode).save(file, kind)
    return file.getvalue()


def archive(files, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return file.getvalue()


def drawings(count=24, folders=("cats", "dogs")):
    return {f"mine/{folders[i % len(folders)]}/{i}.png": png(seed=i) for i in range(count)}


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


VALID = [
    ("a.csv", csv(label=["a", "b"] * 20)),
    ("a.zip", archive(drawings())),
    ("a.npz", npz(images=GREY, labels=np.arange(30) % 3)),
]
"""A file of each kind."""

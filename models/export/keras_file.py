"""The trained network of a run as a `.keras` file.

It is saved as a model of plain Keras layers, not as the class that was trained, so that
`keras.models.load_model` opens it where this lab is not installed: see `keras_model.plain_model`.
The web process lets another process do it, as it does not import TensorFlow itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from models.children import child_environment
from models.export.source import REPOSITORY
from models.runs.files import RunError
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.training.keras_import import import_keras

SECONDS = 180
"""How long saving a network may take in a process of its own: nearly all of it is the start of
TensorFlow."""

_one_at_a_time = threading.Lock()


class ExportError(RunError):
    """A run cannot be exported; the message says why."""


def prepare(run: Run) -> None:
    """Sees to it that the run's network lies in `file_of(run)`, to be removed with the run.

    Another process makes it when it is first asked for after a training; if several are asked
    for at once, one after the other.

    Raises:
        ExportError: If the run has no weights, or the process fails or takes too long.
    """
    with _one_at_a_time:
        if not is_fresh(run):
            _save_elsewhere(run)


def file_of(run: Run) -> Path:
    """Where a run's network is kept, once it has been asked for."""
    return run.folder / "weights.keras"


def _stamp(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def is_fresh(run: Run) -> bool:
    """Whether the file holds the weights stored last: then it bears the same time."""
    stored = _stamp(run.folder / "checkpoint.npz")
    return stored is not None and stored == _stamp(file_of(run))


def _save_elsewhere(run: Run) -> None:
    command = [
        sys.executable,
        "-m",
        "models.export",
        run.id,
        "--runs",
        str(run.folder.parent),
    ]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=child_environment() | {"CUDA_VISIBLE_DEVICES": ""},  # a GPU is for training
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _, said = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            _temporary(run, process.pid).unlink(missing_ok=True)
            raise ExportError(
                f"Saving the network took more than {SECONDS} seconds and was given up: this "
                "machine is busy. Try again later."
            ) from None
    if process.returncode:
        *_, last = said.strip().splitlines() or ["its process ended"]
        raise ExportError(last.removeprefix("models.export: "))


def _temporary(run: Run, process: int) -> Path:
    return run.folder / f"weights-{process}.keras"


def save_weights(run: Run) -> None:
    """Saves the network of a run beside it. Imports TensorFlow.

    Raises:
        ExportError: If it has no weights that fit its configuration.
    """
    import_keras()
    from models.export import keras_model

    nothing = f"Run {run.id} has no weights that this version of the lab can read. Train it again."
    stamp = _stamp(run.folder / "checkpoint.npz")  # first: who replaces it later makes us stale
    stored, config = run.checkpoint(prefix="weights/"), run.config
    if stamp is None or stored is None or config is None:
        raise ExportError(nothing)
    try:
        model = keras_model.plain_model(Recipe.from_dict(config), stored[0])
    except (TypeError, KeyError, ValueError) as error:
        raise ExportError(nothing) from error
    temporary = _temporary(run, os.getpid())
    try:
        model.save(temporary)
        os.utime(temporary, ns=(stamp, stamp))
        os.replace(temporary, file_of(run))
    finally:
        temporary.unlink(missing_ok=True)

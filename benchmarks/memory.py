"""How much memory a training takes, and what was expected: `python -m benchmarks.memory`.

Each training has a process of its own, whose resident memory is looked at a hundred times a second.
The part `jacobian` takes 8 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil

from benchmarks.measuring import Row, at_most, run_command
from models.autoencoders import registry
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training import memory
from models.training.keras_import import import_keras

COLUMNS = ("what", "measured", "", "", "estimated", "enough")

LARGE_BATCH = "batch_size=2000"
PARTS = {
    "types": [
        "linear",
        "stacked",
        f"stacked {LARGE_BATCH} hidden_sizes=1000-500",
        f"denoising {LARGE_BATCH} hidden_sizes=2000",
        f"sparse {LARGE_BATCH} latent_dim=784",
        f"tied {LARGE_BATCH} epochs=4",
        f"hashing {LARGE_BATCH}",
        f"variational {LARGE_BATCH}",
        f"conditional {LARGE_BATCH}",
        f"adversarial {LARGE_BATCH}",
        f"recurrent {LARGE_BATCH}",
        "vector_quantized batch_size=1000",
        "convolutional",
        f"convolutional {LARGE_BATCH} filters=32-64 kernel_size=7",
    ],
    "jacobian": [
        "contractive",
        f"contractive {LARGE_BATCH} hidden_sizes=400 latent_dim=200",
        "contractive batch_size=200 hidden_sizes=400 latent_dim=784",
        "contractive batch_size=500 hidden_sizes=500-300 latent_dim=100",
    ],
    "mnist": ["stacked dataset=mnist num_train=60000"],
}
"""Types and their hyperparameters; one epoch each unless it says otherwise."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures the chosen parts and prints a table for each."""
    parts = {name: partial(_measure_all, texts) for name, texts in PARTS.items()}
    count = ("--repeats", "how often each is measured; the most counts")
    return run_command(__doc__ or "", parts, COLUMNS, count, arguments)


def _measure_all(texts: list[str], options: argparse.Namespace) -> list[Row]:
    return [_measure(text, options.count) for text in (texts[:1] if options.quick else texts)]


def _measure(text: str, repeats: int) -> Row:
    command = [sys.executable, "-m", "benchmarks.memory", "--peak-of", text]
    peaks = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for _ in range(repeats)
    ]
    return at_most(text, max(peaks), memory.estimate_megabytes(_recipe(text)), "MB")


def _recipe(text: str) -> Recipe:
    name, *values = text.split()
    type = registry.by_name(name)
    texts = {"epochs": "1"} | dict(value.split("=") for value in values)
    return Recipe(type, type.preset("ours").parse(texts))


def _peak(text: str) -> float:
    """Megabytes of this process at the most, while it trains."""
    import_keras()
    from models.training import trainer

    process, done, peaks = psutil.Process(), threading.Event(), [0]

    def look() -> None:
        while not done.wait(0.01):
            peaks[0] = max(peaks[0], process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    with tempfile.TemporaryDirectory(prefix="autoencoder-lab-benchmark-") as folder:
        trainer.train(_recipe(text), RunStore(Path(folder), 10**12))
    done.set()
    looking.join()
    return peaks[0] / 1e6


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak-of"]:
        print(json.dumps(_peak(sys.argv[2])))
    else:
        sys.exit(main())

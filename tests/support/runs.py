"""Runs that were never trained, and what is compared of those that were."""

import os

import numpy as np

RUN = "stacked-0123456789abcdef"
ARRAYS = {"weights": np.arange(6.0).reshape(2, 3), "file": np.ones(2, np.float32)}


def run_id(number):
    return f"stacked-{number:016x}"


TERMS = {"total": 0.5, "reconstruction_mse": 0.25}


def event(epoch, **more):
    """What training records after an epoch."""
    parts = {"train": TERMS, "held_out": TERMS, "diagnostics": {}}
    return {"epoch": epoch, "seconds": float(epoch), **parts, **more}


def result(status, epochs, **more):
    """What training says at its end."""
    parts = {"train": TERMS, "held_out": TERMS, "pca": {"train": 0.1, "held_out": 0.2}}
    speed = {"seconds": 1.5, "images_per_second": 1000, "device": "CPU"}
    told = {"message": "It ran away.", "suggestion": {}} if status == "diverged" else {}
    return {"status": status, "epochs": epochs, **parts, **speed, **told, **more}


def fill(run):
    with run.acquire("worker", 3):
        for epoch in (1, 2, 3):
            run.append_event(event(epoch))
        run.save_checkpoint(ARRAYS, {"epoch": 3})
        run.save_live(ARRAYS, {"epoch": 3})
        run.save_snapshot(3, ARRAYS, {"epoch": 3})
        run.finish(result("completed", 3))


def filled_runs(store, count, size=10_000):
    """Runs of about `size` bytes; the first is the least recently used."""
    made = []
    for number in range(count):
        run = store.create(run_id(number), {})
        run.save_checkpoint({"a": np.zeros(size, np.uint8)}, {"epoch": 1})
        os.utime(run.folder / "config.json", (1_000 + number, 1_000 + number))
        made.append(run)
    return made


def numbers(run):
    """A run's events without their times: what its recipe has determined."""
    return [{k: v for k, v in one.items() if k != "seconds"} for one in run.events()]

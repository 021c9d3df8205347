"""What the server counts for whoever operates it; `/metrics` gives it in Prometheus' text format.

Nothing here says who asked for what.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
"""Apart from the library's own, which Streamlit may use."""

SUBMISSIONS = Counter(
    "autoencoder_lab_submissions",
    "Runs asked for: new in the queue, or joined because somebody wants them already",
    ["answer"],
    registry=REGISTRY,
)
LOOKS = Counter(
    "autoencoder_lab_looks",
    "Configurations that a visitor opened: stored (trained before) or not",
    ["answer"],
    registry=REGISTRY,
)
PASSWORDS = Counter(
    "autoencoder_lab_teacher_passwords",
    "Teacher's passwords typed: right, wrong, or too early after a wrong one to be tried",
    ["answer"],
    registry=REGISTRY,
)
ENDED = Counter(
    "autoencoder_lab_runs_ended", "Trainings that have ended", ["status"], registry=REGISTRY
)
LOST = Counter(
    "autoencoder_lab_workers_lost", "Trainings whose process died under them", registry=REGISTRY
)
SECONDS = Histogram(
    "autoencoder_lab_training_seconds",
    "From handing a run to a training process to its end",
    buckets=(0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1800),
    registry=REGISTRY,
)
WAITING = Gauge("autoencoder_lab_runs_waiting", "Runs in the queue", registry=REGISTRY)
RUNNING = Gauge("autoencoder_lab_runs_in_training", "Runs in training", registry=REGISTRY)
WORKERS = Gauge("autoencoder_lab_workers_ready", "Training processes ready", registry=REGISTRY)

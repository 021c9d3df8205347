"""The processor or graphics card that a training runs on."""

from __future__ import annotations

import tensorflow as tf

from models.runs.files import RunError


class TrainingError(RunError):
    """Training could not begin; the message says why and what would help."""


def gpu_name() -> str | None:
    """The first GPU that TensorFlow can use, in words, or None."""
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return None
    return tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")


def find_device(wish: str) -> tuple[str, str]:
    """The TensorFlow device for "auto", "cpu" or "gpu", and its name for people.

    Raises:
        TrainingError: If a GPU is wished for and there is none.
    """
    gpu = gpu_name() if wish != "cpu" else None
    if gpu:
        return "/GPU:0", gpu
    if wish == "gpu":
        raise TrainingError(
            "There is no GPU here that TensorFlow can use. Choose the device “automatic” or "
            "“CPU”, or install the NVIDIA driver and tensorflow[and-cuda]."
        )
    return "/CPU:0", "CPU"


def use_memory_growth() -> None:
    """Lets several processes share a GPU; by default TensorFlow takes all of its memory."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)

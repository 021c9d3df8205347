"""Which epochs of a run leave what: losses, pictures, states to branch off from.

The choice depends on the epoch alone, so that ten epochs and ten more leave the same record as
twenty.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from models.data.datasets import SAMPLE_SIZE
from models.runs.files import Arrays
from models.runs.run import SNAPSHOT_IMAGES

HALVED = ("codes", "log_variances", "activities", "discriminator")
"""Pictures that a snapshot keeps as 16-bit floats: on the screen nobody sees the difference."""


def is_recorded(epoch: int) -> bool:
    """Whether the losses after `epoch` (counted from 1) are recorded in every run.

    Each of the first 40 epochs, then about 29 for each factor of e: 140 of the first thousand,
    190 of the first five thousand. The choice depends on nothing else, so that ten epochs and
    ten more leave the same record as twenty.
    """
    return (
        epoch <= 40
        or int(29 * math.log(epoch)) != int(29 * math.log(epoch - 1))
        or _may_be_left(epoch)
    )


def is_pictured(epoch: int) -> bool:
    """Whether the pictures after `epoch` are kept: about 14 for each factor of e, so that
    early epochs, when most happens, lie dense. Half of 29: each of them is a recorded one. So are
    those whose state may be kept: a page that shows a kept state needs its pictures."""
    return (
        epoch <= 10
        or int(14.5 * math.log(epoch)) != int(14.5 * math.log(epoch - 1))
        or _may_be_left(epoch)
    )


def film_frame(pictures: Arrays) -> Arrays:
    """What a snapshot keeps of a run's pictures: images of SNAPSHOT_IMAGES examples, of all else
    SAMPLE_SIZE rows. The default runs take 4 MB (variational) and 6 MB (stacked) for all of them.
    """
    frame = {}
    for name, array in pictures.items():
        rows = SNAPSHOT_IMAGES if array.dtype == np.uint8 else SAMPLE_SIZE
        frame[name] = array[:rows] if array.ndim > 1 else array
        if name in HALVED:
            limits = np.finfo(np.float16)
            frame[name] = np.clip(frame[name], limits.min, limits.max).astype(np.float16)
    return frame


MAX_BRANCH_POINTS = 8
"""States that a run keeps for branches, besides its last one."""

BRANCH_RATIO = 1.5
"""Between the epochs of two such states, while there are few."""


def branch_epochs(last: int, most: int = MAX_BRANCH_POINTS) -> list[int]:
    """After which epochs a run that has come to epoch `last` keeps a state to branch off from.

    1, 2, 3, 5, 8, 12, 18, 27, ... If these are too many, every second goes, and so on: what is
    kept at a later epoch was kept before, whoever trained the run and however often it stopped.
    """
    epochs, step = _epochs_to_leave(last), 1
    while most and math.ceil(len(epochs) / step) > most:
        step *= 2
    return epochs[::step] if most else []


def _epochs_to_leave(last: int) -> list[int]:
    epochs, epoch = [], 1
    while epoch <= last:
        epochs.append(epoch)
        epoch = max(epoch + 1, round(epoch * BRANCH_RATIO + 0.1))
    return epochs


@cache
def _may_be_left(epoch: int) -> bool:
    return epoch in _epochs_to_leave(epoch)

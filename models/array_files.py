"""Files of arrays (.npz), read so that a bit that has changed on the disk is noticed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import IO

import numpy as np


def read_npz(
    file: IO[bytes], wanted: Callable[[str], bool] = lambda name: True
) -> dict[str, np.ndarray]:
    """The arrays of a file by their names, those that are wanted.

    Raises:
        Exception: Of a dozen kinds, if the file is damaged.
    """
    with zipfile.ZipFile(file) as archive:
        names = {entry: entry.removesuffix(".npy") for entry in archive.namelist()}
        return {name: _read_array(archive, entry) for entry, name in names.items() if wanted(name)}


def _read_array(archive: zipfile.ZipFile, entry: str) -> np.ndarray:
    with archive.open(entry) as stream:
        array = np.lib.format.read_array(stream, allow_pickle=False)
        # The checksum is compared at the end, which `np.load` does not reach where the damage
        # makes an array seem smaller.
        if stream.read(1):
            raise ValueError(f"more bytes follow than {entry} needs")
    return array

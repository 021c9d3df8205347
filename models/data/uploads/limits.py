"""How much an upload may hold, and what to say if it holds more."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from models.settings import Settings, variable

if TYPE_CHECKING:
    # Imported where a file is parsed: whoever only names a data set needs neither.
    pass
from models.data.uploads.upload import UploadError

MAX_CLASSES = 26

MIN_EXAMPLES = 20

FEWEST_OF_A_CLASS = 5
"""Images of each class: so that one at least can be held out of every five."""


def name_setting(name: str) -> str:
    """Words that name the variable of a limit, for whoever runs the server."""
    return f" (whoever runs the server sets {variable(name)})"


SAMPLE_SEED = 0


def draw_sample(count: int, most: int, what: str) -> tuple[np.ndarray, list[str]]:
    """Which of so many examples are taken where not all are allowed, in their order, and a sentence
    on that, if it is so."""
    if count <= most:
        return np.arange(count), []
    rows = np.random.RandomState(SAMPLE_SEED).permutation(count)[:most]
    note = f"A random sample of {most:,} of the {count:,} {what}: more are not allowed."
    return np.sort(rows), [note]


def check_count(count: int, what: str, machine: Settings) -> None:
    """Refuses too few and too many examples.

    Raises:
        UploadError: With the limits.
    """
    if not MIN_EXAMPLES <= count <= machine.max_upload_examples:
        raise UploadError(
            f"The file has {count:,} {what}; from {MIN_EXAMPLES} to "
            f"{machine.max_upload_examples:,} are allowed{name_setting('max_upload_examples')}."
        )


class Budget:
    """Bytes that may still be unpacked, whatever a file announces."""

    def __init__(self, machine: Settings):
        self.limit = machine.max_unpacked_megabytes
        self.left = self.limit * 10**6

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise UploadError(
                f"Unpacked, the file is larger than {self.limit} MB, which is what is allowed"
                f"{name_setting('max_unpacked_megabytes')}. Choose fewer or smaller images."
            )

    def hold(self, count: int, what: str) -> None:
        """Refuses what takes so many bytes for a moment, if that is more than all may take."""
        if count > self.limit * 10**6:
            raise UploadError(
                f"{what} takes {count / 1e6:,.0f} MB unpacked; {self.limit} MB are allowed"
                f"{name_setting('max_unpacked_megabytes')}. Make it smaller."
            )

    def read(self, stream: IO[bytes]) -> bytes:
        """All of the stream, or not even one byte more than is left."""
        content = stream.read(self.left + 1)
        self.spend(len(content))
        return content

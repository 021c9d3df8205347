"""Visitors' files are parsed by a process of their own, one at a time, within a time and a memory.

A small file may be made so that reading it takes minutes or gigabytes: of 0.2 MB with a hundred
thousand scans of an image, say. Then the process ends, and the server's pages go on meanwhile.
"""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from models.array_files import read_npz
from models.children import child_environment
from models.data.uploads.parsing import parse
from models.data.uploads.understood import Choices, Understood
from models.data.uploads.upload import Upload, UploadError, UploadQuestionError
from models.settings import Settings, current

PATIENCE = 60.0
"""Seconds that a file waits for its turn, at most."""

SLICE = 0.1
"""Seconds after which whoever waits looks whether the file is wanted still."""

NICENESS = 5
"""The process stands back behind the server's pages."""

_ROOT = Path(__file__).resolve().parents[3]

_ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own one reserves a gigabyte ahead
    "OPENBLAS_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}

_TEXTS = ("column_names", "class_names", "notes")

_turn = threading.Lock()

_visitors_turns = [threading.Lock() for _ in range(64)]
"""However many files a visitor has waiting, one of them is in the line that all others stand in."""

log = logging.getLogger(__name__)


def allowed_seconds(machine: Settings) -> int:
    """Processor time that one file may take; ordinary ones take a quarter of it at most."""
    return 5 + machine.max_unpacked_megabytes // 20


def allowed_bytes(machine: Settings) -> int:
    """Address space that one file may take; ordinary ones take two thirds of it at most."""
    return (500 + 4 * machine.max_unpacked_megabytes) * 10**6


@contextmanager
def turn(owner: str = "", look: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Waits until no other file is parsed.

    Args:
        owner: Whose file it is.
        look: Called again and again meanwhile; what it raises ends the waiting.

    Raises:
        UploadError: If that takes longer than `PATIENCE`.
    """
    deadline = time.monotonic() + PATIENCE
    with ExitStack() as held:
        for lock in (_visitors_turns[hash(owner) % len(_visitors_turns)], _turn):
            while not lock.acquire(timeout=SLICE):
                look()
                if time.monotonic() > deadline:
                    raise UploadError(
                        f"Other files are being checked, and this one has waited for {PATIENCE:.0f}"
                        " seconds. Upload it again in a minute."
                    )
            held.callback(lock.release)
        yield


def parse_apart(file_name: str, content: bytes, choices: Choices | None = None) -> Upload:
    """What `parse` says of a file, from another process.

    Raises:
        UploadQuestionError: If only the visitor knows how it is to be read.
        UploadError: Whatever is wrong with the file, or if reading it takes too much.
    """
    seconds = allowed_seconds(current())
    try:
        done = subprocess.run(
            [sys.executable, "-m", "models.data.uploads.apart"],
            input=json.dumps([file_name, dict(choices or {})]).encode() + b"\n" + content,
            cwd=_ROOT,
            env=child_environment() | _ENVIRONMENT,
            capture_output=True,
            timeout=3 * seconds,  # by the clock: this machine may be busy
        )
    except subprocess.TimeoutExpired:
        raise UploadError(_too_much()) from None
    except OSError as error:
        log.warning("no process to parse a file can be started (%s)", error.strerror)
        raise UploadError(_out_of_order()) from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
        log.warning("parsing a file ended with %d (%s)", done.returncode, last[:80])
        is_ours = done.returncode > 0 and last != "MemoryError"
        raise UploadError(_out_of_order() if is_ours else _too_much())
    return _read(done.stdout)


def _too_much() -> str:
    machine = current()
    return (
        f"Reading the file takes more than {allowed_seconds(machine)} seconds or "
        f"{allowed_bytes(machine) // 10**6} MB of memory, which no ordinary file of its size does. "
        "Choose a part of it, or save it anew, images as plain PNG, and upload it again."
    )


def _out_of_order() -> str:
    return (
        "The server cannot check files just now. Upload it again in a minute; if that does not "
        "help, tell whoever runs the server: its log says more."
    )


def _read(answer: bytes) -> Upload:
    line, _, arrays = answer.partition(b"\n")
    about = json.loads(line)
    if question := about.get("question"):
        raise UploadQuestionError(about["error"], Understood(**question))
    if "error" in about:
        raise UploadError(about["error"])
    found = read_npz(io.BytesIO(arrays))
    columns, classes, notes = (tuple(about[name]) for name in _TEXTS)
    understood = tuple(Understood(**one) for one in about["understood"])
    return Upload(about["kind"], about["title"], found, columns, classes, notes, understood)


def _write(upload: Upload, stream: IO[bytes]) -> None:
    about = {name: getattr(upload, name) for name in ("kind", "title", *_TEXTS)}
    about["understood"] = [one.as_dict() for one in upload.understood]
    stream.write(json.dumps(about).encode() + b"\n")
    np.savez(stream, allow_pickle=False, **upload.arrays)


def _limit(machine: Settings) -> None:
    """What this process may take. Windows knows no such limits: there its time counts alone."""
    if sys.platform == "win32":
        return
    import resource

    os.nice(NICENESS)
    for what, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, allowed_seconds(machine)),
        (resource.RLIMIT_AS, allowed_bytes(machine)),
    ):
        with suppress(ValueError, OSError):  # it is less already, or the system does not know it
            resource.setrlimit(what, (limit, limit))


def main() -> None:
    """Parses a file from standard input, after a line with its name in JSON."""
    _limit(current())
    file_name, choices = json.loads(sys.stdin.buffer.readline())
    try:
        upload = parse(file_name, sys.stdin.buffer.read(), choices=choices)
        _write(upload, sys.stdout.buffer)
    except UploadError as error:
        answer: dict[str, Any] = {"error": str(error)}
        if isinstance(error, UploadQuestionError):
            answer["question"] = error.question.as_dict()
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()

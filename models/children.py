"""What a child process gets of this process's environment: what it needs, and no secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from models.settings import Settings

NEEDED = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR")
"""Variables that every program may need."""

FAMILIES = (
    *("LC_", "LD_", "DYLD_", "XDG_", "PYTHON", "VIRTUAL_ENV", "CONDA_", "COVERAGE_", "MALLOC_"),
    *("DASK_", "TF_", "XLA_", "KERAS_", "CUDA_", "NVIDIA_", "NCCL_"),
    *("OMP_", "KMP_", "MKL_", "OPENBLAS_"),
)
"""How the names begin by which Python, Dask, TensorFlow and what they build on are set up."""

REPOSITORY = str(Path(__file__).resolve().parents[1])


def child_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of a child process.

    Of the lab's settings it has the folders and the numbers. Those that are texts, such as the
    teacher's password and the database's address, are nobody's but the web server's. It imports
    from here and where `PYTHONPATH` says, never from whatever folder it is in.
    """
    settings = [item.metadata["variable"] for item in fields(Settings) if item.repr]
    folders = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    path = os.pathsep.join([REPOSITORY, *map(os.path.abspath, folders)])
    kept = {
        name: text
        for name, text in environment.items()
        if name in NEEDED or name in settings or name.startswith(FAMILIES)
    }
    return kept | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}

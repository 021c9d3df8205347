"""Keras without what it imports for others."""

from __future__ import annotations

import os
import sys
from typing import Any

UNUSED = ("matplotlib", "sklearn")
"""Packages for Keras' wrappers and galleries, which nothing of ours uses."""


def import_keras() -> None:
    """Imports Keras as if UNUSED were not installed, which saves a third of the time.

    Later imports of these packages work as always.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    modules: dict[str, Any] = sys.modules  # None there stands for a package that is absent
    absent = [name for name in UNUSED if name not in modules]
    modules.update(dict.fromkeys(absent))
    try:
        import keras  # noqa: F401
    finally:
        for name in absent:
            del modules[name]

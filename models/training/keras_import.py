"""Keras without what it imports for others."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

UNUSED = ("matplotlib", "pandas", "sklearn")
"""Packages for Keras' wrappers, galleries and tables, which nothing of ours hands to it."""


def import_keras() -> None:
    """Imports Keras as if UNUSED were not installed, in little more than half the time.

    Later imports of these packages work as always. What has been imported is left out of garbage
    collections to come: each would look through a million objects that stay.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Without a home folder that can be written, Keras believes the settings that anybody has put
    # into /tmp/.keras; and nothing of a user's own, such as "floatx", may change our numbers.
    os.environ.setdefault("KERAS_HOME", os.devnull)
    modules: dict[str, Any] = sys.modules  # None there stands for a package that is absent
    absent = [name for name in UNUSED if name not in modules]
    modules.update(dict.fromkeys(absent))
    collects = gc.isenabled()
    gc.disable()
    try:
        import keras  # noqa: F401
    finally:
        for name in absent:
            del modules[name]
        gc.freeze()
        if collects:
            gc.enable()

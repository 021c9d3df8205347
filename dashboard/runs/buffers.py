"""What the browser is sent: one buffer of a header and bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np


def with_header(header: Mapping, *payload: bytes) -> bytes:
    """One buffer: length of the header (4 bytes, little-endian), header as JSON, the payload.

    Only bytes at the top level reach the browser as bytes; within a dictionary they arrive as a
    long string.
    """
    text = json.dumps(header).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *payload])


def with_arrays(arrays: Mapping[str, np.ndarray], meta: Mapping) -> bytes:
    """Named arrays as one buffer, for `readArrays` in bytes.js: numbers as float32, int32 or
    uint8, whatever they were."""
    compact = {name: np.ascontiguousarray(array, _dtype(array)) for name, array in arrays.items()}
    described = [
        {"name": name, "dtype": array.dtype.name, "shape": array.shape}
        for name, array in compact.items()
    ]
    content = {"meta": dict(meta), "arrays": described}
    return with_header(content, *(array.tobytes() for array in compact.values()))


def _dtype(array: np.ndarray) -> str:
    if array.dtype == np.uint8:
        return "u1"
    return "<f4" if array.dtype.kind == "f" else "<i4"

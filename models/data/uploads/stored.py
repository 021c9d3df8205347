"""What the file of an uploaded set may hold, checked where it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import numpy as np

_Name = Annotated[str, msgspec.Meta(max_length=200)]
_Note = Annotated[str, msgspec.Meta(max_length=2_000)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10**7)]

_ARRAYS = {
    "points": {"values": ("f", 2), "labels": ("iu", 1)},
    "images": {
        "train": ("u", 2),
        "held_out": ("u", 2),
        "train_labels": ("iu", 1),
        "held_out_labels": ("iu", 1),
    },
}
"""By kind of data: NumPy's kinds of numbers, and dimensions."""


class Meta(TypedDict):
    """`Upload.meta`."""

    format: Literal[1]
    kind: Literal["points", "images"]
    title: _Name
    sizes: dict[_Name, _Count]
    column_names: list[_Name]
    class_names: list[_Name]
    class_sizes: list[_Count]
    notes: NotRequired[list[_Note]]


def check_meta(meta: Any) -> dict[str, Any]:
    """The meta, if it is one. Raises ValueError where not."""
    msgspec.convert(meta, Meta)
    if meta["sizes"].keys() != _ARRAYS[meta["kind"]].keys():
        raise ValueError("it does not say how many examples there are")
    return meta


def check_arrays(
    arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]
) -> Mapping[str, np.ndarray]:
    """The arrays, if they are what the meta says. Raises ValueError or KeyError where not."""
    for name, (kinds, dimensions) in _ARRAYS[meta["kind"]].items():
        array = arrays[name]
        fits = array.dtype.kind in kinds and array.ndim == dimensions
        if not fits or len(array) != meta["sizes"][name]:
            raise ValueError(f"{name} is {array.dtype} {array.shape}")
        if "labels" in name and array.size:
            if not 0 <= array.min() <= array.max() < max(len(meta["class_names"]), 1):
                raise ValueError(f"{name} names no classes")
        elif not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite")
    return arrays

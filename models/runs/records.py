"""What a run's files may hold: one structure for each kind, checked wherever a file is read.

All that any page reads has a type and bounds here. Fields that are not named are kept as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import numpy as np

MAX_EPOCH = 10**7
"""Beyond every setting's limit, within what a file's name and a chart's axis hold."""

Epoch = Annotated[int, msgspec.Meta(ge=0, le=MAX_EPOCH)]
Progress = Annotated[float, msgspec.Meta(ge=0, le=MAX_EPOCH)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Time = Annotated[float, msgspec.Meta(ge=0, le=32_503_680_000)]  # up to the year 3000
Finite = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=5_000)]
Terms = dict[Name, float]
"""Losses by name; those of a training that ran away need not be finite."""


class Branch(TypedDict):
    """Where a run left another one."""

    recipe: Config
    epoch: Epoch


class Config(TypedDict, total=False):
    """config.json: a recipe or a study as its `as_dict`, and when it was stored."""

    type: Name
    hyperparameters: dict[Name, Text]
    earlier_horizons: list[Epoch]
    recipe_version: Count
    origin: Branch
    study: dict[Name, Finite]
    recipe: Config
    created: Time


class Event(TypedDict):
    """A line of events.jsonl: what was recorded after an epoch."""

    epoch: Epoch
    seconds: Seconds
    train: Terms
    held_out: Terms
    diagnostics: Terms


class Trial(TypedDict):
    """The same of a study: one try of its classifiers."""

    epoch: Epoch
    seconds: Seconds
    count: Count
    seed: Count
    accuracy: dict[Name, Annotated[float, msgspec.Meta(ge=0, le=1)]]


class PCAErrors(TypedDict):
    """PCA's mean squared errors."""

    train: Finite
    held_out: Finite


class Failed(TypedDict):
    """result.json where a run could not be trained."""

    status: Literal["failed"]
    epochs: Epoch
    message: Text


class _Ended(TypedDict):
    epochs: Epoch
    train: Terms
    held_out: Terms
    pca: PCAErrors
    seconds: Seconds
    images_per_second: Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    device: Name
    diagnostics: NotRequired[Terms]
    versions: NotRequired[dict[Name, Name]]


class Trained(_Ended):
    """result.json of a training that ended."""

    status: Literal["completed", "stopped"]


class Diverged(_Ended):
    """The same of one that ran away."""

    status: Literal["diverged"]
    message: Text
    suggestion: dict[Name, Name]


class Studied(TypedDict):
    """result.json of a study."""

    status: Literal["completed", "stopped"]
    epochs: Epoch
    seconds: Seconds


class Holder(TypedDict):
    """A lease."""

    token: Name
    owner: Name
    host: Name
    pid: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    process_started: Time
    target_epochs: Epoch
    expires: Time


class LiveMeta(TypedDict):
    """What comes with the latest pictures."""

    epoch: Progress
    seconds_left: NotRequired[Finite | None]  # below 0 where it took longer than expected
    device: NotRequired[Name]
    images_per_second: NotRequired[Count]


class StateMeta(TypedDict):
    """What comes with a checkpoint or a state to branch off from."""

    epoch: Epoch
    first_loss: NotRequired[float | None]
    seconds: NotRequired[Seconds]


class SampleMeta(TypedDict):
    """What comes with the examples that pictures are of."""

    pca: PCAErrors


class SnapshotMeta(TypedDict):
    """What comes with a frame of the film."""

    epoch: Epoch


class StepMeta(TypedDict):
    """What comes with one optimiser step."""

    step: Count
    learning_rate: Finite
    batch_size: Count
    terms: list[Name]
    variables: list[Name]
    shapes: list[list[Count]]


RESULTS: dict[str, type] = {
    "completed": Trained,
    "stopped": Trained,
    "diverged": Diverged,
    "failed": Failed,
}
STATUSES = tuple(RESULTS)

STUDY = "study-"
"""How the ids of studies begin."""

_SHAPES: dict[str, dict[str, tuple[str, int]]] = {
    "pictures": {
        "codes": ("f", 2),
        "indices": ("u", 2),
        "log_variances": ("f", 2),
        "activities": ("f", 2),
        "reconstructions": ("uf", 2),
        "generated": ("u", 2),
        "kl_per_dimension": ("f", 1),
        "singular_values": ("f", 1),
        "discriminator": ("f", 3),
        "axis": ("f", 1),
        "plane_origin": ("f", 1),
        "plane_basis": ("f", 2),
    },
    "sample": {
        "inputs": ("u", 2),
        "pca_reconstructions": ("u", 2),
        "noisy": ("u", 2),
        "labels": ("iu", 1),
        "prior_draws": ("f", 2),
    },
    "step": {
        "inputs": ("f", 2),
        "labels": ("iu", 1),
        "before": ("f", 1),
        "after": ("f", 1),
        "gradient_norms": ("f", 1),
        "change_norms": ("f", 1),
    },
    "state": {},
}
"""Of the arrays that pages know, by kind of file: NumPy's kinds of numbers, and dimensions."""

_TOGETHER = (
    ({"plane_origin", "plane_basis"}, {"codes", "reconstructions"}),
    ({"log_variances", "kl_per_dimension"}, {"codes", "reconstructions", "generated"}),
    ({"discriminator", "axis"}, {"codes", "reconstructions", "generated"}),
)
"""Pictures of which a run has all or none, and what it then has besides."""

MAX_DIMENSIONS = 6
_EXAMPLES = ("inputs", "labels", "pca_reconstructions")


class RecordError(ValueError):
    """A file holds what it cannot hold; the message says what."""


def check(content: Any, record: type) -> Any:
    """The content, if it is such a record.

    Raises:
        RecordError: If it is not; the message names the field.
    """
    try:
        msgspec.convert(content, record)
    except (msgspec.ValidationError, OverflowError, RecursionError) as error:
        raise RecordError(str(error).rstrip(".")) from None
    return content


def check_event(event: Any, run_id: str) -> Any:
    """An event of a run, or a trial of a study. Errors as `check`."""
    if run_id.startswith(STUDY):
        return check(event, Trial)
    return _check_terms(check(event, Event))


def check_events(events: list[dict], run_id: str) -> list[dict]:
    """All events of a run: each of them, and that all name the same terms. Errors as `check`."""
    for event in events:
        check_event(event, run_id)
        for part in ("held_out", "diagnostics", "accuracy"):
            if event.get(part, {}).keys() != events[0].get(part, {}).keys():
                raise RecordError(f"Two epochs name different terms in `$.{part}`")
    return events


def check_result(result: Any, run_id: str) -> Any:
    """How a run or a study ended. Errors as `check`."""
    status = result.get("status")
    if not (isinstance(status, str) and status in RESULTS):
        raise RecordError(f"`$.status` is none of {', '.join(STATUSES)}")
    record = RESULTS[status]
    if run_id.startswith(STUDY) and record is Trained:
        return check(result, Studied)
    check(result, record)
    return result if record is Failed else _check_terms(result)


def _check_terms(record: Any) -> Any:
    if record["train"].keys() != record["held_out"].keys():
        raise RecordError("`$.train` and `$.held_out` name different terms")
    return record


def check_arrays(arrays: Mapping[str, np.ndarray], kind: str) -> None:
    """Whether arrays are numbers of the kinds and dimensions that pages know. Errors as `check`.

    Args:
        arrays: By name.
        kind: Of the file: "pictures", "sample", "step" or "state".
    """
    for name, array in arrays.items():
        kinds, dimensions = _SHAPES[kind].get(name, ("fiub", None))
        fits = array.ndim <= MAX_DIMENSIONS if dimensions is None else array.ndim == dimensions
        if not (array.dtype.kind in kinds and fits):
            raise RecordError(f"The array {name} is {array.dtype} of {array.ndim} dimensions")


def check_complete(arrays: Mapping[str, np.ndarray], kind: str) -> None:
    """Whether no array is missing that others of the file need. Arguments as `check_arrays`."""
    if kind == "sample" and arrays:
        _check_sample(arrays)
    if kind == "pictures":
        _check_pictures(arrays)


def _check_pictures(arrays: Mapping[str, np.ndarray]) -> None:
    for group, besides in _TOGETHER:
        missing = sorted((group | besides) - arrays.keys())
        if missing and group & arrays.keys():
            raise RecordError(f"It has no {', '.join(missing)}")


def _check_sample(arrays: Mapping[str, np.ndarray]) -> None:
    missing = [name for name in _EXAMPLES if name not in arrays]
    if missing:
        raise RecordError(f"It has no {', '.join(missing)}")
    images = [arrays[name] for name in ("inputs", "pca_reconstructions", "noisy") if name in arrays]
    labels = arrays["labels"]
    if len({image.shape for image in images}) != 1 or len(labels) != len(images[0]):
        raise RecordError("Its examples, labels and reconstructions do not fit together")
    if labels.size and not 0 <= labels.min() <= labels.max() < 1_000:
        raise RecordError("Its labels name no classes")


def check_widths(arrays: Mapping[str, np.ndarray], widths: Mapping[str, int]) -> None:
    """Whether arrays are as wide as the recipe says. Errors as `check`."""
    for name in arrays.keys() & widths.keys():
        if arrays[name].shape[-1] != widths[name]:
            raise RecordError(f"The array {name} is not as wide as the recipe says")

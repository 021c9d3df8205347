"""Parsed and downloaded images, kept on the disk."""

from __future__ import annotations

import logging
import os
import uuid
from pathlib import Path

import numpy as np

from models.array_files import read_npz
from models.data.datasets import RECIPE_VERSION, Dataset
from models.data.images import ImageArrays, check_images
from models.settings import Settings

_logger = logging.getLogger(__name__)


def cache_file(dataset: Dataset, settings: Settings, version: str = "published") -> Path:
    """Where the images of a data set are kept; `version` names their content."""
    return settings.cache_folder / f"{dataset.name}-{version}-{RECIPE_VERSION}.npz"


def read_cache(path: Path) -> ImageArrays | None:
    """What `write_cache` has stored; None if there is nothing, or nothing readable."""
    try:
        with path.open("rb") as stream:
            return check_images(ImageArrays(**read_npz(stream)))
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged zip fails in a dozen ways
        _logger.warning("The cached file %s is ignored: %s", path, error)
        return None


def write_cache(path: Path, images: ImageArrays) -> None:
    """Stores images under a temporary name first: what bears the final name is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **images._asdict())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)

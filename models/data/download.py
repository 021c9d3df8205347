"""Image sets that Keras fetches once."""

from __future__ import annotations

import queue
import tempfile
import threading
from pathlib import Path
from urllib.error import HTTPError

from models.array_files import read_npz
from models.data.cache import cache_file, read_cache, write_cache
from models.data.datasets import DataError, Dataset
from models.data.idx import IDX_PARTS, read_idx_files
from models.data.images import ImageArrays, check_images
from models.settings import Settings

# A download that receives nothing for this long is given up.
STALL_SECONDS = 20.0

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

# MD5 sums, in the order of IDX_PARTS, which tell that an offline folder holds the published
# data. Those of MNIST are of the unzipped files, since many differently zipped copies are about;
# those of Fashion-MNIST are of the zipped files, as its authors give them.
PUBLISHED_MD5 = {
    "mnist": (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ),
    "fashion_mnist": (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
}

# The files that `keras.datasets` fetches, with their checksums. MNIST's is the one in Keras,
# which checks none for Fashion-MNIST.
_DOWNLOADS = {
    "mnist": (("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"),),
    "fashion_mnist": tuple(
        (f"{name}.gz", md5)
        for (_, _, name), md5 in zip(IDX_PARTS, PUBLISHED_MD5["fashion_mnist"], strict=True)
    ),
}

DOWNLOADABLE = tuple(_DOWNLOADS)
"""The image sets that Keras can fetch."""


def _ways_out(dataset: Dataset, settings: Settings) -> str:
    base = settings.data_folder or "AUTOENCODER_LAB_DATA"
    unset = "" if settings.data_folder else " (set this variable to a folder of your choice)"
    return (
        f"Without a network there are two ways out: put the four IDX files of the set into the "
        f"folder {base}/{dataset.name}/{unset}, or choose the data set 'digits', which is built in."
    )


def explain_absence(dataset: Dataset, settings: Settings) -> str:
    """What to say where a set is not on this machine."""
    if dataset.name in _DOWNLOADS:
        return (
            f"{dataset.label} is not on this machine yet: a training process must download it "
            f"first. {_ways_out(dataset, settings)}"
        )
    return (
        f"{dataset.label} is not on this machine, and it is not downloaded automatically. "
        f"{_ways_out(dataset, settings)}"
    )


def load_download(dataset: Dataset, settings: Settings, download: bool) -> ImageArrays:
    """The downloaded images of a set, fetched now if need be.

    Raises:
        DataError: If they are not there and `download` is false, or cannot be fetched or kept.
    """
    path = cache_file(dataset, settings)
    images = read_cache(path)
    if images is None:
        if not download:
            raise DataError(explain_absence(dataset, settings))
        images = _download(dataset, settings)
        _keep_download(dataset, path, images)
    return images


def _keep_download(dataset: Dataset, path: Path, images: ImageArrays) -> None:
    try:
        write_cache(path, images)
    except OSError as error:
        # An error, not a warning: otherwise every run would download the set again.
        raise DataError(
            f"{dataset.label} was downloaded but cannot be kept as {path}: {error}. Free some "
            "space or name another folder by AUTOENCODER_LAB_CACHE."
        ) from error


def _download(dataset: Dataset, settings: Settings) -> ImageArrays:
    """Fetches and checks a set in a temporary folder that is gone afterwards.

    Raises:
        DataError: Whatever went wrong.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        try:
            paths = _fetch(_DOWNLOADS[dataset.name], Path(temporary))
            if len(paths) == 1:
                return _read_keras_npz(paths[0])
            return read_idx_files(dataset, paths)
        except Exception as error:  # Keras raises a bare Exception for network failures.
            raise DataError(
                f"{dataset.label} could not be downloaded: {error}. {_ways_out(dataset, settings)}"
            ) from error


def _fetch(files: tuple[tuple[str, str], ...], folder: Path) -> tuple[Path, ...]:
    """Downloads files with Keras; gives up when nothing arrives for `STALL_SECONDS`.

    A socket timeout would not do: it counts anew for each address of the server, does not count
    the search for its name, and can be given to Keras only for the whole process. So the
    download runs in a thread of its own, which is left behind when it stalls.
    """
    from keras.utils import get_file

    outcome: queue.SimpleQueue = queue.SimpleQueue()

    def fetch_all() -> None:
        try:
            for name, checksum in files:
                if folder.is_dir():  # gone: nobody is waiting any more
                    get_file(
                        name,
                        origin=_ORIGIN + name,
                        file_hash=checksum,
                        cache_dir=str(folder),
                        cache_subdir="",
                    )
            outcome.put(None)
        except Exception as error:
            if isinstance(error.__context__, HTTPError):
                error.__context__.close()  # Keras leaves the connection open
            outcome.put(error)

    threading.Thread(target=fetch_all, name="download", daemon=True).start()
    if error := _outcome_unless_stalled(outcome, folder):
        raise error
    return tuple(folder / name for name, _ in files)


def _outcome_unless_stalled(outcome: queue.SimpleQueue, folder: Path) -> Exception | None:
    received = 0
    while True:
        try:
            return outcome.get(timeout=STALL_SECONDS)
        except queue.Empty:
            received_before = received
            received = sum(path.stat().st_size for path in folder.iterdir())
            if received == received_before:
                return TimeoutError(f"nothing was received for {STALL_SECONDS:g} seconds")


def _read_keras_npz(path: Path) -> ImageArrays:
    with path.open("rb") as stream:
        found = read_npz(stream)
    train, held_out = (found[name].reshape(-1, 784) for name in ("x_train", "x_test"))
    return check_images(ImageArrays(train, found["y_train"], held_out, found["y_test"]))

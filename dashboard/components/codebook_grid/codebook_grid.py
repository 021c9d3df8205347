"""The code of one image of a vector-quantised autoencoder: a grid of indices that can be touched.

Pointing to a place shows how far its vector was from every entry of the codebook; another entry can
be put there, and the decoder, in the browser, shows what that changes. The browser side is
`codebook_grid.js`.
"""

from __future__ import annotations

import numpy as np

from dashboard.components.shared import assets
from dashboard.figures.style import AUTOENCODER, FAINT, HELD_OUT
from dashboard.runs import buffers, inference
from dashboard.runs.addresses import run_address
from dashboard.runs.run_view import RunView
from dashboard.session import appearance
from dashboard.text.i18n import mark, translate
from models.autoencoders.vector_quantized.hyperparameters import VectorQuantizedHyperparameters
from models.layers import numpy_inference

NEAREST = 6
"""Entries that are offered for a place, the nearest first."""

TEXTS = {
    "grid": mark("The code of the image. Arrow keys move, Enter holds a place."),
    "original": mark("original"),
    "rebuilt": mark("rebuilt from the indices"),
    "changed": mark("rebuilt, {count} changed"),
    "cell": mark("row {row}, column {column}: entry {entry}"),
    "nearest": mark(
        "Row {row}, column {column}: entry {entry} is nearest, at a squared distance of "
        "{distance}. The next one is {next}, at {further}."
    ),
    "replaced": mark("You have put entry {entry} here."),
    "hint": mark("Point to a place; click to hold it, then click another entry to put it there."),
    "bars": mark("Squared distance to each of the {count} entries"),
    "bar": mark("Entry {entry}: {distance}"),
    "offer": mark("Put entry {entry} here, at a distance of {distance}"),
    "undo": mark("Back to the encoder's choice"),
}
"""All words that the browser shows."""

_component = assets.component("index_grid", "codebook_grid/codebook_grid")


def index_grid(run_view: RunView, image: np.ndarray, *, key: str) -> bool:
    """Draws the code of an image, uint8 [height * width], with the weights stored last.

    Returns:
        Whether it could be drawn; not before the first weights are stored.
    """
    vectors, book = vectors_of(run_view, image[None] / np.float32(255)), codebook(run_view)
    if vectors is None or book is None:
        return False
    rebuilt = decoded(run_view, numpy_inference.distances(book, vectors).argmin(axis=-1))
    painted = paintings(run_view)
    if rebuilt is None or painted is None:
        return False
    address = f"{run_address(run_view.run.id)}/decoder?{inference.stamp(run_view)}"
    content = packed(
        hyperparameters_of(run_view), image, rebuilt[0], vectors[0], book, painted, address
    )
    _component(key=key, data=content)
    return True


def packed(
    h: VectorQuantizedHyperparameters,
    image: np.ndarray,
    rebuilt: np.ndarray,
    vectors: np.ndarray,
    book: np.ndarray,
    painted: np.ndarray,
    address: str,
) -> bytes:
    """What the browser is sent.

    Args:
        h: Of the run.
        image: uint8 [height * width].
        rebuilt: What the decoder makes of it, as many.
        vectors: What the encoder says of it, [places, embedding_dim].
        book: The entries, [num_embeddings, embedding_dim].
        painted: Of every entry, as `paintings` gives them.
        address: Of the decoder's weights (`routes.py`).
    """
    distances = np.maximum(numpy_inference.distances(book, vectors), 0.0)
    patch = patch_of(h)
    arrays = {
        "original": image,
        "rebuilt": rebuilt.ravel(),
        "indices": distances.argmin(axis=1),
        "distances": distances,
        "codebook": book,
        "patches": centres(painted, patch).reshape(len(book), -1),
    }
    meta = {
        "address": address,
        "grid": h.grid_shape,
        "shape": h.image_shape,
        "patch": patch,
        "nearest": NEAREST,
        "scale": appearance.scale(),
        "colours": {"chosen": AUTOENCODER, "other": FAINT, "changed": HELD_OUT},
        "texts": translate(TEXTS),
    }
    return buffers.with_arrays(arrays, meta)


def vectors_of(run_view: RunView, x: np.ndarray) -> np.ndarray | None:
    """What the encoder says of the inputs [n, input_dim] before it is quantised, [n, places,
    embedding_dim]; None before the first weights are stored."""
    layers = inference.layers_of(run_view, "encoder")
    if layers is None:
        return None
    *before, book = layers
    return numpy_inference.evaluate(before, x).reshape(len(x), -1, book.weights[0].shape[1])


def indices_of(run_view: RunView, x: np.ndarray) -> np.ndarray | None:
    """The nearest entry at each place of the inputs [n, input_dim], [n, places]; None before the
    first weights are stored."""
    vectors, book = vectors_of(run_view, x), codebook(run_view)
    if vectors is None or book is None:
        return None
    return numpy_inference.distances(book, vectors).argmin(axis=-1)


def hyperparameters_of(run_view: RunView) -> VectorQuantizedHyperparameters:
    """Those of a run whose network has a codebook."""
    h = run_view.recipe.hyperparameters
    if not isinstance(h, VectorQuantizedHyperparameters):
        raise TypeError(f"Run {run_view.run.id} has no codebook.")
    return h


def codebook(run_view: RunView) -> np.ndarray | None:
    """The entries, [num_embeddings, embedding_dim]; None before the first weights are stored."""
    layers = inference.layers_of(run_view, "encoder")
    return layers[-1].weights[0] if layers else None


def decoded(run_view: RunView, grids: np.ndarray) -> np.ndarray | None:
    """Images, uint8 [n, height, width], of grids of indices [n, places]; None before the first
    weights are stored."""
    book = codebook(run_view)
    return None if book is None else inference.decode(run_view, book[grids].reshape(len(grids), -1))


def paintings(run_view: RunView) -> np.ndarray | None:
    """What the decoder makes of each entry that stands at every place, [entries, height, width]."""
    h = hyperparameters_of(run_view)
    places = h.grid_shape[0] * h.grid_shape[1]
    return decoded(run_view, np.repeat(np.arange(h.num_embeddings)[:, None], places, axis=1))


def centres(images: np.ndarray, patch: list[int], around: int = 0) -> np.ndarray:
    """Of the images [n, height, width], the place in the middle of the grid, of that height and
    width, and so many places around it."""
    starts = [
        (size // step // 2 - around) * step
        for size, step in zip(images.shape[1:], patch, strict=True)
    ]
    down, right = ((1 + 2 * around) * step for step in patch)
    return images[:, starts[0] : starts[0] + down, starts[1] : starts[1] + right]


def patch_of(h: VectorQuantizedHyperparameters) -> list[int]:
    """Height and width, in pixels, of what one place of the grid stands for."""
    return [side // count for side, count in zip(h.image_shape, h.grid_shape, strict=True)]

"""Inventing images by drawing grids of indices: by chance alone, place by place, and in context."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.components.codebook_grid.codebook_grid import (
    codebook,
    hyperparameters_of,
    indices_of,
)
from dashboard.components.glossary import glossary
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from dashboard.views import generation
from models.autoencoders.vector_quantized import index_prior
from models.data import datasets
from models.evaluation import pca

NUM_SCORED = 200
"""Held-out images whose bits are counted; every image is compared with every training image."""

KINDS = {
    "uniform": _("Any entry anywhere"),
    "places": _("Each place by itself"),
    "neighbours": _("After the neighbours"),
}


@dataclass(frozen=True)
class Priors:
    """What was counted in the indices of training images.

    Attributes:
        grids: These, [n, places].
        by_kind: The priors, by the names of `KINDS`.
        bits: What a held-out image costs under each of them.
        components: The space in which images are compared.
    """

    grids: np.ndarray
    by_kind: dict[str, index_prior.IndexPrior]
    bits: dict[str, float]
    components: pca.PCA


def draw_invented_grids(run_view: RunView) -> None:
    """Images from three priors over indices, their bits and their distances."""
    if not generation.can_invent(run_view):
        return
    number = generation.draw_others_button(run_view)
    try:
        priors = _priors(run_view.run.id, inference.stamp(run_view), run_view)
        found = _invented(run_view.run.id, inference.stamp(run_view), number, run_view)
    except datasets.DataError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
        return
    labels = {
        name: _("{kind}: {bits:.0f} bits per image").format(kind=label, bits=priors.bits[name])
        for name, label in KINDS.items()
    }
    generation.draw_found(run_view, found, labels)
    glossary.prose(
        _(
            "Three [[prior|priors]] over indices. *Any entry anywhere* is what the training "
            "assumes. *Each place by itself* has counted which entries stood there in {train:,} "
            "training images. *After the neighbours* goes line by line and looks at the entry "
            "above and the one to the left. The bits are what it costs to send one of {scored} "
            "held-out images to somebody who knows the prior: −log₂ of its probability. The paper "
            "trains a large network in this place, which sees the whole grid so far."
        ).format(train=len(priors.grids), scored=NUM_SCORED)
    )


@st.cache_resource(max_entries=4, show_spinner=_("Counting indices …"))
def _priors(run_id: str, stamp: str | None, _run_view: RunView) -> Priors:
    h = hyperparameters_of(_run_view)
    train = generation.training_images(_run_view)
    grids = indices_of(_run_view, train)
    held_out = run_sample.sample_of_trained(_run_view).inputs[:NUM_SCORED] / np.float32(255)
    scored = indices_of(_run_view, held_out)
    if grids is None or scored is None:
        raise inference.RunRemovedError(_run_view.run)
    by_kind: dict[str, index_prior.IndexPrior] = {
        "uniform": index_prior.fit_places(grids[:0], h.num_embeddings),
        "places": index_prior.fit_places(grids, h.num_embeddings),
        "neighbours": index_prior.fit_neighbours(grids, h.num_embeddings, h.grid_shape[1]),
    }
    bits = {name: index_prior.bits(prior, scored) for name, prior in by_kind.items()}
    return Priors(grids, by_kind, bits, pca.fit(train))


@st.cache_data(max_entries=16, show_spinner=_("Drawing …"))
def _invented(
    run_id: str, stamp: str | None, number: int, _run_view: RunView
) -> generation.Invented:
    priors = _priors(run_id, stamp, _run_view)
    real = run_sample.sample_of_trained(_run_view).inputs / np.float32(255)
    train = generation.training_images(_run_view)
    count, book = min(len(real), len(train)), codebook(_run_view)
    if book is None:
        raise inference.RunRemovedError(_run_view.run)
    grids = {
        name: index_prior.draw(prior, priors.grids.shape[1], count, number)
        for name, prior in priors.by_kind.items()
    }
    images = {
        name: inference.output_of_trained(_run_view, "decoder", book[one].reshape(count, -1))
        for name, one in (grids | {"rebuilt": priors.grids[:count]}).items()
    }
    return generation.compared(images | {"real": train[:count]}, real[:count], priors.components)

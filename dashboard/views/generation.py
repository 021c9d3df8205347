"""Inventing images with any trained decoder: codes of the prior, or of a density fitted to codes.

Side by side, with a distance to real images that stands beside two yardsticks: images that were
really written, and those that the network rebuilds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.components.glossary import glossary
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from dashboard.views.controls import draw_seed_button
from models.autoencoders.adversarial import priors
from models.autoencoders.adversarial.hyperparameters import AdversarialHyperparameters
from models.data import datasets, loading
from models.data.images import as_grey
from models.evaluation import density, pca

NUM_TRAIN = 2000
"""Training images, at most, to whose codes the density is fitted."""

SHOWN = 24
"""Images of each kind on the page; the distances are of as many as the run's sample holds."""


@dataclass(frozen=True)
class Invented:
    """Images made in several ways, and how far they are from real ones.

    Attributes:
        images: uint8 [n, height * width], by the names of their kinds.
        distances: Squared Frechet distances to the run's held-out sample, by the same names.
        errors: Their standard errors.
    """

    images: dict[str, np.ndarray]
    distances: dict[str, float]
    errors: dict[str, float]


def draw_invented(run_view: RunView) -> None:
    """Images from the prior, N(0, I) where a type has no other, and from a fitted mixture of
    Gaussians, and their distances."""
    if not can_invent(run_view):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        num_components = st.slider(
            _("Gaussians in the mixture"),
            *(1, 20, 10),
            key=f"{run_view.recipe.type.name}.invent.components",
            width=300,
            help=_("How many clouds of codes the density may consist of. 1: a single Gaussian."),
        )
        number = draw_others_button(run_view)
    run_id, stamp = run_view.run.id, inference.stamp(run_view)
    try:
        found = _invented(run_id, stamp, num_components, number, run_view)
    except datasets.DataError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
        return
    if found is None:
        st.info(_("This network's codes are not finite numbers, so no density fits them."))
        return
    draw_found(run_view, found, {"prior": _prior_label(run_view), "fitted": _("From the mixture")})
    glossary.prose(
        _(
            "The [[mixture of Gaussians]] is fitted to the codes of {train:,} training images, "
            "after the training."
        ).format(train=num_train(run_view))
    )


def _prior_label(run_view: RunView) -> str:
    kind = prior_kind(run_view)
    if kind == "gaussian":
        return _("From N(0, I)")
    return _("From the prior, a {kind}").format(kind=_(priors.KINDS[kind]))


def prior_kind(run_view: RunView) -> str:
    """Which of `priors.KINDS` the codes were to follow, or would in other types."""
    h = run_view.recipe.hyperparameters
    return h.prior if isinstance(h, AdversarialHyperparameters) else "gaussian"


def can_invent(run_view: RunView) -> bool:
    """Whether a training has ended, so that there is a network to draw from; else says so."""
    is_ready = (
        run_view.epoch
        and not run_view.active
        and inference.ready(run_view)
        and run_sample.sample(run_view)
    )
    if not is_ready:
        st.info(_("The network can invent images when its training has ended."))
    return bool(is_ready)


def draw_others_button(run_view: RunView) -> int:
    """A button that draws others; returns how often it was pressed: their seed."""
    key = f"{run_view.recipe.type.name}.invent"
    return draw_seed_button(_("Draw others"), f"{key}.others", f"{key}.draw")


def draw_found(run_view: RunView, found: Invented, kinds: Mapping[str, str]) -> None:
    """Some images of each of the kinds, given by name and label, and the distances of all."""
    seen, key = run_sample.sample_of_trained(run_view), f"{run_view.recipe.type.name}.invent"
    for name, label in kinds.items():
        st.markdown(f"**{label}**")
        image_rows(
            [("", seen.as_images(found.images[name][:SHOWN]))],
            key=f"{key}.{name}",
            alt=_("{n} images that the decoder makes of codes: {origin}").format(
                n=SHOWN, origin=label
            ),
            pixels=48,
        )
    labels = {**kinds, "rebuilt": _("Rebuilt training images"), "real": _("Training images")}
    for column, (name, label) in zip(st.columns(len(labels)), labels.items(), strict=True):
        text = f"{found.distances[name]:.2f} ± {found.errors[name]:.2f}"
        column.metric(label, text, help=_DISTANCE_HELP)
    glossary.prose(
        _(
            "Below the images: their squared Frechet distance to {n} held-out images, as many of "
            "each kind; 0 would mean equal means and covariances of the first {features} "
            "principal components. Training images show how small it can be, rebuilt ones what "
            "the [[decoder]] could reach if only the right [[code|codes]] were drawn."
        ).format(n=len(found.images["real"]), features=density.NUM_FEATURES)
    )


_DISTANCE_HELP = _(
    "Squared Frechet distance to held-out images in the space of the training images' first "
    "principal components, where white is 1, with its standard error. It sees means and "
    "covariances only: a blur can hide from it, and so can a copy of a training image."
)


def compared(images: Mapping[str, np.ndarray], real: np.ndarray, components: pca.PCA) -> Invented:
    """The images [n, input_dim] of each kind, with their distances to real ones in the space of
    the components."""
    reference = density.features(components, real)
    # What is drawn is compared as it is seen: grey values cut to black and white.
    features = {
        name: density.features(components, np.clip(one, 0.0, 1.0)) for name, one in images.items()
    }
    return Invented(
        {name: as_grey(one) for name, one in images.items()},
        {name: density.frechet_distance(one, reference) for name, one in features.items()},
        {name: density.frechet_distance_error(one, reference) for name, one in features.items()},
    )


def training_images(run_view: RunView) -> np.ndarray:
    """The images to whose codes densities are fitted, [n, input_dim]."""
    arguments = run_view.recipe.hyperparameters.data_arguments
    return loading.load(**arguments | {"num_train": num_train(run_view)}).train


def num_train(run_view: RunView) -> int:
    """How many these are."""
    return min(run_view.recipe.hyperparameters.num_examples, NUM_TRAIN)


@st.cache_resource(max_entries=4, show_spinner=_("Fitting the density …"))
def _fitted(
    run_id: str, stamp: str | None, num_components: int, _run_view: RunView
) -> tuple[np.ndarray, density.Mixture, pca.PCA] | None:
    """The codes of the training images, the mixture fitted to them, and the space in which images
    are compared; None for codes that are not finite."""
    train = training_images(_run_view)
    codes = inference.output_of_trained(_run_view, "encoder", train)
    if not np.isfinite(codes).all():
        return None
    return codes, density.fit_mixture(codes, num_components), pca.fit(train)


@st.cache_data(max_entries=16, show_spinner=False)
def _invented(
    run_id: str, stamp: str | None, num_components: int, number: int, _run_view: RunView
) -> Invented | None:
    fitted = _fitted(run_id, stamp, num_components, _run_view)
    if fitted is None:
        return None
    codes, mixture, components = fitted
    real = run_sample.sample_of_trained(_run_view).inputs / np.float32(255)
    train = training_images(_run_view)
    count = min(len(real), len(train))
    kind, size = prior_kind(_run_view), codes.shape[1]
    h = _run_view.recipe.hyperparameters
    if isinstance(h, AdversarialHyperparameters) and kind != "gaussian":
        drawn = priors.draw(kind, size, h.num_parts, number, count)
    else:
        drawn = np.random.default_rng(number).standard_normal((count, size))
    images = {
        "prior": inference.output_of_trained(_run_view, "decoder", drawn),
        "fitted": inference.output_of_trained(_run_view, "decoder", mixture.draw(count, number)),
        "rebuilt": inference.output_of_trained(_run_view, "decoder", codes[:count]),
        "real": train[:count],
    }
    return compared(images, real[:count], components)

"""The images that a run's pictures are of: which, how well rebuilt, and the grid that shows them.

A run keeps the first 500 held-out images, and PCA's reconstructions of them. All errors here are
measured on what is drawn: grey values cut to what lies between black and white.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import streamlit as st

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import linked_images
from dashboard.jobs import execution
from dashboard.runs import inference
from dashboard.runs.addresses import run_address
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from models.data import datasets, loading
from models.data.datasets import SAMPLE_SIZE
from models.runs.run import SNAPSHOT_IMAGES

COLUMNS = 12
"""Images in the grid."""

CHOICES = {
    "random": _("Random"),
    "best": _("Best rebuilt"),
    "worst": _("Worst rebuilt"),
    "each": _("One of each"),
}
ANY = "any"


@dataclass(frozen=True)
class Sample:
    """Held-out images of a run, as stored: uint8, 0 black and 255 white.

    Attributes:
        inputs: Shape [n, height * width].
        labels: Class of each, [n].
        pca: What PCA with as many components as the code has numbers makes of them, or None
            before the first training.
        floor: PCA's mean squared error on all "train" and "held_out" images, empty before that.
        dataset: Where they come from.
        noisy: What the network is shown in their place, and PCA too; None if it is they.
    """

    inputs: np.ndarray
    labels: np.ndarray
    pca: np.ndarray | None
    floor: dict[str, float]
    dataset: datasets.Dataset
    noisy: np.ndarray | None = None

    @cached_property
    def pca_errors(self) -> np.ndarray:
        """PCA's error on each, NaN before the first training."""
        if self.pca is None:
            return np.full(len(self.inputs), np.nan)
        return squared_errors(self.inputs, self.pca)

    def as_images(self, rows: np.ndarray) -> np.ndarray:
        """Rows of pixels [n, height * width] as images [n, height, width]."""
        return rows.reshape(-1, *self.dataset.shape)


def squared_errors(images: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The mean squared error per pixel of each pair of uint8 images, in units of white = 1."""
    difference = (images.astype(np.float32) - others) / 255
    return np.square(difference).mean(axis=1)


def class_means(values: np.ndarray, labels: np.ndarray, num_classes: int) -> np.ndarray:
    """The mean of the values of each class, NaN where the class has none."""
    counts = np.bincount(labels, minlength=num_classes)
    sums = np.bincount(labels, values, minlength=num_classes)
    return np.divide(sums, counts, out=np.full(num_classes, np.nan), where=counts > 0)


def signed_images(weights: np.ndarray) -> np.ndarray:
    """Rows of signed numbers as uint8: 0 becomes mid-grey, each row's largest black or white."""
    largest = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12)
    return np.round(127.5 + 127.5 * weights / largest).astype(np.uint8)


def linked(sight: RunView, examples: Sample) -> dict:
    """For `live_plots`: the images of the examples that points are."""
    dataset = examples.dataset
    address, stamp = run_address(sight.run.id), f"{sight.epoch}"
    return linked_images(address, stamp, dataset.shape, examples.labels, dataset.label_names)


def upright(directions: np.ndarray) -> np.ndarray:
    """The directions with their largest entry positive: a sign is arbitrary, and must not flip
    from one picture to the next."""
    largest = np.abs(directions).argmax(axis=1)
    return directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]


def oriented(points: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """Coordinates [n, k] along principal components, turned to point as `before` did.

    A component's sign means nothing, and a cloud that flips over between two pictures only looks
    as if something had happened. Without a `before`, of two directions the one with the points
    furthest out is positive.
    """
    before = points**2 if before is None else before
    return points * np.where(np.sum(points * before, axis=0) < 0, -1, 1)


def sample(sight: RunView) -> Sample | None:
    """The run's sample; before its first training the same images where they are at hand (the
    built-in digits, own data), else None."""
    h = sight.recipe.hyperparameters
    config = sight.run.config
    try:
        return _stored(sight.run.id, config["created"] if config else None, h.dataset)
    except LookupError:
        if h.dataset != "digits" and not datasets.by_name(h.dataset).is_own:
            return None
        try:
            return _from_data(h.dataset, h.num_examples, h.left_out)
        except datasets.DataError:
            return None  # erased just now


def sample_of_trained(sight: RunView) -> Sample:
    """The sample of a run that has been trained.

    Raises:
        RunError: If it has gone all the same.
    """
    found = sample(sight)
    if found is None:
        raise inference.gone(sight.run)
    return found


@lru_cache(maxsize=16)
def _stored(run_id: str, created: float | None, dataset: str) -> Sample:
    """Raises LookupError where nothing is stored yet, which is not cached."""
    found = execution.dispatcher().store.run(run_id).sample()
    if found is None:
        raise LookupError(run_id)
    arrays, meta = found
    return Sample(
        arrays["inputs"],
        arrays["labels"],
        arrays["pca_reconstructions"],
        meta["pca"],
        datasets.by_name(dataset),
        arrays.get("noisy"),
    )


@lru_cache(maxsize=4)
def _from_data(dataset: str, num_train: int, left_out: tuple[int, ...]) -> Sample:
    loaded = loading.load(dataset, num_train, left_out=left_out)
    pixels = np.round(loaded.held_out[:SAMPLE_SIZE] * 255).astype(np.uint8)
    return Sample(pixels, loaded.held_out_labels[:SAMPLE_SIZE], None, {}, loaded.dataset)


# The grid


def draw_grid(sight: RunView) -> None:
    """Originals, what the network and PCA make of them, and the errors; which, is chosen above."""
    examples = sample(sight)
    if examples is None:
        label = datasets.by_name(sight.recipe.hyperparameters.dataset).label
        st.info(
            _("The images of {label} are read when the first training starts.").format(label=label)
        )
        return
    rebuilt = sight.pictures.get("reconstructions")
    errors = None if rebuilt is None else squared_errors(examples.inputs, rebuilt)
    which = draw_choice(sight.recipe.type.name, examples, errors)
    if not len(which):
        st.info(_("The sample holds no image of this class."))
        return
    nothing = np.zeros_like(examples.inputs)
    shown = {} if examples.noisy is None else {_("noisy"): examples.noisy}
    rows = {_("original"): examples.inputs, **shown, _("rebuilt"): rebuilt, "PCA": examples.pca}
    image_rows(
        [
            (label, examples.as_images((nothing if row is None else row)[which]))
            for label, row in rows.items()
        ],
        key=f"{sight.recipe.type.name}.grid",
        alt=_alt(examples, errors, which),
        captions=_captions(examples, errors, which),
        caption_label=_("error\nof PCA"),
        film=epoch_slider.images(
            sight.run.id, "reconstructions", which, row=1 + len(shown), errors=True
        ),
    )


def _captions(examples: Sample, errors: np.ndarray | None, which: np.ndarray) -> list[str]:
    if errors is None:
        return ["–\n–"] * len(which)  # the page must not jump when the first errors come
    return [f"{errors[index]:.4f}\n{examples.pca_errors[index]:.4f}" for index in which]


def _alt(examples: Sample, errors: np.ndarray | None, which: np.ndarray) -> str:
    names = ", ".join(examples.dataset.label_names[examples.labels[index]] for index in which)
    if errors is None:
        text = _("{n} images, not rebuilt yet: {names}")
        return text.format(n=len(which), names=names)
    wins = int(np.sum(errors[which] < examples.pca_errors[which]))
    text = _(
        "{n} images ({names}) above their reconstructions; the network's error is smaller than "
        "that of PCA for {wins} of them"
    )
    return text.format(n=len(which), names=names, wins=wins)


def draw_choice(name: str, examples: Sample, errors: np.ndarray | None) -> np.ndarray:
    """Draws the controls; returns the indices of the chosen images."""
    names = examples.dataset.label_names
    with st.container(horizontal=True, vertical_alignment="center"):
        choice = st.segmented_control(
            _("Which images"),
            list(CHOICES),
            default="random",
            format_func=lambda one: CHOICES[one],
            required=True,
            key=f"{name}.grid.choice",
            label_visibility="collapsed",
            persist_state="session",  # a run of the page that is cut short must not forget it
        )
        label = st.selectbox(
            _("Class"),
            [ANY, *range(len(names))],
            format_func=lambda one: (
                _("all classes") if one == ANY else _("only {name}").format(name=names[one])
            ),
            key=f"{name}.grid.class.{examples.dataset.name}",
            label_visibility="collapsed",
            disabled=choice == "each",
            width=180,
        )
        st.button(
            _("Others"),
            key=f"{name}.grid.shuffle",
            icon=":material/shuffle:",
            on_click=count_up,
            args=(f"{name}.grid.seed",),
            disabled=choice in ("best", "worst"),
            help=_("Draws other images. Those on show stay while the network trains."),
        )
    if errors is None:  # nothing is best before the first picture
        errors = np.zeros(len(examples.labels))
    seed = st.session_state.get(f"{name}.grid.seed", 0)
    only = None if choice == "each" or label == ANY else label
    return chosen(choice, examples.labels, errors, only, seed)


def count_up(key: str) -> None:
    """Adds 1 to a number in the session's state: the seed of what a button draws anew."""
    st.session_state[key] = st.session_state.get(key, 0) + 1


def chosen(
    choice: str,
    labels: np.ndarray,
    errors: np.ndarray,
    only: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Indices of the images to show.

    Args:
        choice: One of `CHOICES`. Best and worst follow the errors; the others depend on nothing
            that training changes.
        labels: Class of each image, [n].
        errors: Of each image, [n].
        only: The class to choose from, or None for all.
        seed: Another number draws other images.
    """
    draws = np.random.default_rng(seed)
    # Those that the film of the run holds come first.
    filmed = draws.permutation(min(SNAPSHOT_IMAGES, len(labels)))
    rest = draws.permutation(np.arange(len(filmed), len(labels)))
    shuffled = np.concatenate([filmed, rest])
    if choice == "each":
        _, first = np.unique(labels[shuffled], return_index=True)
        return shuffled[first]
    candidates = shuffled if choice == "random" else np.argsort(errors, kind="stable")
    if only is not None:
        candidates = candidates[labels[candidates] == only]
    return candidates[::-1][:COLUMNS] if choice == "worst" else candidates[:COLUMNS]

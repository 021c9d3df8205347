"""Images above what the network makes of them, and the choice of which."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import linked_images
from dashboard.runs.addresses import run_address
from dashboard.runs.run_sample import Sample, sample, squared_errors
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views.controls import choose, draw_seed_button
from models.data import datasets
from models.runs.run import SNAPSHOT_IMAGES

COLUMNS = 10
"""Images in the grid."""

CHOICES = {
    "random": _("Random"),
    "best": _("Best rebuilt"),
    "worst": _("Worst rebuilt"),
    "each": _("One of each"),
}
ANY = "any"


def draw_grid(run_view: RunView) -> None:
    """Originals, what network and baseline make of them, and the errors; which, is chosen above."""
    examples = sample(run_view)
    if examples is None:
        label = datasets.by_name(run_view.recipe.hyperparameters.dataset).label
        text = _("The images of {label} are read when the first training starts.")
        st.info(text.format(label=label))
        return
    rebuilt = run_view.pictures.get("reconstructions")
    errors = None if rebuilt is None else squared_errors(examples.inputs, rebuilt)
    which = draw_choice(run_view.recipe.type.name, examples, errors)
    if not len(which):
        st.info(_("The sample holds no image of this class."))
        return
    noisy = {} if examples.noisy is None else {_("noisy"): examples.noisy}
    baseline = _(run_view.recipe.type.baseline)
    rows = {_("original"): examples.inputs, **noisy, _("rebuilt"): rebuilt, baseline: examples.pca}
    _draw_rows(run_view, examples, rows, errors, which)


def _draw_rows(
    run_view: RunView,
    examples: Sample,
    rows: Mapping[str, np.ndarray | None],
    errors: np.ndarray | None,
    which: np.ndarray,
) -> None:
    nothing = np.zeros_like(examples.inputs)
    baseline = _(run_view.recipe.type.baseline)
    image_rows(
        [
            (label, examples.as_images((nothing if row is None else row)[which]))
            for label, row in rows.items()
        ],
        key=f"{run_view.recipe.type.name}.grid",
        alt=_alt(run_view, examples, errors, which),
        captions=_captions(examples, errors, which),
        # What comes after a comma stands beside its row already.
        caption_label=_("error\nof {baseline}").format(baseline=baseline.partition(",")[0]),
        film=epoch_slider.images(
            run_view.run.id, "reconstructions", which, row=len(rows) - 2, errors=True
        ),
    )


def _captions(examples: Sample, errors: np.ndarray | None, which: np.ndarray) -> list[str]:
    if errors is None:
        return ["–\n–"] * len(which)  # the page must not jump when the first errors come
    return [f"{errors[index]:.4f}\n{examples.pca_errors[index]:.4f}" for index in which]


def _alt(run_view: RunView, examples: Sample, errors: np.ndarray | None, which: np.ndarray) -> str:
    names = ", ".join(examples.dataset.label_names[examples.labels[index]] for index in which)
    if errors is None:
        text = _("{n} images, not rebuilt yet: {names}")
        return text.format(n=len(which), names=names)
    wins = int(np.sum(errors[which] < examples.pca_errors[which]))
    text = _(
        "{n} images ({names}) above their reconstructions; the network's error is smaller than "
        "that of {baseline} for {wins} of them"
    )
    baseline = _(run_view.recipe.type.baseline)
    return text.format(n=len(which), names=names, wins=wins, baseline=baseline)


def draw_choice(name: str, examples: Sample, errors: np.ndarray | None) -> np.ndarray:
    """Draws the controls; returns the indices of the chosen images."""
    with st.container(horizontal=True, vertical_alignment="center"):
        choice = choose(
            _("Which images"),
            CHOICES,
            f"{name}.grid.choice",
            label_visibility="collapsed",
            persist_state="session",  # a run of the page that is cut short must not forget it
        )
        only = _choose_class(name, examples.dataset, disabled=choice == "each")
        seed = draw_seed_button(
            _("Others"),
            f"{name}.grid.shuffle",
            f"{name}.grid.seed",
            ":material/shuffle:",
            disabled=choice in ("best", "worst"),
            help=_("Draws other images. Those on show stay while the network trains."),
        )
    if errors is None:  # nothing is best before the first picture
        errors = np.zeros(len(examples.labels))
    return select(choice, examples.labels, errors, only, seed)


def _choose_class(name: str, dataset: datasets.Dataset, disabled: bool) -> int | None:
    names = {ANY: _("all classes")} | {
        label: _("only {name}").format(name=class_name)
        for label, class_name in enumerate(dataset.label_names)
    }
    label = st.selectbox(
        _("Class"),
        list(names),
        format_func=names.__getitem__,
        key=f"{name}.grid.class.{dataset.name}",
        label_visibility="collapsed",
        disabled=disabled,
        width=180,
    )
    return label if isinstance(label, int) else None


def choose_image(run_view: RunView, examples: Sample) -> int:
    """Lets the visitor choose an image of the sample, one of each class; returns its index."""
    names = examples.dataset.label_names
    options = {int(index): names[examples.labels[index]] for index in one_of_each(examples.labels)}
    key = f"{run_view.recipe.type.name}.map.{examples.dataset.name}"
    return choose(_("Which image"), options, key)


def one_of_each(labels: np.ndarray) -> np.ndarray:
    """Indices of one image of each class; `labels` has that of each image, [n]."""
    return select("each", labels, np.zeros(len(labels)))


def select(
    choice: str, labels: np.ndarray, errors: np.ndarray, only: int | None = None, seed: int = 0
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


def linked(run_view: RunView, examples: Sample) -> dict:
    """For `live_plots`: the images of the examples that points are."""
    dataset = examples.dataset
    address, stamp = run_address(run_view.run.id), f"{run_view.epoch}"
    return linked_images(address, stamp, dataset.shape, examples.labels, dataset.label_names)

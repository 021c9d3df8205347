"""Lesson: a code made of signs, each the nearest entry of a codebook that is learned too."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.codebook_grid.codebook_grid import (
    centres,
    decoded,
    index_grid,
    paintings,
    patch_of,
)
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import live_plots
from dashboard.figures import bar_charts, curve_charts
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric, value_text
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _, _n
from dashboard.views import image_views, reconstructions
from dashboard.views.controls import choose, choose_units
from dashboard.views.index_generation import draw_invented_grids
from dashboard.views.view import view
from models.evaluation import pca

EXPERIMENTS = (
    Experiment(
        _("No revival"),
        {"dead_code_threshold": "0"},
        _("Entries that nobody chooses stay where they are. How many of the 128 are ever used?"),
        _(
            "Look at “Code usage”. An entry learns only from vectors that choose it, so one that "
            "begins far away from all of them is never moved: it is dead. What is left is a small "
            "alphabet, paid for as a large one: the bits are the same."
        ),
    ),
    Experiment(
        _("An alphabet of 8"),
        {"num_embeddings": "8"},
        _("8 signs instead of 128: 3 bits for each place instead of 7. What is lost?"),
        _(
            "147 bits instead of 343, and PCA may keep 18 numbers instead of 42. Compare both "
            "errors with those of the default: whose rises more? In “Grid of indices” look which "
            "few strokes the signs have become."
        ),
    ),
    Experiment(
        _("A finer grid"),
        {"filters": "16", "num_embeddings": "4"},
        _(
            "14 x 14 places with 4 signs each: 392 bits instead of 343. Are they better spent on "
            "more places or on more signs?"
        ),
        _(
            "The held-out error tells. A place now stands for 2 x 2 pixels, and a sign says little "
            "more than how light they are; its meaning comes from the neighbours. In “Invent” the "
            "neighbours have more to settle among themselves."
        ),
    ),
    Experiment(
        _("The codebook by the loss"),
        {"codebook_update": "loss"},
        _("The optimiser moves the entries, not moving averages. Which is ahead, and when?"),
        _(
            "Compare the two held-out curves, the earlier one stands beside it in grey. An average "
            "follows its vectors at a pace of its own; the optimiser moves entries at the learning "
            "rate, which the cosine lowers for them too."
        ),
    ),
)


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors beside PCA's with as many bits, and how much of the codebook is used."""
    h = run_view.recipe.hyperparameters
    perplexity, used = (
        image_views.diagnostic(run_view, name)[1] for name in ("perplexity", "used_entries")
    )
    chosen = _("{count} of {all} chosen").format(
        count=value_text(used, ".0f"), all=h.num_embeddings
    )
    about_bits = _(
        "{rows} x {columns} places, and which of {entries} entries at each. PCA may keep "
        "as many numbers as fit into these bits at {each} bits each; they are not even "
        "rounded, which flatters it a little."
    )
    rows, columns = h.grid_shape
    return [
        *image_views.list_metrics(run_view),
        Metric(
            _("Perplexity"),
            value_text(perplexity, ".1f"),
            chosen,
            _(
                "How many entries would be as hard to guess, if all were chosen equally often. "
                "Over all places of held-out images."
            ),
        ),
        Metric(
            _("Bits per image"),
            f"{h.code_bits:,.0f}",
            _n("PCA: {n} number", "PCA: {n} numbers", h.pca_dim).format(n=h.pca_dim),
            about_bits.format(
                rows=rows, columns=columns, entries=h.num_embeddings, each=pca.BITS_PER_NUMBER
            ),
        ),
    ]


@view(
    _("The usage appears here with the first training."),
    "indices",
    about=_(
        "Over all places of {n} held-out images. The most frequent entry alone has {most:.0%}. "
        "Where a few entries do most of the work, the [[perplexity]] stays below the number of "
        "entries in use."
    ),
)
def draw_usage(run_view: RunView, seen: Sample, indices: np.ndarray) -> dict:
    """How often each entry is chosen, and how that came about."""
    h = run_view.recipe.hyperparameters
    shares = np.bincount(indices.ravel(), minlength=h.num_embeddings) / indices.size
    live_plots(
        [
            bar_charts.usage_bars(shares),
            curve_charts.usage_curves(run_view.events, h.num_embeddings, target_epochs=h.epochs),
        ],
        key="vector_quantized.usage",
        titles=(_("How often each entry is chosen"), _("Entries in use, by epoch")),
        alts=(
            _("Bars: the share of each entry; {count} are never chosen").format(
                count=int(np.sum(shares == 0))
            ),
            _("Curves over epochs: entries chosen at all, and perplexity"),
        ),
        height=320,
    )
    return {"n": len(indices), "most": shares.max()}


@view(_("The grid appears here with the first training."))
def draw_grid(run_view: RunView, seen: Sample) -> None:
    """The indices of one image, to be touched and changed."""
    image = seen.inputs[reconstructions.choose_image(run_view, seen)]
    if not index_grid(run_view, image, key="vector_quantized.index_grid"):
        st.info(_("The grid appears here a few seconds after the training has begun."))
        return
    prose(
        _(
            "Numbers are entries of the [[codebook]]; behind each stands what the decoder makes of "
            "it. Framed places chose the same entry. The bars are squared distances between the "
            "[[encoder]]'s vector at the place and all entries: the lowest is chosen, however "
            "little it is ahead. That is all that the decoder is told."
        )
    )


@view(
    _("The codebook appears here a few seconds after the training has begun."),
    "indices",
    weights=True,
    note=_(
        "One image per entry, the most frequent first, with its number and its share of all "
        "choices. Among the most frequent: the entry stands at one place, the most frequent "
        "one all around it; nine places are seen. An entry is no fixed piece of a picture: "
        "what it paints depends on its neighbours too."
    ),
)
def draw_codebook(run_view: RunView, seen: Sample, indices: np.ndarray) -> None:
    """What the decoder makes of each entry, everywhere or at one place only."""
    h = run_view.recipe.hyperparameters
    counts = np.bincount(indices.ravel(), minlength=h.num_embeddings)
    order = np.argsort(-counts, kind="stable")
    places = {"everywhere": _("everywhere"), "middle": _("among the most frequent")}
    where = choose(_("Where the entry stands"), places, "vector_quantized.codebook.where")
    painted = paintings(run_view)
    if where == "middle":
        painted = decoded(run_view, put_in_the_middle(h, int(order[0])))
        painted = centres(painted, patch_of(h), around=1)
    shown = order[choose_units(run_view, h.num_embeddings)]
    image_rows(
        [("", painted[shown])],
        key="vector_quantized.codebook",
        alt=_("What the decoder makes of {n} entries, the most frequent first").format(
            n=len(shown)
        ),
        captions=[f"{index}\n{counts[index] / indices.size:.1%}" for index in shown],
    )


def put_in_the_middle(h: Any, background: int) -> np.ndarray:
    """Grids with one entry each in the middle and the same one around it, [entries, places]."""
    rows, columns = h.grid_shape
    grids = np.full((h.num_embeddings, rows, columns), background)
    grids[:, rows // 2, columns // 2] = np.arange(h.num_embeddings)
    return grids.reshape(h.num_embeddings, -1)


PREDICTION = image_views.predict_smaller_error(
    _("As many bits: whose error on held-out digits will be smaller?"),
    (
        _(
            "Signs that are learned say more in as many bits than numbers along fixed directions "
            "do."
        ),
        _("What the signs win, the training has left undone, or there are too few of them."),
        _("Too few steps, or too few signs in use: look at the perplexity."),
    ),
)

PAGE = Page("vector_quantized", _("The vector-quantised autoencoder"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "So far a [[code]] was a list of numbers. Writing needs no numbers: 26 letters are enough. "
        "Here the encoder describes each place of the image with one sign of a small alphabet, the "
        "[[codebook]], and the network invents the alphabet while it learns to read and to write."
    )
)
OWN = {
    _("Code usage"): draw_usage,
    _("Grid of indices"): draw_grid,
    _("The codebook"): draw_codebook,
    image_views.INVENT: draw_invented_grids,
}
PAGE.train(chosen, list_metrics, image_views.drawing(chosen, own=OWN))

PAGE.draw_network(chosen)

st.header(_("How signs are chosen and learned"), divider=True)
prose(
    _(
        "The encoder gives a vector $z$ for each place. In its stead the decoder is given the "
        "nearest entry $e_k$ of the codebook: $z$ is [[quantise|quantised]] "
        "([van den Oord et al., 2017](https://arxiv.org/abs/1711.00937), equations 1 and 2)."
    )
)
st.latex(r"k = \arg\min_j \lVert z - e_j \rVert^2, \qquad x' = g(e_k)")
prose(
    _(
        "Choosing has no slope. So learning pretends that it changed nothing: the gradient that "
        "arrives at $e_k$ is handed on to $z$, a [[straight-through|straight-through gradient]]. "
        "What makes entries and vectors find each other are two more terms, in which "
        "$\\mathrm{sg}$ takes its argument for a constant (equation 3):"
    )
)
st.latex(
    r"L = \lVert x - g(e_k) \rVert^2 + \lVert \mathrm{sg}[z] - e_k \rVert^2 "
    r"+ \beta \lVert z - \mathrm{sg}[e_k] \rVert^2"
)
show_source("models/autoencoders/vector_quantized/model.py", "VectorQuantizedAutoencoder.terms")
prose(
    _(
        "The second term moves the entries, the third one, the [[commitment]], the encoder. The "
        "second can be done without: each entry becomes the moving average of the vectors that "
        "chose it, sums divided by counts (appendix A.1)."
    )
)
st.latex(
    r"N_i \leftarrow \gamma N_i + (1 - \gamma)\, n_i, \qquad m_i \leftarrow \gamma m_i + "
    r"(1 - \gamma) \sum_{z \to i} z, \qquad e_i = m_i / N_i"
)
show_source("models/autoencoders/vector_quantized/model.py", "Codebook.learn")

PAGE.close(
    chosen,
    _(
        "- The decoder is told nothing but which sign stands where. Put another entry at one "
        "place in “Grid of indices”: the change stays near it, since the decoder's filters do "
        "not reach far.\n"
        "- Many places are black, and one entry says so most often. The [[perplexity]] counts "
        "such uneven use: an entry that is chosen all the time tells little.\n"
        "- The code is short, but its bits are not all used: under the priors in “Invent” an image "
        "costs far fewer. What is left could be saved by sending frequent signs in short form, as "
        "Morse did.\n"
        "- Drawn place by place, images fall to pieces; heeding two neighbours, strokes hold "
        "together, but no digit is planned. That is what the paper's large network is for."
    ),
)

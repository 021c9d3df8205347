"""Lesson: a code made of signs, each the nearest entry of a codebook that is learned too."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from dashboard.claims import quantized as claims
from dashboard.components.codebook_grid.codebook_grid import (
    centres,
    decoded,
    index_grid,
    paintings,
    patch_of,
)
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric, follow, value_text
from dashboard.components.plots.plots import live_plots
from dashboard.figures import bar_charts, curve_charts
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views, reconstructions
from dashboard.views.controls import choose, choose_units
from dashboard.views.index_generation import draw_invented_grids
from dashboard.views.view import view

EXPERIMENTS = (
    Experiment(
        _("No revival"),
        claims.NO_REVIVAL,
        _("Entries that nobody chooses stay where they are. How many of the 128 are ever used?"),
        _(
            "{dead} Look at “Code usage”. An entry learns only from vectors that choose it, so one "
            "that begins far away from all of them is never moved: it is dead. Dead entries cost "
            "no bits, but they say nothing either."
        ).format(dead=claims.DEAD),
    ),
    Experiment(
        _("An alphabet of 8"),
        claims.SMALL_ALPHABET,
        _("8 signs instead of 128: 3 bits at most for each place instead of 7. What is lost?"),
        _(
            "PCA, too, gets fewer bits then: see “Bits per image”. {still} Compare both errors "
            "with those of the default: whose rises more? In “Grid of indices” look which few "
            "strokes the signs have become."
        ).format(still=claims.SMALL_BEATS_PCA),
    ),
    Experiment(
        _("A finer grid"),
        claims.FINER_GRID,
        _(
            "14 x 14 places with 4 signs each. Are bits better spent on more places or on more "
            "signs?"
        ),
        _(
            "The held-out error and “Bits per image” tell. A place now stands for 2 x 2 pixels; "
            "what a sign means comes from the neighbours, too. In “Invented” the neighbours have "
            "more to settle among themselves."
        ),
    ),
    Experiment(
        _("The codebook by the loss"),
        claims.BY_LOSS,
        _("The optimiser moves the entries, not moving averages. Which is ahead, and when?"),
        _(
            "Compare the two held-out curves, the earlier one stands beside it in grey. An average "
            "follows its vectors at a pace of its own; the optimiser moves entries at the learning "
            "rate, as it moves the weights."
        ),
    ),
)


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors beside PCA's with as many bits, and how much of the codebook is used."""
    h = run_view.recipe.hyperparameters

    def read_use(event: Mapping[str, Any] | None) -> tuple[str, str]:
        found = event.get("diagnostics", {}) if event else {}
        used = value_text(found.get("used_entries"), ".0f")
        chosen = _("{count} of {all} chosen").format(count=used, all=h.num_embeddings)
        return value_text(found.get("perplexity"), ".1f"), chosen

    about_bits = _(
        "{rows} x {columns} places, and which of {entries} entries at each. A frequent entry is "
        "written in few bits, a rare one in many ([[arithmetic coding]]): how frequent they are at "
        "each place is counted in training images, and held-out images are written so. PCA may "
        "keep as many bits when the training has ended; before, as many as equally frequent "
        "entries would take. Its coordinates are rounded, the same step for all, and written in "
        "the same way; step and number of components are the best ones."
    )
    rows, columns = h.grid_shape
    return [
        *image_views.list_metrics(run_view),
        follow(
            run_view,
            _("Perplexity"),
            read_use,
            _(
                "How many entries would be as hard to guess, if all were chosen equally often. "
                "Over all places of held-out images."
            ),
        ),
        image_views.follow_diagnostic(
            run_view,
            _("Bits per image"),
            "bits",
            ",.0f",
            _("{bits} if all were equally frequent").format(bits=f"{h.code_bits:,.0f}"),
            about_bits.format(rows=rows, columns=columns, entries=h.num_embeddings),
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
        _("PCA adds patterns up. What a sign paints depends on the signs beside it, too."),
        _("Rounded well, and written in as few bits as possible, PCA is a strong rival."),
        _(
            "Rounded well, and written in as few bits as possible, PCA is a strong rival. Has the "
            "network made too few steps, or are too few signs in use? Look at the perplexity."
        ),
    ),
)

page = Page(
    "vector_quantized",
    _("The vector-quantised autoencoder"),
    _(
        "So far a [[code]] was a list of numbers. Writing needs no numbers: 26 letters are enough. "
        "Here the encoder describes each place of the image with one sign of a small alphabet, the "
        "[[codebook]], and the network invents the alphabet while it learns to read and to write."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

OWN = {
    _("Code usage"): draw_usage,
    _("Grid of indices"): draw_grid,
    _("The codebook"): draw_codebook,
    image_views.INVENT: draw_invented_grids,
}

page.train(list_metrics, image_views.drawing(chosen, own=OWN))


def explain() -> None:
    """How signs are chosen and learned."""
    prose(
        _(
            "The encoder gives a vector $z$ for each place. In its stead the decoder is given the "
            "nearest entry $e_j$ of the codebook: $z$ is [[quantise|quantised]] "
            "([van den Oord et al., 2017](https://arxiv.org/abs/1711.00937), equations 1 and 2)."
        )
    )
    st.latex(
        r"\hat{z} = e_j,\quad j = \arg\min_i \lVert z - e_i \rVert^2, \qquad \hat{x} = g(\hat{z})"
    )
    prose(
        _(
            "Choosing has no slope. So learning pretends that it changed nothing: the gradient "
            "that arrives at $\\hat{z}$ is handed on to $z$, a [[straight-through|straight-through "
            "gradient]] ([Bengio et al., 2013](https://arxiv.org/abs/1308.3432)). What makes "
            "entries and vectors find each other are two more terms, in which $\\mathrm{sg}$ takes "
            "its argument for a constant (equation 3):"
        )
    )
    st.latex(
        r"L = \frac{1}{d} \lVert x - g(\hat{z}) \rVert^2 + \frac{1}{k} \lVert \mathrm{sg}[z] - "
        r"\hat{z} \rVert^2 + \frac{\beta}{k} \lVert z - \mathrm{sg}[\hat{z}] \rVert^2"
    )
    h = chosen.recipe.hyperparameters
    prose(
        _(
            "The squares are summed over all places. The paper leaves out $1/d$ and $1/k$: its "
            "terms are sums, here they are means over the $d$ pixels and over the $k$ numbers that "
            "the decoder is given. So $\\beta$ here is worth $\\beta d / k$ there: with your "
            "settings **{effective:.3g}**. An embedding of fewer numbers makes commitment count "
            "for more."
        ).format(effective=h.commitment * h.input_dim / h.latent_dim)
    )
    show_source("models/autoencoders/vector_quantized/model.py", "VectorQuantizedAutoencoder.terms")
    prose(
        _(
            "The second term moves the entries, the third one, the [[commitment]], the encoder. "
            "The second can be done without: each entry becomes the moving average of the vectors "
            "that chose it, sums divided by counts (appendix A.1). Of the $n$ vectors of a batch, "
            "$n_j$ chose the entry:"
        )
    )
    st.latex(
        r"N_j \leftarrow \gamma N_j + (1 - \gamma) \frac{n_j}{n}, \qquad S_j \leftarrow \gamma S_j "
        r"+ (1 - \gamma) \frac{1}{n} \sum_{z \to e_j} z, \qquad e_j = S_j / N_j"
    )
    show_source("models/autoencoders/vector_quantized/model.py", "Codebook.learn")


page.close(
    _(
        "- {ahead} It is no easy rival: rounded well, and written in as few bits as possible.\n"
        "- The decoder is told nothing but which sign stands where. Put another entry at one "
        "place in “Grid of indices”: {nearby} Every layer of the decoder hands it on to near "
        "neighbours only.\n"
        "- Look at “Code usage”: some signs are chosen far more often than others. The "
        "[[perplexity]] counts such uneven use: an entry that is chosen all the time tells "
        "little.\n"
        "- Frequent signs can be sent in short form, as Morse did. {short} “Bits per image” says "
        "how many. Whoever knows the neighbours guesses better still: “Invented” says what "
        "it costs then.\n"
        "- In “Invented” compare images drawn place by place with those that heed two neighbours: "
        "do strokes hold together, and is there a digit? In the place of the two neighbours, the "
        "paper's large network sees the grid so far."
    ).format(ahead=claims.BEATS_PCA, nearby=claims.NEARBY, short=claims.SHORT_FORM),
    {_("How signs are chosen and learned"): explain},
)

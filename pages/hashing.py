"""Lesson: codes made of bits, by which similar images can be looked up."""

import math

import numpy as np
import streamlit as st

from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import live_plots
from dashboard.figures import bar_charts
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric, value_text
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction, answer_by
from dashboard.lesson.source import show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views, reconstructions
from dashboard.views.controls import choose_units
from dashboard.views.view import view
from models.data.images import as_grey
from models.evaluation import nearest_neighbours

# What is said here of 4,000 digits was measured with seed 42 (models.train hashing --set ...).
EXPERIMENTS = (
    Experiment(
        _("No noise"),
        {"code_noise": "0"},
        _("The same network without noise. Look at “Bits”, and at what comes back."),
        _(
            "Unrounded it is far better, 0.0204 instead of 0.0341: it writes in decimals. Rounding "
            "deletes them, and the error becomes 0.0576, worse than that of PCA's signs. 19 % of "
            "the activities are nearly bits; with noise 96 % are."
        ),
    ),
    Experiment(
        _("One byte"),
        {"latent_dim": "8"},
        _("Eight bits: 256 addresses for all digits. Can images of one address be told apart?"),
        _(
            "No: images with the same address come back as one and the same picture. The 500 "
            "images of the sample use 56 addresses. The error is 0.0441, PCA's with one bit for "
            "each component 0.0483. Of 8 neighbours 54 % are of the same class, with 16 bits 61 %."
        ),
    ),
    Experiment(
        _("Eight bytes"),
        {"latent_dim": "64"},
        _("64 bits, still a hundredth of the pixels' 6,272. Which search finds more of a class?"),
        _(
            "Now the bits do: of 8 neighbours 72 % are of the same class, by pixels 70 %. The "
            "error is 0.0220, PCA's with one bit for each component 0.0302."
        ),
    ),
)
FOUND = 8
"""Neighbours that are shown, and of which the precision is measured."""

STRIPS = 40
"""Images of each class whose bits the table shows."""


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors with real bits, without rounding, and how many activities are nearly bits."""
    unrounded = image_views.diagnostic(run_view, "unrounded_mse")[1]
    before, now = (
        value_text(share, ".0%") for share in image_views.diagnostic(run_view, "saturated_share")
    )
    about = _(
        "The error that the network would make if its code were the activities "
        "themselves, any numbers between 0 and 1, and not bits. Over the run's sample."
    )
    return [
        *image_views.list_metrics(run_view),
        Metric(_("Not rounded"), image_views.error_text(unrounded), _("held-out images"), about),
        Metric(
            _("Saturated"),
            now,
            _("untrained {share}").format(share=before),
            _("Of all activities in the code, how many are below 0.1 or above 0.9."),
        ),
    ]


def code_pictures(codes: np.ndarray, side: int) -> np.ndarray:
    """Codes of bits [n, k] as squares [n, side, side]: 1 is white, 0 black, row by row; grey is
    what is left over."""
    columns = math.ceil(math.sqrt(codes.shape[1]))
    rows = math.ceil(codes.shape[1] / columns)
    cells = np.full((len(codes), rows * columns), 128, np.uint8)
    cells[:, : codes.shape[1]] = np.where(codes > 0.5, 255, 0)
    across = np.arange(side) * columns // side
    down = np.arange(side) * rows // side
    return cells.reshape(-1, rows, columns)[:, down][:, :, across]


@view(_("Images can be looked up with the first training."), "codes")
def draw_search(run_view: RunView, seen: Sample, codes: np.ndarray) -> None:
    """The images next to one, by the bits of their codes and by their pixels."""
    chosen = reconstructions.choose_image(run_view, seen)
    by_bits = nearest_neighbours.distances(codes)
    by_pixels = nearest_neighbours.distances(seen.inputs / np.float32(255))
    found = {}
    for name, label, between, power, unit, spec in (
        ("bits", _("nearest by bits"), by_bits, 1, _("bits that differ"), ".0f"),
        ("pixels", _("nearest by pixels"), by_pixels, 0.5, _("distance"), ".1f"),
    ):
        found[name] = nearest_neighbours.nearest(between, FOUND)
        which = np.array([chosen, *found[name][chosen]])
        image_rows(
            [
                (label, seen.as_images(seen.inputs[which])),
                (_("its bits"), code_pictures(codes[which], seen.dataset.shape[0])),
            ],
            key=f"hashing.search.{name}",
            alt=_("An image and the {n} images that are {label}, with their codes").format(
                n=FOUND, label=label
            ),
            captions=[format(distance, spec) for distance in between[chosen, which] ** power],
            caption_label=unit,
        )
    _draw_precision(seen, found, codes)


def _draw_precision(seen: Sample, found: dict[str, np.ndarray], codes) -> None:
    shares = {name: nearest_neighbours.precision(seen.labels, one) for name, one in found.items()}
    counts, total = np.bincount(seen.labels), len(seen.labels)
    chance = np.sum(counts * (counts - 1)) / (total * (total - 1))
    prose(
        _(
            "The first image is the one looked for; the others are found among {others} held-out "
            "images. Of the {n} nearest ones, how many are of the same class? Mean over all "
            "{count} images: by **[[Hamming distance]] {bits}**, by pixels **{pixels}**, by chance "
            "{chance}. The labels took no part in the training. What is compared is {size} bits in "
            "one case and {pixel_bits:,} in the other."
        ).format(
            **{name: f"{share:.0%}" for name, share in (shares | {"chance": chance}).items()},
            others=total - 1,
            n=FOUND,
            count=total,
            size=codes.shape[1],
            pixel_bits=8 * seen.inputs.shape[1],
        )
    )


@view(
    _("The bits appear here with the first training."),
    "codes",
    "activities",
    untrained="activities",
    about=_(
        "{images} images have **{different}** different codes; {size} bits have {most} "
        "patterns. A bit says most if it is 1 for half of the images, whatever the others "
        "are. {idle} of the bits never change."
    ),
)
def draw_bits(
    run_view: RunView,
    seen: Sample,
    codes: np.ndarray,
    activities: np.ndarray,
    before: np.ndarray,
) -> dict:
    """The activities before rounding, untrained and now; the bits of many images; their use."""
    title = _("{when}: {share} below 0.1 or above 0.9")
    both = {
        title.format(when=when, share=f"{np.mean(np.abs(one - 0.5) > 0.4):.0%}"): one
        for when, one in ((_("untrained"), before), (_("now"), activities))
    }
    axis = _("activity before rounding")
    image_views.draw_histograms(run_view, both, axis, "hashing.activities", highest=1.0)
    _draw_table(codes, seen)
    counts, edges = np.histogram(codes.mean(axis=0), bins=10, range=(0, 1))
    axis = _("share of the images for which a bit is 1")
    live_plots(
        [bar_charts.histogram_counts(edges, counts, title=axis)],
        key="hashing.balance",
        run_id=run_view.run.id,
        titles=[_("Bits by their balance")],
        alts=[_("Histogram of the bits by how often they are 1")],
        height=240,
    )
    size = codes.shape[1]
    return {
        "images": len(codes),
        "different": len(np.unique(codes, axis=0)),
        "size": size,
        "most": f"{2**size:,}" if size <= 32 else f"2^{size}",
        "idle": int(np.sum(np.ptp(codes, axis=0) == 0)),
    }


def _draw_table(codes: np.ndarray, seen: Sample) -> None:
    """For each class a strip of bits per image."""
    labels, counts = np.unique(seen.labels, return_counts=True)
    least = min(STRIPS, *counts)
    bits = np.stack([codes[seen.labels == label][:least] for label in labels])
    image_rows(
        [("", np.where(bits > 0.5, 255, 0).astype(np.uint8))],
        key="hashing.table",
        alt=_("The bits of {n} images of each class, one image per line").format(n=least),
        captions=[seen.dataset.label_names[label] for label in labels],
        pixels=88,
    )
    st.caption(
        _(
            "{n} images of each class, one per line; white is 1, black is 0. A column that is "
            "nearly all of one colour within a class says something about the class."
        ).format(n=least)
    )


@view(
    _("Bits can be flipped a few seconds after the training has begun."),
    weights=True,
    note=_(
        "**White** in the difference was added by the flip, **black** taken away, mid-grey is "
        "as before. Flipping one bit is the smallest step that there is in this space."
    ),
)
def draw_flips(run_view: RunView, seen: Sample) -> None:
    """What changes in an image when one bit of its code does."""
    image = seen.inputs[[reconstructions.choose_image(run_view, seen)]]
    code = inference.output(run_view, "encoder", image / np.float32(255))
    bits = choose_units(run_view, code.shape[1])
    flipped = np.tile(code, (len(bits), 1))
    flipped[range(len(bits)), bits] = 1 - flipped[range(len(bits)), bits]
    rebuilt, changed = (inference.output(run_view, "decoder", one) for one in (code, flipped))
    # One scale for all: a bit that changes little should look so.
    change = run_sample.signed_images((changed - rebuilt).reshape(1, -1))
    image_rows(
        [
            (_("original"), seen.as_images(image)),
            (_("rebuilt"), seen.as_images(as_grey(rebuilt))),
        ],
        key="hashing.flip.image",
        alt=_("The image, and what its bits give back"),
    )
    image_rows(
        [
            (_("flipped"), seen.as_images(as_grey(changed))),
            (_("difference"), seen.as_images(change)),
        ],
        key="hashing.flip.flipped",
        alt=_("What the decoder makes of the code with one bit flipped, for {n} bits").format(
            n=len(bits)
        ),
        captions=[f"{bit + 1}\n{code[0, bit]:.0f} → {1 - code[0, bit]:.0f}" for bit in bits],
        caption_label=_("bit\nflipped"),
    )


def measure_rounding(run_view: RunView) -> float | None:
    """By what factor rounding the code to bits enlarges the error."""
    unrounded = image_views.diagnostic(run_view, "unrounded_mse")[1]
    rounded = run_view.result["held_out"]["reconstruction_mse"]
    return None if unrounded is None else rounded / unrounded


PREDICTION = Prediction(
    _("The code is rounded to bits after the training. How much larger will the error become?"),
    (_("hardly, less than 15 %"), _("15 % to double"), _("more than double")),
    answer_by(measure_rounding, 1.15, 2),
    (
        _("Noise has driven nearly all activities to 0 or 1: there is little left to round."),
        _("Many activities lie between 0 and 1, and what they say there is lost."),
        _("Without noise the network keeps its message in the decimals, and rounding deletes it."),
    ),
)

PAGE = Page("hashing", _("Binary codes: semantic hashing"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "Two bytes for a whole image: here every number of the [[code]] is a **bit**. Such a code "
        "is an address. Images that look alike get addresses that differ in few bits, so that "
        "looking up an image is counting bits, which a computer does a billion times a second. But "
        "a step from 0 to 1 has no slope, and networks learn by slopes. The way out is **noise**."
    )
)
about_map = _(
    "Every symbol is the [[code]] of a held-out image. Along single dimensions all of them lie in "
    "the four corners, for a bit is 0 or 1; choose principal components to see more. Between "
    "the corners the [[decoder]] is given what it never saw in the end: numbers that are no bits."
)
OWN = {_("Search"): draw_search, _("Bits"): draw_bits, _("Flip a bit"): draw_flips}
PAGE.train(chosen, list_metrics, image_views.drawing(chosen, about_map, OWN))

PAGE.draw_network(chosen)

st.header(_("Noise makes bits"), divider=True)
prose(
    _(
        "The [[encoder]] gives a sum $h_k$ for each bit. During training, noise is added before "
        "the [[sigmoid]] $\\sigma$ bends it; afterwards, a bit is what the sum is rounded to."
    )
)
st.latex(
    r"\text{training: } z_k = \sigma(h_k + r\,\varepsilon_k),\quad \varepsilon_k \sim N(0, 1)"
    r"\qquad\qquad \text{afterwards: } b_k = \begin{cases} 1 & h_k > 0 \\ 0 & \text{else}"
    r"\end{cases}"
)
prose(
    _(
        "Near its middle the sigmoid is steep, and the noise would drown whatever $h_k$ has to "
        "say. Far out it is flat: there noise changes nothing. To be understood, the encoder has "
        "to give sums that are large beside $r$, and then the sigmoid is nearly 0 or 1 "
        "([Salakhutdinov and Hinton, 2009](https://doi.org/10.1016/j.ijar.2008.11.006))."
    )
)
show_source("models/autoencoders/hashing/model.py", "HashingAutoencoder.training_codes")
prose(
    _(
        "How different two codes are is the number of bits in which they differ, their "
        "[[Hamming distance]]. For zeros and ones it is the squared distance:"
    )
)
st.latex(r"d(b, b') = \sum_k |b_k - b'_k| = \lVert b - b' \rVert^2")
show_source("models/evaluation/nearest_neighbours.py", "distances")

PAGE.close(
    chosen,
    _(
        "- All errors here, those of training images too, are made with **real bits**: what "
        "rounding destroys is counted. “Not rounded” says what the activities would give.\n"
        "- [[PCA]] has to keep bits as well, or it would not be a comparison: of each component "
        "only the sign. With whole numbers of 32 bits each, PCA makes an error of 0.0273 on "
        "held-out digits, but keeps 512 bits of each, 32 times as many.\n"
        "- A neighbour by bits need not be one by pixels: the code knows the shape, pixels know "
        "where the ink is.\n"
        "- Pixels often find the right class more reliably. An image is 6,272 bits of them, "
        "though, where two bytes are 16."
    ),
)

"""Lesson: codes made of bits, by which similar images can be looked up."""

import math

import numpy as np
import streamlit as st

from dashboard.claims import quantized as claims
from dashboard.claims.quantized_measures import NEIGHBOURS
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric
from dashboard.components.plots.plots import live_plots
from dashboard.figures import bar_charts
from dashboard.lesson.experiments import Experiment
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

EXPERIMENTS = (
    Experiment(
        _("No noise"),
        claims.NO_NOISE,
        _("The same network without noise. Look at “Bits”, and at what comes back."),
        _(
            "{deletes} {worse} Nothing keeps the network from writing in decimals: see “Not "
            "rounded”. {no_bits} “Saturated” says how many are."
        ).format(
            deletes=claims.ROUNDING_DELETES,
            worse=claims.WORSE_THAN_PCA,
            no_bits=claims.NO_BITS,
        ),
    ),
    Experiment(
        _("One byte"),
        claims.ONE_BYTE,
        _("Eight bits: 256 addresses for all digits. Can images of one address be told apart?"),
        _(
            "No: images with the same address come back as one and the same picture. “Bits” says "
            "how many addresses are used, which is another number with every seed, “Search” how "
            "many of the images that are found are of the same class."
        ),
    ),
    Experiment(
        _("Eight bytes"),
        claims.EIGHT_BYTES,
        _("64 bits, where the pixels have 6,272. Which search finds more of a class?"),
        _(
            "“Search” says it for both. {wins} It can spend them on measuring its most important "
            "directions more finely."
        ).format(wins=claims.PCA_WINS),
    ),
)

STRIPS = 40

"""Images of each class whose bits the table shows."""


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors with real bits, without rounding, and how many activities are nearly bits."""
    about = _(
        "The error that the network would make if its code were the activities "
        "themselves, any numbers between 0 and 1, and not bits. Over all held-out images."
    )
    return [
        *image_views.list_metrics(run_view),
        image_views.follow_diagnostic(
            run_view, _("Not rounded"), "unrounded_mse", ".5f", _("held-out images"), about
        ),
        image_views.follow_diagnostic(
            run_view,
            _("Saturated"),
            "saturated_share",
            ".0%",
            _("untrained {before}"),
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
        found[name] = nearest_neighbours.nearest(between, NEIGHBOURS)
        which = np.array([chosen, *found[name][chosen]])
        image_rows(
            [
                (label, seen.as_images(seen.inputs[which])),
                (_("its bits"), code_pictures(codes[which], seen.dataset.shape[0])),
            ],
            key=f"hashing.search.{name}",
            alt=_("An image and the {n} images that are {label}, with their codes").format(
                n=NEIGHBOURS, label=label
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
            n=NEIGHBOURS,
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
    unrounded = image_views.diagnostic(run_view, "unrounded_mse")
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

page = Page(
    "hashing",
    _("Binary codes: semantic hashing"),
    _(
        "Two bytes for a whole image: here every number of the [[code]] is a **bit**. Such a code "
        "is an address. Images that look alike should get addresses that differ in few bits: then "
        "looking up an image is counting bits, which computers do very fast. But a step from 0 to "
        "1 has no slope, and networks learn by slopes. The way out is **noise**."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image. Along single dimensions all of them lie in "
    "the four corners, for a bit is 0 or 1; choose principal components to see more. Between "
    "the corners the [[decoder]] is given numbers that are no bits, as it seldom was in training."
)

OWN = {_("Search"): draw_search, _("Bits"): draw_bits, _("Flip a bit"): draw_flips}

page.train(list_metrics, image_views.drawing(chosen, about_map, OWN))


def explain() -> None:
    """Noise makes bits."""
    prose(
        _(
            "The [[encoder]] $f$ gives a sum $f_j(x)$ for each bit. During training, noise is "
            "added before the [[sigmoid]] $\\sigma$ bends it; afterwards, a bit is what the bent "
            "sum is rounded to."
        )
    )
    st.latex(
        r"\text{training: } z_j = \sigma(f_j(x) + s\,\varepsilon_j),\quad \varepsilon_j \sim "
        r"\mathcal{N}(0, 1) \qquad\qquad \text{afterwards: } \hat{z}_j = \begin{cases} 1 & f_j(x) "
        r"> 0 \\ 0 & \text{else}\end{cases}"
    )
    prose(
        _(
            "Near its middle the sigmoid is steep, and the noise would drown whatever $f_j(x)$ has "
            "to say. Far out it is flat: there noise changes little. To be understood, the encoder "
            "has to give sums that are large beside $s$, and then the sigmoid is nearly 0 or 1 "
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
    st.latex(r"\sum_j |\hat{z}_j - \hat{z}'_j| = \lVert \hat{z} - \hat{z}' \rVert^2")
    show_source("models/evaluation/nearest_neighbours.py", "distances")


page.close(
    _(
        "- All errors here, those of training images too, are made with **real bits**: what "
        "rounding destroys is counted. “Not rounded” says what the activities would give. "
        "{nearly}\n"
        "- [[PCA]] has to keep as many bits, or it would not be a comparison. {ahead} It spends "
        "them in the better of two ways, which the training images decide. Either components with "
        "much variance get several bits and the last ones none, each rounded to the values that "
        "suit it best ([Lloyd, 1982](https://doi.org/10.1109/TIT.1982.1056489)). Or each of as "
        "many components gets one bit, after all of them were turned so that signs say most "
        "([Gong and Lazebnik, 2011](https://doi.org/10.1109/CVPR.2011.5995432)); then images are "
        "rebuilt from the signs by linear least squares.\n"
        "- “Search” compares two bytes, which are 16 bits, with pixels, of which an image has "
        "6,272 bits. {pixels}\n"
        "- A neighbour by bits need not be one by pixels. Pixels compare where the ink is, codes "
        "what the decoder needs to rebuild the image."
    ).format(nearly=claims.NEARLY_BITS, ahead=claims.TWO_BYTES, pixels=claims.PIXELS_FIND),
    {_("Noise makes bits"): explain},
)

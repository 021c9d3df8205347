"""Lesson: small filters that look at every place of the image in the same way."""

import math
from collections.abc import Mapping

import numpy as np
import streamlit as st

from dashboard.claims import architectures as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric, constant
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _, _n
from dashboard.views import image_views, reconstructions
from dashboard.views.controls import UNITS_PER_PAGE, choose_units
from dashboard.views.view import view
from models.autoencoders.convolutional.hyperparameters import ConvolutionalHyperparameters
from models.autoencoders.stacked.hyperparameters import StackedHyperparameters
from models.layers.spec import num_halvings

DEFAULTS = ConvolutionalHyperparameters()

ENLARGED = {"upsampling": "nearest"}

FEW_IMAGES_LONG = claims.FEW_IMAGES | {"epochs": str(8 * DEFAULTS.epochs)}

SEEN = 4 ** num_halvings(DEFAULTS.image_shape, len(DEFAULTS.filters))

"""Of how many pixels a kernel of one pixel sees one: each halving skips three of four."""


def changed(changes: Mapping[str, str]) -> ConvolutionalHyperparameters:
    """The default network with other settings."""
    return DEFAULTS.parse(changes)


EXPERIMENTS = (
    Experiment(
        _("Blind to neighbours"),
        claims.ONE_PIXEL,
        _("Filters of one pixel, two pixels apart. What can still be seen, and painted?"),
        _(
            "One pixel of {count}: the encoder skips the others, and the decoder paints them the "
            "same grey in every image."
        ).format(count=SEEN)
        + f" {claims.ONE_PIXEL_BLIND}",
    ),
    Experiment(
        _("One convolution"),
        claims.ONE_LAYER,
        _("One convolution instead of two. Fewer layers: fewer parameters?"),
        _(
            "No, more: {one} instead of {two}. Larger maps go into the code, and that dense layer "
            "is where the weights are."
        ).format(
            one=f"{changed(claims.ONE_LAYER).num_parameters:,}",
            two=f"{DEFAULTS.num_parameters:,}",
        )
        + f" {claims.SECOND_LAYER}",
    ),
    Experiment(
        _("Enlarge, then convolve"),
        ENLARGED,
        _("Repeat every pixel, then smooth with a filter. Is it better, and what does it cost?"),
        _(
            "Compare the learning curves. It costs time: {nearest} multiplications for "
            "each image instead of {transposed}, as its filters work on maps that have already "
            "grown."
        ).format(
            nearest=f"{changed(ENLARGED).multiplications:,}",
            transposed=f"{DEFAULTS.multiplications:,}",
        ),
    ),
    Experiment(
        _("500 images"),
        claims.FEW_IMAGES,
        _("Few images, as many epochs, so an eighth of the steps. Do shared weights help?"),
        _("Not yet.")
        + f" {claims.FEW_STEPS} "
        + _("Are there too few images, or too few steps? The next experiment tells."),
    ),
    Experiment(
        _("500 images, for longer"),
        FEW_IMAGES_LONG,
        _("The same images, eight times as often: as many steps as with 4,000. Who is ahead?"),
        _(
            "Compare the error with that of [[PCA]] again. If the network is ahead now, steps were "
            "missing, more than images."
        ),
    ),
)

DENSE_UNITS = 300  # of the dense network that parameters are compared with: the stacked lesson's


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors, and how many weights there are."""
    h = run_view.recipe.hyperparameters
    same = {name: getattr(h, name) for name in ("dataset", "num_train", "latent_dim")}
    dense = StackedHyperparameters(hidden_sizes=(DENSE_UNITS,), **same)
    other = _("dense {count}").format(count=f"{dense.num_parameters:,}")
    about = _(
        "Weights and biases to train; and those of a dense autoencoder with {units} hidden "
        "units and as many numbers in the code."
    ).format(units=DENSE_UNITS)
    return [
        *image_views.list_metrics(run_view),
        constant(_("Parameters"), f"{h.num_parameters:,}", other, about),
    ]


def draw_filters(run_view: RunView) -> None:
    """The first convolution's weights, as images."""
    weights = inference.weights(run_view)
    if weights is None:
        st.info(_("The filters appear here a few seconds after the training has begun."))
        return
    kernel = weights["weights/encoder/convolution_1/kernel"]
    images = np.moveaxis(kernel[:, :, 0], -1, 0)
    units = choose_units(run_view, len(images))
    images = images[units]
    flat = run_sample.signed_images(images.reshape(len(images), -1))
    image_rows(
        [("", flat.reshape(images.shape))],
        key="convolutional.filters",
        alt=_n(
            "Weights of {n} filter of the first convolution",
            "Weights of {n} filters of the first convolution",
            len(images),
        ).format(n=len(images)),
        captions=[str(unit + 1) for unit in units],
    )
    st.caption(
        _(
            "The first convolution. Each filter looks at {size} x {size} pixels: **white** wants "
            "light there, **black** wants dark. Look for edges in several directions, corners and "
            "spots."
        ).format(size=kernel.shape[0])
    )


@view(
    _("Feature maps appear here a few seconds after the training has begun."),
    weights=True,
    about=_(
        "Every image is a [[feature map]]: light where its filter finds what it looks for, "
        "dark where it finds the opposite, mid-grey for nothing. Between encoder and decoder "
        "nothing but the {size} numbers of the code has passed."
    ),
)
def draw_maps(run_view: RunView, seen: Sample) -> dict:
    """What every filter says of one image, layer by layer, down to the code and back."""
    index = reconstructions.choose_image(run_view, seen)
    image = seen.inputs[[index]] / np.float32(255)
    code = inference.output(run_view, "encoder", image)
    for half, label, inputs in (("encoder", _("Encoder"), image), ("decoder", _("Decoder"), code)):
        layers = inference.feature_maps(run_view, half, inputs)
        for number, (name, maps) in enumerate(layers, start=1):
            if name != "output":  # that is the rebuilt image, which stands below
                _draw_layer(f"{label} {number}", np.moveaxis(maps[0], -1, 0), name)
    rebuilt = inference.decode(run_view, code)
    image_rows(
        [(_("original"), seen.as_images(seen.inputs[index])), (_("rebuilt"), rebuilt)],
        key="convolutional.maps.image",
        alt=_("The image, and what the network makes of it"),
    )
    return {"size": code.shape[1]}


def _draw_layer(label: str, maps: np.ndarray, name: str) -> None:
    """The first maps [channels, height, width] of one layer."""
    shown, (count, height, width) = maps[:UNITS_PER_PAGE], maps.shape
    text = _("**{layer}**: {shown} of {count} maps of {height} x {width}")
    st.markdown(text.format(layer=label, shown=len(shown), count=count, height=height, width=width))
    # One scale for the layer: a map that finds nothing should look so.
    flat = run_sample.signed_images(shown.reshape(1, -1))
    image_rows(
        [("", flat.reshape(shown.shape))],
        key=f"convolutional.maps.{name}",
        alt=_("{n} feature maps, {layer}").format(n=len(shown), layer=label),
        pixels=48,
    )


PREDICTION = image_views.predict_smaller_error(
    _("Held-out digits: whose error will be smaller?"),
    (
        _(
            "A stroke is a stroke wherever it stands: what a filter learns at one place serves at "
            "all. PCA has to learn every place by itself."
        ),
        _("What the filters win, the training has left undone, or the code is too wide to tell."),
        _("Too few steps, or filters that cannot see: PCA needs no training and sees all."),
    ),
)

page = Page(
    "convolutional",
    _("The convolutional autoencoder"),
    _(
        "A dense [[layer]] learns the top left corner and the bottom right one separately. A "
        "[[convolution]] looks at every small patch with the **same few weights**, a [[filter]]: "
        "an edge is an edge wherever it stands. How much better does that describe a digit in as "
        "few numbers?"
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "[[encoder|Encoder]] and [[decoder]], convolutions included, work in your browser: draw a "
    "digit of your own, and move it a little."
)

OWN = {_("Feature maps"): draw_maps, _("Filters"): draw_filters}

page.train(list_metrics, image_views.drawing(chosen, about_map, OWN))


def explain() -> None:
    """What a convolution computes."""
    prose(
        _(
            "Filter number $l$ is laid on every patch, multiplied and added up. For a filter of "
            "height and width $F$ and a stride of 2, the number at row $i$ and column $j$ of its "
            "[[feature map]] is"
        )
    )
    st.latex(
        r"h_l(i, j) = \varphi\Bigl( b_l + \sum_{l'} \sum_{i'=1}^{F} \sum_{j'=1}^{F} "
        r"W_l(l', i', j')\; x_{l'}(2i + i',\, 2j + j') \Bigr)"
    )
    prose(
        _(
            "The first sum goes over the maps of the layer before; the image is one. Beyond the "
            "edges everything is 0, and a few pixels before the first one are counted, too. The "
            "weights $W$ do not depend on $i$ and $j$: that is all the difference to a dense layer "
            "that is given the same patches. The decoder runs it backwards: a *transposed* "
            "convolution lets each number paint its filter, two pixels apart, and adds up where "
            "the paintings overlap. What is asked for is the squared error, as ever ([Masci et "
            "al., 2011](https://doi.org/10.1007/978-3-642-21735-7_7))."
        )
    )
    show_source("models/layers/spec.py", "convolutions")


def filters_share(numbers: str) -> str:
    """How much of the parameters, or of the multiplications, the filters have."""
    layers = DEFAULTS.encoder_plan + DEFAULTS.decoder_plan
    all_of = sum(getattr(layer, numbers) for layer in layers)
    of_filters = sum(getattr(layer, numbers) for layer in layers if layer.kind.startswith("conv"))
    return f"{of_filters / all_of:.0%}"


FIRST = next(layer.output for layer in DEFAULTS.encoder_plan if layer.kind == "conv2d")
page.close(
    _(
        "- Compare the error with that of a dense network: the stacked lesson's, with {size} "
        "numbers in the code.\n"
        "- Most [[parameter|parameters]] are in the two dense layers around the code. The filters "
        "have {parameters} of them, and do {multiplications} of the multiplications.\n"
        "- Halving does not throw away *where* something was: the first {maps} maps of "
        "{height} x {width} hold {numbers} numbers, the image {pixels}. The code is where little "
        "room is: what it does not say of places is lost, and rebuilt strokes are smooth.\n"
        "- A transposed convolution whose kernel is no multiple of its stride paints some pixels "
        "more often than others. Look for chequered patterns early in the training "
        "([Odena et al., 2016](https://doi.org/10.23915/distill.00003))."
    ).format(
        size=DEFAULTS.latent_dim,
        parameters=filters_share("num_parameters"),
        multiplications=filters_share("multiplications"),
        maps=FIRST[-1],
        height=FIRST[0],
        width=FIRST[1],
        numbers=f"{math.prod(FIRST):,}",
        pixels=math.prod(DEFAULTS.image_shape),
    ),
    {_("What a convolution computes"): explain},
)

"""Lesson: an image as a sequence of rows, read into a state and written from one."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard.claims import architectures as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric, constant
from dashboard.components.plots.plots import live_plots
from dashboard.figures import curve_charts, style
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views, reconstructions
from dashboard.views.view import draw_plot, view
from models.autoencoders.recurrent.hyperparameters import RecurrentHyperparameters
from models.autoencoders.stacked.hyperparameters import StackedHyperparameters
from models.data.images import as_grey
from models.evaluation.image_statistics import row_errors, row_influence
from models.layers import numpy_inference
from models.layers.spec import CELLS, Layer

ROWS = _("What is remembered")

DEFAULTS = RecurrentHyperparameters()

PARAMETERS = {cell: f"{DEFAULTS.replace(cell=cell).num_parameters:,}" for cell in CELLS}

EXPERIMENTS = (
    Experiment(
        _("A simple cell"),
        claims.SIMPLE_CELL,
        _("No gates: each row overwrites the whole state. Which rows does the code still know?"),
        _(
            "{alike} Which of them is smaller depends on the seed: 28 rows are not many to "
            "remember. Look at “{rows}”, and compare it with the "
            "GRU's. There are {simple} parameters instead of {gru}: a GRU has three sets of "
            "weights where this cell has one."
        ).format(
            alike=claims.GATES_DO_LITTLE,
            rows=ROWS,
            simple=PARAMETERS["simple_rnn"],
            gru=PARAMETERS["gru"],
        ),
    ),
    Experiment(
        _("Bottom row first"),
        {"writing_order": "bottom_up"},
        _("The decoder begins with the row that was read last. Does that make its work easier?"),
        _(
            "The number of parameters is the same, so the errors can be compared directly. In "
            "translation it helped to read the sentence backwards: then what was read last is "
            "written first ([Sutskever et al., 2014](https://arxiv.org/abs/1409.3215))."
        ),
    ),
    Experiment(
        _("LSTM"),
        {"cell": "lstm"},
        _("Three gates and a second state that only gates can change. Is it worth its weights?"),
        _(
            "It has {lstm} parameters, the GRU {gru}. Compare both in the learning curves, where "
            "your earlier runs stay as faint lines."
        ).format(lstm=PARAMETERS["lstm"], gru=PARAMETERS["gru"]),
    ),
)

DENSE_UNITS = 300  # of the dense network that parameters are compared with

SHOWN_STEPS = 12

"""Moments of the reading that are shown."""

PROBED = 60

"""Images whose rows are changed to see how far the code moves."""

PROBE = 0.1

"""Standard deviation of that change of each pixel."""


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors, and how many weights there are for how many uses of them."""
    h = run_view.recipe.hyperparameters
    uses = _("multiplications {count}").format(count=f"{h.multiplications:,}")
    about = _(
        "Weights and biases to train, and how many multiplications one image takes: the "
        "same weights serve at each of the {steps} steps."
    ).format(steps=h.image_shape[0])
    return [
        *image_views.list_metrics(run_view),
        constant(_("Parameters"), f"{h.num_parameters:,}", uses, about),
    ]


def read(run_view: RunView, images: np.ndarray) -> tuple[np.ndarray, list[Layer]]:
    """The encoder's state [n, steps, units] after each row of the images [n, pixels], and the
    layers that make a code of a state."""
    layers = inference.layers_of(run_view, "encoder")
    (place,) = (index for index, layer in enumerate(layers) if layer.kind in CELLS)
    return numpy_inference.recurrent_states(layers[place], images), layers[place + 1 :]


@view(
    _("The reading appears here a few seconds after the training has begun."),
    weights=True,
    about=_(
        "Grey rows have not been read yet. Each picture below is decoded from the [[state]] "
        "at that moment, by the same layers that make the code of the last one. They were "
        "trained on the last one only: what they say of earlier ones nobody asked for."
    ),
)
def draw_so_far(run_view: RunView, seen: Sample) -> None:
    """An image as it is being read, and what the network would write if it ended there."""
    pixels = seen.inputs[[reconstructions.choose_image(run_view, seen)]]
    steps = seen.dataset.shape[0]
    ends = np.unique(np.linspace(1, steps, SHOWN_STEPS).round().astype(int))
    is_read = np.arange(steps)[:, None] < ends[:, None, None]
    shown = np.where(is_read, seen.as_images(pixels), np.uint8(90))
    image = pixels / np.float32(255)
    states, rest = read(run_view, image)
    codes = numpy_inference.evaluate(rest, states[0])
    rebuilt = inference.output(run_view, "decoder", codes)[ends - 1]
    errors = np.mean(np.square(rebuilt - image), axis=1)
    image_rows(
        [(_("read so far"), shown), (_("written then"), seen.as_images(as_grey(rebuilt)))],
        key="recurrent.so_far",
        alt=_("One image after {n} numbers of rows, and what would be rebuilt of each").format(
            n=len(ends)
        ),
        captions=[f"{end}\n{error:.3f}" for end, error in zip(ends, errors, strict=True)],
        caption_label=_("rows read\nerror"),
    )


@view(
    _("The state appears here a few seconds after the training has begun."),
    weights=True,
    note=_(
        "Left the image; right, in the same line, the state after that row, one column for "
        "each unit: **white** +1, **black** -1, mid-grey 0. A column that stays as it is "
        "keeps what it holds; below, how much the state changes on average."
    ),
)
def draw_state(run_view: RunView, seen: Sample) -> None:
    """The state after each row, as a picture beside the image."""
    pixels = seen.inputs[[reconstructions.choose_image(run_view, seen)]]
    states = read(run_view, pixels / np.float32(255))[0][0]
    # A state lies between -1 and 1, whatever the cell.
    heat = np.round(127.5 + 127.5 * np.clip(states, -1, 1)).astype(np.uint8)
    gap = np.full((len(states), 1), 128, np.uint8)
    picture = np.concatenate([seen.as_images(pixels)[0], gap, heat], axis=1)
    image_rows(
        [("", picture[None])],
        key="recurrent.state",
        alt=_("An image, and beside each row the {n} numbers of the state after it").format(
            n=states.shape[1]
        ),
        pixels=min(8 * picture.shape[1], 900),
    )
    moved = np.abs(np.diff(states, axis=0, prepend=0)).mean(axis=1)
    figure = curve_charts.lines(
        np.arange(1, len(states) + 1),
        [(_("change of the state"), moved, style.AUTOENCODER)],
        x_title=_("row read"),
        y_title=_("mean of |change|"),
    )
    alt = _("How much the state changes with each row that is read")
    draw_plot(run_view, figure, "recurrent.moved", alt, height=240)


@st.cache_data(max_entries=16, show_spinner=False)
def measure_influence(run_id: str, stamp: str, _run_view: RunView) -> np.ndarray:
    """How far the code moves, [steps], when noise of `PROBE` is added to one row."""
    seen = run_sample.sample(_run_view)
    encode = partial(inference.output, _run_view, "encoder")
    images = seen.inputs[:PROBED] / np.float32(255)
    return row_influence(encode, images.reshape(-1, *seen.dataset.shape), PROBE)


@view(
    _("The rows' errors appear here with the first training."),
    "reconstructions",
    weights=True,
    about=_(
        "Left: the network makes {early} of the error of the mean image in the upper half, "
        "which it reads first, and {late} in the lower one; PCA, which has no first and "
        "last, {pca_early} and {pca_late}. Right: noise of {probe:g} is added to one row at a "
        "time, and the move of the code is measured in mean distances between the codes "
        "of two images. A network that forgets has a curve that rises towards the last rows."
    ),
)
def draw_rows(run_view: RunView, seen: Sample, rebuilt: np.ndarray) -> dict:
    """The error of each row, ours and PCA's, and how much each row counts in the code."""
    shape = seen.dataset.shape
    blank = np.tile(np.round(seen.inputs.mean(axis=0)), (len(seen.inputs), 1))
    ours, theirs, most = (row_errors(seen.inputs, one, shape) for one in (rebuilt, seen.pca, blank))
    errors = [
        (_("network"), ours, style.AUTOENCODER),
        ("PCA", theirs, style.PCA),
        (_("mean image"), most, style.FAINT),
    ]
    influence = measure_influence(run_view.run.id, inference.stamp(run_view), run_view)
    moves = [(_("move of the code"), influence, style.AUTOENCODER)]
    draw = partial(curve_charts.lines, np.arange(1, shape[0] + 1), x_title=_("row"))
    live_plots(
        [
            draw(errors, y_title=_("mean squared error")),
            draw(moves, y_title=_("share of a distance")),
        ],
        key="recurrent.rows",
        run_id=run_view.run.id,
        titles=[_("Error of each row"), _("How far a small change of one row moves the code")],
        alts=[
            _("Error by row of the network, of PCA and of the mean image"),
            _("How far the code moves when noise is added to a row, by row"),
        ],
        height=320,
    )
    early, late = slice(shape[0] // 2), slice(shape[0] // 2, None)
    halves = {"early": (ours, early), "late": (ours, late)}
    halves |= {"pca_early": (theirs, early), "pca_late": (theirs, late)}
    shares = {name: one[rows].sum() / most[rows].sum() for name, (one, rows) in halves.items()}
    return {"probe": PROBE} | {name: f"{share:.0%}" for name, share in shares.items()}


PREDICTION = image_views.predict_smaller_error(
    _("A row at a time, through one small state. Held-out digits: whose error will be smaller?"),
    (
        _("The same weights read every row, and what they learn of strokes serves at all heights."),
        _("What the shared weights win is lost on the long way from row to row."),
        _("Every row has to survive in the state until the last one; too much was lost."),
    ),
)

page = Page(
    "recurrent",
    _("The recurrent autoencoder"),
    _(
        "A film, a sentence, a melody: one thing after the other, and never all at once. Here an "
        "image is such a sequence, **one row after the other**. A [[recurrent]] layer carries a "
        "[[state]] along and changes it with each row by the same few weights; what it knows after "
        "the last row becomes the [[code]]. The [[decoder]] writes the rows anew from that."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "[[encoder|Encoder]] and [[decoder]] work in your browser, step by step."
)

OWN = {_("Row by row"): draw_so_far, _("The state"): draw_state, ROWS: draw_rows}

page.train(list_metrics, image_views.drawing(chosen, about_map, OWN))


def explain() -> None:
    """What is carried from row to row."""
    prose(
        _(
            "From row $x_t$ and the last state $h_{t-1}$ a cell makes the next state. The simple "
            "one overwrites everything at every step. A GRU ([Cho et al., "
            "2014](https://doi.org/10.3115/v1/D14-1179)) has two [[gate|gates]], numbers between 0 "
            "and 1: $r$ says what of the old state counts for the new one, $u$ what is kept as it "
            "is:"
        )
    )
    st.latex(
        r"\begin{aligned} u &= \sigma(W_u x_t + U_u h_{t-1} + b_u) \qquad "
        r"r = \sigma(W_r x_t + U_r h_{t-1} + b_r) \\ "
        r"\tilde{h} &= \tanh\bigl(W x_t + b + r \odot (U h_{t-1} + c)\bigr) \\ "
        r"h_t &= u \odot h_{t-1} + (1 - u) \odot \tilde{h} \end{aligned}"
    )
    prose(
        _(
            "Here as in Keras (`reset_after=True`) $r$ multiplies what $U$ has made of the old "
            "state; in the paper it multiplies the old state before $U$. Each gate has two biases "
            "in Keras, which add up."
        )
    )
    show_source("models/layers/numpy_inference.py", "_gru_step")
    prose(
        _(
            "Where $u$ is 1, a number passes through unchanged, and on this way back so does its "
            "[[gradient descent|gradient]]: that is how something read first can still be learned "
            "from at the end. The code is made of the last state, and given to the decoder at "
            "every step, as Cho et al. do. The decoder does not see what it has written "
            "([Srivastava et al., 2015](https://proceedings.mlr.press/v37/srivastava15.html), the "
            "unconditioned decoder; there it begins with the encoder's state)."
        )
    )
    show_source(
        "models/autoencoders/recurrent/hyperparameters.py", "RecurrentHyperparameters.decoder_plan"
    )


DENSE = StackedHyperparameters(
    hidden_sizes=(DENSE_UNITS,),
    **{name: getattr(DEFAULTS, name) for name in ("dataset", "latent_dim")},
)
page.close(
    _(
        "- The same few weights serve at all {steps} steps: the default network has {own} "
        "[[parameter|parameters]], a dense one with {units} hidden units and as many numbers in "
        "the code {dense}. It has to use them one step after the other, though, which is why a "
        "step of training takes long for so small a network.\n"
        "- {dense_is_better} {pca_is_better} For an image, of which all rows are there at once, "
        "reading row by row is the hard way.\n"
        "- “{rows}” shows whether what is read first is rebuilt worse than what is read last, and "
        "how much each row still counts when the last one has been read.\n"
        "- Move the slider to the first epochs: do different images come back alike?"
    ).format(
        steps=DEFAULTS.image_shape[0],
        own=PARAMETERS[DEFAULTS.cell],
        units=DENSE_UNITS,
        dense=f"{DENSE.num_parameters:,}",
        dense_is_better=claims.DENSE_IS_BETTER,
        pca_is_better=claims.PCA_IS_BETTER,
        rows=ROWS,
    ),
    {_("What is carried from row to row"): explain},
)

"""Lesson: a decoder that is told the class, so that the code has only the style left to say."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard.claims import generative as claims
from dashboard.claims.generative_measures import CLASSIFIER_IMAGES, train_classifier
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric, value_text
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView, view_run
from dashboard.text.i18n import _
from dashboard.views import reconstructions, vae_views
from dashboard.views.controls import draw_seed_button
from models.autoencoders import registry
from models.data import datasets, loading
from models.evaluation import linear_probe
from models.runs.recipe import Recipe

EVERY = "every"

ONE_DIGIT = 40  # images that are invented of a single class

HANDS = 8  # images whose style is taken over at a time


@st.cache_data(max_entries=64, show_spinner=False)
def readable(run_id: str, epoch: float, _codes: np.ndarray, _labels: np.ndarray) -> float:
    """How often the class can be told from the codes of a run's sample after that epoch."""
    return linear_probe.neighbour_accuracy(_codes, _labels)


def readable_of(run_view: RunView) -> float | None:
    """`readable` of what a run shows now; None where there is nothing to read."""
    codes, sample = run_view.pictures.get("codes"), run_sample.sample(run_view)
    if codes is None or sample is None or not np.isfinite(codes).all():
        return None
    return readable(run_view.run.id, run_view.epoch, codes, sample.labels)


def unconditional(run_view: RunView) -> RunView:
    """The variational autoencoder with the same settings, which is not told the class."""
    type = registry.by_name("variational")
    return view_run(
        Recipe(type, type.preset("ours").parse(run_view.recipe.hyperparameters.as_text()))
    )


def list_metrics(run_view: RunView) -> list[Metric]:
    """The parts of the loss, the dimensions in use, and what the code says of the class."""
    share, count = readable_of(run_view), run_view.recipe.hyperparameters.num_classes
    return [
        *vae_views.list_metrics(run_view),
        Metric(
            _("Class in the code"),
            value_text(share, ".0%"),
            _("guessing: {share:.0%}").format(share=1 / count),
            _(
                "Of how many held-out images the class can be told from the code, by a vote of "
                "the {k} images whose codes are nearest."
            ).format(k=linear_probe.NUM_NEIGHBOURS),
        ),
    ]


# Views


def draw_invented(run_view: RunView) -> None:
    """Draws of the prior: each with every class, or many with one class."""
    dataset = datasets.by_name(run_view.recipe.hyperparameters.dataset)
    classes = dataset.label_names
    pictures, controls = st.columns([3, 2], gap="medium")
    with controls:
        condition = st.selectbox(
            _("The network is told"),
            [EVERY, *range(len(classes))],
            format_func=lambda one: _("every class in turn") if one == EVERY else classes[one],
            key=f"conditional.told.{dataset.name}",
        )
        temperature = vae_views.draw_temperature(run_view)
        place = st.container()
    codes, labels = _draw_codes(run_view, condition, len(classes), temperature)
    kept = condition == EVERY and not vae_views.is_redrawn("conditional")
    images = inference.decode(run_view, codes, labels)
    if images is None or (kept and temperature is None):
        images, condition, kept = vae_views.generated(run_view), EVERY, True
    columns, alt = vae_views.NUM_COLUMNS, _("Forty invented images of class {name}")
    if condition == EVERY:
        columns = len(classes)
        alt = _("Rows of invented images: one code each, decoded with every class")
    else:
        alt = alt.format(name=classes[condition])
    with pictures:
        vae_views.draw_generated(
            run_view,
            images,
            "conditional.invented",
            alt,
            columns=columns,
            is_redrawn=not kept,
        )
    with place:
        _describe_invented(run_view, classes, condition, images, labels)


def _draw_codes(run_view: RunView, condition: int | str, count: int, temperature: float | None):
    """Codes to decode, and the class that the decoder is told with each."""
    if condition == EVERY:
        own = len(run_view.pictures["generated"]) // count
        codes, labels = vae_views.prior_codes(run_view, own), np.tile(np.arange(count), own)
        codes = np.repeat(codes, count, axis=0)
    else:
        codes = vae_views.prior_codes(run_view, ONE_DIGIT)
        labels = np.full(ONE_DIGIT, condition)
    return (1.0 if temperature is None else temperature) * codes, labels


def _describe_invented(run_view, classes, condition, images, labels) -> None:
    if condition == EVERY:
        prose(_(
            "Each row is one draw of the [[prior]], decoded once for every class, in the order "
            "{names}. Look for what a row has in common: slant, width, the weight of the pen."
        ).format(names=", ".join(classes)))  # fmt: skip
    else:
        prose(_("Forty draws of the [[prior]], one class: only the style is left to chance."))
    if run_view.active:
        return
    h = run_view.recipe.hyperparameters
    num_train = min(h.num_train, CLASSIFIER_IMAGES)
    classifier, right = fit_classifier(h.dataset, num_train)
    share = classifier.accuracy(images.reshape(len(images), -1) / np.float32(255), labels)
    st.caption(_(
        "Does the network obey? A linear classifier, trained on {n:,} real images, takes "
        "{share:.0%} of these for the class asked for; it is right about {right:.0%} of real "
        "held-out images.").format(n=num_train, share=share, right=right))  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner=False)
def fit_classifier(dataset: str, num_train: int) -> tuple[linear_probe.Probe, float]:
    """What tells the classes of images, and how often it is right about real, held-out ones."""
    seen, classifier = loading.load(dataset, num_train), train_classifier(dataset, num_train)
    return classifier, classifier.accuracy(seen.held_out, seen.held_out_labels)


def draw_hands(run_view: RunView) -> None:
    """The style of held-out images, in which every class is written."""
    seen, codes = run_sample.sample(run_view), run_view.pictures["codes"]
    seed = draw_seed_button(
        _("Other hands"), "conditional.hands", "conditional.hand", ":material/shuffle:"
    )
    if not vae_views.has_weights(run_view):
        return
    rows = np.random.default_rng(seed).permutation(len(seen.labels))[:HANDS]
    written = [
        (name, inference.decode(run_view, codes[rows], np.full(len(rows), label)))
        for label, name in enumerate(seen.dataset.label_names)
    ]
    image_rows(
        [(_("written by hand"), seen.as_images(seen.inputs[rows])), *written],
        key="conditional.styles",
        alt=_("{n} held-out images, and below each every class in its style").format(n=len(rows)),
        pixels=44,
    )
    prose(_(
        "The [[encoder]] reads the style of the image on top; below it the [[decoder]] is given "
        "that same [[code]] with every class. In the row of its own class the image is simply "
        "rebuilt. Nobody wrote the others, and nobody told the network who wrote what."
    ))  # fmt: skip


def draw_space(run_view: RunView) -> None:
    """The codes, and how far the class can be told from them."""
    vae_views.draw_space(run_view)
    share = readable_of(run_view)
    if share is None:
        return
    other = readable_of(unconditional(run_view))
    text = _("From the codes the class can be told for **{share:.0%}** of these images.")
    prose(text.format(share=share) + " " + (
        _("Where the decoder is not told the class, all else equal: **{other:.0%}**.").format(
            other=other)
        if other is not None
        else _("Train the variational lesson with the same settings to see what it is there.")
    ))  # fmt: skip


ABOUT_MAP = _(
    "Every symbol is the [[code]] of a held-out image; the more the colours are mixed, the less "
    "the code says of the class. Choose what the decoder is told above the ten small images, then "
    "move over the map: the style changes, and the digit stays as far as the decoder obeys. Under "
    "“Draw your own” write a digit, and see all ten in your own hand."
)

ORIGINALS = _("Held-out images, written by people. After training, this is where every digit "
              "appears in one and the same hand.")  # fmt: skip

VIEWS = {
    "invented": (_("Invented"), draw_invented),
    "hands": (_("In this hand"), draw_hands),
    "explore": (_("Explore"), partial(vae_views.draw_explorer, ABOUT_MAP)),
    "rebuilt": (_("Rebuilt"), reconstructions.draw_grid),
    "space": (_("Latent space"), draw_space),
    "dimensions": (_("KL per dimension"), vae_views.draw_dimensions),
}


def is_redrawn() -> bool:
    """Whether other images are on show than those that the film has kept."""
    dataset = chosen.recipe.hyperparameters.dataset
    one_digit = st.session_state.get(f"conditional.told.{dataset}") not in (None, EVERY)
    return one_digit or vae_views.is_redrawn("conditional")


def share_of_readable(run_view: RunView) -> int | None:
    """Which answer of `PREDICTION` the run found true."""
    share = readable_of(run_view)
    if share is None or run_view.result["status"] == "diverged":
        return None
    return 0 if share > 0.8 else 1 if share > 0.3 else 2


PREDICTION = Prediction(
    _("The decoder is told the digit. Of how many images can the digit still be told from the "
      "code?"),
    (_("more than 80 %"), _("30 to 80 %"), _("less than 30 %")),
    share_of_readable,
    _("Every nat of code has its price, and the class comes for free: a code that repeats what the "
      "decoder is told anyway pays for nothing. But nothing forbids it."),
)  # fmt: skip

EXPERIMENTS = (
    Experiment(
        _("Two numbers"),
        claims.TWO_NUMBERS,
        _("Even less room for the style. What is still taken over, and does the network obey?"),
        " ".join(
            [
                str(claims.TWO_OBEY),
                _(
                    "“Explore” shows which part of the style is left: the map is all there is. "
                    "What it costs, the reconstruction tells."
                ),
            ]
        ),
    ),
    Experiment(
        _("Beta 4"),
        claims.SAVING,
        _(
            "Every nat of code costs four, and what the network is told costs nothing. Who says "
            "the class now?"
        ),
        " ".join(
            [
                str(claims.LABEL_SAYS_IT),
                str(claims.SAVING_OBEYS),
                _("The details of a style have to be worth four times what they cost, too."),
            ]
        ),
    ),
    Experiment(
        _("Twenty numbers"),
        claims.TWENTY_NUMBERS,
        _(
            "A code of twenty numbers has room for much more than style. Does the network still "
            "listen to what it is told?"
        ),
        " ".join(
            [
                str(claims.OBEYS_LESS),
                str(claims.SAYS_IT_AGAIN),
                str(claims.BETTER_BOUND),
            ]
        ),
    ),
)

page = Page(
    "conditional",
    _("The conditional autoencoder"),
    _(
        "A [[variational autoencoder]] invents digits, but not the one you ask for. Here both "
        "halves get one thing more: **which digit it is**. So the [[code]] can keep to what is "
        "left, the **style**. Ask for a digit; then write all ten in one hand."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

draw = vae_views.drawing(
    chosen, VIEWS, ORIGINALS, from_weights=("hands", "explore"), redrawn=is_redrawn
)

page.train(list_metrics, draw)


def explain() -> None:
    """What both halves are told."""
    prose(_("The class $y$ is written as ten numbers, nine zeros and a one ([[one-hot]]), and put "
            "behind the pixels and behind the code. For the first layer of each half that is a "
            "choice between ten biases, the columns of $U$; in the decoder:"))  # fmt: skip
    st.latex(r"h = \varphi(V z + U y + c)")
    prose(_("Nothing else changes. The loss is that of the variational autoencoder, averaged over "
            "images and draws of $z$, with $y$ on the right of every bar "
            "([Kingma et al., 2014](https://arxiv.org/abs/1406.5298); "
            "[Sohn et al., 2015](https://papers.nips.cc/paper/5775)):"))  # fmt: skip
    st.latex(r"L = -\log p(x \mid z, y) + \beta\, \mathrm{KL}\bigl(q(z \mid x, y) \,\|\, "
             r"\mathcal{N}(0, I)\bigr)")  # fmt: skip

    st.caption(
        _(
            "“The network” does not draw the {count} further inputs of both halves that say the "
            "class."
        ).format(count=chosen.recipe.hyperparameters.num_classes)
    )


page.close(
    "\n".join(
        [
            f"- {claims.WORTH_NATS} " + _("The class is part of what need not be sent."),
            f"- {claims.CLASS_LEFT_OUT} "
            + _(
                "Nothing in the loss forbids the code to say it, it only costs. “Latent space” has "
                "both shares."
            ),
            "- "
            + _(
                "The code of a 1 as wide as a 0 never occurred: there the decoder has to guess. "
                "“Does the network obey?” below the invented digits says how often a classifier "
                "takes them for what was asked for. It is a linear one, and makes mistakes of its "
                "own."
            ),
            "- "
            + _(
                "Slant and width are common to all digits, and can be taken over. What belongs to "
                "one digit only, such as the bar of a 7, has no counterpart in the others."
            ),
        ]
    ),
    {_("What both halves are told"): explain},
    has_step=True,
)

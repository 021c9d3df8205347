"""Lesson: beta, the price of a nat of code, and what it does to every single dimension."""

import math

import numpy as np
import streamlit as st

from dashboard.claims import generative as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import live_plots
from dashboard.controls import choices
from dashboard.figures import bar_charts, distortion_charts, style
from dashboard.lesson import progress
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction, answer_by
from dashboard.lesson.source import show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView, view_run
from dashboard.text.i18n import _, _n
from dashboard.views import reconstructions, vae_views
from models.evaluation import code_use, image_factors
from models.runs.recipe import Recipe

TURNED = ("beta", "kl_warmup_epochs")  # what this lesson turns

MOST_ROWS = 8  # dimensions that are traversed

STEPS = np.linspace(-3, 3, 9)  # of a traversal, in standard deviations of the prior

FACTOR_NAMES = (_("slant"), _("width"), _("height"), _("stroke width"))

EXPERIMENTS = (
    Experiment(
        _("Beta 0.1"),
        claims.CHEAP,
        _("Nats at a tenth of the price. What are they spent on?"),
        " ".join(
            [
                _("On everything."),
                str(claims.CHEAP_IS_WASTED),
                _(
                    "The loss no longer minds: it counts a nat of code as a tenth of a nat. "
                    "“Price and picture” shows both runs as points."
                ),
            ]
        ),
    ),
    Experiment(
        _("Beta 4"),
        claims.DEAR,
        _("Four nats of picture for each nat of code. Which dimensions give up, and for good?"),
        " ".join(
            [
                str(claims.DIMENSIONS_GIVE_UP),
                _(
                    "See “KL over the epochs”: their rows turn dark. Nothing forbids a silent "
                    "dimension to come back: do you see a row that turns bright again?"
                ),
            ]
        ),
    ),
    Experiment(
        _("Beta 20"),
        claims.DEAREST,
        _("Now a nat costs twenty. Is there anything that is worth it?"),
        f"{claims.COLLAPSE} "
        + _(
            "See “KL per dimension”: a dimension that does not save twenty nats of picture for "
            "each nat of code falls silent. Where all of them do, the decoder hears nothing of the "
            "image, and gives the same blur for all of them. This is called posterior collapse."
        ),
    ),
    Experiment(
        _("Warm-up of 5 epochs"),
        {"kl_warmup_epochs": "5"},
        _("Beta rises to 1 in five epochs. Does the way there change where it ends?"),
        _(
            "At first nats are nearly free, and the code spends them; see “KL over the epochs”. "
            "Then the price rises. Whether that helps, “Price and picture” tells: it has both runs "
            "as points. A warm-up is meant for networks that give dimensions up too early."
        ),
    ),
)


def neighbours_of(recipe: Recipe) -> list[Recipe]:
    """The recipe with beta 1, and with every beta and warm-up that this lesson offers."""
    h = recipe.hyperparameters
    plain = h.replace(beta=1.0, kl_warmup_epochs=0)
    changes = [{}, *(one.changes for one in EXPERIMENTS)]
    return [Recipe(recipe.type, plain.parse(one)) for one in changes]


def name_of(recipe: Recipe) -> str:
    """What a run is called among others that differ in beta and warm-up."""
    h = recipe.hyperparameters
    warm = _(", warm-up {epochs}").format(epochs=h.kl_warmup_epochs) if h.kl_warmup_epochs else ""
    return f"β {h.beta:g}{warm}"


# Views


def draw_development(run_view: RunView) -> None:
    """The KL divergence of every dimension, epoch by epoch."""
    epochs, kl = inference.history(run_view.run, "kl_per_dimension")
    if not len(epochs):
        st.info(_("The film of the training appears here with its first epoch."))
        return
    order = np.argsort(-kl[-1], kind="stable")
    figure = bar_charts.heat_map(
        kl[:, order].T,
        across=epochs,
        downwards=[str(dimension + 1) for dimension in order],
        across_title=_("epoch"),
        label=_("nats"),
        high=max(float(np.max(kl[1:], initial=0.0)), code_use.USED_NATS),  # untrained, all goes
    )
    alt = _("The KL divergence of each of {size} dimensions, sorted, by epoch")
    live_plots(
        [figure],
        key="beta.development",
        alts=[alt.format(size=len(order))],
        height=max(320, 60 + 16 * len(order)),
    )
    prose(_(
        "One row per dimension of the [[code]], the fullest now on top; bright: many nats. "
        "{used} of {size} are above {threshold} nats. A dark row returns the [[prior]], whatever "
        "the image: for now it says nothing.").format(
            used=code_use.used_dimensions(kl[-1]), size=len(order),
            threshold=code_use.USED_NATS))  # fmt: skip


def draw_traversal(run_view: RunView) -> None:
    """One image, of whose code one dimension after the other is changed."""
    kl = run_view.pictures["kl_per_dimension"]
    order = np.argsort(-kl, kind="stable")[:MOST_ROWS]
    codes = np.tile(_choose_start(run_view), (len(order), len(STEPS), 1))
    for row, dimension in enumerate(order):
        codes[row, :, dimension] = STEPS
    if not vae_views.has_weights(run_view):
        return
    images = inference.decode(run_view, codes.reshape(-1, len(kl)))
    label = _("{number}: {nats:.2f} nats")
    labels = [label.format(number=dimension + 1, nats=kl[dimension]) for dimension in order]
    image_rows(
        list(zip(labels, vae_views.in_columns(images, len(STEPS)), strict=True)),
        key="beta.traversal",
        alt=_("Rows of decoded images; along each, one dimension grows from -3 to 3"),
        captions=[f"{step:g}" for step in STEPS],
        pixels=44,
    )
    prose(_(
        "Each row changes **one** dimension from −3 to 3 and leaves the others as they are. Can "
        "you name what changes? A row in which nothing moves is a dimension that the [[decoder]] "
        "ignores."))  # fmt: skip


def _choose_start(run_view: RunView) -> np.ndarray:
    """The code that the visitor begins with: that of an image, or zeros."""
    seen, codes = run_sample.sample(run_view), run_view.pictures["codes"]
    names = {None: _("the middle")} | {
        int(row): seen.dataset.label_names[seen.labels[row]]
        for row in reconstructions.one_of_each(seen.labels)
    }
    start = st.segmented_control(
        _("Start from"),
        list(names),
        format_func=names.__getitem__,
        default=list(names)[1],
        key=f"beta.start.{seen.dataset.name}",
    )
    return np.zeros(codes.shape[1]) if start is None else codes[start]


def draw_rates(run_view: RunView) -> None:
    """What the runs with other betas pay, and how well they rebuild."""
    own = {}
    if run_view.events:
        own[run_view.run.id] = name_of(run_view.recipe), run_view.events[-1]["held_out"]
    found = own | _ended(run_view) | own  # this run comes first, as it is now
    if run_view.run.id not in found:
        st.info(_("The first point appears here with the first training."))
        return
    points = [
        (name, held_out["kl_nats"], held_out["reconstruction_nats"])
        for name, held_out in found.values()
    ]
    live_plots(
        [distortion_charts.rate_distortion(points, 0)],
        key="beta.rates",
        alts=[
            _n(
                "KL divergence and reconstruction of {n} run",
                "KL divergence and reconstruction of {n} runs",
                len(points),
            ).format(n=len(points))
        ],
        height=420,
    )
    prose(_(
        "Held-out images. Every run is a point: to the right, what its code costs; upwards, what "
        "is missing in the picture. On the dotted line the sum of both is the same: it is the "
        "negative [[variational bound]], and beta 1 asks for the lowest such line. Another beta "
        "asks for the lowest line of another slope: more code and sharper pictures, or less code "
        "and more blur "
        "([Alemi et al., 2018](https://arxiv.org/abs/1711.00464)). On show are your runs with the "
        "same network, and those of this page's experiments that somebody has trained."
    ))  # fmt: skip


def _ended(run_view: RunView) -> dict[str, tuple[str, dict]]:
    """Of runs that differ from this one in beta and warm-up only: the name and held-out terms."""
    own = run_view.recipe.hyperparameters
    candidates = [*neighbours_of(run_view.recipe), *choices.list_seen(run_view.recipe.type)]
    found = {}
    for recipe in candidates:
        differs = set(recipe.hyperparameters.difference(own)) - {*TURNED, "device"}
        result = view_run(recipe).result
        if not differs and result and result["status"] == "completed":
            found[recipe.run_id()] = name_of(recipe), result["held_out"]
    return found


def draw_factors(run_view: RunView) -> None:
    """How the dimensions go with what can be measured on the images."""
    runs = {one.run.id: one for one in (run_view, view_run(neighbours_of(run_view.recipe)[0]))}
    tables = [(one, _correlations(one)) for one in runs.values()]
    tables = [(one, table) for one, table in tables if table is not None]
    if not tables:
        st.info(_("The table appears here with the first training."))
        return
    texts = [_best_text(one, table) for one, table in tables]
    live_plots(
        [_factor_map(one, table) for one, table in tables],
        key="beta.factors",
        titles=[name_of(one.recipe) for one, _table in tables],
        alts=texts,
        height=60 + 30 * MOST_ROWS,
    )
    for text in texts:
        st.markdown(text)
    if len(tables) < len(runs):
        plain = {"beta": "1", "kl_warmup_epochs": "0"}
        progress.draw_offer(chosen, _("Train beta 1, to compare"), plain, key="plain")
    prose(_(
        "Correlation, without its sign, of each of the fullest dimensions with four things that "
        "can be measured on the {n} images of the sample, after the mean of the digit has been "
        "taken off both. **What it shows:** whether one dimension goes with one measure, and with "
        "no other. **What it does not show:** that the code is [[disentangled]]. Nobody made "
        "these digits from a slant and a width; other measures, or curved relations, may tell "
        "another story, and so may another [[seed]]. Without assumptions on model and data no "
        "training without labels can be sure to find the factors "
        "([Locatello et al., 2019](https://arxiv.org/abs/1811.12359)).").format(
            n=len(run_view.pictures["codes"])))  # fmt: skip


def _correlations(run_view: RunView) -> np.ndarray | None:
    """|correlation| of all dimensions with the factors, [latent_dim, 4]."""
    codes, seen = run_view.pictures.get("codes"), run_sample.sample(run_view)
    if codes is None or seen is None or not np.isfinite(codes).all():
        return None
    measured = image_factors.measure(seen.as_images(seen.inputs[: len(codes)]))
    return np.abs(image_factors.correlations(codes, measured, seen.labels[: len(codes)]))


def _factor_map(run_view: RunView, table: np.ndarray) -> style.Figure:
    order = np.argsort(-run_view.pictures["kl_per_dimension"], kind="stable")[:MOST_ROWS]
    return bar_charts.heat_map(
        table[order],
        across=FACTOR_NAMES,
        downwards=[str(dimension + 1) for dimension in order],
        across_title="",
        label=_("|correlation|"),
        high=1.0,
        show_values=True,
    )


def _best_text(run_view: RunView, table: np.ndarray) -> str:
    """For each factor the dimension that goes with it best, and the second one."""
    parts = []
    for name, column in zip(FACTOR_NAMES, table.T, strict=True):
        first, second = (*np.argsort(-column, kind="stable")[:2], None)[:2]
        rest = "" if second is None else _(", next {second:.2f}").format(second=column[second])
        parts.append(_("{name} {best:.2f} (dimension {number}{rest})").format(
            name=name, best=column[first], number=first + 1, rest=rest))  # fmt: skip
    return _("**{run}**, best of all dimensions for each: {parts}.").format(
        run=name_of(run_view.recipe), parts="; ".join(parts)
    )


VIEWS = {
    "development": (_("KL over the epochs"), draw_development),
    "dimensions": (_("KL per dimension"), vae_views.draw_dimensions),
    "traversal": (_("One dimension at a time"), draw_traversal),
    "rates": (_("Price and picture"), draw_rates),
    "factors": (_("What they measure"), draw_factors),
    "rebuilt": (_("Rebuilt"), reconstructions.draw_grid),
}

ORIGINALS = _("Held-out images. After training, this is where you see what every dimension of "
              "their codes has to say.")  # fmt: skip


def measure_use(run_view: RunView) -> float | None:
    """The share of the code's dimensions that are used."""
    kl = run_view.pictures.get("kl_per_dimension")
    return None if kl is None else code_use.used_dimensions(kl) / len(kl)


PREDICTION = Prediction(
    _("How many dimensions of the code will be used?"),
    (_("at most a third"), _("up to two thirds"), _("more, or all of them")),
    answer_by(measure_use, 1 / 3 + 1e-6, 2 / 3 + 1e-6),
    _("Beta is what a nat of code costs, in nats of picture. A dimension is used only while what "
      "it saves in the picture is worth that price."),
)  # fmt: skip

page = Page(
    "beta",
    _("Beta, the price of a nat"),
    _(
        "The loss of a [[variational autoencoder]] has two parts in the same unit, [[nat|nats]]: "
        "what is missing in the picture, and what the [[code]] costs. [[beta|Beta]] is the "
        "**exchange rate** between them. Turn it, and watch the dimensions of the code one by one."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

page.train(
    vae_views.list_metrics,
    vae_views.drawing(chosen, VIEWS, ORIGINALS, from_weights=("traversal", "rates", "factors")),
)


def explain() -> None:
    """What beta does to one dimension."""
    prose(_(
        "The encoder gives each of the $k$ numbers of a code a normal distribution, with mean "
        "$m_j$ and deviation $s_j$. From these $z$ is drawn. Minimised is"))  # fmt: skip
    st.latex(r"L = -\log p(x \mid z) + \beta \sum_{j=1}^{k} \mathrm{KL}_j")
    st.latex(r"\mathrm{KL}_j = \tfrac{1}{2} \left( s_j^2 + m_j^2 - 1 - \log s_j^2 \right)")
    prose(_(
        "on average over images and draws. So every dimension pays for itself: it is used only "
        "while one more nat of code saves at least $\\beta$ nats of picture. At $\\beta = 1$ this "
        "is the negative [[variational bound]]; larger betas were proposed to press the code into "
        "few, separate dimensions "
        "([Higgins et al., 2017](https://openreview.net/forum?id=Sy2fzU9gl))."))  # fmt: skip
    prose(_(
        "A *warm-up* lets beta rise step by step, so that dimensions are not given up before the "
        "[[decoder]] has learned to listen to them "
        "([Sønderby et al., 2016](https://arxiv.org/abs/1602.02282)). Evaluations always use "
        "the full beta."))  # fmt: skip
    show_source(
        "models/autoencoders/base/latent_gaussian.py",
        "LatentGaussianAutoencoder.kl_weight",
        "LatentGaussianAutoencoder.objective",
    )
    prose(_(
        "**What can be measured on a digit.** Its ink has a mean place and a spread. From them "
        "come slant, width and height; the stroke's width is twice its area by the length of its "
        "outline. The mean of the digit is taken off, and then codes and measures are "
        "compared."))  # fmt: skip
    show_source("models/evaluation/image_factors.py", "measure", "correlations")


num_train = chosen.recipe.hyperparameters.num_train
page.close(
    _(
        "- Only at beta 1 is the loss the negative [[variational bound]]. For black and white "
        "pixels that would be an upper bound of the nats that it takes to send an image. Grey "
        "pixels are no coins, and the [[Bernoulli]] likelihood is a convention for them: part of "
        "the nats of the picture is the entropy of the grey values, the floor under "
        "“Parts”, and a proper distribution of them has a further normalising constant "
        "([Loaiza-Ganem and Cunningham, 2019](https://arxiv.org/abs/1907.06845)).\n"
        "- The [[KL divergence]] is not the information in the code but an upper bound of it. To "
        "tell {num_train:,} training images apart, $\\log n$ = {most:.1f} nats are enough.\n"
        "- A dimension that has fallen silent still gets gradients from the decoder, and from the "
        "KL divergence a push back to the prior. It returns when the [[decoder]] has found a use "
        "for it.\n"
        "- A correlation does not see how much a dimension says: even a dimension of a tenth of a "
        "nat may go closely with slant. Read “What they measure” beside “KL per dimension”.\n"
        "- Nothing in the loss tells the dimensions apart, so their numbers mean nothing: with "
        "another seed they change places. Before you call one *slant*, train other seeds, and look "
        "whether slant goes with a single dimension there, too."
    ).format(num_train=num_train, most=math.log(num_train)),
    {_("What beta does to one dimension"): explain},
)

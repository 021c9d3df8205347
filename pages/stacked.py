"""Lesson: bends between the layers, what they buy, and when PCA still wins."""

import numpy as np
import streamlit as st

from dashboard import branching, examples, figures, film, glossary, lesson, prediction, worksheet
from dashboard.explorer import latent_explorer
from dashboard.lesson import Experiment, Number, Sight
from dashboard.plots import live_plots
from dashboard.prediction import Prediction
from dashboard.source import show_source
from dashboard.text import _
from dashboard.tiles import image_rows
from models import family, pca

TITLE = _("The stacked autoencoder")

# What is said here of 4,000 digits was measured with seed 42 (models.train stacked --set ...).
EXPERIMENTS = (
    Experiment(
        _("As in the article"),
        family.by_name("stacked").article,
        _("The article's deep network, 150 numbers per digit. How far ahead of PCA will it be?"),
        _(
            "Behind, by more than ten times: 0.045 against 0.0037. Its penalty on the weights is "
            "four times as large as the error, so it is busy keeping weights small, its steps "
            "are large, and five epochs are few. Being deep is no merit by itself."
        ),
    ),
    Experiment(
        _("The recipe that wins"),
        {"hidden_activation": "elu", "batch_size": "50"},
        _("150 numbers again: no penalty, ELU, and three times as many, smaller batches. Enough?"),
        _(
            "Just: 0.0031 against PCA's 0.0037 on held-out digits. With ReLU the same network "
            "stays behind, and so does ELU with batches of 150. Sixty epochs make it 0.0025."
        ),
    ),
    Experiment(
        _("30 numbers"),
        {"latent_dim": "30", "hidden_activation": "elu", "batch_size": "50"},
        _("The same recipe with a fifth of the numbers. Does the gap to PCA widen or close?"),
        _(
            "It widens: 0.0098 against 0.0181, little more than half. Thirty flat directions "
            "describe badly how people write, thirty curved ones well. Few numbers are where "
            "bends pay off most."
        ),
    ),
    Experiment(
        _("Two numbers"),
        {"latent_dim": "2", "batch_size": "50"},
        _("Two numbers per digit. Which can still be told apart? Look at the code space."),
        _(
            "Ones and zeros, mostly. Fours and nines share one place, and what is rebuilt "
            "there is something in between. The network still beats PCA, 0.047 against 0.056."
        ),
    ),
    Experiment(
        _("Everything linear"),
        {
            "latent_dim": "30",
            "batch_size": "50",
            "hidden_activation": "linear",
            "output_activation": "linear",
        },
        _("30 numbers once more, as many layers and weights, but not a single bend. Who wins?"),
        _(
            "PCA, by a hair: 0.0186 against 0.0181. A chain of matrices is one matrix, and none "
            "does better on the training images than PCA. All that the network won, it won by "
            "its bends."
        ),
    ),
)
CURVES, EXPLORE, CODES, FEATURES, CLASSES = VIEWS = (
    _("Learning curves"),
    _("Explore"),
    _("Code space"),
    _("What the first layer sees"),
    _("Error by class"),
)
FEATURES_PER_PAGE = 24
BINS = 60


def numbers(sight: Sight) -> list[Number]:
    """The latest recorded epoch beside PCA."""
    seen = examples.sample(sight)
    floor = seen.floor if seen else {}
    last = sight.events[-1] if sight.events else {}
    help = _("Mean squared error per pixel, where black is 0 and white is 1.")
    found = [
        Number(
            label,
            _figure(last.get(part, {}).get("reconstruction_mse")),
            f"PCA {_figure(floor.get(part))}",
            help,
        )
        for part, label in (("held_out", _("Held-out error")), ("train", _("Training error")))
    ]
    if sight.recipe.hyperparameters.l2:
        value = _figure(last.get("train", {}).get("penalty"))
        text = _("The L2 penalty times the sum of all squared weights.")
        found.append(Number(_("Penalty"), value, _("added to the error"), text))
    return found


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.5f}"


def draw_curves(sight: Sight) -> None:
    """How the error fell while the network learned."""
    seen = examples.sample(sight)
    curves = figures.loss_curves(
        sight.events,
        term_label=_("mean squared error"),
        pca=seen.floor if seen else {},
        earlier=lesson.earlier_runs(chosen),
        target_epochs=sight.recipe.hyperparameters.epochs,
    )
    live_plots(
        [curves],
        key="stacked.curves",
        alts=[_("Training and held-out error by epoch, with the error of PCA as a floor")],
        height=320,
        film=(sight.run.id, [[film.EPOCH]]),
    )


def draw_codes(sight: Sight) -> None:
    """The codes of the sample in space, and how their numbers are distributed."""
    codes, seen = sight.pictures.get("codes"), examples.sample(sight)
    if codes is None or seen is None or not np.isfinite(codes).all():
        st.info(_("The codes appear here with the first training."))
        return
    points, title, axis_name, along = _in_space(sight, codes)
    space = figures.codes_2d(
        points, seen.labels, axis_name=axis_name, class_names=seen.dataset.label_names
    )
    counts, edges = np.histogram(codes, bins=BINS)
    zeros = f"{np.mean(codes == 0):.0%}"
    values = _("All numbers of all codes, {zeros} of them zero").format(zeros=zeros)
    live_plots(
        [space, figures.histogram_counts(edges, counts, title=_("number in the code"))],
        key="stacked.codes",
        titles=(title, values if np.any(codes == 0) else _("All numbers of all codes")),
        alts=(
            _("{title}, coloured by class").format(title=title),
            _("Histogram of the numbers that the codes of the sample consist of"),
        ),
        height=420,
        examples=examples.linked(sight, seen),
        film=(
            sight.run.id,
            [film.class_points(seen.labels, points.shape[1], along), [film.histogram(BINS)]],
        ),
    )


def _in_space(sight: Sight, codes: np.ndarray) -> tuple[np.ndarray, str, str, dict | None]:
    """Points of at most three dimensions, a title, the axes' name, and how codes become points."""
    size = codes.shape[1]
    if size < 3:
        return codes, _("The code: {size} of 784 numbers").format(size=size), _("code"), None
    components = pca.fit(codes)
    encoded = components.encode(codes, 3)
    points = _oriented(sight.run.id, encoded)
    turned = np.where(np.sum(points * encoded, axis=0) < 0, -1, 1)
    along = film.projection(components.mean, components.components[:3] * turned[:, None])
    total = components.variances.sum()
    share = components.variances[:3].sum() / total if total > 0 else 1.0
    title = _("Three directions of {size}: {share} of the codes' variance")
    return points, title.format(size=size, share=f"{share:.0%}"), _("component"), along


def _oriented(run_id: str, points: np.ndarray) -> np.ndarray:
    """The points with axes that point as they did when this run was last drawn."""
    before = st.session_state.get("stacked.axes", {}).get(run_id)
    points = examples.oriented(points, before)
    st.session_state["stacked.axes"] = {run_id: points}
    return points


def draw_explorer(sight: Sight) -> None:
    """Encoder and decoder in the browser, under the pointer."""
    codes = sight.pictures.get("codes", np.empty((0, 1)))
    order = np.argsort(-codes.var(axis=0), kind="stable") if len(codes) else []
    if not latent_explorer(sight, order=order, has_prior=False, key="stacked.explorer"):
        st.info(_("The map appears here a few seconds after the training has begun."))
        return
    glossary.prose(
        _(
            "Every symbol is the [[code]] of a held-out image, seen along the two numbers that "
            "vary most. [[encoder|Encoder]] and [[decoder]] work in your browser. Walk from one "
            "digit to another: nothing has told this network what lies *between* codes, so "
            "there it invents smudges. A variational autoencoder is told."
        )
    )


def draw_features(sight: Sight) -> None:
    """The weights from the pixels to each unit of the first layer, as images."""
    h = sight.recipe.hyperparameters
    layer = "encoder_1" if h.hidden_sizes else "code"
    stored = sight.run.checkpoint(prefix=f"weights/encoder/{layer}/kernel")
    seen = examples.sample(sight)
    if stored is None or seen is None:
        st.info(_("The first layer appears here a few seconds after the training has begun."))
        return
    (weights,), epoch = stored[0].values(), stored[1]["epoch"]
    first = _draw_feature_slider(weights.shape[1])
    units = range(first, min(first + FEATURES_PER_PAGE, weights.shape[1]))
    effects = weights[:, units.start : units.stop].T * seen.inputs.std(axis=0)
    image_rows(
        [("", seen.as_images(examples.signed_images(effects)))],
        key="stacked.features",
        alt=_("Weights of units {first} to {last} of the first layer as images").format(
            first=units.start + 1, last=units.stop
        ),
        captions=[str(unit + 1) for unit in units],
    )
    st.caption(
        _(
            "One image per unit, after epoch {epoch:,}: each weight times the spread of its "
            "pixel. **White** excites the unit, **black** inhibits it, **mid-grey** does not "
            "matter. Strokes were learned; the speckle is the random start, which never hurt "
            "enough to be removed."
        ).format(epoch=int(epoch))
    )


def _draw_feature_slider(num_units: int) -> int:
    """Lets the visitor leaf through the units; returns the index of the first to show."""
    if num_units <= FEATURES_PER_PAGE:
        return 0
    key = f"stacked.unit.{num_units}"
    last = (num_units - 1) // FEATURES_PER_PAGE * FEATURES_PER_PAGE + 1
    return st.slider(_("From unit"), 1, last, 1, FEATURES_PER_PAGE, key=key) - 1


def draw_classes(sight: Sight) -> None:
    """The error on each class, ours and PCA's."""
    rebuilt, seen = sight.pictures.get("reconstructions"), examples.sample(sight)
    if rebuilt is None or seen is None:
        st.info(_("The errors appear here with the first training."))
        return
    ours, theirs = (
        examples.class_means(errors, seen.labels, seen.dataset.num_labels)
        for errors in (examples.squared_errors(seen.inputs, rebuilt), seen.pca_errors)
    )
    live_plots(
        [figures.class_errors(seen.dataset.label_names, ours, theirs)],
        key="stacked.classes",
        alts=[
            _("Bars: error by class; ours is smaller on {count} of them").format(
                count=int(np.sum(ours < theirs))
            )
        ],
        height=320,
    )
    st.caption(
        _(
            "Of {n} held-out images, as they are drawn: grey values below black or above white "
            "are cut off, which flatters PCA a little."
        ).format(n=len(seen.labels))
    )


def draw(sight: Sight) -> None:
    view = st.session_state.get("stacked.view", CURVES)
    note = _("“{view}” shows the newest epoch.").format(view=view)
    film.film_bar(
        sight,
        term="reconstruction_mse",
        label=_("Error"),
        digits=5,
        note=note if view in (FEATURES, CLASSES) else "",
    )
    examples.draw_grid(sight)
    view = st.segmented_control(
        _("Look at"), VIEWS, default=CURVES, required=True, key="stacked.view"
    )
    DRAWN[view](sight)


DRAWN = {
    CURVES: draw_curves,
    EXPLORE: draw_explorer,
    CODES: draw_codes,
    FEATURES: draw_features,
    CLASSES: draw_classes,
}


def compared_with_pca(sight: Sight) -> int:
    """Which answer of `PREDICTION` the run found true."""
    if sight.result["status"] == "diverged":
        return 2
    ratio = sight.result["held_out"]["reconstruction_mse"] / sight.result["pca"]["held_out"]
    return 0 if ratio < 0.9 else 1 if ratio <= 1.1 else 2


PREDICTION = Prediction(
    _("Held-out digits: whose error will be smaller?"),
    (_("the network's"), _("equal, within 10 %"), _("PCA's")),
    compared_with_pca,
    (
        _("Bends pay off here: the network follows how people write, where PCA must stay flat."),
        _("Bends have only just made up for what training leaves undone."),
        _(
            "PCA's answer is exact and comes at once; the network needs the right recipe, and "
            "enough steps, to find one as good."
        ),
    ),
)

chosen = lesson.open_lesson("stacked")
st.title(TITLE)
glossary.prose(
    _(
        "A digit has 784 pixels. Squeeze it through **far fewer numbers**, its [[code]], with "
        "bends, called [[activation|activations]], between the [[layer|layers]], and a network "
        "can follow curves where [[PCA]] must stay flat. Does it have to win?"
    )
)
if chosen is None:
    st.stop()

h = chosen.recipe.hyperparameters
lesson.draw_experiments(chosen, EXPERIMENTS)
prediction.draw(chosen, PREDICTION)
lesson.watch(chosen, numbers, draw)
branching.draw(chosen)
lesson.draw_record(chosen)

st.header(_("The network"), divider=True)
lesson.draw_architecture(chosen.recipe)

st.header(_("The idea in three equations"), divider=True)
glossary.prose(
    _(
        "Every layer is one matrix, one shift and a **bend** $\\varphi$, such as ReLU, which "
        "leaves positive numbers alone and makes zero of negative ones:"
    )
)
st.latex(
    r"z = W_2\,\varphi(W_1 x + b_1) + b_2 \qquad\qquad "
    r"\hat{x} = \sigma\left(V_2\,\varphi(V_1 z + c_1) + c_2\right)"
)
glossary.prose(
    _(
        "The sigmoid $\\sigma$ keeps pixels between black and white. Wanted is a small squared "
        "error per pixel; who likes small weights adds a penalty:"
    )
)
st.latex(
    r"L = \frac{1}{784\,n} \sum_{i=1}^{n} \lVert x_i - \hat{x}_i \rVert^2 "
    r"+ \lambda \sum_{w} w^2"
)
glossary.prose(
    _(
        "Without $\\varphi$ and $\\sigma$ the matrices multiply to a single one, and PCA is the "
        "best that a single one can do. With them the outputs lie on a *curved* surface of as "
        "many dimensions as the code has numbers "
        "([Hinton and Salakhutdinov, 2006](https://doi.org/10.1126/science.1127647))."
    )
)
show_source("models/stacked.py", "StackedAutoencoder")

st.header(_("What to notice"), divider=True)
glossary.prose(
    _(
        "- PCA needs no training, and with 150 numbers it is hard to beat: the green line is a "
        "fair opponent, not a formality. The article never drew it.\n"
        "- A network that is ahead of PCA on the training images and not on the held-out ones "
        "learns digits by heart. More images help; MNIST has 60,000.\n"
        "- Look at the worst images: rare ways of writing, of which the training images hold "
        "few. Here network and PCA are about equally bad.\n"
        "- Fewer numbers in the code make everything worse, and PCA worse by more."
    )
)
glossary.draw()
worksheet.offer(chosen, TITLE, EXPERIMENTS, PREDICTION)

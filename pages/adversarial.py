"""Lesson: a second network judges the codes, and so teaches them any shape one can draw from."""

import math
from bisect import bisect_right
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.claims import generative as claims
from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_mosaic
from dashboard.components.plots.plots import live_plots
from dashboard.figures import code_maps, curve_charts, style
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric, value_text
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import beside_source, show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.text.numbers import with_error
from dashboard.views import image_views, reconstructions
from dashboard.views.controls import choose, draw_seed_button
from dashboard.views.view import view
from models.autoencoders.adversarial import priors
from models.data.datasets import SAMPLE_SIZE
from models.evaluation import density

EXPERIMENTS = (
    Experiment(
        _("Weight 0"),
        claims.UNHEEDED,
        _("The encoder no longer cares what the judge says. Where do the codes go?"),
        f"{claims.CODES_GO_ANYWHERE} {claims.CODES_COME_CLOSE}",
    ),
    Experiment(
        _("Ten petals, with labels"),
        claims.PETALS,
        _("Ten Gaussians like petals, and the judge is told each digit. What lies on a petal?"),
        " ".join(
            [
                str(claims.OWN_PETAL),
                _(
                    "“From the prior” shows a column per petal. A digit on another one's petal "
                    "gives itself away to the judge, which is told the labels. The distance on "
                    "this page compares every class with its own petal, too."
                ),
            ]
        ),
    ),
    Experiment(
        _("Weight 0.1"),
        claims.LOUD,
        _("Deceiving the judge counts more. Are the codes more like the prior?"),
        " ".join(
            [
                _("No."),
                str(claims.LOUD_IS_UNSTEADY),
                _(
                    "All codes move at once to where the judge would guess a draw, the judge "
                    "learns that they are there, and off they go again."
                ),
                str(claims.LOUD_ENDS_FURTHER),
                _(
                    "How far differs widely from seed to seed: train a few others, and compare "
                    "“The contest”. A single run of such a contest proves nothing."
                ),
            ]
        ),
    ),
)
DIGITS = _("From the prior")
# Of so many pairs of samples of one prior, that share is closer than what counts as chance.
SURE, CHANCE_PAIRS = 0.95, 200

MEASURED = "discriminator_auc", "energy_distance", "energy_distance_error"

PART_COLUMNS = 10  # of the decoded draws: as many parts of the prior as digits


def list_metrics(run_view: RunView) -> list[Metric]:
    """The held-out error, whether the discriminator can tell, and how far the codes are off."""
    area, distance, error = (image_views.diagnostic(run_view, name)[1] for name in MEASURED)
    limit = chance(run_view.recipe.hyperparameters)
    return [
        image_views.list_metrics(run_view)[0],
        Metric(
            _("The judge is right"),
            value_text(area, ".0%"),
            _("50 %: it cannot tell"),
            _(
                "Of pairs of a held-out code and a draw of the prior: in how many the "
                "discriminator takes the draw for the likelier draw (the area under its ROC curve)."
            ),
        ),
        Metric(
            _("Distance to the prior"),
            "–" if distance is None or error is None else with_error(distance, error),
            _("chance: below {limit:.3f}").format(limit=limit),
            _(
                "Energy distance between the codes of {n} held-out images and as many draws of the "
                "prior, with its standard error; where the discriminator is told the classes, the "
                "mean over them of the distance between a class and its part of the prior. Two "
                "samples of the prior itself stay below the other number in {share:.0%} of cases."
            ).format(n=SAMPLE_SIZE, share=SURE),
        ),
    ]


def chance(h: Any) -> float:
    """The energy distance that two samples of the prior seldom exceed."""
    return _chance(h.prior, h.latent_dim, h.num_parts, h.discriminator_classes > 0)


@st.cache_data(max_entries=32, show_spinner=False)
def _chance(prior: str, latent_dim: int, num_parts: int, told: bool) -> float:
    parts = priors.parts_in_turn(SAMPLE_SIZE, num_parts) if told else None
    draw = partial(
        priors.draw, prior, latent_dim, num_parts, parts=SAMPLE_SIZE if parts is None else parts
    )
    pairs = ((draw(seed=2 * pair), draw(seed=2 * pair + 1)) for pair in range(CHANCE_PAIRS))
    return density.chance_distance(pairs, SURE, parts)


# Views


def draw_opinion(run_view: RunView) -> None:
    """Codes, and draws of the prior beside them, over what the discriminator says of each place."""
    seen, draws = run_sample.sample(run_view), inference.prior_draws(run_view)
    h = run_view.recipe.hyperparameters
    if seen is None or draws is None or "discriminator" not in run_view.pictures:
        st.info(_("The code space appears here with the first training."))
        return
    if h.latent_dim < 2:
        st.info(_("With one number there is no plane to draw. Choose a code of two or more."))
        return
    _draw_maps(run_view, seen, draws)
    text = _(
        "**Blue** ground: here the [[discriminator]] would guess a draw of the [[prior]], "
        "**orange**: a code. Clear: it cannot tell; lines at 25, 50 and 75 %. The "
        "[[encoder]] pushes codes from orange to blue; as soon as they are there, the blue "
        "turns pale."
    )
    if h.latent_dim > 2:
        text += " " + _(
            "The first two of {size} numbers; the ground is what it says where the others are 0."
        ).format(size=h.latent_dim)
    prose(text)


def _draw_maps(run_view: RunView, seen: Sample, draws: np.ndarray) -> None:
    pictures, h = run_view.pictures, run_view.recipe.hyperparameters
    names, labels = seen.dataset.label_names, np.zeros(len(draws))
    layer = 0
    if h.labels != "unused":
        key = f"adversarial.opinion.class.{seen.dataset.name}"
        layer = choose(_("It is told: this is a …"), dict(enumerate(names)), key)
        labels = priors.parts_in_turn(len(draws), h.num_parts)
    draw = partial(
        code_maps.opinion_map,
        opinion=pictures["discriminator"][layer],
        axis=pictures["axis"],
        class_names=names,
    )
    plots = [
        draw(pictures["codes"][:, :2], seen.labels),
        draw(draws[:, :2], labels, are_examples=False),
    ]
    ground = [epoch_slider.opinion(len(figure["data"]) - 1, layer) for figure in plots]
    live_plots(
        plots,
        key="adversarial.opinion",
        titles=(_("Codes of held-out images"), _("Draws of the prior")),
        alts=(
            _("Codes, coloured by class, over the discriminator's opinion of every place"),
            _("Draws of the prior over the same opinion"),
        ),
        height=430,
        examples=reconstructions.linked(run_view, seen),
        film=(
            run_view.run.id,
            [[*epoch_slider.class_points(seen.labels, 2), ground[0]], [ground[1]]],
        ),
    )


@view(_("Digits that nobody wrote appear here with the first training."), "generated")
def draw_digits(run_view: RunView, seen: Sample, images: np.ndarray) -> None:
    """Draws of the prior, decoded: the run's own, or others once it has ended."""
    pictures, text = st.columns([3, 2], gap="medium")
    h, active = run_view.recipe.hyperparameters, run_view.active
    with text:
        seed = draw_seed_button(
            _("Draw others"), "adversarial.others", "adversarial.draw", disabled=active
        )
        prose(_about_digits(h))
    if seed and not active:
        parts = priors.parts_in_turn(len(images), h.num_parts)
        draws = priors.draw(h.prior, h.latent_dim, h.num_parts, seed, parts)
        images = inference.decode(run_view, draws)
    with pictures:
        image_mosaic(
            images.reshape(-1, PART_COLUMNS, *seen.dataset.shape),
            key="adversarial.digits",
            alt=_("Forty images that the decoder makes of draws of the prior"),
            pixels=56,
            film=epoch_slider.images(run_view.run.id, "generated", range(len(images))),
        )


def _about_digits(h) -> str:
    text = _(
        "Nobody wrote these: draws of the [[prior]], [[decoder|decoded]]. The prior has "
        "{count} equally likely parts, {parts}, and the images go through them in turn."
    ).format(count=h.num_parts, parts=PARTS[h.prior])
    if h.labels != "unused" and h.num_parts == PART_COLUMNS:
        return text + " " + _("Told the labels, each part belongs to one class: a column each.")
    return text


PARTS = {
    "gaussian": _("sectors around the middle"),
    "mixture": _("one Gaussian each"),
    "swiss_roll": _("stretches of the roll, the innermost first"),
}


def draw_contest(run_view: RunView) -> None:
    """The two opponents' losses, how well codes can be told from draws, and how far they are."""
    if not run_view.events:
        st.info(_("The contest appears here with the first training."))
        return
    live_plots(
        _contest_figures(run_view),
        key="adversarial.contest",
        titles=(_("Losses of the opponents"), _("Is the judge right?"), _("Distance to the prior")),
        alts=(
            _("Loss of the encoder as a deceiver and of the discriminator, by epoch"),
            _("Share of held-out codes and draws that the discriminator judges rightly, by epoch"),
            _("Energy distance between held-out codes and the prior, by epoch"),
        ),
        height=300,
        film=(run_view.run.id, [[epoch_slider.EPOCH]] * 3),
    )
    prose(
        _(
            "Two losses that pull against each other need not fall: where nobody can tell codes "
            "from draws, the [[discriminator]] says 0.5 of everything, and both stand at log 2. "
            "What shows whether anything was learned is the [[energy distance]], which no network "
            "computes."
        )
    )


def _contest_figures(run_view: RunView) -> list[style.Figure]:
    events, h = run_view.events, run_view.recipe.hyperparameters

    def series(part: str, name: str) -> list[float]:
        return [event[part][name] for event in events]

    level = partial(np.full, len(events))
    losses = [
        (_("encoder's"), series("held_out", "generator_loss"), style.AUTOENCODER),
        (_("judge's"), series("held_out", "discriminator_loss"), style.TRAINING),
        (_("a draw: log 2"), level(math.log(2)), style.FAINT),
    ]
    rights = [
        (_("of pairs"), series("diagnostics", "discriminator_auc"), style.AUTOENCODER),
        (_("of single ones"), series("held_out", "discriminator_accuracy"), style.TRAINING),
        (_("guessing"), level(0.5), style.FAINT),
    ]
    distances = [
        (_("codes"), series("diagnostics", "energy_distance"), style.AUTOENCODER),
        (_("chance"), level(chance(h)), style.FAINT),
    ]
    epochs = [event["epoch"] for event in events]
    draw = partial(curve_charts.lines, epochs, x_title=_("epoch"), x_end=h.epochs)
    return [
        draw(losses, y_title=_("loss, nats")),
        draw(rights, y_title=_("share judged rightly")),
        draw(distances, y_title=_("energy distance"), log=True),
    ]


def judge_tells(run_view: RunView) -> int | None:
    """Which answer of `PREDICTION` the run found true. Where the judge is often right, and the
    distance is one that chance alone would give, they contradict each other: neither."""
    area, distance, _error = (image_views.diagnostic(run_view, name)[1] for name in MEASURED)
    if area is None or distance is None or run_view.result["status"] == "diverged":
        return None
    found = bisect_right(JUDGED, area)
    at_chance = distance < chance(run_view.recipe.hyperparameters)
    return None if found and at_chance else found


JUDGED = (0.6, 0.9)  # areas under the ROC curve between the answers
PREDICTION = Prediction(
    _("At the end: can the judge tell held-out codes from draws of the prior?"),
    (_("hardly: it guesses"), _("often"), _("nearly always")),
    judge_tells,
    (
        _("The encoder has learned to put its codes where draws would be: hardly anything gives "
          "them away."),
        _("Some places hold more draws than codes, or the reverse, and the judge has learned "
          "which. Where it is told labels, so does a code in the place of another class."),
        _("Codes and draws hardly overlap: the encoder did not follow, or was not asked to."),
    ),
)  # fmt: skip

PAGE = Page("adversarial", _("The adversarial autoencoder"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "A variational autoencoder needs a formula for how far its codes are from "
        "the [[prior]]. Here nobody writes one. A second network, the [[discriminator]], is shown "
        "codes and draws of the prior, and learns to **tell them apart**; the [[encoder]] learns "
        "to be taken for the prior. So the prior may have any shape that one can draw from: a "
        "cloud, ten petals, a Swiss roll."
    )
)

about_map = _(
    "Every symbol is the [[code]] of a held-out image. [[encoder|Encoder]] and [[decoder]] work in "
    "your browser. Walk along the shape of the prior: the decoder has been trained where codes "
    "are, and if these look like the prior, everywhere on it and hardly beside it."
)
PAGE.train(
    chosen,
    list_metrics,
    image_views.drawing(
        chosen,
        about_map,
        filmed={
            _("What the judge sees"): draw_opinion,
            DIGITS: draw_digits,
            _("The contest"): draw_contest,
        },
        has_prior=chosen.recipe.hyperparameters.prior == "gaussian",
    ),
)

PAGE.draw_network(chosen)
h = chosen.recipe.hyperparameters
judge = " – ".join(str(one.weight_shapes[0][0]) for one in h.discriminator_plan)
prose(
    _(
        "The [[discriminator]] is a third network, beside the code and not on the way to the "
        "image: {sizes} – 1, with ReLU between its layers. Its weights are among the "
        "{count} [[parameter|parameters]]."
    ).format(sizes=judge, count=f"{h.num_parameters:,}")
)

st.header(_("The contest, equation by equation"), divider=True)
with beside_source("models/autoencoders/adversarial/model.py", "discrimination"):
    prose(
        _(
            "**The judge.** $D(z)$ is the probability that $z$ was drawn from the [[prior]] "
            "$p(z)$: the sigmoid of its logit $\\ell(z)$. It learns to give draws a 1 and codes "
            "$f(x)$ a 0. Minimised is, on average over draws and images,"
        )
    )
    st.latex(
        r"L_D = -\tfrac{1}{2} \log D(z) - \tfrac{1}{2} \log \bigl( 1 - D(f(x)) \bigr) "
        r"+ \tfrac{1}{2} \lambda_D \lVert \nabla \ell(z) \rVert^2"
    )
    prose(
        _(
            "Without the last term, and if it looked at every place long enough, it would say "
            "$p(z) / (p(z) + q(z))$, with $q$ the density of the codes: 0.5 only where both are "
            "equally dense ([Goodfellow et al., 2014](https://arxiv.org/abs/1406.2661)). The last "
            "term, with the weight *gradient penalty*, is there to keep the two from chasing each "
            "other in circles ([Mescheder et al., 2018](https://arxiv.org/abs/1801.04406))."
        )
    )
with beside_source("models/autoencoders/adversarial/model.py", "AdversarialAutoencoder.objective"):
    prose(
        _(
            "**The autoencoder.** It rebuilds the image, and deceives the judge, with weight "
            "$\\lambda$ ([Makhzani et al., 2015](https://arxiv.org/abs/1511.05644)):"
        )
    )
    st.latex(r"L = \frac{1}{d} \lVert x - g(f(x)) \rVert^2 - \lambda \log D(f(x))")
    prose(
        _(
            "Its [[loss]] need not fall: a better judge makes it rise. That is not a training "
            "that runs away; it is a contest."
        )
    )
with beside_source("models/autoencoders/adversarial/model.py", "AdversarialAutoencoder.gradients"):
    prose(
        _(
            "**One step for both.** From the same [[batch]], each network goes down its own loss "
            "only: the judge's weights do not move to please the encoder."
        )
    )
prose(_("**The shapes.** Anything one can draw from will do:"))
show_source("models/autoencoders/adversarial/priors.py", "transform_draws")

PAGE.close(
    chosen,
    _(
        "- The two opponents' losses need not fall. Watch the picture, or the [[energy distance]], "
        "not the losses.\n"
        "- With labels, what a digit *is* decides on the part of the prior, and what is left over, "
        "slant and thickness, on the place in it. Look at the columns of “{digits}”.\n"
        "- A variational autoencoder presses every single code towards the prior; here only all "
        "codes **together** have to look like it. No code needs a cloud of its own.\n"
        "- The judge learns from the batches as they come. Where its word counts too much, or it "
        "learns too fast or too slowly, the codes flee from it and come back, and may never "
        "settle. What then remains at the end depends on the [[seed]].\n"
        "- A distance between two samples is never exactly 0, even if both are of the prior: read "
        "it beside its standard error and what chance would give."
    ).format(digits=DIGITS),
)

"""Lesson: a second network judges the codes, and so teaches them any shape one can draw from."""

import math
from functools import partial

import numpy as np
import streamlit as st

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_mosaic
from dashboard.components.plots.plots import live_plots
from dashboard.figures import code_maps, curve_charts, style
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import show_source
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import image_views, reconstructions
from models.autoencoders.adversarial import priors
from models.data import datasets
from models.data.datasets import SAMPLE_SIZE
from models.evaluation import density

TITLE = _("The adversarial autoencoder")

PETALS = {"prior": "mixture", "labels": "discriminator"}

# What is said here of 4,000 digits was measured with seed 42 (models.train adversarial --set ...).
EXPERIMENTS = (
    Experiment(
        _("Weight 0"),
        {"adversarial_weight": "0"},
        _("The encoder no longer cares what the judge says. Where do the codes go?"),
        _(
            "Anywhere: far beyond the prior. The energy distance rises from 0.8 to 1.9 instead of "
            "falling to 0.012, and the judge is right about nine pairs in ten. The digits are "
            "rebuilt no better for it: 0.0485 instead of 0.0475."
        ),
    ),
    Experiment(
        _("Ten petals, with labels"),
        PETALS,
        _("Ten Gaussians like petals, and the judge is told each digit. What lies on a petal?"),
        _(
            "One digit, mostly: 87 % of the held-out digits lie on their own petal (“From the "
            "prior” shows a column per petal). The codes are as close to the prior as chance "
            "allows, 0.001, for a little error: 0.0511 instead of 0.0475. Yet the judge is right "
            "about two pairs in three: it knows the labels, and sees the others on wrong petals."
        ),
    ),
    Experiment(
        _("Weight 0.1"),
        {"adversarial_weight": "0.1"},
        _("Deceiving the judge counts three times as much. Are the codes more like the prior?"),
        _(
            "No. The judge's word is now so loud that the codes flee from it all at once, and it "
            "runs after them: from epoch 5 to 25 the energy distance swings between 0.5 and 2.6. "
            "It ends at 0.25, against 0.012 with weight 0.03, and only because the learning rate "
            "falls to zero. The error is larger, too: 0.0616."
        ),
    ),
)
OPINION, DIGITS, OPPONENTS = _("What the judge sees"), _("From the prior"), _("The contest")
# Of so many samples of one prior, that share of pairs is closer than what counts as chance.
SURE, CHANCE_SAMPLES = 0.95, 16

PART_COLUMNS = 10  # of the decoded draws: as many parts of the prior as digits


def list_metrics(run_view: RunView) -> list[Metric]:
    """The held-out error, whether the discriminator can tell, and how far the codes are off."""
    area, distance = (
        image_views.diagnostic(run_view, name)[1]
        for name in ("discriminator_auc", "energy_distance")
    )
    h = run_view.recipe.hyperparameters
    return [
        image_views.list_metrics(run_view)[0],
        Metric(
            _("The judge is right"),
            "–" if area is None else f"{area:.0%}",
            _("50 %: it cannot tell"),
            _(
                "Of pairs of a held-out code and a draw of the prior: in how many the "
                "discriminator takes the draw for the likelier draw (the area under its ROC curve)."
            ),
        ),
        Metric(
            _("Distance to the prior"),
            "–" if distance is None else f"{distance:.3f}",
            _("chance: below {limit:.3f}").format(limit=chance(h)),
            _(
                "Energy distance between the codes of {n} held-out images and as many draws of the "
                "prior. Two samples of the prior itself stay below the other number in {share:.0%} "
                "of cases."
            ).format(n=SAMPLE_SIZE, share=SURE),
        ),
    ]


def chance(h) -> float:
    """The energy distance that two samples of the prior seldom exceed."""
    return _chance(h.prior, h.latent_dim, h.num_parts, SAMPLE_SIZE)


@st.cache_data(max_entries=32, show_spinner=False)
def _chance(prior: str, latent_dim: int, num_parts: int, count: int) -> float:
    draw = partial(priors.draw, prior, latent_dim, num_parts)
    return density.chance_distance([draw(seed, count) for seed in range(CHANCE_SAMPLES)], SURE)


# Views


def draw_opinion(run_view: RunView) -> None:
    """Codes, and draws of the prior beside them, over what the discriminator says of each place."""
    seen, draws = run_sample.sample(run_view), inference.prior_draws(run_view)
    pictures = run_view.pictures
    if seen is None or draws is None or "discriminator" not in pictures:
        st.info(_("The code space appears here with the first training."))
        return
    codes, h = pictures["codes"], run_view.recipe.hyperparameters
    if h.latent_dim < 2:
        st.info(_("With one number there is no plane to draw. Choose a code of two or more."))
        return
    layer = _draw_class_choice(run_view, seen) if h.labels != "unused" else 0
    draw = partial(
        code_maps.opinion_map, opinion=pictures["discriminator"][layer], axis=pictures["axis"]
    )
    names, parts = seen.dataset.label_names, priors.parts_in_turn(len(draws), h.num_parts)
    own = parts if h.labels != "unused" else np.zeros(len(draws))
    plots = [
        draw(codes[:, :2], seen.labels, class_names=names),
        draw(draws[:, :2], own, class_names=names, are_examples=False),
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
    prose(
        _(
            "**Blue** ground: here the [[discriminator]] would guess a draw of the [[prior]], "
            "**orange**: a code. Clear: it cannot tell; lines at 25, 50 and 75 %. The "
            "[[encoder]] pushes codes from orange to blue; as soon as they are there, the blue "
            "turns pale."
        )
        + _plane_note(h)
    )


def _plane_note(h) -> str:
    if h.latent_dim == 2:
        return ""
    return " " + _(
        "The first two of {size} numbers; the ground is what it says where the others are 0."
    ).format(size=h.latent_dim)


def _draw_class_choice(run_view: RunView, seen: run_sample.Sample) -> int:
    """Of which class the discriminator is told while it looks at the plane."""
    return st.segmented_control(
        _("It is told: this is a …"),
        range(seen.dataset.num_labels),
        default=0,
        format_func=seen.dataset.label_names.__getitem__,
        required=True,
        key=f"adversarial.told.{seen.dataset.name}",
    )


def draw_digits(run_view: RunView) -> None:
    """Draws of the prior, decoded: the run's own, or others once it has ended."""
    if "generated" not in run_view.pictures:
        st.info(_("Digits that nobody wrote appear here with the first training."))
        return
    pictures, text = st.columns([3, 2], gap="medium")
    h, images = run_view.recipe.hyperparameters, run_view.pictures["generated"]
    with text:
        st.button(
            _("Draw others"),
            key="adversarial.others",
            icon=":material/casino:",
            disabled=run_view.active,
            on_click=reconstructions.count_up,
            args=("adversarial.draw",),
        )
        prose(_about_digits(h))
    number = st.session_state.get("adversarial.draw", 0)
    shape = datasets.by_name(h.dataset).shape
    if number and not run_view.active:
        parts = priors.parts_in_turn(len(images), h.num_parts)
        draws = priors.draw(h.prior, h.latent_dim, h.num_parts, number, parts)
        images = inference.decode(run_view, draws)
    with pictures:
        image_mosaic(
            images.reshape(-1, PART_COLUMNS, *shape),
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
    events, h = run_view.events, run_view.recipe.hyperparameters
    if not events:
        st.info(_("The contest appears here with the first training."))
        return
    held_out = [event["held_out"] for event in events]
    epochs = [event["epoch"] for event in events]
    draw = partial(curve_charts.lines, epochs, x_title=_("epoch"), x_end=h.epochs)
    level = partial(np.full, len(events))
    losses = [
        (_("encoder's"), [one["generator_loss"] for one in held_out], style.AUTOENCODER),
        (_("judge's"), [one["discriminator_loss"] for one in held_out], style.TRAINING),
        (_("a draw: log 2"), level(math.log(2)), style.FAINT),
    ]
    rights = [
        (_("of pairs"), _measured(events, "discriminator_auc"), style.AUTOENCODER),
        (_("of single ones"), [one["discriminator_accuracy"] for one in held_out],
         style.TRAINING),
        (_("guessing"), level(0.5), style.FAINT),
    ]  # fmt: skip
    distances = [
        (_("codes"), _measured(events, "energy_distance"), style.AUTOENCODER),
        (_("chance"), level(chance(h)), style.FAINT),
    ]
    live_plots(
        [
            draw(losses, y_title=_("loss, nats")),
            draw(rights, y_title=_("share judged rightly")),
            draw(distances, y_title=_("energy distance"), log=True),
        ],
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
            "Two losses that pull against each other need not fall: at the end of a fair contest "
            "both stand at log 2, because the [[discriminator]] says 0.5 of everything. What shows "
            "whether anything was learned is the [[energy distance]], which no network computes."
        )
    )


def _measured(events: list[dict], name: str) -> list[float]:
    return [event["diagnostics"][name] for event in events]


def judged(run_view: RunView) -> int | None:
    """Which answer of `PREDICTION` the run found true."""
    area = image_views.diagnostic(run_view, "discriminator_auc")[1]
    if area is None or run_view.result["status"] == "diverged":
        return None
    return 0 if area < 0.6 else 1 if area < 0.9 else 2


PREDICTION = Prediction(
    _("At the end: can the judge tell held-out codes from draws of the prior?"),
    (_("hardly: it guesses"), _("often"), _("nearly always")),
    judged,
    (
        _("The encoder has learned to put its codes where draws would be: nothing gives it away."),
        _("Codes are not where draws would be, and the judge has learned where they are."),
        _("Codes and draws hardly overlap: the encoder did not follow, or was not asked to."),
    ),
)

PAGE = Page("adversarial", TITLE, EXPERIMENTS, PREDICTION)
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
    "your browser. Walk along the shape of the prior: everywhere on it, and not beside it, the "
    "decoder has been trained."
)
PAGE.train(
    chosen,
    list_metrics,
    image_views.drawing(
        chosen,
        about_map,
        filmed={OPINION: draw_opinion, DIGITS: draw_digits, OPPONENTS: draw_contest},
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
text, code = st.columns([2, 3], gap="medium")
with text:
    prose(
        _(
            "**The judge.** $D(z)$ is the probability that $z$ was drawn from the [[prior]] "
            "$p(z)$. It learns to give draws a 1 and codes $f(x)$ a 0:"
        )
    )
    st.latex(r"L_D = -\tfrac{1}{2} \log D(z) - \tfrac{1}{2} \log \bigl( 1 - D(f(x)) \bigr)")
    prose(
        _(
            "If it looked at every place long enough it would say $p(z) / (p(z) + q(z))$, with $q$ "
            "the density of the codes: 0.5 only where both are equally dense. A "
            "penalty on the slope of its logit keeps the two from chasing each other in circles "
            "([Mescheder et al., 2018](https://arxiv.org/abs/1801.04406))."
        )
    )
with code:
    show_source("models/autoencoders/adversarial/model.py", "discrimination")
text, code = st.columns([2, 3], gap="medium")
with text:
    prose(
        _(
            "**The autoencoder.** It rebuilds the image, and deceives the judge, with weight $w$ "
            "([Makhzani et al., 2015](https://arxiv.org/abs/1511.05644)):"
        )
    )
    st.latex(r"L = \lVert x - g(f(x)) \rVert^2 / n \; - \; w \log D(f(x))")
    prose(
        _(
            "Its [[loss]] need not fall: a better judge makes it rise. That is not a training "
            "that runs away; it is a contest."
        )
    )
with code:
    show_source("models/autoencoders/adversarial/model.py", "AdversarialAutoencoder.objective")
text, code = st.columns([2, 3], gap="medium")
with text:
    prose(
        _(
            "**One step for both.** From the same [[batch]], each network goes down its own loss "
            "only: the judge's weights do not move to please the encoder."
        )
    )
with code:
    show_source("models/autoencoders/adversarial/model.py", "AdversarialAutoencoder.gradients")
prose(_("**The shapes.** Anything one can draw from will do:"))
show_source("models/autoencoders/adversarial/priors.py", "shaped")

st.header(_("What to notice"), divider=True)
prose(
    _(
        "- The two opponents' losses do not fall: they meet at log 2. Watch the picture, or the "
        "[[energy distance]], not the losses.\n"
        "- A plain [[autoencoder]] with two numbers (weight 0) is no better at rebuilding: "
        "0.0485 against 0.0475. The codes had room to choose; the judge only says which.\n"
        "- With labels, what a digit *is* decides on the part of the prior, and what is left over, "
        "slant and thickness, on the place in it. Look at the columns of “{digits}”.\n"
        "- A variational autoencoder presses every single code towards the prior; here only all "
        "codes **together** have to look like it. No code needs a cloud of its own.\n"
        "- The judge sees each [[batch]] once. Where it is too quick or its word counts too much, "
        "the codes flee from it and come back, and never settle."
    ).format(digits=DIGITS)
)
PAGE.close(chosen)

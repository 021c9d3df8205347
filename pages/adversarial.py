"""Lesson: a second network judges the codes, and so teaches them any shape one can draw from."""

import streamlit as st

from dashboard.claims import generative as claims
from dashboard.components.glossary.glossary import prose
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import show_source
from dashboard.text.i18n import _
from dashboard.views import adversarial_views, image_views

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

PREDICTION = Prediction(
    _("At the end: can the judge tell held-out codes from draws of the prior?"),
    (_("hardly better than by guessing"), _("often"), _("nearly always")),
    adversarial_views.judge_tells,
    (
        _("The encoder has learned to put its codes where draws would be: little gives them "
          "away."),
        _("Some places hold more draws than codes, or the reverse, and the judge has learned "
          "which. Where it is told labels, a code in the place of another class gives itself away, "
          "too."),
        _("Codes and draws hardly overlap: the encoder did not follow, or was not asked to."),
    ),
)  # fmt: skip

page = Page(
    "adversarial",
    _("The adversarial autoencoder"),
    _(
        "A variational autoencoder needs a formula for how far its codes are from "
        "the [[prior]]. Here nobody writes one. A second network, the [[discriminator]], is shown "
        "codes and draws of the prior, and learns to **tell them apart**; the [[encoder]] learns "
        "to be taken for the prior. So the prior may have any shape that one can draw from: a "
        "cloud, ten petals, a Swiss roll."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image. [[encoder|Encoder]] and [[decoder]] work in "
    "your browser. Walk along the shape of the prior: the decoder has been trained where codes "
    "are, and if these look like the prior, everywhere on it and hardly beside it."
)

page.train(
    adversarial_views.list_metrics,
    image_views.drawing(
        chosen,
        about_map,
        filmed={
            _("What the judge sees"): adversarial_views.draw_opinion,
            adversarial_views.DIGITS: adversarial_views.draw_digits,
            _("The contest"): adversarial_views.draw_contest,
        },
        redrawn=adversarial_views.is_redrawn,
        has_prior=chosen.recipe.hyperparameters.prior == "gaussian",
    ),
)

h = chosen.recipe.hyperparameters

judge = " – ".join(str(one.weight_shapes[0][0]) for one in h.discriminator_plan)

prose(
    _(
        "The [[discriminator]] is a third network, beside the code and not on the way to the "
        "image: {sizes} – 1, with ReLU between its layers. Its weights are among the "
        "{count} [[parameter|parameters]]."
    ).format(sizes=judge, count=f"{h.num_parameters:,}")
)


def explain() -> None:
    """The contest, equation by equation."""
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
    show_source("models/autoencoders/adversarial/model.py", "discrimination")
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
    show_source("models/autoencoders/adversarial/model.py", "AdversarialAutoencoder.objective")
    prose(
        _(
            "**One step for both.** From the same [[batch]], each network goes down its own loss "
            "only: the judge's weights do not move to please the encoder."
        )
    )
    show_source("models/autoencoders/adversarial/model.py", "AdversarialAutoencoder.gradients")
    prose(_("**The shapes.** Anything one can draw from will do:"))
    show_source("models/autoencoders/adversarial/priors.py", "transform_draws")


page.close(
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
    ).format(digits=adversarial_views.DIGITS),
    {_("The contest, equation by equation"): explain},
)

"""Lesson: bends between the layers, what they buy, and when PCA still wins."""

import streamlit as st

from dashboard.claims import start_here as claims
from dashboard.components.glossary import glossary
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.text.i18n import _
from dashboard.views import image_views
from models.autoencoders import registry

EXPERIMENTS = (
    Experiment(
        _("As in the article"),
        registry.by_name("stacked").article,
        _("The article's deep network, 150 numbers per digit. How far ahead of PCA will it be?"),
        _(
            "{behind} Its penalty on the weights is larger than the error, so it is busy keeping "
            "weights small, its steps are large, and five epochs are few. Being deep is no merit "
            "by itself."
        ).format(behind=claims.STACKED_ARTICLE),
    ),
    Experiment(
        _("ReLU, and fewer steps"),
        claims.RELU,
        _("ReLU instead of SELU, batches of 150 instead of 50. The same network: the same error?"),
        _(
            "{loses} Larger batches are fewer steps, and a unit whose ReLU gives zero learns "
            "nothing from that image. Neither the layers nor their sizes have changed: how a "
            "network is trained matters as much as what it is."
        ).format(loses=claims.STACKED_RELU),
    ),
    Experiment(
        _("30 numbers"),
        claims.THIRTY,
        _("A fifth of the numbers. Does the gap to PCA widen or close?"),
        _(
            "{widens} Thirty flat directions describe badly how people write, thirty curved ones "
            "well. Few numbers are where bends pay off most."
        ).format(widens=claims.GAP_WIDENS),
    ),
    Experiment(
        _("Images that hold still"),
        claims.STILL,
        _(
            "So far all images of a step moved by up to a pixel. Now they hold still: easier to "
            "learn, as many steps. Which of the two errors falls?"
        ),
        _(
            "Only the training error. {by_heart} {not_learned} An image that is never seen "
            "twice alike cannot be learned by heart, and a digit that has moved is still the same "
            "digit: such [[data augmentation]] is worth thousands of images. PCA has no steps to "
            "move images in between."
        ).format(by_heart=claims.BY_HEART, not_learned=claims.NOT_LEARNED),
    ),
    Experiment(
        _("Two numbers"),
        claims.TWO,
        _("Two numbers per digit. Which can still be told apart? Look at the code space."),
        _(
            "Ones and zeros, mostly. Where two digits share a place, what is rebuilt there is "
            "something in between. {beats}"
        ).format(beats=claims.STACKED_TWO),
    ),
    Experiment(
        _("Everything linear"),
        claims.ALL_LINEAR,
        _("30 numbers once more, as many layers and weights, but not a single bend. Who wins?"),
        _(
            "Nobody. {alike} A chain of matrices is one matrix, and none does better on the "
            "training images than PCA. All that the network won with 30 numbers, it won by its "
            "bends."
        ).format(alike=claims.LINEAR_LOSES),
    ),
    Experiment(
        _("One bend, at the end"),
        claims.LINEAR_HIDDEN,
        _("150 numbers, and no bend but the sigmoid. Does that beat the deep network?"),
        _(
            "It does. {beats} {trains} With so many numbers there is little left that curved "
            "surfaces could explain, and a chain of matrices is easier to train than a chain of "
            "bends. The sigmoid at its end knows what PCA does not: that nothing is blacker than "
            "black or whiter than white."
        ).format(beats=claims.ONE_BEND, trains=claims.EASIER_TO_TRAIN),
    ),
)

PREDICTION = image_views.predict_smaller_error(
    _("Held-out digits: whose error will be smaller?"),
    (
        _("Bends pay off here: the network follows how people write, where PCA must stay flat."),
        _("Bends have only just made up for what training leaves undone."),
        _(
            "PCA's answer is exact and comes at once; the network needs the right recipe, and "
            "enough steps, to find one as good."
        ),
    ),
)

page = Page(
    "stacked",
    _("The stacked autoencoder"),
    _(
        "A digit has 784 pixels. Squeeze it through **far fewer numbers**, its [[code]]. Between "
        "its [[layer|layers]] this network bends what it passes on, by [[activation|activations]]: "
        "so it can follow curves where [[PCA]] must stay flat. Does it have to win?"
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "[[encoder|Encoder]] and [[decoder]] work in your browser. Walk from one digit to another: "
    "nothing has told this network what lies *between* codes, so there it invents smudges. A "
    "variational autoencoder is told."
)

page.train(image_views.list_metrics, image_views.drawing(chosen, about_map))


def explain() -> None:
    """The idea in three equations."""
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
        r"L = \frac{1}{d\,n} \sum_{i=1}^{n} \lVert x_i - \hat{x}_i \rVert^2 "
        r"+ \lambda \sum_{w} w^2"
    )
    glossary.prose(
        _(
            "Without $\\varphi$ and $\\sigma$ the matrices multiply to a single one, and PCA is "
            "the best that a single one can do. With them the outputs lie on a *curved* surface of "
            "as many dimensions as the code has numbers ([Hinton and Salakhutdinov, "
            "2006](https://doi.org/10.1126/science.1127647))."
        )
    )
    show_source("models/autoencoders/stacked/model.py", "StackedAutoencoder")


page.close(
    _(
        "- PCA needs no training, and with 150 numbers it is hard to beat: the green line is a "
        "fair opponent, not a formality. The article never drew it. What PCA rebuilds is clipped "
        "to black and white, as the sigmoid's outputs are. {ahead}\n"
        "- A network that is ahead of PCA on the training images and not on the held-out ones "
        "learns digits by heart. More images help; MNIST has 60,000. Moving images help, too: "
        "see *Random shift*.\n"
        "- Look at the worst images: rare ways of writing, of which the training images hold "
        "few. On them PCA seems to do better. But they were picked because the *network* fails "
        "there; PCA's own worst images would tell the opposite story.\n"
        "- Fewer numbers in the code make everything worse, and PCA worse by more."
    ).format(ahead=claims.STACKED_OURS),
    {_("The idea in three equations"): explain},
)

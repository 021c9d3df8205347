"""Lesson: bends between the layers, what they buy, and when PCA still wins."""

import streamlit as st

from dashboard.components.glossary import glossary
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.text.i18n import _
from dashboard.views import image_views
from models.autoencoders import registry

# What is said here of 4,000 digits was measured with seed 42 (models.train stacked --set ...).
EXPERIMENTS = (
    Experiment(
        _("As in the article"),
        registry.by_name("stacked").article,
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

PAGE = Page("stacked", _("The stacked autoencoder"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "A digit has 784 pixels. Squeeze it through **far fewer numbers**, its [[code]], with "
        "bends, called [[activation|activations]], between the [[layer|layers]], and a network "
        "can follow curves where [[PCA]] must stay flat. Does it have to win?"
    )
)

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "[[encoder|Encoder]] and [[decoder]] work in your browser. Walk from one digit to another: "
    "nothing has told this network what lies *between* codes, so there it invents smudges. A "
    "variational autoencoder is told."
)
PAGE.train(chosen, image_views.list_metrics, image_views.drawing(chosen, about_map))

PAGE.draw_network(chosen)

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
show_source("models/autoencoders/stacked/model.py", "StackedAutoencoder")

PAGE.close(
    chosen,
    _(
        "- PCA needs no training, and with 150 numbers it is hard to beat: the green line is a "
        "fair opponent, not a formality. The article never drew it.\n"
        "- A network that is ahead of PCA on the training images and not on the held-out ones "
        "learns digits by heart. More images help; MNIST has 60,000.\n"
        "- Look at the worst images: rare ways of writing, of which the training images hold "
        "few. Here network and PCA are about equally bad.\n"
        "- Fewer numbers in the code make everything worse, and PCA worse by more."
    ),
)

"""Luck or not? Two configurations, the same few seeds, and what the difference is worth."""

import streamlit as st

from dashboard.comparison.seeds import pairs_view, setup
from dashboard.comparison.seeds.setup import Example
from dashboard.components.glossary import glossary
from dashboard.lesson import frame
from dashboard.lesson.source import show_source
from dashboard.session import appearance
from dashboard.text.i18n import _

SMALL = {
    "type": "stacked",
    "num_train": "1000",
    "epochs": "10",
    "batch_size": "50",
    "latent_dim": "30",
    "hidden_sizes": "100",
}
# Measured with python -m models.train stacked --set num_train=1000 epochs=10 batch_size=50
# latent_dim=30 hidden_sizes=100 seed=N, N from 42 on, and with hidden_activation=elu or
# initializer=glorot_uniform besides.
EXAMPLES = [
    Example(
        _("He or Glorot, five seeds"),
        SMALL | {"b.initializer": "glorot_uniform", "seeds": "5"},
        _(
            "**Could be luck.** With Glorot's first weights the error is 1.3 % larger on average, "
            "but smaller for two seeds of five. The interval reaches from −2.8 % to +5.5 %. With "
            "seed 45 alone you would have sworn that He is 5 % better."
        ),
    ),
    Example(
        _("ReLU or ELU, three seeds"),
        SMALL | {"b.hidden_activation": "elu"},
        _(
            "**Could be luck.** ELU's error is 8.3 % smaller on average, and for each single seed: "
            "by 11 %, 4 % and 9 %. But from three numbers so far apart the interval reaches from "
            "−17.4 % to +0.7 %. Now try five seeds."
        ),
    ),
    Example(
        _("ReLU or ELU, five seeds"),
        SMALL | {"b.hidden_activation": "elu", "seeds": "5"},
        _(
            "**Real.** 7.1 % smaller, and the interval, −11.1 % to −3.0 %, excludes 0. The mean "
            "has hardly moved; two more seeds have shrunk the factor from 4.3 to 2.8, and the "
            "standard error too. Three seeds were right, they only could not know."
        ),
    ),
]

glossary.begin()
appearance.draw_title(_("Luck or not?"))
glossary.prose(
    _(
        "You changed a setting, and the error fell by 3 %. Was it the setting? Another [[seed]] "
        "alone, with all settings as they were, changes the error too. So train **both** "
        "configurations, A and B, with the **same** three to five seeds, and look at the "
        "*differences*: what the runs of one seed have in common, such as the order of the "
        "examples, drops out of them. If they scatter around zero, it was luck."
    )
)
if not frame.is_served():
    st.stop()
found = setup.load_chosen()
pairs_view.draw_examples(found, EXAMPLES)
setup.draw_setup(found)
pairs_view.watch(found)

st.header(_("The interval"), divider=True)
glossary.prose(
    _(
        "With $n$ seeds and their differences $d_1, \\dots, d_n$, of mean $\\bar{d}$ and standard "
        "deviation $s$, the mean difference of *all* seeds lies, with 95 % confidence, in"
    )
)
st.latex(
    r"\bar{d} \;\pm\; t_{n-1}\,\frac{s}{\sqrt{n}}, \qquad "
    r"s^2 = \frac{1}{n-1} \sum_{i=1}^{n} (d_i - \bar{d})^2"
)
glossary.prose(
    _(
        "The factor $t$ pays for not knowing the true scatter, only its estimate from $n$ numbers "
        "([Student, 1908](https://doi.org/10.1093/biomet/6.1.1)): 4.3 for three seeds, 2.8 for "
        "five. If the [[confidence interval|interval]] excludes zero, the difference is called "
        "real."
    )
)
show_source("models/evaluation/paired_test.py", "compare")

st.header(_("What to notice"), divider=True)
glossary.prose(
    _(
        "- “Could be luck” does not mean *equal*: three seeds cannot see a small difference. "
        "Five see more.\n"
        "- “Real” is wrong in one of twenty comparisons between equals. Who tries twenty settings "
        "will find one that is “real” by luck: decide first what to compare, then look.\n"
        "- Real is not the same as important. Read the percentage too.\n"
        "- The loss itself can be compared only where both minimise the same thing. With "
        "different penalties or betas, compare the squared error.\n"
        "- All of this holds for these held-out examples, this data set and these epochs."
    )
)
glossary.draw()

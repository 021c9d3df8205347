"""Lesson: what an encoder that was trained without labels is worth when labels are few."""

import streamlit as st

from dashboard.components.glossary.glossary import prose
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.source import show_source
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from dashboard.views import few_labels
from models.data import datasets
from models.training.few_labels import Study

# What is said here was measured with seed 42 on the built-in digits
# (models.train stacked --few-labels 5 --set ...).
EXPERIMENTS = (
    Experiment(
        _("Sigmoid instead of ReLU"),
        {"hidden_activation": "sigmoid"},
        _("The bend of the years in which pre-training became famous. Does it pay now? Compare."),
        _(
            "Now it pays: with 500 labels 86.5 % instead of 82.3 % from scratch, more than luck in "
            "five tries, and from 50 to 1,000 labels all means point that way. But look at "
            "ReLU: from scratch it has 86.5 %, too. Pre-training has made up for a bad start; a "
            "better bend does so for nothing."
        ),
    ),
)
AT = 100  # labelled images that the prediction asks about


def answer(run_view: RunView) -> int | None:
    """Which of the prediction's options the study has found true."""
    outcome = few_labels.outcome_of(run_view)
    return 1 - outcome.verdict(AT) if AT in outcome.counts else None


PREDICTION = Prediction(
    _("{n} labelled digits: which network is right more often on held-out ones?").format(n=AT),
    (_("the pre-trained one"), _("neither, beyond luck"), _("the one from scratch")),
    answer,
    (
        _("What helps to rebuild digits also helps to name them, while names are few."),
        _("A hundred names are enough to learn from, or what was learned before is of no use."),
        _("What helps to rebuild need not help to name; the start can even be a bad one."),
    ),
    ended=few_labels.is_complete,
)

PAGE = Page("few_labels", _("Few labels"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "Images are cheap; [[label|labels]] cost somebody's time. Train the [[encoder]] on all "
        "images **without** labels, put a [[softmax]] layer on the [[code]], and train that on a "
        "**few** labelled ones. Against it stands the very same network from a random start. Does "
        "[[pre-training]] pay?"
    )
)
if datasets.by_name(chosen.recipe.hyperparameters.dataset).num_labels < 2:
    st.info(
        _(
            "These images have no classes that could be learned from few labels. Choose another "
            "data set, or upload them anew with a folder for each class."
        )
    )
    st.stop()
PAGE.train(chosen, few_labels.list_metrics, few_labels.draw_study, few_labels.is_active)

PAGE.draw_network(chosen)

st.header(_("The idea in two equations"), divider=True)
prose(
    _(
        "The [[decoder]] is thrown away. One matrix $W$ on the [[code]] $f(x)$ gives each class a "
        "probability:"
    )
)
st.latex(r"p(y \mid x) = \operatorname{softmax}\left(W f(x) + b\right)_y")
prose(_("Training makes that of the true classes of the $N$ labelled images large:"))
st.latex(r"L = -\frac{1}{N} \sum_{i=1}^{N} \log p(y_i \mid x_i)")
plan = Study(chosen.recipe)
prose(
    _(
        "[[fine-tuning|Fine-tuned]], $W$, $b$ and $f$ are trained; frozen, only $W$ and $b$. All "
        "start with $W = 0$ and take **equally many steps** on the same batches of {batch} images: "
        "{epochs} epochs of the labelled images, and {least} steps at least. What differs are "
        "the first weights of $f$ alone "
        "([Erhan et al., 2010](https://www.jmlr.org/papers/v11/erhan10a.html))."
    ).format(batch=plan.batch_size, epochs=plan.epochs, least=plan.least_steps)
)
show_source("models/training/pretraining.py", "Classifier._take_step")

PAGE.close(
    chosen,
    _(
        "- **Here it does not help.** With ReLU, five tries find no difference beyond luck, "
        "however many labels: 77.1 % from scratch and 76.7 % fine-tuned with 100 labels, 93.7 % "
        "and 94.2 % with 4,000.\n"
        "- Frozen, the code is a *worse* description for naming digits than the pixels: 74.2 % "
        "against 76.1 % with 100 labels, 88.4 % against 89.6 % with 4,000. It was made for "
        "rebuilding, not for naming. With 20 labels or fewer nothing beats plain pixels.\n"
        "- The bars are 95 % [[confidence interval|confidence intervals]] of the mean over the "
        "tries. Whether fine-tuning helps is decided try by try, as each gives the same images "
        "to all. Of nine such verdicts one may well be luck after all.\n"
        "- The encoder has seen *all* training images, without labels; the classifier from scratch "
        "only the labelled ones. That is the point, but it is more data, and more time: the "
        "training without labels is not counted as steps.\n"
        "- Erhan and others found large gains in deep networks with sigmoid-like bends, whose "
        "random start was the trouble. With ReLU, He's first weights and Adam it is none."
    ),
)

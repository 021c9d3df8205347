"""Lesson: what an encoder that was trained without labels is worth when labels are few."""

import streamlit as st

from dashboard.claims import applications as claims
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

EXPERIMENTS = (
    Experiment(
        _("Sigmoids"),
        claims.SIGMOID,
        _("The bend of the years in which pre-training became famous. Does it pay now? Compare."),
        f"{claims.SIGMOID_PAYS} "
        + _(
            "Look at the network from scratch with the bend that this page begins with, too: "
            "pre-training can make up for a bad start, and so can a bend with which training "
            "starts well."
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

page = Page(
    "few_labels",
    _("Few labels"),
    _(
        "Images are cheap; [[label|labels]] cost somebody's time. Train the [[encoder]] on all "
        "images **without** labels, put a [[softmax]] layer on the [[code]], and train that on a "
        "**few** labelled ones. Against it stands the very same network from a random start. Does "
        "[[pre-training]] pay?"
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

if datasets.by_name(chosen.recipe.hyperparameters.dataset).num_labels < 2:
    st.info(
        _(
            "These images have no classes that could be learned from few labels. Choose another "
            "data set, or upload them anew with a folder for each class."
        )
    )
    st.stop()

page.train(few_labels.list_metrics, few_labels.draw_study, few_labels.is_active)


def explain() -> None:
    """The idea in two equations."""
    prose(
        _(
            "The [[decoder]] is thrown away. One matrix $W$ on the [[code]] $f(x)$ gives each "
            "class a probability:"
        )
    )
    st.latex(r"p(y \mid x) = \operatorname{softmax}\left(W f(x) + b\right)_y")
    prose(_("Training makes that of the true classes of the $n$ labelled images large:"))
    st.latex(r"L = -\frac{1}{n} \sum_{i=1}^{n} \log p(y_i \mid x_i)")
    plan = Study(chosen.recipe)
    prose(
        _(
            "[[fine-tuning|Fine-tuned]], $W$, $b$ and $f$ are trained; frozen, only $W$ and $b$. "
            "All start with $W = 0$ and take **equally many steps** on the same batches of {batch} "
            "images: {epochs} epochs of the labelled images, and {least} steps at least. What "
            "differs are the first weights of $f$ alone ([Erhan et al., "
            "2010](https://www.jmlr.org/papers/v11/erhan10a.html))."
        ).format(batch=plan.batch_size, epochs=plan.epochs, least=plan.least_steps)
    )
    show_source("models/training/pretraining.py", "Classifier._take_step")


page.close(
    " ".join(
        [
            "-",
            str(claims.LABELS_ARE_WORTH_MORE),
            str(claims.ALIKE_WITH_MANY),
            _(
                "How much pre-training is worth, the verdict of your own study says.\n"
                "- Frozen, the [[code]] was made for rebuilding digits, not for naming them. "
                "Compare it with plain pixels.\n"
                "- The bars are 95 % [[confidence interval|confidence intervals]] of the mean over "
                "the tries. Whether fine-tuning helps is decided try by try, as each gives the "
                "same images to all. A study has several such verdicts; their intervals are "
                "widened so that in 95 of 100 studies none of them takes luck for more "
                "(Bonferroni).\n"
                "- All tries of a study share **one** encoder, and the same [[held-out]] images. "
                "The intervals speak of the luck of labelled images, first weights and batches, "
                "not of the luck of the pre-training: for that, train an encoder with another "
                "[[seed]], and compare again.\n"
                "- The encoder has seen *all* training images, without labels; the classifier from "
                "scratch only the labelled ones. That is the point, but it is more data, and more "
                "time: the training without labels is not counted as steps.\n"
                "- Erhan and others found gains in networks whose bends were sigmoids or the like, "
                "and larger ones in deeper networks. A year later networks with ReLU did as well "
                "without any "
                "([Glorot et al., 2011](https://proceedings.mlr.press/v15/glorot11a.html))."
            ),
        ]
    ),
    {_("The idea in two equations"): explain},
)

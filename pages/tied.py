"""Lesson: one set of matrices for both halves, trained at once or layer by layer."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from dashboard.claims import constrained_codes as claims
from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric, constant, follow
from dashboard.components.training_step.training_step import STEPS
from dashboard.figures import curve_charts, style
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.runs import inference
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _, _n
from dashboard.views import image_views, reconstructions
from dashboard.views.view import draw_plot, view
from models.data.images import as_grey
from models.evaluation.step_statistics import kernel_gradients, output_spread
from models.layers import numpy_inference

EXPERIMENTS = (
    Experiment(
        _("One layer at a time"),
        claims.GREEDY,
        _("First the outer layer alone, then the inner one, then both. Is the detour worth it?"),
        _(
            "Watch the learning curve: how far does the error of the whole network fall before the "
            "innermost layer has its turn, and how far then? What the outer one has learned has to "
            "come through it. At the end compare the error with that of all layers at once."
        ),
    ),
    Experiment(
        _("Five layers with sigmoid"),
        claims.SIGMOID,
        _("The activation of the nineties, five layers deep. What will the digits look like?"),
        f"{claims.SIGMOIDS_FAIL} "
        + _(
            "Why: a [[sigmoid]] has a slope of at most 1/4, so what tells two images apart "
            "shrinks from layer to layer."
        )
        + f" {claims.ALL_THE_SAME} "
        + _("On the way back the gradient shrinks likewise.")
        + f" {claims.GRADIENT_SHRINKS} "
        + _(
            "For the outermost matrix is also the last one of the [[decoder]], right beside the "
            "error. There it learns what all images have in common. As the first one of the "
            "[[encoder]] it lies behind all sigmoids and is told next to nothing: see “Gradients”."
        ),
    ),
    Experiment(
        _("Five layers with tanh"),
        claims.TANH,
        _("The same S, but around 0 and with a slope of 1 there. Is the S to blame?"),
        _(
            "Compare the errors, and “Gradients”. Near 0 tanh passes differences on as they are, "
            "and its mean is 0. A sigmoid passes a quarter of them, and its mean is 1/2 "
            "([Glorot and Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html))."
        ),
    ),
    Experiment(
        _("Sigmoid, one at a time"),
        claims.GREEDY_SIGMOID,
        _("Six epochs for each layer alone, ten for all together. Does that save the sigmoid?"),
        f"{claims.GREEDY_SAVES} "
        + _(
            "A layer that learns alone has only its mirror between itself and the error. This is "
            "how deep networks of dense layers were trained from 2006 on "
            "([Hinton and Salakhutdinov, 2006](https://doi.org/10.1126/science.1127647))."
        ),
    ),
    Experiment(
        _("Never all together"),
        claims.NEVER_TOGETHER,
        _("All 40 epochs for single layers. What are ten epochs of fine-tuning good for?"),
        f"{claims.TOGETHER_IS_BETTER} "
        + _(
            "Each layer was trained to rebuild what it was given, not the image, and small errors "
            "add up on the way back."
        ),
    ),
)

LAYERS, STAGES, GRADIENTS = _("Layer by layer"), _("Stages"), _("Gradients")


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors, what learns at present, and how many parameters the tie has saved."""
    h = run_view.recipe.hyperparameters
    found = image_views.list_metrics(run_view)
    if len(h.stage_starts) > 1:
        found.append(_stage_metric(run_view))
    matrices = sum(math.prod(layer.weight_shapes[0][:2]) for layer in h.encoder_plan)
    untied = _("untied {count}").format(count=f"{h.num_parameters + matrices:,}")
    about = _("Weights and biases of both halves. Tied, the decoder has only biases of its own.")
    return [*found, constant(_("Parameters"), f"{h.num_parameters:,}", untied, about)]


def _stage_metric(run_view: RunView) -> Metric:
    h = run_view.recipe.hyperparameters

    def read(event: Mapping[str, Any] | None) -> tuple[str, str]:
        last = event or {}
        stage, alone = h.stage_after(max(last.get("epoch", 0) - 1, 0)), len(h.stage_starts) - 1
        learning = _("all layers together")
        if stage < alone:
            learning = _("layer {number} of {count} alone").format(number=stage + 1, count=alone)
        return image_views.error_text(last.get("held_out", {}).get("total")), learning

    return follow(
        run_view,
        _("What learns now"),
        read,
        _(
            "The error that this stage makes small, on held-out images: of a layer and "
            "its mirror, of what they are given. In the last stage it is that of the "
            "whole network."
        ),
    )


def draw_stages(run_view: RunView) -> None:
    """The error that each stage makes small, with lines where a stage begins."""
    h = run_view.recipe.hyperparameters
    starts = h.stage_starts[1:]
    names = [_("layer {number}").format(number=number) for number in range(2, len(starts) + 1)]
    figure = curve_charts.loss_curves(
        run_view.events,
        term="total",
        term_label=_("what is made small"),
        target_epochs=h.epochs,
        marks=list(zip([*names, _("all")], starts, strict=True)) if starts else (),
    )
    alt = _("The loss of each stage by epoch; vertical lines where the next stage begins")
    draw_plot(run_view, figure, "tied.stages", alt)
    if starts:
        text = _(
            "Each piece is another quantity: how well one [[layer]] and its mirror rebuild "
            "what *they* are given. Its height cannot be compared with that of the next "
            "piece, only its fall. The error of the whole network is below: what is learned here "
            "does not come through at first."
        )
    else:
        text = _(
            "All layers learn at once, so there is one stage, and its loss is that of the "
            "whole network. Set **Training** to “one layer at a time” to see several."
        )
    prose(text)


def draw_gradients(run_view: RunView) -> None:
    """How long the gradient of each matrix is, in the first step and in one more at the end."""
    steps = {name: step for name in STEPS if (step := run_view.run.step(name))}
    if "first" not in steps:
        st.info(
            _("The gradients of the first and of the last step appear here after the training.")
        )
        return
    names = [layer.name for layer in run_view.recipe.hyperparameters.encoder_plan]
    series = [
        (_(STEPS[name]), kernel_gradients(*step, names), colour)
        for (name, step), colour in zip(
            steps.items(), (style.FAINT, style.AUTOENCODER), strict=False
        )
    ]
    figure = curve_charts.lines(
        np.arange(1, len(names) + 1),
        series,
        x_title=_("matrix, from the image to the code"),
        y_title=_("length of the gradient"),
        log=True,
    )
    alt = _("The length of each matrix's gradient, from the outermost to the innermost")
    draw_plot(run_view, figure, "tied.gradients", alt)
    prose(
        _(
            "Each matrix works twice, and its gradient is the sum of two parts. The part of the "
            "[[decoder]] comes straight from the error for the outermost matrix, that of the "
            "[[encoder]] through all other layers. Adam evens out the lengths, but not what the "
            "gradients say: as long as the outputs are the same for all images, they tell what all "
            "images have in common. In the first step the outputs differed from image to image by "
            "{spread:.2g} of what the images do."
        ).format(spread=output_spread(steps["first"][0]))
    )


@view(
    _("The layers appear here a few seconds after the training has begun."),
    weights=True,
    about=_(
        "Mean squared error over {n} held-out images: {errors}. Each row turns back at another "
        "[[layer]]: into it, and out through the mirrors of the layers passed. The last row is the "
        "whole network."
    ),
)
def draw_layers(run_view: RunView, seen: Sample) -> dict:
    """What comes back through the first layer and its mirror, the first two, and so on."""
    encoder, decoder = (inference.layers_of(run_view, half) for half in ("encoder", "decoder"))
    which = reconstructions.one_of_each(seen.labels)
    clean = seen.inputs / np.float32(255)
    rows, errors = [(_("original"), seen.as_images(seen.inputs[which]))], []
    for depth in range(1, len(encoder) + 1):
        rebuilt = numpy_inference.evaluate([*encoder[:depth], *decoder[-depth:]], clean)
        size = encoder[depth - 1].output[0]
        label = _n("{n} number", "{n} numbers", size).format(n=size)
        rows.append((label, seen.as_images(as_grey(rebuilt[which]))))
        errors.append(f"{label} **{np.mean(np.square(rebuilt - clean)):.4f}**")
    alt = _("Images, and what comes back from each layer through its mirrors")
    image_rows(rows, key="tied.layers", alt=alt)
    return {"n": len(clean), "errors": ", ".join(errors)}


PREDICTION = image_views.predict_smaller_error(
    _("Half the matrices are gone. Held-out digits: whose error will be smaller?"),
    (
        _("Activations describe digits better than PCA's flat space, tied or not."),
        _("Activations and tie together come out where PCA is, which is tied, too."),
        _("PCA is the best linear network, computed exactly; this training has not caught up."),
    ),
)

page = Page(
    "tied",
    _("Tied weights, one layer at a time"),
    _(
        "In [[PCA]] one matrix does both jobs: read one way it encodes, transposed it decodes. "
        "Here every layer of the [[decoder]] borrows the matrix of its twin in the [[encoder]] in "
        "the same way. And since each layer has its mirror, each can be trained **alone**, as a "
        "small autoencoder of what the layers before it say: that is how the first deep networks "
        "were trained."
    ),
    EXPERIMENTS,
    PREDICTION,
).open()
chosen = page.chosen

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "[[encoder|Encoder]] and [[decoder]] work in your browser, with the same matrices."
)


OWN = {LAYERS: draw_layers, STAGES: draw_stages, GRADIENTS: draw_gradients}

page.train(list_metrics, image_views.drawing(chosen, about_map, OWN))


def explain() -> None:
    """Layers and their mirrors."""
    prose(
        _(
            "A layer $f_l$ of the [[encoder]] and its mirror $g_l$ in the [[decoder]] share one "
            "matrix, and each has biases of its own:"
        )
    )
    st.latex(
        r"f_l(h) = \varphi\left(W_l\, h + b_l\right) \qquad\qquad "
        r"g_l(h) = \varphi\left(W_l^{\top} h + c_l\right)"
    )
    prose(
        _(
            "At both ends another [[activation]] is usual: the code is left as it is, without one, "
            "and the output ends in a [[sigmoid]]. With two layers:"
        )
    )
    st.latex(
        r"z = W_2\, \varphi\left(W_1 x + b_1\right) + b_2 \qquad\qquad "
        r"\hat{x} = \sigma\left(W_1^{\top} \varphi\left(W_2^{\top} z + c_2\right) + c_1\right)"
    )
    prose(
        _(
            "With ReLU, or none, an untied [[layer]] can shrink its weights while its mirror lets "
            "them grow, and nothing changes. Tied, it cannot. And there are half the matrices to "
            "learn ([Vincent et al., 2010](https://www.jmlr.org/papers/v11/vincent10a.html))."
        )
    )
    show_source("models/autoencoders/tied/model.py", "TransposedDense.call")
    prose(
        _(
            "Greedily, layer $l$ and its mirror rebuild the $d_{l-1}$ numbers that the layers "
            "before it give, $h_{l-1}$, which no longer change and are computed once ([Bengio et "
            "al., 2006](https://papers.nips.cc/paper/3048)):"
        )
    )
    st.latex(
        r"L_l = \frac{1}{n\,d_{l-1}} \sum_{i=1}^{n} \left\lVert h_{l-1,i} - "
        r"g_l\left(f_l\left(h_{l-1,i}\right)\right) \right\rVert^2"
    )
    show_source("models/autoencoders/tied/model.py", "TiedAutoencoder.stage_objective")


page.close(
    _(
        "- Does the tie, half the matrices, cost anything? Give a *Stacked* network the same "
        "settings. {slow} At the rate that this lesson begins with, it is the untied twin that "
        "falls apart with some seeds, and with others does not: try several.\n"
        "- [[PCA]] is tied, too: the matrix of its components encodes, and transposed it decodes.\n"
        "- Trained one layer at a time, “{stages}” shows what a layer has learned before the whole "
        "network shows it.\n"
        "- “{layers}” of a network that was trained all at once: nothing asks of the outer layers "
        "alone that they rebuild the image.\n"
        "- “{gradients}”: compare sigmoid, tanh and SELU."
    ).format(
        slow=claims.TIE_IS_SLOW,
        stages=STAGES,
        layers=LAYERS,
        gradients=GRADIENTS,
    ),
    {_("Layers and their mirrors"): explain},
)

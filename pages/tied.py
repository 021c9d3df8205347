"""Lesson: one set of matrices for both halves, trained at once or layer by layer."""

import math

import numpy as np
import streamlit as st

from dashboard.components.glossary.glossary import prose
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.figures import curve_charts
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.runs import inference
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _, _n
from dashboard.views import image_views, reconstructions
from dashboard.views.view import draw_plot, view
from models.data.images import as_grey
from models.layers import numpy_inference

DEEP = {"hidden_sizes": "400-200-100-50", "latent_dim": "30", "epochs": "40"}
SIGMOID = DEEP | {"hidden_activation": "sigmoid"}

# What is said here of 4,000 digits was measured with seed 42 (models.train tied --set ...).
EXPERIMENTS = (
    Experiment(
        _("One layer at a time"),
        {"mode": "greedy"},
        _("First the outer layer alone, then the inner one, then both. Is the detour worth it?"),
        _(
            "Not here: 0.0030, where all at once give 0.0029. Two layers learn well together. "
            "Watch “Learning curves”: nothing comes through before the inner layer has learned."
        ),
    ),
    Experiment(
        _("Five layers with sigmoid"),
        SIGMOID,
        _("The bends of the nineties, five layers deep. What will the digits look like?"),
        _(
            "Blurs: 0.0507, nearly three times the error of PCA with 30 numbers. Each sigmoid "
            "makes the gradient at least four times smaller: the outer layers hardly learn."
        ),
    ),
    Experiment(
        _("The same, one at a time"),
        SIGMOID | {"mode": "greedy", "epochs_per_layer": "6"},
        _("Six epochs for each layer alone, ten for all together. Does that save the sigmoid?"),
        _(
            "It does: 0.0202 instead of 0.0507 in as many epochs, close to PCA's 0.0181. A single "
            "layer has no chain through which its gradient could vanish. This is how deep networks "
            "were first trained, around 2006."
        ),
    ),
    Experiment(
        _("Never all together"),
        SIGMOID | {"mode": "greedy", "epochs_per_layer": "8"},
        _("All 40 epochs for single layers. What are ten epochs of fine-tuning good for?"),
        _(
            "A lot: without them 0.0280 instead of 0.0202. Each layer was trained to rebuild what "
            "it was given, not the image, and small errors add up on the way back."
        ),
    ),
    Experiment(
        _("Five layers with ELU"),
        DEEP,
        _("The same depth with a bend that lets gradients through. Is greedy still of use?"),
        _(
            "No: 0.0111 all at once, and greedily the same. Better bends and better first weights "
            "are why nobody trains layer by layer any more."
        ),
    ),
)
LAYERS, STAGES = _("Layer by layer"), _("Stages")


def list_metrics(run_view: RunView) -> list[Metric]:
    """The errors, what learns at present, and how many parameters the tie has saved."""
    h = run_view.recipe.hyperparameters
    found = image_views.list_metrics(run_view)
    if len(h.stage_starts) > 1:
        found.append(_stage_metric(run_view))
    matrices = sum(math.prod(layer.weight_shapes[0][:2]) for layer in h.encoder_plan)
    untied = _("untied {count}").format(count=f"{h.num_parameters + matrices:,}")
    about = _("Weights and biases of both halves. Tied, the decoder has only biases of its own.")
    return [*found, Metric(_("Parameters"), f"{h.num_parameters:,}", untied, about)]


def _stage_metric(run_view: RunView) -> Metric:
    h = run_view.recipe.hyperparameters
    last = run_view.events[-1] if run_view.events else {}
    stage, alone = h.stage_after(max(last.get("epoch", 0) - 1, 0)), len(h.stage_starts) - 1
    learning = _("all layers together")
    if stage < alone:
        learning = _("layer {number} of {count} alone").format(number=stage + 1, count=alone)
    return Metric(
        _("What learns now"),
        image_views.error_text(last.get("held_out", {}).get("total")),
        learning,
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
            "piece, only its fall. The error of the whole network is under "
            "“{curves}”: until the last layer has been trained, nothing sensible comes through."
        ).format(curves=image_views.CURVES)
    else:
        text = _(
            "All layers learn at once, so there is one stage, and its loss is that of the "
            "whole network. Set **Training** to “one layer at a time” to see several."
        )
    prose(text)


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
        _("The tie costs little: what encodes a stroke is about what paints it."),
        _("Bends and tie together come out where PCA is, which is tied, too."),
        _("PCA is a tied network without bends, solved exactly; training has not got there."),
    ),
)

PAGE = Page("tied", _("Tied weights, one layer at a time"), EXPERIMENTS, PREDICTION)
chosen = PAGE.open(
    _(
        "In [[PCA]] one matrix does both jobs: read one way it encodes, transposed it decodes. "
        "Here every layer of the [[decoder]] borrows the matrix of its twin in the [[encoder]] in "
        "the same way. And since each layer has its mirror, each can be trained **alone**, as a "
        "small autoencoder of what the layers before it say: that is how the first deep networks "
        "were trained."
    )
)

about_map = _(
    "Every symbol is the [[code]] of a held-out image, seen along the two numbers that vary most. "
    "[[encoder|Encoder]] and [[decoder]] work in your browser, with the same matrices."
)


OWN = {LAYERS: draw_layers, STAGES: draw_stages}
PAGE.train(chosen, list_metrics, image_views.drawing(chosen, about_map, OWN))

PAGE.draw_network(chosen)

st.header(_("The idea in three equations"), divider=True)
prose(_("With two layers on either side, the [[decoder]] has no matrices of its own:"))
st.latex(
    r"z = W_2\,\varphi(W_1 x + b_1) + b_2 \qquad\qquad "
    r"\hat{x} = \sigma\left(W_1^{\top} \varphi(W_2^{\top} z + c_2) + c_1\right)"
)
prose(
    _(
        "Untied, a [[layer]] can shrink its weights while its mirror lets them grow, and nothing "
        "changes. Tied, it cannot: there are fewer ways to the same network, and half the numbers "
        "to learn "
        "([Vincent et al., 2010, section 2.2](https://www.jmlr.org/papers/v11/vincent10a.html))."
    )
)
show_source("models/autoencoders/tied/model.py", "TransposedDense.call")
prose(
    _(
        "Greedily, layer $k$ and its mirror rebuild what the layers before it give, "
        "$h_{k-1}$, which no longer changes and is computed once "
        "([Bengio et al., 2006](https://papers.nips.cc/paper/3048))."
    )
)
st.latex(
    r"L_k = \frac{1}{n\,d_{k-1}} \sum_{i=1}^{n} \left\lVert h_{k-1} - "
    r"\varphi\left(W_k^{\top}\,\varphi(W_k h_{k-1} + b_k) + c_k\right) \right\rVert^2"
)
show_source("models/autoencoders/tied/model.py", "TiedAutoencoder.stage_objective")

PAGE.close(
    chosen,
    _(
        "- With half the matrices the tied network is no worse than its untied twin: 0.0029 "
        "against 0.0031 on held-out digits (a stacked one with ELU and batches of 50).\n"
        "- [[PCA]] is tied: its rows encode, its columns decode.\n"
        "- One layer at a time, the error of the whole network stands still and then falls at "
        "once, when the innermost layer has its turn. “{stages}” shows what was learned before.\n"
        "- “{layers}” of a network that was trained all at once: the outer layers alone need not "
        "rebuild anything. Of one that was trained greedily, every row does."
    ).format(stages=STAGES, layers=LAYERS),
)

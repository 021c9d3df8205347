"""One optimiser step in slow motion: the numbers of a batch on their way through the network.

Training keeps them (`models.training.step_trace`) for a run's first step and for one from where it
stands at its end, on the same batch. The browser side is `training_step.js`.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.components.shared import assets
from dashboard.runs import buffers
from dashboard.runs.run_view import RunView
from dashboard.session import appearance
from dashboard.text.i18n import _, mark, translate
from models.data import datasets

VERSION = 1
"""Of what the browser is sent; `training_step.js` refuses another."""

STEPS = {"first": mark("the first step"), "last": mark("one more step at the end")}
NOT_KEPT = mark(
    "The numbers of the first and of the last step are kept when a training ends. "
    "They appear here some seconds later."
)
TEXTS = {
    "stages": {
        "encode": mark("Encode"),
        "sample": mark("Sample"),
        "decode": mark("Decode"),
        "loss": mark("Loss"),
        "gradient": mark("Gradient"),
        "update": mark("Update"),
    },
    "previous": mark("Previous"),
    "next": mark("Next"),
    "play": mark("Play"),
    "pause": mark("Pause"),
    "example": mark("example {number}"),
    "whole": mark(
        "Step {step}, taken on the first {batch} training examples; {count} of them can be "
        "looked at."
    ),
    "input": mark("input"),
    "output": mark("output"),
    "difference": mark("difference"),
    "code": mark("code"),
    "mean": mark("mean"),
    "deviation": mark("deviation"),
    "noise": mark("noise"),
    "dimension": mark("dimension"),
    "variable": mark("weights"),
    "gradientNorm": mark("length of the gradient"),
    "before": mark("before"),
    "gradientColumn": mark("gradient"),
    "change": mark("change"),
    "after": mark("after"),
    "encode": mark(
        "{inputs} numbers go in, {codes} come out: the code of this example. Its largest "
        "number is {largest}, the {place}th."
    ),
    "encodeCloud": mark(
        "{inputs} numbers go in; out come {codes} means and as many deviations: a cloud of "
        "codes. The mean furthest from 0 is {largest}, in dimension {place}."
    ),
    "encodeLinear": mark("Each number of the code is a sum of products, and a shift:"),
    "sample": mark(
        "The code is drawn from the cloud: mean + deviation × noise. Here are the dimensions "
        "whose means are furthest from 0, with the noise that was drawn in this very step."
    ),
    "decode": mark(
        "{codes} numbers go in, {outputs} come out. On average they are {error} away from "
        "the input."
    ),
    "decodeLinear": mark("The same backwards: from the code to a point in space."),
    "loss": mark("The loss is a mean over all {batch} examples of the batch: {sum}."),
    "gradient": mark(
        "Backwards through the network: how much would the loss rise if a weight grew a "
        "little? That is a number for each weight. The longest gradient belongs to {name}."
    ),
    "update": mark(
        "The optimiser makes a step of these gradients and of those before; the learning rate is "
        "{rate} now. On the same batch with the same noise the loss goes from {before} to {after}. "
        "Here are the weights of {name} with the largest gradients."
    ),
    "frozen": mark("The learning rate has fallen to 0, so nothing moves any more."),
    "broken": mark(
        "The numbers did not arrive whole. Reload the page; if this stays, tell the teacher."
    ),
}
"""All words that the browser shows."""

_component = assets.component("slow_motion", "training_step/training_step")


def slow_motion(run_view: RunView) -> None:
    """Draws the steps that a run has kept, stage by stage."""
    name = run_view.recipe.type.name
    steps = {one: step for one in STEPS if (step := run_view.run.step(one))}
    kept = list(steps)
    if not kept:
        st.info(_(NOT_KEPT), icon=":material/slow_motion_video:")
        return
    which = st.segmented_control(
        _("Which step"),
        kept,
        default=kept[0],
        format_func=lambda one: _(STEPS[one]),
        required=True,
        key=f"{name}.slow.{'-'.join(kept)}",
        label_visibility="collapsed",
    )
    arrays, meta = steps[which]
    dataset = datasets.by_name(run_view.recipe.hyperparameters.dataset)
    _component(key=f"{name}.slow", data=packed(arrays, meta, dataset))


def packed(arrays: dict[str, np.ndarray], meta: dict, dataset: datasets.Dataset) -> bytes:
    """What the browser is sent: the arrays of the step and words for them."""
    terms = meta["terms"]
    before = dict(zip(terms, arrays["before"].tolist(), strict=True))
    is_image = len(dataset.shape) > 1
    names = [dataset.label_names[label] for label in arrays["labels"]] if is_image else []
    content = {
        "version": VERSION,
        "texts": translate(TEXTS),
        "shape": list(dataset.shape),
        "isImage": is_image,
        "names": names,
        "scale": appearance.scale(),
        "sum": _sum(before),
        **meta,
    }
    return buffers.with_arrays(arrays, content)


def _sum(terms: dict[str, float]) -> str:
    """How the total is made of the other terms, in numbers."""
    reconstruction, unit = terms.get("reconstruction_nats"), _("nats")
    if reconstruction is None:
        reconstruction, unit = terms["reconstruction_mse"], _("squared error")
    parts = [_number(reconstruction) + f" ({unit})"]
    penalty = terms.get("penalty", 0.0)
    if terms.get("kl_nats"):
        weight = (terms["total"] - reconstruction - penalty) / terms["kl_nats"]
        parts.append(f"{_number(weight)} · {_number(terms['kl_nats'])} ({_('beta times KL')})")
    if penalty:
        parts.append(f"{_number(penalty)} ({_('penalty')})")
    return " + ".join(parts) + (f" = {_number(terms['total'])}" if len(parts) > 1 else "")


def _number(value: float) -> str:
    return f"{value:.4g}"

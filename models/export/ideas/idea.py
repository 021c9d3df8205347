"""What makes one type of autoencoder different, as code for a script of plain Keras."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.layers.spec import Plan

DESCENT = """\
with tf.GradientTape() as tape:
    terms = objective($batch, noise)
optimizer.apply(tape.gradient(terms["total"], variables), variables)"""
"""A training step that is one gradient."""


@dataclass(frozen=True)
class Idea:
    """What makes a type different, as code.

    Attributes:
        prose: What its objective is, in a sentence or two.
        objective: The body of `objective(x, noise)`, or, if it needs them, with `labels`.
        settings: Its constants.
        quoted: Files and names of this repository that the objective needs.
        defined: Further code that it needs.
        imports: What the objective needs to import, as code.
        labels: Whether the objective needs the class of each image.
        networks: Plans of networks beside encoder and decoder, by name.
        initializers: Those of single layers, where they differ from the others'.
        activations: Likewise, where they differ from the plan's.
        learned: Variables that are trained beside the weights of the two halves, as code.
        descent: How a training step changes the weights, once `noise` is drawn.
        stages: What happens in each stage of the training, where it has several; what they learn
            from, make small and change is then given by `of_stage(stage)` in `defined`.
    """

    prose: str
    objective: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    quoted: Sequence[tuple[str, ...]] = ()
    defined: str = ""
    imports: str = ""
    labels: bool = False
    networks: Mapping[str, Plan] = field(default_factory=dict)
    initializers: Mapping[str, str] = field(default_factory=dict)
    activations: Mapping[str, str] = field(default_factory=dict)
    learned: str = ""
    descent: str = DESCENT
    stages: Sequence[str] = ()

    @property
    def batch(self) -> str:
        """What the functions that work on a batch are given of it."""
        return "x, labels" if self.labels else "x"


def function(head: str, about: str, body: str) -> str:
    """The code of a function; without a docstring where `about` is empty."""
    docstring = f'    """{about}"""\n' if about else ""
    return f"def {head}:\n{docstring}{textwrap.indent(body, '    ')}"


def reconstruction_loss(h: Any, codes: str = "encoder(x)", penalty: str = "") -> str:
    """The body of an objective that is the squared error, and a penalty where there is one."""
    parts = [penalty] if penalty else []
    if getattr(h, "l2", 0):
        parts.append("L2 * squared_weights()")
    lines = [f"codes = {codes}", "error = tf.reduce_mean(tf.square(x - decoder(codes)))"]
    if not parts:
        return "\n".join([*lines, 'return {"reconstruction_mse": error, "total": error}'])
    lines += [
        f"penalty = {' + '.join(parts)}",
        'return {"reconstruction_mse": error, "penalty": penalty, "total": error + penalty}',
    ]
    return "\n".join(lines)


def plain_idea(h: Any) -> Idea:
    """The squared error and nothing else."""
    return Idea(
        "What training makes small: the mean squared error of all numbers that the decoder gives "
        "back.",
        reconstruction_loss(h),
    )

"""One training step, told in all its numbers, for the page that shows it in slow motion."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.training.compiled_model import CompiledModel

EXAMPLES = 6
"""Examples of a batch that are followed through a step."""

ENTRIES = 6
"""Entries of each variable whose change by that step is told: all of the article's linear W."""

Story = dict[str, tf.Tensor]


def record_steps(
    compiled: CompiledModel, recipe: Recipe, run: Run, x: tf.Tensor, labels: tf.Tensor
) -> None:
    """Stores two steps on the same batch: the run's first, and one from where it stands.

    It leaves weights behind that nobody needs any more. Not as a graph: to trace one for two
    steps takes a second, in which a stopped run would still count as running.
    """
    _record(compiled, run, "last", x, labels)
    if not (recipe.parent or run.step("first")):
        compiled.restart(recipe)
        _record(compiled, run, "first", x, labels)


def _record(compiled: CompiledModel, run: Run, name: str, x: tf.Tensor, labels: tf.Tensor) -> None:
    model, variables = compiled.model, compiled.model.stage_variables
    about = {
        "step": compiled.step,
        "learning_rate": float(compiled.schedule(compiled.step)),
        "batch_size": len(x),
        "terms": model.term_names,
        "variables": [variable.path for variable in variables],
        "shapes": [list(variable.shape) for variable in variables],
    }
    story = {one: np.asarray(array) for one, array in trace_step(model, x, labels).items()}
    if all(np.isfinite(array).all() for array in story.values()):
        run.save_step(name, story, about)


def trace_step(model: Autoencoder, x: tf.Tensor, labels: tf.Tensor) -> Story:
    """Takes one optimiser step on one batch, as `training_step`, and tells all about it.

    Args:
        model: With its optimiser.
        x: Inputs as they are, not as `prepare` makes them, float32 [batch, input_dim].
        labels: Class of each, int32 [batch].

    Returns:
        "inputs", as `augment` makes them, and what `flow` gives, of the first EXAMPLES; "labels"
        of these; what `trace_weights` gives; "before" and "after" the step, the `term_names` of the
        objective of this batch with the same noise, [terms]; "gradient_norms" and "change_norms" of
        the `stage_variables`; and what `_largest` gives of each of them.
    """
    noise = model.step_noise()
    x = model.augment(x, noise)
    with tf.GradientTape(persistent=True) as tape:
        before = model.objective(x, labels, noise)
    told = {"inputs": x} | model.flow(x, labels, noise) | {"labels": labels}
    story = {name: array[:EXAMPLES] for name, array in told.items()} | model.trace_weights()
    variables, gradients = model.stage_variables, model.gradients(tape, before)
    values = [tf.identity(variable) for variable in variables]
    model.apply_gradients(gradients)
    changed = [tf.identity(variable) for variable in variables]
    for name, terms in (("before", before), ("after", model.objective(x, labels, noise))):
        story[name] = tf.stack([terms[term] for term in model.term_names])
    story["gradient_norms"] = tf.stack([tf.norm(gradient) for gradient in gradients])
    changes = zip(changed, values, strict=True)
    story["change_norms"] = tf.stack([tf.norm(new - old) for new, old in changes])
    for index, parts in enumerate(zip(gradients, values, changed, strict=True)):
        story |= {f"{name}/{index}": part for name, part in _largest(*parts).items()}
    return story


def _largest(gradient: tf.Tensor, values: tf.Tensor, changed: tf.Tensor) -> Story:
    """Of the ENTRIES of a variable with the largest gradient: "places", "values", "gradients" and
    "changed", what they are after the step; each [k]."""
    flat = tf.reshape(gradient, [-1])
    places = tf.math.top_k(tf.abs(flat), min(ENTRIES, flat.shape[0])).indices
    parts = {"values": values, "gradients": gradient, "changed": changed}
    return {"places": places} | {
        name: tf.gather(tf.reshape(part, [-1]), places) for name, part in parts.items()
    }

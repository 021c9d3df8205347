"""The part of a script that trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

from models.export.cell import Cell, quote_sources, write_assignments
from models.export.ideas.idea import Idea, function
from models.export.network_code import gains_from_xla
from models.runs.recipe import Recipe

OPTIMIZERS = {
    "adam": "Adam({options})",
    "nadam": "Nadam({options})",
    "sgd": "SGD({options}, momentum=0.9)",
    "rmsprop": "RMSprop({options})",
}

LINES_SHOWN = 10
"""Lines that a script prints at most, or nearly so, while it trains."""


@dataclass(frozen=True)
class Part:
    """A stretch of a training in which neither its settings nor the layers that learn change.

    Attributes:
        hyperparameters: What holds in it.
        stage: Which of the training's stages it belongs to.
        first: Epochs before it.
        last: Epochs after it.
        horizon: Between which epochs its learning rate falls to zero; None where it is constant.
    """

    hyperparameters: Any
    stage: int
    first: int
    last: int
    horizon: tuple[int, int] | None


def in_one_go(recipe: Recipe) -> bool:
    """Whether a run's training consists of one part, whatever its number of epochs."""
    return recipe.parent is None and len(recipe.hyperparameters.stage_starts) == 1


def parts_of(recipe: Recipe, epochs: int) -> list[Part]:
    """The parts of the first `epochs` epochs of a run: those of the runs that it continues or
    leaves come first, and each stage is one. If it was stopped before its own first epoch, its
    part is empty."""
    parent, h, first = recipe.parent, recipe.hyperparameters, recipe.first_epoch
    own = []
    for stage in range(len(h.stage_starts)):
        start, end = recipe.stage_horizon(stage)
        if start < min(end, epochs):
            horizon = (start, end) if recipe.has_horizon else None
            own.append(Part(h, stage, start, min(end, epochs), horizon))
    earlier = parts_of(parent, first) if parent else []
    return earlier + (own or [Part(h, h.stage_after(first), first, first, None)])


_SQUARED_WEIGHTS = '''\
def squared_weights():
    """The sum of all squared weights of the two halves; shifts (biases) do not count."""
    trained = encoder.trainable_variables + decoder.trainable_variables
    kernels = [variable for variable in trained if variable.name.endswith("kernel")]
    return tf.add_n([tf.reduce_sum(tf.square(kernel)) for kernel in kernels])'''


_SHIFT = ("models/autoencoders/base/augmentation.py", "shift_images")


def write_objective(h: Any, idea: Idea) -> str:
    """The code of the loss, with weight decay where there is any."""
    quoted = quote_sources([*idea.quoted, *([_SHIFT] if h.shift else [])])
    parts = [part for part in (idea.imports, quoted, idea.defined) if part]
    parts += [_SQUARED_WEIGHTS] if getattr(h, "l2", 0) else []
    about = 'The terms of the loss of a batch, by name; "total" is what training makes small.'
    parts.append(function(f"objective({idea.batch}, noise)", about, idea.objective))
    text = "\n\n\n".join(parts)
    return f"{text}\n\n\nvariables += {idea.learned}" if idea.learned else text


_OPTIMIZER = Template("""\
STEPS = NUM_TRAIN // BATCH_SIZE  # per epoch; what is left of an epoch is dropped$before
optimizer = keras.optimizers.$optimizer
optimizer.build(variables)
images = tf.constant(train)""")

_STEP = Template("""\
@tf.function$xla
def train_step($batch):
    noise = Noise(SEED, optimizer.iterations)
    $body
    return terms["total"]""")

_EPOCHS = Template("""\
for epoch in range($epochs):
    order = $order
    for step in range(STEPS):
        rows = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
        loss = train_step($batch)
    $shown""")


def _optimizer(h: Any, idea: Idea, rate: str, before: str = "") -> str:
    """The code that makes it, with a learning rate that comes from the line `before`."""
    options = f"{rate}, global_clipnorm={h.clip_norm}" if h.clip_norm else rate
    optimizer = OPTIMIZERS[h.optimizer].format(options=options)
    code = _OPTIMIZER.substitute(optimizer=optimizer, before=before)
    return f"{code}\nclasses = tf.constant(train_labels)" if idea.labels else code


def _step(h: Any, idea: Idea) -> str:
    descent = Template(idea.descent).substitute(batch=idea.batch)
    xla = "(jit_compile=True)" if gains_from_xla(h) else ""
    body = "\n".join([*_augmentation(h, idea), descent]).replace("\n", "\n    ")
    return _STEP.substitute(xla=xla, batch=idea.batch, body=body)


def _augmentation(h: Any, idea: Idea) -> list[str]:
    """The line of a training step that moves its images, where they move."""
    if not h.shift:
        return []
    line = f"x = shift_images(x, {h.image_shape}, SHIFT, noise)"
    # Layers that are trained alone may learn from codes.
    return [f"if inputs is images:\n    {line}" if idea.stages else line]


def _epochs(h: Any, idea: Idea, epochs: str, inputs: str, pace: int) -> str:
    """The loop over some epochs.

    Args:
        h: The hyperparameters.
        idea: The type's.
        epochs: What `range` is given.
        inputs: The name of what is learned from.
        pace: After how many epochs the loss is printed.
    """
    shuffled = 'Noise(SEED, epoch).permutation("order", NUM_TRAIN)'
    batch = [inputs, *(["classes"] if idea.labels else [])]
    return _EPOCHS.substitute(
        epochs=epochs,
        order="tf.range(NUM_TRAIN)" if _sees_all(h) else shuffled,
        batch=", ".join(f"tf.gather({name}, rows)" for name in batch),
        shown=_shown(pace),
    )


def _sees_all(h: Any) -> bool:
    return h.effective_batch_size == h.num_examples


def _how(h: Any) -> str:
    if _sees_all(h):
        return "Training: every step sees the whole training set."
    return "Training: each epoch has an order of its own, and each step sees one batch of it."


def write_training(recipe: Recipe, result: Mapping[str, Any], idea: Idea) -> list[Cell]:
    """The cell of a training `in_one_go`."""
    h, done = recipe.hyperparameters, result["epochs"]
    epochs = "STOPPED_AFTER" if recipe.has_horizon and done < h.epochs else "EPOCHS"
    rate = "LEARNING_RATE"
    if recipe.has_horizon:
        rate = "keras.optimizers.schedules.CosineDecay(LEARNING_RATE, EPOCHS * STEPS)"
    parts = [
        _optimizer(h, idea, "learning_rate", f"\nlearning_rate = {rate}"),
        _step(h, idea),
        _epochs(h, idea, epochs, "images", done // LINES_SHOWN),
    ]
    return [Cell(_how(h), "\n\n\n".join(parts))]


_CONSTANT = '''\
def constant(epoch):
    """The learning rate after so many epochs, and parts of one, where it is always the same."""
    return LEARNING_RATE'''

_FALLING = '''\
def falling(first, last):
    """The learning rate where it falls to zero between two epochs, like a cosine."""

    def rate(epoch):
        passed = (epoch - first) / (last - first)
        return LEARNING_RATE * (1 + math.cos(math.pi * passed)) / 2

    return rate'''


def train_in_parts(parts: Sequence[Part], idea_of: Callable[[Any], Idea]) -> list[Cell]:
    """The cells of a training that is not `in_one_go`."""
    h, idea = parts[0].hyperparameters, idea_of(parts[0].hyperparameters)
    inputs = "inputs" if idea.stages else "images"
    loop = _epochs(h, idea, "first, last", inputs, parts[-1].last // LINES_SHOWN)
    rate = "        optimizer.learning_rate = rate(epoch + step / STEPS)\n"
    loop = loop.replace("        rows =", f"{rate}        rows =")
    given = ", inputs, objective, variables" if idea.stages else ""
    about = "Trains from one epoch to another, with the settings of the moment."
    step = f"\n{_step(h, idea)}\n\n{loop}"
    train = function(f"train_epochs(first, last, rate{given})", about, step)
    rates = dict.fromkeys(_FALLING if part.horizon else _CONSTANT for part in parts)
    used = "\n\n\n".join([_optimizer(h, idea, "LEARNING_RATE"), *rates, train])
    prose = f"{_how(h)} It has parts, for each of which the step is compiled anew."
    cells, settings = [Cell(prose, used)], changeable_settings(h, idea)
    for part in parts:
        now = changeable_settings(part.hyperparameters, idea_of(part.hyperparameters))
        new = {name: value for name, value in now.items() if value != settings[name]}
        cells.append(_part(part, idea, new))
        settings = now
    return cells


def _part(part: Part, idea: Idea, new: Mapping[str, Any]) -> Cell:
    """The cell of a part of a training, which begins with new values of some settings."""
    rate = f"falling{part.horizon}" if part.horizon else "constant"
    stage = f", *of_stage({part.stage})" if idea.stages else ""
    call = f"train_epochs({part.first}, {part.last}, {rate}{stage})"
    first, last = part.first + 1, part.last
    prose = f"Epochs {first} to {last}" if first < last else f"Epoch {last}"
    prose += f": {idea.stages[part.stage]}." if idea.stages else "."
    return Cell(prose, "\n".join([*([write_assignments(new)] if new else []), call]))


def _shown(pace: int) -> str:
    """Code that prints the loss after every so many epochs."""
    line = 'print(f"epoch {epoch + 1}: loss of the last batch {float(loss):.5g}")'
    return f"if (epoch + 1) % {pace} == 0:\n        {line}" if pace > 1 else line


def changeable_settings(h: Any, idea: Idea) -> Mapping[str, Any]:
    """The settings that a later part of a training may change, and more."""
    return {"LEARNING_RATE": h.learning_rate, **idea.settings}

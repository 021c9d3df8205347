"""Networks, given as plans of layers, as code of plain Keras, for `models.export.scripts`.

Every layer's first weights are drawn with a seed of its own, as `Autoencoder.initialize` does it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from string import Template
from typing import Any

from models.export.cell import quote_sources
from models.export.ideas.idea import Idea
from models.export.source import source_of
from models.layers.spec import CELLS, Layer, Plan

INITIALIZERS = {
    "he_normal": "HeNormal",
    "he_uniform": "HeUniform",
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "lecun_normal": "LecunNormal",
}

_DENSE = Template('''\
def dense(units, activation, name, initializer=keras.initializers.$initializer):
    """A dense layer; a seed of its own determines its first weights."""
    seed = seed_for(SEED, f"{name}/kernel")
    return keras.layers.Dense(
        units, activation=activation, name=name, kernel_initializer=initializer(seed=seed)
    )''')

_CONVOLUTION = Template('''\
def convolution(kind, filters, size, strides, activation, name):
    """A convolution, or a transposed one; a seed of its own determines its first weights."""
    seed = seed_for(SEED, f"{name}/kernel")
    return kind(
        filters,
        size,
        strides=strides,
        padding="same",
        activation=activation,
        name=name,
        kernel_initializer=keras.initializers.$initializer(seed=seed),
    )''')

_RECURRENT = Template('''\
def recurrent(kind, units, name, return_sequences):
    """A recurrent layer; seeds of its own determine its first weights."""
    from_input, from_state = (seed_for(SEED, f"{name}/{part}kernel") for part in ("", "recurrent_"))
    return kind(
        units,
        return_sequences=return_sequences,
        name=name,
        kernel_initializer=keras.initializers.$initializer(seed=from_input),
        recurrent_initializer=keras.initializers.Orthogonal(seed=from_state),
    )''')

_CODEBOOK = Template("""\
$layer


codebook = Codebook(NUM_ENTRIES, EMBEDDING_DIM, learns_by_loss=$learns, name="codebook")
codebook.codebook_initializer.seed = seed_for(SEED, "codebook/codebook")""")

_CLASSES = {
    "conv2d": "Conv2D",
    "conv2d_transpose": "Conv2DTranspose",
    "max_pooling": "MaxPooling2D",
    "average_pooling": "AveragePooling2D",
    "simple_rnn": "SimpleRNN",
    "gru": "GRU",
    "lstm": "LSTM",
}


def gains_from_xla(h: Any) -> bool:
    """Whether XLA makes a step faster: it compiles dense layers well, and convolutions and loops
    for processors badly. As `compiles_with_xla` of the types."""
    return not any(layer.kind in ("conv2d", *CELLS) for layer in h.encoder_plan)


def network_code(h: Any, idea: Idea) -> str:
    """The code of a run's encoder and decoder, and of what networks its idea has beside them,
    given its hyperparameters; `variables` are those of the two halves."""
    plans = {"encoder": h.encoder_plan, "decoder": h.decoder_plan, **idea.networks}
    networks = [_network(name, plan, idea, h.initializer) for name, plan in plans.items()]
    networks.append("\n".join(f"{name}.summary()" for name in plans))
    if any(layer.kind == "quantize" for layer in h.encoder_plan):
        networks.append("codebook.forget()  # its moving averages begin at zero")
    networks.append("variables = [*encoder.trainable_variables, *decoder.trainable_variables]")
    return "\n\n\n".join([*_helpers(h, plans.values()), "\n".join(networks)])


def _helpers(h: Any, plans: Iterable[Plan]) -> list[str]:
    """What the calls that make the layers need."""
    layers = [layer for plan in plans for layer in plan]
    kinds = {layer.kind for layer in layers}
    makers = {"dense": _DENSE, "step_dense": _DENSE, "conv2d": _CONVOLUTION}
    makers |= dict.fromkeys(CELLS, _RECURRENT)
    used = dict.fromkeys(makers[layer.kind] for layer in layers if layer.kind in makers)
    parts = [maker.substitute(initializer=INITIALIZERS[h.initializer]) for maker in used]
    if "reverse" in kinds:
        parts.append(source_of("models/layers/keras_builder.py", "Reverse"))
    if "quantize" in kinds:
        file = "models/autoencoders/vector_quantized/model.py"
        layer = quote_sources([(file, "LEAST_USE", "Codebook")])
        parts.append(_CODEBOOK.substitute(layer=layer, learns=h.codebook_update == "loss"))
    if any(layer.tied_to for layer in layers):
        parts.append(source_of("models/autoencoders/tied/model.py", "TransposedDense"))
    return parts


def _network(name: str, plan: Plan, idea: Idea, initializer: str) -> str:
    inputs = math.prod(plan[0].settings.get("shape") or plan[0].weight_shapes[0][:1])
    calls = [f"keras.Input(({inputs},))", *(_layer(layer, idea, initializer) for layer in plan)]
    lines = "\n".join(f"        {call}," for call in calls)
    return f'{name} = keras.Sequential(\n    [\n{lines}\n    ],\n    name="{name}",\n)'


def _layer(layer: Layer, idea: Idea, initializer: str) -> str:
    """The call that makes a layer, where `initializer` is that of most."""
    activation = idea.activations.get(layer.name, layer.activation)
    layer = dataclasses.replace(layer, activation=activation)
    if layer.tied_to:
        twin = f'encoder.get_layer("{layer.tied_to}")'
        return f'TransposedDense({twin}, {layer.output[0]}, "{activation}", name="{layer.name}")'
    other = idea.initializers.get(layer.name, initializer)
    if other != initializer:
        return f"{_dense(layer)[:-1]}, keras.initializers.{INITIALIZERS[other]})"
    return _CALLS[layer.kind](layer)


def _dense(layer: Layer) -> str:
    return f'dense({layer.output[-1]}, "{layer.activation}", "{layer.name}")'


def _recurrent(layer: Layer) -> str:
    kind, sequences = f"keras.layers.{_CLASSES[layer.kind]}", layer.settings["sequences"]
    return f'recurrent({kind}, {layer.output[-1]}, "{layer.name}", return_sequences={sequences})'


def _convolution(layer: Layer) -> str:
    kind, size = f"keras.layers.{_CLASSES[layer.kind]}", layer.weight_shapes[0][0]
    rest = f'{layer.settings["strides"][0]}, "{layer.activation}", "{layer.name}"'
    return f"convolution({kind}, {layer.output[-1]}, {size}, {rest})"


def _pool(layer: Layer) -> str:
    how = f'{layer.settings["size"]}, padding="{layer.settings["padding"]}", name="{layer.name}"'
    return f"keras.layers.{_CLASSES[layer.kind]}({how})"


def _up_sampling(layer: Layer) -> str:
    how = f'{layer.settings["size"]}, interpolation="{layer.settings["interpolation"]}"'
    return f'keras.layers.UpSampling2D({how}, name="{layer.name}")'


_CALLS: Mapping[str, Callable[[Layer], str]] = {
    "dense": _dense,
    "step_dense": _dense,
    "conv2d": _convolution,
    "conv2d_transpose": _convolution,
    "max_pooling": _pool,
    "average_pooling": _pool,
    "up_sampling": _up_sampling,
    "reshape": lambda layer: f'keras.layers.Reshape({layer.output}, name="{layer.name}")',
    "repeat": lambda layer: (
        f'keras.layers.RepeatVector({layer.settings["steps"]}, name="{layer.name}")'
    ),
    "reverse": lambda layer: f'Reverse(name="{layer.name}")',
    "quantize": lambda layer: "codebook",
    **dict.fromkeys(CELLS, _recurrent),
}

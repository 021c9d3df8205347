"""What makes each type of autoencoder different, as code for a script of plain Keras.

`IDEAS` lists the types that have a script; `scripts` adds what all of them share.
Longer pieces of mathematics are not written again but quoted from the types' own files.
"""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Callable, Mapping, Sequence
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


# What is different about each type


def _reconstruction(h: Any, codes: str = "encoder(x)", penalty: str = "") -> str:
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


def _plain(h: Any) -> Idea:
    return Idea(
        "What training makes small: the mean squared error of all numbers that the decoder gives "
        "back.",
        _reconstruction(h),
    )


def _hashing(h: Any) -> Idea:
    codes = (
        "sums = encoder(x)\n"
        'shift = CODE_NOISE * noise.normal("code", tf.shape(sums))\n'
        "bits = tf.cast(sums > 0.0, tf.float32)\n"
        "# Bits have no slope to learn from; evaluations, at step -1, use them all the same.\n"
        "return tf.where(noise.step < 0, bits, tf.sigmoid(sums + shift))"
    )
    return Idea(
        "The code is made of bits: where the encoder's sums are positive. Training goes through a "
        "sigmoid in their place, with noise before it, which only sums far from 0 get through.",
        _reconstruction(h, "training_codes(x, noise)"),
        {"CODE_NOISE": h.code_noise},
        defined=function("training_codes(x, noise)", "", codes),
        activations={"code": "linear"},
    )


_CORRUPTIONS = {
    "gaussian": 'return x + STRENGTH * noise.normal("corruption", tf.shape(x))',
    "masking": 'hit = noise.uniform("corruption", tf.shape(x)) < STRENGTH\n'
    "return tf.where(hit, 0.0, x)",
    "salt_and_pepper": 'draws = noise.uniform("corruption", tf.shape(x))\n'
    "x = tf.where(draws < STRENGTH / 2, 0.0, x)\n"
    "return tf.where(draws >= 1 - STRENGTH / 2, 1.0, x)",
}


def _denoising(h: Any) -> Idea:
    return Idea(
        "The encoder is shown the images with noise; the error is measured against the images "
        "without it.",
        _reconstruction(h, "encoder(corrupt(x, noise))"),
        {"STRENGTH": h.noise_level},
        defined=function("corrupt(x, noise)", "", _CORRUPTIONS[h.corruption]),
    )


def _sparse(h: Any) -> Idea:
    by_l1 = h.sparsity == "l1"
    cost = "return tf.reduce_mean(tf.abs(codes))"
    if not by_l1:
        cost = (
            "activity = tf.reduce_mean(codes, axis=0)\n"
            "return tf.reduce_mean(bernoulli_kl(ACTIVITY_TARGET, activity))"
        )
    target = {} if by_l1 else {"ACTIVITY_TARGET": h.activity_target}
    return Idea(
        "Beside the squared error, activity costs: every unit's in proportion to its size."
        if by_l1
        else "Beside the squared error, each unit's mean activity is pulled towards a target.",
        _reconstruction(h, penalty="SPARSITY_WEIGHT * sparsity_cost(codes)"),
        {"SPARSITY_WEIGHT": h.sparsity_weight} | target,
        ()
        if by_l1
        else [("models/autoencoders/sparse/model.py", "LEAST_ACTIVITY", "bernoulli_kl")],
        function("sparsity_cost(codes)", "", cost),
    )


def _contractive(h: Any) -> Idea:
    penalty = "CONTRACTION * tf.reduce_mean(squared_jacobian(encoder.layers, x)) / INPUT_DIM"
    return Idea(
        "Beside the squared error, the squared slopes of the code with respect to the pixels "
        "count: the Jacobian, layer by layer with the chain rule.",
        _reconstruction(h, penalty=penalty),
        {"CONTRACTION": h.contraction, "INPUT_DIM": h.input_dim},
        [("models/autoencoders/contractive/model.py", "jacobian_chain", "squared_jacobian")],
    )


_LIKELIHOODS = {
    "bernoulli": (
        "nats, picture = tf.reduce_mean(bernoulli_nats(x, output)), tf.sigmoid(output)",
        ("bernoulli_nats",),
    ),
    "gaussian": (
        "nats, picture = tf.reduce_mean(gaussian_nats(x, output, log_noise_variance)), output",
        ("gaussian_nats",),
    ),
}


def _latent_gaussian(h: Any, told: str) -> Idea:
    """What variational autoencoders share; `told` is the code that makes what a half is given of
    `{}`, numbers."""
    likelihood, quoted = _LIKELIHOODS[h.likelihood]
    by_sigma, is_gaussian = h.parametrization == "sigma", h.likelihood == "gaussian"
    split = f"mean, log_variance = tf.split(encoder({told.format('x')}), 2, axis=-1)"
    if by_sigma:
        split = split.replace("log_variance", "sigma") + "\nlog_variance = log_variance_of(sigma)"
    lines = [
        split,
        "# A sample of the posterior: the noise is drawn, mean and deviation are learned.",
        'draws = noise.normal("posterior", tf.shape(mean))',
        "codes = mean + tf.exp(0.5 * log_variance) * draws",
        f"output = decoder({told.format('codes')})",
        likelihood,
        "kl = tf.reduce_mean(tf.reduce_sum(gaussian_kl(mean, log_variance), axis=-1))",
        "loss = nats + kl_weight(noise.step) * kl",
        "terms = {",
        '    "reconstruction_mse": tf.reduce_mean(tf.square(x - picture)),',
        '    "reconstruction_nats": nats,',
        '    "kl_nats": kl,',
        "}",
    ]
    if h.l2:
        lines += ['terms["penalty"] = L2 * squared_weights()', 'loss += terms["penalty"]']
    names = ["gaussian_kl", *quoted] + (["LEAST_VARIANCE", "log_variance_of"] * by_sigma)
    first_variance = "log_noise_variance = tf.Variable(FIRST_LOG_NOISE_VARIANCE)\n\n"
    return Idea(
        "The negative evidence lower bound, in nats per image: how badly a sampled code rebuilds "
        "the image, plus the KL divergence of the codes from the prior.",
        "\n".join([*lines, 'return terms | {"total": loss}']),
        {"BETA": h.beta, "KL_WARMUP_STEPS": h.kl_warmup_epochs * h.steps_per_epoch},
        [
            (
                "models/autoencoders/base/latent_gaussian.py",
                *(["FIRST_LOG_NOISE_VARIANCE"] * is_gaussian),
                *names,
            )
        ],
        (first_variance if is_gaussian else "") + _KL_WEIGHT,
        initializers={"posterior": "lecun_normal", "output": "lecun_normal"},
        activations={"output": "linear"},  # logits or means: the likelihood does the rest
        learned="[log_noise_variance]" if is_gaussian else "",
    )


_KL_WEIGHT = '''\
def kl_weight(step):
    """BETA, to which it rises during the warm-up; evaluations, at step -1, use the full one."""
    step = tf.cast(step, tf.float32)
    warm = tf.minimum(1.0, (step + 1.0) / max(KL_WARMUP_STEPS, 1))
    return BETA * tf.where(step < 0.0, 1.0, warm)'''


def _variational(h: Any) -> Idea:
    return _latent_gaussian(h, "{}")


_TOLD = '''\


def told(numbers, labels):
    """What the two halves are given: numbers, and behind them the class, one-hot."""
    return tf.concat([numbers, tf.one_hot(labels, NUM_CLASSES)], axis=-1)'''


def _conditional(h: Any) -> Idea:
    idea = _latent_gaussian(h, "told({}, labels)")
    return dataclasses.replace(
        idea,
        prose=f"{idea.prose} Both halves are told the class, so that the code need not say it.",
        settings={"NUM_CLASSES": h.num_classes, **idea.settings},
        defined=idea.defined + _TOLD,
        labels=True,
    )


_QUANTIZING = '''\
def vectors(x):
    """What the encoder says of each place, before an entry of the codebook stands for it."""
    for layer in encoder.layers[:-1]:
        x = layer(x)
    return tf.reshape(x, (-1, EMBEDDING_DIM))


def loss_terms(x, z, choices):
    """The terms of the loss, given the vectors and which entries are nearest."""
    entries = tf.matmul(choices, codebook.codebook)
    # The choice has no slope: the encoder's vectors get the gradient of what the decoder is given.
    straight_through = z + tf.stop_gradient(entries - z)
    output = decoder(tf.reshape(straight_through, (tf.shape(x)[0], -1)))
    error = tf.reduce_mean(tf.square(x - output))
    commitment = tf.reduce_mean(tf.square(z - tf.stop_gradient(entries)))
'''

_QUANTIZED = {
    "ema": """\
    total = error + COMMITMENT * commitment
    return {"reconstruction_mse": error, "commitment_loss": commitment, "total": total}""",
    "loss": """\
    book = tf.reduce_mean(tf.square(tf.stop_gradient(z) - entries))
    total = error + book + COMMITMENT * commitment
    terms = {"reconstruction_mse": error, "codebook_loss": book, "commitment_loss": commitment}
    return terms | {"total": total}""",
}


def _vector_quantized(h: Any) -> Idea:
    return Idea(
        "At each place the nearest entry of the codebook takes the vector's place. Beside the "
        "squared error it costs the encoder when its vectors lie far from the entries; the "
        "codebook learns after each step, from the same vectors.",
        "z = vectors(x)\nreturn loss_terms(x, z, codebook.choices(z))",
        {"NUM_ENTRIES": h.num_embeddings, "EMBEDDING_DIM": h.embedding_dim}
        | {"COMMITMENT": h.commitment, "DECAY": h.decay, "REVIVAL": h.dead_code_threshold},
        defined=_QUANTIZING + _QUANTIZED[h.codebook_update],
        descent="""\
with tf.GradientTape() as tape:
    z = vectors(x)
    choices = codebook.choices(z)
    terms = loss_terms(x, z, choices)
optimizer.apply(tape.gradient(terms["total"], variables), variables)
codebook.learn(z, choices, DECAY, REVIVAL, noise)""",
    )


_ALONE = '''\
def before(stage, x):
    """What the layers that have learned before a stage make of the images."""
    for layer in encoder.layers[:stage]:
        x = layer(x)
    return x


def alone(stage):
    """The objective of the layer that learns alone in a stage: with its mirror, it is an
    autoencoder of what the layers before it give."""
    layer, mirror = encoder.layers[stage], decoder.layers[-1 - stage]

    def objective(x, noise):
        error = tf.reduce_mean(tf.square(x - mirror(layer(x))))
        $terms

    return objective


def of_stage(stage):
    """What a stage learns from, what it makes small, and the weights that it changes."""
    if stage == len(encoder.layers):
        return images, objective, variables
    layer, mirror = encoder.layers[stage], decoder.layers[-1 - stage]
    trained = layer.trainable_variables + mirror.trainable_variables
    return before(stage, images), alone(stage), trained'''


def _tied(h: Any) -> Idea:
    if h.mode == "joint":
        return _plain(h)
    terms = 'return {"total": error}'
    if h.l2:
        terms = (
            "penalty = L2 * squared_weights()\n"
            '        return {"penalty": penalty, "total": error + penalty}'
        )
    idea, count = _plain(h), len(h.encoder_plan)
    return dataclasses.replace(
        idea,
        prose=f"{idea.prose} First each layer learns alone, with its mirror: the two are an "
        "autoencoder of what the layers before them give.",
        defined=_ALONE.replace("$terms", terms),
        stages=(
            *(f"layer {number} of {count} learns alone" for number in range(1, count + 1)),
            "all layers learn together",
        ),
    )


_JUDGED = {
    "unused": '''\
def judged(codes):
    """How sure the discriminator is that these are draws of the prior: logits [batch]."""
    return discriminator(codes)[:, 0]''',
    "discriminator": '''\
def judged(codes, labels):
    """How sure the discriminator is that these, of these classes, are draws of the prior."""
    return discriminator(tf.concat([codes, tf.one_hot(labels, NUM_PARTS)], axis=1))[:, 0]''',
}

_PRIOR_DRAWS = '''\
def prior_draws(noise, parts):
    """Draws of these parts of the prior."""
    shape = (tf.shape(parts)[0], LATENT_DIM)
    places, normals = noise.uniform("prior/place", shape[:1]), noise.normal("prior", shape)
    return shaped(PRIOR, tf.cast(parts, tf.float32), places, normals, NUM_PARTS, tnp)'''


def _adversarial(h: Any) -> Idea:
    told, (*hidden, _) = h.labels != "unused", h.discriminator_plan
    name = "judge" if told else "judged"
    judge = ["def judge(points):", "    return judged(points, labels)", ""] if told else []
    parts = 'tf.cast(NUM_PARTS * noise.uniform("prior/part", tf.shape(x)[:1]), tf.int32)'
    lines = [
        *judge,
        "codes = encoder(x)",
        "error = tf.reduce_mean(tf.square(x - decoder(codes)))",
        f"deceit = cross_entropy({name}(codes), is_prior=True)",
        'terms = {"reconstruction_mse": error, "generator_loss": deceit}',
        f"draws = prior_draws(noise, {'labels' if told else parts})",
        f"terms |= discrimination({name}, draws, tf.stop_gradient(codes))",
        "total = error + ADVERSARIAL_WEIGHT * deceit",
    ]
    if h.l2:
        lines += ['terms["penalty"] = L2 * squared_weights()', 'total += terms["penalty"]']
    constants = ("KINDS", "PETAL_DISTANCE", "ROLL_START")
    return Idea(
        "A second network, the discriminator, learns to tell codes from draws of the prior; beside "
        "the squared error it costs the autoencoder when it is found out.",
        "\n".join([*lines, 'return terms | {"total": total}']),
        {
            "LATENT_DIM": h.latent_dim,
            "PRIOR": h.prior,
            "NUM_PARTS": h.num_parts,
            "ADVERSARIAL_WEIGHT": h.adversarial_weight,
            "GRADIENT_PENALTY": h.gradient_penalty,
            "DISCRIMINATOR_RATE": h.discriminator_rate,
        },
        [
            ("models/autoencoders/adversarial/priors.py", *constants, "shaped"),
            ("models/autoencoders/adversarial/model.py", "cross_entropy", "discrimination"),
        ],
        f"{_PRIOR_DRAWS}\n\n\n{_JUDGED[h.labels]}",
        "from typing import Any\n\nimport tensorflow.experimental.numpy as tnp",
        labels=told,
        networks={"discriminator": h.discriminator_plan},
        initializers=dict.fromkeys([layer.name for layer in hidden], "he_normal")
        | {"logit": "lecun_normal"},
        learned="discriminator.trainable_variables",
        descent="""\
with tf.GradientTape(persistent=True) as tape:
    terms = objective($batch, noise)
    own = terms["discriminator_loss"] + 0.5 * GRADIENT_PENALTY * terms["gradient_penalty"]
# Two opponents take their step at once: each descends along its own loss.
halves = encoder.trainable_variables + decoder.trainable_variables
opponent = discriminator.trainable_variables
gradients = tape.gradient(terms["total"], halves) + tape.gradient(own, opponent)
old = [tf.identity(variable) for variable in opponent]
optimizer.apply(gradients, halves + opponent)
for variable, before in zip(opponent, old):
    variable.assign(before + DISCRIMINATOR_RATE * (variable - before))""",
    )


IDEAS: Mapping[str, Callable[[Any], Idea]] = {
    "linear": _plain,
    "stacked": _plain,
    "variational": _variational,
    "denoising": _denoising,
    "sparse": _sparse,
    "contractive": _contractive,
    "convolutional": _plain,
    "tied": _tied,
    "hashing": _hashing,
    "recurrent": _plain,
    "conditional": _conditional,
    "vector_quantized": _vector_quantized,
    "adversarial": _adversarial,
}
"""The types that have a script, each with what makes it different, given the hyperparameters."""

"""The idea of the adversarial autoencoder."""

from __future__ import annotations

from typing import Any

from models.export.ideas.idea import Idea

_JUDGED = {
    "unused": '''\
def discriminate(codes):
    """How sure the discriminator is that these are draws of the prior: logits [batch]."""
    return discriminator(codes)[:, 0]''',
    "discriminator": '''\
def discriminate(codes, labels):
    """How sure the discriminator is that these, of these classes, are draws of the prior."""
    return discriminator(tf.concat([codes, tf.one_hot(labels, NUM_PARTS)], axis=1))[:, 0]''',
}

_PRIOR_DRAWS = '''\
def prior_draws(noise, parts):
    """Draws of these parts of the prior."""
    shape = (tf.shape(parts)[0], LATENT_DIM)
    places, normals = noise.uniform("prior/place", shape[:1]), noise.normal("prior", shape)
    return transform_draws(PRIOR, tf.cast(parts, tf.float32), places, normals, NUM_PARTS, tnp)'''


def adversarial_idea(h: Any) -> Idea:
    """Two opponents, one step of each."""
    told, (*hidden, _) = h.labels != "unused", h.discriminator_plan
    name = "judge" if told else "discriminate"
    judge = ["def judge(points):", "    return discriminate(points, labels)", ""] if told else []
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
            ("models/autoencoders/adversarial/priors.py", *constants, "transform_draws"),
            ("models/autoencoders/adversarial/model.py", "cross_entropy", "discrimination"),
        ],
        f"{_PRIOR_DRAWS}\n\n\n{_JUDGED[h.labels]}",
        "from collections.abc import Callable\nfrom typing import Any\n\n"
        "import tensorflow.experimental.numpy as tnp",
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

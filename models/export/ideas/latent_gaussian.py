"""The ideas of types whose codes are drawn from a Gaussian."""

from __future__ import annotations

import dataclasses
from typing import Any

from models.export.ideas.idea import Idea

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


def variational_idea(h: Any) -> Idea:
    """Codes drawn from a Gaussian, which costs nats."""
    return _latent_gaussian(h, "{}")


_TOLD = '''\


def condition(numbers, labels):
    """What the two halves are given: numbers, and behind them the class, one-hot."""
    return tf.concat([numbers, tf.one_hot(labels, NUM_CLASSES)], axis=-1)'''


def conditional_idea(h: Any) -> Idea:
    """The same, with the class told to both halves."""
    idea = _latent_gaussian(h, "condition({}, labels)")
    return dataclasses.replace(
        idea,
        prose=f"{idea.prose} Both halves are told the class, so that the code need not say it.",
        settings={"NUM_CLASSES": h.num_classes, **idea.settings},
        defined=idea.defined + _TOLD,
        labels=True,
    )

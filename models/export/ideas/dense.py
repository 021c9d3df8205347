"""The ideas of types with dense layers and a code of plain numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

from models.export.ideas.idea import Idea, function, plain_idea, reconstruction_loss


def hashing_idea(h: Any) -> Idea:
    """A code of bits."""
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
        reconstruction_loss(h, "training_codes(x, noise)"),
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


def denoising_idea(h: Any) -> Idea:
    """Damaged images in, clean ones out."""
    return Idea(
        "The encoder is shown the images with noise; the error is measured against the images "
        "without it.",
        reconstruction_loss(h, "encoder(corrupt(x, noise))"),
        {"STRENGTH": h.noise_level},
        defined=function("corrupt(x, noise)", "", _CORRUPTIONS[h.corruption]),
    )


def sparse_idea(h: Any) -> Idea:
    """Units that rest."""
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
        reconstruction_loss(h, penalty="SPARSITY_WEIGHT * sparsity_cost(codes)"),
        {"SPARSITY_WEIGHT": h.sparsity_weight} | target,
        ()
        if by_l1
        else [("models/autoencoders/sparse/model.py", "LEAST_ACTIVITY", "bernoulli_kl")],
        function("sparsity_cost(codes)", "", cost),
    )


def contractive_idea(h: Any) -> Idea:
    """A code that moves little."""
    penalty = "CONTRACTION * tf.reduce_mean(squared_jacobian(encoder.layers, x)) / INPUT_DIM"
    return Idea(
        "Beside the squared error, the squared slopes of the code with respect to the pixels "
        "count: the Jacobian, layer by layer with the chain rule.",
        reconstruction_loss(h, penalty=penalty),
        {"CONTRACTION": h.contraction, "INPUT_DIM": h.input_dim},
        [("models/autoencoders/contractive/model.py", "jacobian_chain", "squared_jacobian")],
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


def tied_idea(h: Any) -> Idea:
    """A decoder of the encoder's own matrices, trained at once or layer by layer."""
    if h.mode == "joint":
        return plain_idea(h)
    terms = 'return {"total": error}'
    if h.l2:
        terms = (
            "penalty = L2 * squared_weights()\n"
            '        return {"penalty": penalty, "total": error + penalty}'
        )
    idea, count = plain_idea(h), len(h.encoder_plan)
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

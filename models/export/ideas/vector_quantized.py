"""The idea of the vector-quantised autoencoder."""

from __future__ import annotations

from typing import Any

from models.export.ideas.idea import Idea

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


def vector_quantized_idea(h: Any) -> Idea:
    """A code of entries of a codebook."""
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

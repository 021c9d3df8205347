"""The types of autoencoders: for each its hyperparameters, its presets and its model.

Nothing here imports TensorFlow. A new type is one folder and one line here.
"""

from __future__ import annotations

from models.autoencoders.adversarial import hyperparameters as adversarial
from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.conditional import hyperparameters as conditional
from models.autoencoders.contractive import hyperparameters as contractive
from models.autoencoders.convolutional import hyperparameters as convolutional
from models.autoencoders.denoising import hyperparameters as denoising
from models.autoencoders.hashing import hyperparameters as hashing
from models.autoencoders.linear import hyperparameters as linear
from models.autoencoders.recurrent import hyperparameters as recurrent
from models.autoencoders.sparse import hyperparameters as sparse
from models.autoencoders.stacked import hyperparameters as stacked
from models.autoencoders.tied import hyperparameters as tied
from models.autoencoders.variational import hyperparameters as variational
from models.autoencoders.vector_quantized import hyperparameters as vector_quantized

FAMILY: tuple[AutoencoderType, ...] = (
    linear.TYPE,
    stacked.TYPE,
    variational.TYPE,
    conditional.TYPE,
    denoising.TYPE,
    sparse.TYPE,
    contractive.TYPE,
    convolutional.TYPE,
    tied.TYPE,
    vector_quantized.TYPE,
    hashing.TYPE,
    recurrent.TYPE,
    adversarial.TYPE,
)


def by_name(name: str) -> AutoencoderType:
    """The type of that name.

    Raises:
        ValueError: If there is none; the message lists those that there are.
    """
    for one in FAMILY:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in FAMILY)
    raise ValueError(f"{name[:60]!r} is not an autoencoder type. Known are: {known}.")

"""The types that have a script, which adds what all of them share.

Longer pieces of mathematics are not written again but quoted from the types' own files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.export.ideas.adversarial import adversarial_idea
from models.export.ideas.dense import (
    contractive_idea,
    denoising_idea,
    hashing_idea,
    sparse_idea,
    tied_idea,
)
from models.export.ideas.idea import Idea, plain_idea
from models.export.ideas.latent_gaussian import conditional_idea, variational_idea
from models.export.ideas.vector_quantized import vector_quantized_idea

IDEAS: Mapping[str, Callable[[Any], Idea]] = {
    "linear": plain_idea,
    "stacked": plain_idea,
    "variational": variational_idea,
    "denoising": denoising_idea,
    "sparse": sparse_idea,
    "contractive": contractive_idea,
    "convolutional": plain_idea,
    "tied": tied_idea,
    "hashing": hashing_idea,
    "recurrent": plain_idea,
    "conditional": conditional_idea,
    "vector_quantized": vector_quantized_idea,
    "adversarial": adversarial_idea,
}
"""The types that have a script, each with what makes it different, given the hyperparameters."""

"""All claims that have been checked, by the page that makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.claims import (
    applications,
    architectures,
    constrained_codes,
    corruption,
    generative,
    start_here,
)
from dashboard.claims.claim import Claim

CLAIMS: Mapping[str, Sequence[Claim]] = {
    "linear": start_here.LINEAR,
    "stacked": start_here.STACKED,
    "variational": start_here.VARIATIONAL,
    "denoising": corruption.DENOISING,
    "sparse": constrained_codes.SPARSE,
    "contractive": constrained_codes.CONTRACTIVE,
    "convolutional": architectures.CONVOLUTIONAL,
    "adversarial": generative.ADVERSARIAL,
    "seed_comparison": applications.LUCK,
}
"""In the lessons' order."""

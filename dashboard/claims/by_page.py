"""All claims that have been checked, by the page that makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.claims import (
    applications,
    architectures,
    constrained_codes,
    corruption,
    generative,
    quantized,
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
    "tied": constrained_codes.TIED,
    "convolutional": architectures.CONVOLUTIONAL,
    "recurrent": architectures.RECURRENT,
    "vector_quantized": quantized.VECTOR_QUANTIZED,
    "hashing": quantized.HASHING,
    "beta": generative.BETA,
    "conditional": generative.CONDITIONAL,
    "adversarial": generative.ADVERSARIAL,
    "anomaly": applications.ANOMALIES,
    "few_labels": applications.FEW_LABELS,
    "seed_comparison": applications.LUCK,
}
"""In the lessons' order."""

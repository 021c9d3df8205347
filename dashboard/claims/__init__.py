"""What the lessons say of outcomes, and what has to be true of trained runs for it to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.claims import applications, generative, start_here
from dashboard.claims.claim import Claim

CLAIMS: Mapping[str, Sequence[Claim]] = {
    "linear": start_here.LINEAR,
    "stacked": start_here.STACKED,
    "adversarial": generative.ADVERSARIAL,
    "seed_comparison": applications.LUCK,
}
"""All claims by the page that makes them."""

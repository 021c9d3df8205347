"""What the lessons on codes of symbols claim: vector quantisation and hashing."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import HELD_OUT, PCA, Claim, Figure
from dashboard.text.i18n import _

# Vector quantisation

NO_REVIVAL = {"dead_code_threshold": "0"}
SMALL_ALPHABET = {"num_embeddings": "8"}
FINER_GRID = {"filters": "16", "num_embeddings": "4"}
BY_LOSS = {"codebook_update": "loss"}

_vq = partial(Figure, "vector_quantized")
USED, BITS = "diagnostics.used_entries", "diagnostics.bits"

BEATS_PCA = Claim(
    _("On held-out digits the network's error is smaller than that of PCA with as many bits."),
    _vq(HELD_OUT),
    _vq(PCA),
    times=1.05,
)
DEAD = Claim(
    _("Without revival, most of the 128 entries are never chosen."),
    _vq(USED, NO_REVIVAL),
    64.0,
    times=1.1,
)
SMALL_BEATS_PCA = Claim(
    _("The network's error is still smaller than that of PCA with as many bits."),
    _vq(HELD_OUT, SMALL_ALPHABET),
    _vq(PCA, SMALL_ALPHABET),
    times=1.05,
)
SHORT_FORM = Claim(
    _("So an image costs fewer bits than if all signs were equally frequent."),
    _vq(BITS),
    343.0,
    times=1.1,
)
NEARBY = Claim(
    _("most of what then changes in the image lies within two places of it."),
    0.5,
    _vq("change_nearby"),
    times=1.3,
)
VECTOR_QUANTIZED = (BEATS_PCA, DEAD, SMALL_BEATS_PCA, SHORT_FORM, NEARBY)

# Hashing

NO_NOISE = {"code_noise": "0"}
ONE_BYTE = {"latent_dim": "8"}
EIGHT_BYTES = {"latent_dim": "64"}

_hash = partial(Figure, "hashing")
SATURATED = "diagnostics.saturated_share"

ROUNDING_DELETES = Claim(
    _("Without noise, rounding makes the error far larger."),
    1.0,
    _hash("rounding", NO_NOISE),
    times=1.5,
)
WORSE_THAN_PCA = Claim(
    _("Rounded, the network then loses more than PCA with as many bits."),
    _hash(PCA, NO_NOISE),
    _hash(HELD_OUT, NO_NOISE),
    times=1.2,
)
NO_BITS = Claim(
    _("Most activities are neither near 0 nor near 1."),
    _hash(SATURATED, NO_NOISE),
    0.5,
    times=1.3,
)
NEARLY_BITS = Claim(
    _("With noise, rounding costs little."),
    _hash("rounding"),
    1.3,
    times=1.05,
)
TWO_BYTES = Claim(
    _("With two bytes the network's error is smaller than that of PCA with as many bits."),
    _hash(HELD_OUT),
    _hash(PCA),
    times=1.01,
)
PCA_WINS = Claim(
    _("With eight bytes PCA, with as many bits, has the smaller error."),
    _hash(PCA, EIGHT_BYTES),
    _hash(HELD_OUT, EIGHT_BYTES),
    times=1.05,
)
PIXELS_FIND = Claim(
    _("With two bytes, pixels find more images of the same class than bits do."),
    _hash("precision_by_bits"),
    _hash("precision_by_pixels"),
    by=0.03,
)
HASHING = (
    ROUNDING_DELETES, WORSE_THAN_PCA, NO_BITS, NEARLY_BITS, TWO_BYTES, PCA_WINS,
    PIXELS_FIND,
)  # fmt: skip

"""What the lesson on the denoising autoencoder claims."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import HELD_OUT, Claim, Figure
from dashboard.claims.claim import PCA as LINEAR  # here the Wiener filter stands in its place
from dashboard.text.i18n import _

_denoising = partial(Figure, "denoising")

BETTER_THAN_LINEAR = Claim(
    _("The network comes clearly closer to the clean images than the [[Wiener filter]]."),
    _denoising(HELD_OUT),
    _denoising(LINEAR),
    times=1.1,
)
MASKED = {"corruption": "masking"}
GAPS_FILLED = Claim(
    _("The gaps, too, the network fills better than the [[Wiener filter]]."),
    _denoising(HELD_OUT, MASKED),
    _denoising(LINEAR, MASKED),
    times=1.1,
)
SALTED = {"corruption": "salt_and_pepper", "noise_level": "0.3"}
SALT_REPAIRED = Claim(
    _(
        "Salt and pepper, which it has never seen, a network trained on Gaussian noise repairs as "
        "well: most of the damage is gone."
    ),
    _denoising("repaired.salt_and_pepper"),
    _denoising("damaged.salt_and_pepper"),
    times=4.0,
)
MASKING_UNSEEN = Claim(
    _("Masked images it repairs far worse."),
    _denoising("repaired.salt_and_pepper"),
    _denoising("repaired.masking"),
    times=1.5,
)
WIDE = {"latent_dim": "784"}
QUIET = {"noise_level": "0"}
DENOISING = (BETTER_THAN_LINEAR, GAPS_FILLED, SALT_REPAIRED, MASKING_UNSEEN)

"""What the lesson on the denoising autoencoder claims."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import Alike, Claim, Figure
from dashboard.text.i18n import _

HELD_OUT, LINEAR = "held_out.reconstruction_mse", "pca.held_out"

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
SALT_AS_HARD = Alike(
    _("The error is about that with Gaussian noise of strength 0.5."),
    _denoising(HELD_OUT),
    _denoising(HELD_OUT, SALTED),
    times=1.15,
)
SALT_UNSEEN = Alike(
    _(
        "A network that was trained on Gaussian noise repairs salt and pepper nearly as well as "
        "one that was trained on it."
    ),
    _denoising(HELD_OUT, SALTED),
    _denoising("repaired.salt_and_pepper"),
    times=1.35,
)
MASKING_UNSEEN = Claim(
    _("Masked images it repairs far worse than one that was trained on them."),
    _denoising(HELD_OUT, MASKED),
    _denoising("repaired.masking"),
    times=1.5,
)
WIDE = {"latent_dim": "784"}
NO_COPY = Alike(
    _("The error hardly changes with as many numbers in the code as there are pixels."),
    _denoising(HELD_OUT),
    _denoising(HELD_OUT, WIDE),
    times=1.1,
)
QUIET = {"noise_level": "0"}
NOISE_UNSEEN = Claim(
    _("Images with noise it repairs several times worse than the network that has seen noise."),
    _denoising(HELD_OUT),
    _denoising("repaired.gaussian", QUIET),
    times=2.5,
)
DENOISING = (
    BETTER_THAN_LINEAR,
    GAPS_FILLED,
    SALT_AS_HARD,
    SALT_UNSEEN,
    MASKING_UNSEEN,
    NO_COPY,
    NOISE_UNSEEN,
)

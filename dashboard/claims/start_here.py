"""What the lessons on the article's three autoencoders claim."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import Alike, Claim, Figure
from dashboard.text.i18n import _

HELD_OUT, PCA = "held_out.reconstruction_mse", "pca.held_out"

# Linear

_linear = partial(Figure, "linear")

PLANE_OF_PCA = Alike(
    _("After enough steps the training error is that of [[PCA]], whatever the seed."),
    _linear("train.reconstruction_mse"),
    _linear("pca.train"),
    times=1.001,
)
ONE_NUMBER = Claim(
    _("One number per point loses more than two do."),
    _linear(HELD_OUT),
    _linear(HELD_OUT, {"latent_dim": "1"}),
    times=2.0,
)
ROLLED_UP = {"dataset": "swiss_roll", "num_train": "400", "noise": "0.05"}
SHEET_STAYS_ROLLED = Alike(
    _("On the rolled-up sheet PCA does no better, and no worse, than the network."),
    _linear("train.reconstruction_mse", ROLLED_UP),
    _linear("pca.train", ROLLED_UP),
    times=1.01,
)
LINEAR = (PLANE_OF_PCA, ONE_NUMBER, SHEET_STAYS_ROLLED)

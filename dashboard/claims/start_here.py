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
LINE = {"latent_dim": "1"}
ONE_NUMBER = Claim(
    _("With one number per point at least twice as much is lost as with two."),
    _linear(HELD_OUT),
    _linear(HELD_OUT, LINE),
    times=2.0,
)
ROLLED_UP = {"dataset": "swiss_roll", "num_train": "400", "noise": "0.05"}
SHEET_STAYS_ROLLED = Alike(
    _("On the rolled-up sheet [[PCA]] does no better than the network, and no worse."),
    _linear("train.reconstruction_mse", ROLLED_UP),
    _linear("pca.train", ROLLED_UP),
    times=1.01,
)
LARGE_STEPS = {"optimizer": "sgd", "learning_rate": "10"}
FALLS_OVER = Claim(
    _("After a few steps the numbers have run out."),
    _linear("epochs", LARGE_STEPS),
    20.0,
    by=1.0,
)
LINEAR = (PLANE_OF_PCA, ONE_NUMBER, SHEET_STAYS_ROLLED, FALLS_OVER)

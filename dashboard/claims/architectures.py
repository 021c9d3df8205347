"""What the lessons on convolutional and recurrent autoencoders claim."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import HELD_OUT, PCA, Alike, Claim, Figure
from dashboard.text.i18n import _
from models.autoencoders.recurrent.hyperparameters import RecurrentHyperparameters

# Convolutional

_convolutional = partial(Figure, "convolutional")

ONE_PIXEL = {"kernel_size": "1"}
ONE_PIXEL_BLIND = Claim(
    _("The error is larger than that of the same blur, the mean image, for all digits."),
    _convolutional("mean_image", ONE_PIXEL),
    _convolutional(HELD_OUT, ONE_PIXEL),
    times=1.1,
)
ONE_LAYER = {"filters": "16"}
SECOND_LAYER = Claim(
    _("The error rises all the same: the second layer of filters was worth its work."),
    _convolutional(HELD_OUT),
    _convolutional(HELD_OUT, ONE_LAYER),
    times=1.04,
)
FEW_IMAGES = {"num_train": "500"}
FEW_STEPS = Claim(
    _("The error is far above that of [[PCA]]."),
    _convolutional(PCA, FEW_IMAGES),
    _convolutional(HELD_OUT, FEW_IMAGES),
    times=1.2,
)
CONVOLUTIONAL = (ONE_PIXEL_BLIND, SECOND_LAYER, FEW_STEPS)

# Recurrent

_recurrent = partial(Figure, "recurrent")
_DEFAULTS = RecurrentHyperparameters().as_text()

DENSE_IS_BETTER = Claim(
    _("A dense network with as many numbers in the code does far better in as many epochs."),
    Figure("stacked", HELD_OUT, {name: _DEFAULTS[name] for name in ("latent_dim", "epochs")}),
    _recurrent(HELD_OUT),
    times=1.5,
)
PCA_IS_BETTER = Claim(
    _("Even [[PCA]] with as many numbers has the smaller error."),
    _recurrent(PCA),
    _recurrent(HELD_OUT),
    times=1.2,
)
SIMPLE_CELL = {"cell": "simple_rnn"}
GATES_DO_LITTLE = Alike(
    _("The errors of the simple cell and of the GRU differ by less than a third."),
    _recurrent(HELD_OUT),
    _recurrent(HELD_OUT, SIMPLE_CELL),
    times=1.33,
)
RECURRENT = (DENSE_IS_BETTER, PCA_IS_BETTER, GATES_DO_LITTLE)

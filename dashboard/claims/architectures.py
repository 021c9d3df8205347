"""What the lessons on convolutional and recurrent autoencoders claim."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import Claim, Figure
from dashboard.text.i18n import _
from models.autoencoders.convolutional.hyperparameters import ConvolutionalHyperparameters
from models.autoencoders.recurrent.hyperparameters import RecurrentHyperparameters

HELD_OUT, PCA = "held_out.reconstruction_mse", "pca.held_out"


def _dense_twin(h: ConvolutionalHyperparameters | RecurrentHyperparameters) -> Figure:
    """The held-out error of a dense network with as many numbers in the code, in as many epochs."""
    settings = {name: h.as_text()[name] for name in ("latent_dim", "epochs")}
    return Figure("stacked", HELD_OUT, settings)


# Convolutional

_convolutional = partial(Figure, "convolutional")

BETTER_THAN_DENSE = Claim(
    _("With as many numbers in the code, the error is well below that of a dense network."),
    _convolutional(HELD_OUT),
    _dense_twin(ConvolutionalHyperparameters()),
    times=1.2,
)
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
    times=1.08,
)
FEW_IMAGES = {"num_train": "500"}
FEW_STEPS = Claim(
    _("The error is far above that of [[PCA]]."),
    _convolutional(PCA, FEW_IMAGES),
    _convolutional(HELD_OUT, FEW_IMAGES),
    times=1.2,
)
FEW_IMAGES_LONG = FEW_IMAGES | {"epochs": str(8 * ConvolutionalHyperparameters().epochs)}
STEPS_WERE_MISSING = Claim(
    _("Now the network's error is smaller than that of [[PCA]]."),
    _convolutional(HELD_OUT, FEW_IMAGES_LONG),
    _convolutional(PCA, FEW_IMAGES_LONG),
    times=1.1,
)
CONVOLUTIONAL = (BETTER_THAN_DENSE, ONE_PIXEL_BLIND, SECOND_LAYER, FEW_STEPS, STEPS_WERE_MISSING)

# Recurrent

_recurrent = partial(Figure, "recurrent")

DENSE_IS_BETTER = Claim(
    _("A dense network with as many numbers in the code does far better in as many epochs."),
    _dense_twin(RecurrentHyperparameters()),
    _recurrent(HELD_OUT),
    times=1.5,
)
PCA_IS_BETTER = Claim(
    _("Even [[PCA]] with as many numbers has the smaller error."),
    _recurrent(PCA),
    _recurrent(HELD_OUT),
    times=1.2,
)
READ_FIRST = Claim(
    _("What is read first is rebuilt worse than what is read last."),
    _recurrent("lower_half"),
    _recurrent("upper_half"),
    times=1.1,
)
RECURRENT = (DENSE_IS_BETTER, PCA_IS_BETTER, READ_FIRST)

"""What the lessons on sparse, contractive and tied autoencoders claim."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import HELD_OUT, PCA, Alike, Claim, Figure
from dashboard.text.i18n import _
from models.autoencoders.stacked.hyperparameters import StackedHyperparameters
from models.autoencoders.tied.hyperparameters import TiedHyperparameters

# Sparse

_sparse = partial(Figure, "sparse")

FREE = {"sparsity_weight": "0"}
DEAR = {"sparsity_weight": "0.1"}
TOO_DEAR = {"sparsity_weight": "1"}
KL = {"sparsity": "kl", "sparsity_weight": "1", "activity_target": "0.05"}
WEAK_KL = KL | {"sparsity_weight": "0.1"}

USED, ACTIVITY = "diagnostics.used_share", "diagnostics.mean_activity"

USED_UNLESS_PRICED = Claim(
    _("Without a price an image uses several times as many units."),
    _sparse(USED),
    _sparse(USED, FREE),
    times=3.0,
)
RESTING_COSTS = Claim(
    _("The error is clearly smaller: what rests tells nothing of an image."),
    _sparse(HELD_OUT, FREE),
    _sparse(HELD_OUT),
    times=1.5,
)
NOT_MORE_LOCAL = Alike(
    _("What a unit paints is no more gathered in one place with the price than without it."),
    _sparse("window_share"),
    _sparse("window_share", FREE),
    times=1.25,
)
DEAR_COSTS = Claim(
    _("The error is clearly larger."), _sparse(HELD_OUT), _sparse(HELD_OUT, DEAR), times=1.4
)
SAME_BLUR = Alike(
    _("The error is not far from that of the same blur, the mean image, for every digit."),
    _sparse(HELD_OUT, TOO_DEAR),
    _sparse("mean_image", TOO_DEAR),
    times=1.45,
)
NEAR_TARGET = Claim(
    _("The mean activity falls to less than a quarter of what it was before the training."),
    _sparse(ACTIVITY, KL),
    _sparse("untrained.mean_activity", KL),
    times=4.0,
)
WEAK_KL_IS_BETTER = Claim(
    _("With a tenth of the weight on the target the error is far smaller."),
    _sparse(HELD_OUT, WEAK_KL),
    _sparse(HELD_OUT, KL),
    times=1.4,
)
PCA_WINS = Claim(
    _("[[PCA]] with as many numbers as the code has units makes a far smaller error."),
    _sparse(PCA),
    _sparse(HELD_OUT),
    times=2.0,
)
SPARSE = (
    USED_UNLESS_PRICED,
    RESTING_COSTS,
    NOT_MORE_LOCAL,
    DEAR_COSTS,
    SAME_BLUR,
    NEAR_TARGET,
    WEAK_KL_IS_BETTER,
    PCA_WINS,
)

# Contractive

_contractive = partial(Figure, "contractive")

NO_PENALTY = {"contraction": "0"}
HIGH_PENALTY = {"contraction": "1"}
NORM = "diagnostics.jacobian_norm"

STEEPER_BY_ITSELF = Claim(
    _("Without a penalty training makes the encoder steeper than it was at the start."),
    _contractive("untrained.jacobian_norm", NO_PENALTY),
    _contractive(NORM, NO_PENALTY),
    times=1.1,
)
FLATTER = Claim(
    _("With a high price the [[Jacobian]] has less than half the norm that it has without."),
    _contractive(NORM, HIGH_PENALTY),
    _contractive(NORM, NO_PENALTY),
    times=2.0,
)
FLATNESS_COSTS = Claim(
    _("The error rises."),
    _contractive(HELD_OUT, NO_PENALTY),
    _contractive(HELD_OUT, HIGH_PENALTY),
    times=1.15,
)
PCA_IS_AHEAD = Claim(
    _("The price is paid in reconstruction: [[PCA]] with as many numbers is well ahead."),
    _contractive(PCA),
    _contractive(HELD_OUT),
    times=1.4,
)
CONTRACTIVE = (STEEPER_BY_ITSELF, FLATTER, FLATNESS_COSTS, PCA_IS_AHEAD)

# Tied

_tied = partial(Figure, "tied")

GREEDY = {"mode": "greedy"}
_FIVE_LAYERS = {
    "hidden_sizes": "400-200-100-50",
    "latent_dim": "30",
    "shift": "0",
    "initializer": "he_normal",
    "optimizer": "adam",
    "learning_rate": "0.002",
    "epochs": "40",
}
"""As before there were better ways to train: what the activations do is clearest so."""
TANH = _FIVE_LAYERS | {"hidden_activation": "tanh"}
SIGMOID = _FIVE_LAYERS | {"hidden_activation": "sigmoid"}
_FIRST_STEP = SIGMOID | {"epochs": "1"}  # the others come after it and change nothing
GREEDY_SIGMOID = SIGMOID | GREEDY | {"epochs_per_layer": "6"}
NEVER_TOGETHER = SIGMOID | GREEDY | {"epochs_per_layer": "8"}
_UNTIED = {
    name: text
    for name, text in TiedHyperparameters().as_text().items()
    if name in StackedHyperparameters.fields()
}

_SMALL_STEPS = {"learning_rate": "0.002"}
TIE_IS_SLOW = Claim(
    _("At a learning rate of 0.002 the untied twin has the smaller error, by far."),
    Figure("stacked", HELD_OUT, _UNTIED | _SMALL_STEPS),
    _tied(HELD_OUT, _SMALL_STEPS),
    times=1.5,
)
SIGMOIDS_FAIL = Claim(
    _("Blurs: the error is more than twice that of [[PCA]] with as many numbers."),
    _tied(PCA, SIGMOID),
    _tied(HELD_OUT, SIGMOID),
    times=2.0,
)
ALL_THE_SAME = Claim(
    _("In the first step the outputs differ less than a thousandth as much as the images."),
    _tied("first.output_spread", _FIRST_STEP),
    0.001,
    times=5.0,
)
GRADIENT_SHRINKS = Claim(
    _("The innermost matrix gets a gradient less than a hundredth as long as the outermost one's."),
    _tied("first.innermost_gradient", _FIRST_STEP),
    _tied("first.outermost_gradient", _FIRST_STEP),
    times=150.0,
)
GREEDY_SAVES = Claim(
    _("It helps a lot: the error is far smaller, after as many epochs."),
    _tied(HELD_OUT, GREEDY_SIGMOID),
    _tied(HELD_OUT, SIGMOID),
    times=1.5,
)
TOGETHER_IS_BETTER = Claim(
    _("The error is clearly larger than with ten epochs for all layers together."),
    _tied(HELD_OUT, GREEDY_SIGMOID),
    _tied(HELD_OUT, NEVER_TOGETHER),
    times=1.2,
)
TIED = (
    TIE_IS_SLOW,
    SIGMOIDS_FAIL,
    ALL_THE_SAME,
    GRADIENT_SHRINKS,
    GREEDY_SAVES,
    TOGETHER_IS_BETTER,
)

"""What the lessons on anomalies, on few labels and on luck claim."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import HELD_OUT, Alike, Claim, Figure
from dashboard.text.i18n import _

_stacked = partial(Figure, "stacked")

# Anomalies

ANOMALY = {"excluded_classes": "8", "latent_dim": "30"}
"""What the lesson begins with."""


def _detector(measure: str, changes: dict[str, str] | None = None) -> Figure:
    return _stacked(measure, ANOMALY | (changes or {}))


MOSTLY_LARGER = Claim(
    _("Mostly, but not always, an 8 has the larger error."), 0.5, _detector("auc"), by=0.2
)
NO_ONES = {"excluded_classes": "1"}
ONES_HIDE = Claim(
    _("A 1 hides: of a 1 and another digit, mostly the other one has the larger error."),
    _detector("auc", NO_ONES),
    0.5,
    by=0.1,
)
WIDE = {"latent_dim": "784"}
NARROW = {"latent_dim": "5"}
THREE = {"excluded_classes": "0-1-2"}
TWOS_STAND_OUT = Claim(
    _("Twos give themselves away; ones pass."),
    _detector("auc.1", THREE),
    _detector("auc.2", THREE),
    by=0.4,
)
ANOMALIES = (MOSTLY_LARGER, ONES_HIDE, TWOS_STAND_OUT)

# Few labels

SIGMOID = {"hidden_activation": "sigmoid"}
SIGMOID_PAYS = Claim(
    _(
        "With sigmoids and 500 labels the fine-tuned network is right clearly more often than the "
        "one from scratch."
    ),
    _stacked("accuracy.scratch.500", SIGMOID),
    _stacked("accuracy.fine_tuned.500", SIGMOID),
    by=0.01,
)
ALIKE_WITH_MANY = Alike(
    _("With 1,000 labels both networks are right about equally often."),
    _stacked("accuracy.scratch.1000"),
    _stacked("accuracy.fine_tuned.1000"),
    times=1.03,
)
LABELS_ARE_WORTH_MORE = Claim(
    _("1,000 labels without pre-training are worth far more than 100 labels with it."),
    _stacked("accuracy.fine_tuned.100"),
    _stacked("accuracy.scratch.1000"),
    by=0.05,
)
FEW_LABELS = (SIGMOID_PAYS, ALIKE_WITH_MANY, LABELS_ARE_WORTH_MORE)

# Luck or not?

SMALL = {
    "num_train": "1000",
    "shift": "0",
    "latent_dim": "30",
    "hidden_sizes": "100",
    "hidden_activation": "relu",
    "initializer": "he_normal",
    "optimizer": "adam",
    "learning_rate": "0.002",
    "clip_norm": "0",
    "batch_size": "50",
    "epochs": "10",
}
"""A network that is trained in seconds, whatever the defaults are."""


def _small(changes: dict[str, str] | None = None) -> Figure:
    return _stacked(HELD_OUT, SMALL | (changes or {}))


GLOROT = {"initializer": "glorot_uniform"}
SAME_START = Alike(
    _("With either way the error is about the same, whatever the seed."),
    _small(),
    _small(GLOROT),
    times=1.15,
)
ELU = {"hidden_activation": "elu"}
ELU_HELPS = Claim(
    _("With ELU it is smaller, whatever the seed."), _small(ELU), _small(), times=1.01
)
SLOW = {"learning_rate": "0.0002"}
SLOW_IS_BEHIND = Claim(
    _("With the small steps it is far larger after as many epochs, whatever the seed."),
    _small(),
    _small(SLOW),
    times=1.2,
)
LUCK = (SAME_START, ELU_HELPS, SLOW_IS_BEHIND)

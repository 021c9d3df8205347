"""What the lessons on anomalies, on few labels and on luck claim."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import Claim, Figure
from dashboard.text.i18n import _

HELD_OUT = "held_out.reconstruction_mse"

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
    by=0.15,
)
ONES_HIDE_FROM_PCA = Claim(
    _("[[PCA]] fails in the same way."), _detector("auc.pca", NO_ONES), 0.5, by=0.1
)
WIDE = {"latent_dim": "784"}
WIDE_SEES_LESS = Claim(
    _("Less often: with so wide a code the [[AUC]] is smaller than with 30 numbers."),
    _detector("auc", WIDE),
    _detector("auc"),
    by=0.05,
)
NARROW = {"latent_dim": "5"}
NARROW_IS_POOR = Claim(
    _("The normal digits, too, are rebuilt much worse than with 30 numbers."),
    _detector(HELD_OUT),
    _detector(HELD_OUT, NARROW),
    times=1.5,
)
NARROW_PCA = Claim(
    _("[[PCA]] with 5 numbers is a clearly worse detector than the network."),
    _detector("auc.pca", NARROW),
    _detector("auc", NARROW),
    by=0.05,
)
BIGGER = {"latent_dim": "150"}
REBUILDS_BETTER = Claim(
    _("With 150 numbers in the code instead of 30 the error is much smaller."),
    _detector(HELD_OUT, BIGGER),
    _detector(HELD_OUT),
    times=1.5,
)
DETECTS_WORSE = Claim(
    _("The [[AUC]] is smaller, too: a wide code rebuilds strangers as well."),
    _detector("auc", BIGGER),
    _detector("auc"),
    by=0.02,
)
THREE = {"excluded_classes": "0-1-2"}
TWOS_STAND_OUT = Claim(
    _("Twos give themselves away; ones pass."),
    _detector("auc.1", THREE),
    _detector("auc.2", THREE),
    by=0.4,
)
ZEROS_STAND_OUT = Claim(
    _("Zeros, too, are found far more easily than ones."),
    _detector("auc.1", THREE),
    _detector("auc.0", THREE),
    by=0.3,
)
ANOMALIES = (
    MOSTLY_LARGER,
    ONES_HIDE,
    ONES_HIDE_FROM_PCA,
    WIDE_SEES_LESS,
    NARROW_IS_POOR,
    NARROW_PCA,
    REBUILDS_BETTER,
    DETECTS_WORSE,
    TWOS_STAND_OUT,
    ZEROS_STAND_OUT,
)

"""What the lessons on generative autoencoders claim: beta, conditional, adversarial."""

from __future__ import annotations

from functools import partial

from dashboard.claims.claim import Claim, Figure
from dashboard.text.i18n import _
from models.autoencoders import registry

# Beta

_beta = partial(Figure, "variational")
CHEAP, DEAR, DEAREST = {"beta": "0.1"}, {"beta": "4"}, {"beta": "20"}

CHEAP_IS_WASTED = Claim(
    _("The picture gains less than the code costs: the sum of both parts grows."),
    _beta("both_parts"),
    _beta("both_parts", CHEAP),
    by=5.0,
)
DIMENSIONS_GIVE_UP = Claim(
    _("Several of the twenty dimensions are silent in the end."),
    _beta("used_dimensions", DEAR),
    20.0,
    by=3.0,
)
COLLAPSE = Claim(
    _("At beta 20 all dimensions together carry less than one nat."),
    _beta("held_out.kl_nats", DEAREST),
    1.0,
    by=0.1,
)
BETA = (DIMENSIONS_GIVE_UP, COLLAPSE, CHEAP_IS_WASTED)

# Conditional

_told = partial(Figure, "conditional")
_untold = partial(
    Figure, "variational", settings=registry.by_name("conditional").preset("ours").as_text()
)
TWO_NUMBERS, SAVING, TWENTY_NUMBERS = {"latent_dim": "2"}, {"beta": "4"}, {"latent_dim": "20"}

WORTH_NATS = Claim(
    _("Being told the class is worth nats: the loss is smaller than that of the variational "
      "autoencoder with the same settings."),
    _told("held_out.total"),
    _untold("held_out.total"),
    by=4.0,
)  # fmt: skip
CLASS_LEFT_OUT = Claim(
    _("The class can be told from the code for far fewer images than where the decoder is not "
      "told it."),
    _told("class_in_code"),
    _untold("class_in_code"),
    by=0.15,
)  # fmt: skip
TWO_OBEY = Claim(
    _("It obeys nearly always."),
    0.8,
    _told("obedience", TWO_NUMBERS),
    by=0.05,
)
LABEL_SAYS_IT = Claim(
    _("The label: from the code the class can be told for less than half of the images."),
    _told("class_in_code", SAVING),
    0.5,
    by=0.05,
)
SAVING_OBEYS = Claim(
    _("The network obeys nearly always."),
    0.8,
    _told("obedience", SAVING),
    by=0.05,
)
SAYS_IT_AGAIN = Claim(
    _("The code says the digit again, which can be told from it for more than half of the images, "
      "and where code and label contradict each other, the decoder may believe the code."),
    0.5,
    _told("class_in_code", TWENTY_NUMBERS),
    by=0.05,
)  # fmt: skip
OBEYS_LESS = Claim(
    _("Less than with two numbers: more of what it writes is another digit."),
    _told("obedience", TWENTY_NUMBERS),
    _told("obedience", TWO_NUMBERS),
    by=0.1,
)
BETTER_BOUND = Claim(
    _("Yet the loss is smaller than with four numbers: it does not ask for obedience."),
    _told("held_out.total", TWENTY_NUMBERS),
    _told("held_out.total"),
    by=4.0,
)
CONDITIONAL = (
    WORTH_NATS,
    CLASS_LEFT_OUT,
    TWO_OBEY,
    LABEL_SAYS_IT,
    SAVING_OBEYS,
    SAYS_IT_AGAIN,
    OBEYS_LESS,
    BETTER_BOUND,
)

# Adversarial

_judged = partial(Figure, "adversarial")
DISTANCE = "diagnostics.energy_distance"
UNHEEDED, LOUD = {"adversarial_weight": "0"}, {"adversarial_weight": "0.1"}
PETALS = {"prior": "mixture", "labels": "discriminator"}

CODES_COME_CLOSE = Claim(
    _("With the weight of the preset the codes end close to the prior."),
    _judged(DISTANCE),
    0.05,
    by=0.02,
)
CODES_GO_ANYWHERE = Claim(
    _("Anywhere: they end far away from the prior."),
    0.1,
    _judged(DISTANCE, UNHEEDED),
    by=0.5,
)
OWN_PETAL = Claim(
    _("One digit, mostly: more than half of the held-out digits lie on the petal of their class."),
    0.5,
    _judged("on_own_part", PETALS),
    by=0.1,
)
LOUD_IS_UNSTEADY = Claim(
    _("Even in the middle of the training the codes are at times far away from it."),
    0.1,
    _judged("largest_distance_midway", LOUD),
    by=0.3,
)
LOUD_ENDS_FURTHER = Claim(
    _("They end further from the prior than chance explains."),
    0.02,
    _judged(DISTANCE, LOUD),
    by=0.01,
)
ADVERSARIAL = (
    CODES_COME_CLOSE,
    CODES_GO_ANYWHERE,
    OWN_PETAL,
    LOUD_IS_UNSTEADY,
    LOUD_ENDS_FURTHER,
)

"""What an axis of the classroom wall can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.text.i18n import _
from models.runs.recipe import Recipe


@dataclass(frozen=True)
class Axis:
    """A number of a run that the wall may show.

    Attributes:
        label: Its name, with its unit.
        value: Takes it from a recipe and its result; None where the run has none.
        log: Whether its axis is logarithmic.
    """

    label: str
    value: Callable[[Recipe, dict], float | None]
    log: bool = False


def _read_hyperparameter(name: str) -> Callable[[Recipe, dict], float | None]:
    return lambda recipe, result: getattr(recipe.hyperparameters, name, None)


def _read_held_out(term: str) -> Callable[[Recipe, dict], float | None]:
    return lambda recipe, result: result["held_out"].get(term)


AXES = {
    "code": Axis(_("numbers in the code"), _read_hyperparameter("latent_dim")),
    "error": Axis(_("held-out squared error"), _read_held_out("reconstruction_mse"), log=True),
    "parameters": Axis(
        _("parameters"), lambda recipe, result: recipe.hyperparameters.num_parameters, log=True
    ),
    "epochs": Axis(_("epochs"), _read_hyperparameter("epochs")),
    "learning_rate": Axis(_("learning rate"), _read_hyperparameter("learning_rate"), log=True),
    "seconds": Axis(_("seconds of training"), lambda recipe, result: result["seconds"]),
    "beta": Axis(_("beta"), _read_hyperparameter("beta")),
    "kl": Axis(_("KL divergence, nats"), _read_held_out("kl_nats")),
    "nats": Axis(_("reconstruction, nats"), _read_held_out("reconstruction_nats")),
}
"""What an axis of the wall can be, by the name under which it is stored."""

"""Two configurations of one type that are to be compared over a few seeds, and their address.

The address names the type, how many seeds, what is measured, and the hyperparameters of A as a
lesson's address does; a hyperparameter in which B differs stands there once more, as b.name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from dashboard.text.i18n import _
from models.autoencoders import registry
from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.training_hyperparameters import SEEDS, TrainingHyperparameters
from models.data import datasets
from models.evaluation.paired_test import NUMBERS_OF_PAIRS
from models.hyperparameters.declaration import Hyperparameter
from models.runs.recipe import Recipe

T = TypeVar("T")
OF_B = "b."


@dataclass(frozen=True)
class Pair:
    """Configurations A and B of a type, and over how many seeds they are compared.

    Attributes:
        type: Of both.
        a: Its hyperparameters; its seed is the first one.
        b: Differs from `a` in what is compared.
        num_seeds: One of NUMBERS_OF_PAIRS.
        measure: Which held-out term of the loss is compared.
    """

    type: AutoencoderType
    a: TrainingHyperparameters
    b: TrainingHyperparameters
    num_seeds: int
    measure: str

    @property
    def differing(self) -> list[str]:
        """The hyperparameters in which A and B differ."""
        return list(self.b.difference(self.a))

    def recipes(self) -> list[tuple[int, Recipe, Recipe]]:
        """For each seed: the seed, and the runs of A and B."""
        seeds = [(self.a.seed + index) % (SEEDS.maximum + 1) for index in range(self.num_seeds)]
        return [
            (
                seed,
                Recipe(self.type, self.a.replace(seed=seed)),
                Recipe(self.type, self.b.replace(seed=seed)),
            )
            for seed in seeds
        ]

    def with_values(self, a: Mapping[str, str], b: Mapping[str, str]) -> tuple[Pair, list[str]]:
        """With other values of A, and B like A but for its values, all as text; and what is
        wrong with them."""
        first, wrong = self.a.parse_leniently(a)
        second, more = first.parse_leniently(b)
        return dataclasses.replace(self, a=first, b=second), wrong + more


def start(type: AutoencoderType, a: TrainingHyperparameters | None = None) -> Pair:
    """A comparison that has yet to be given a difference; `a` is the preset "Ours" by default."""
    a = a or type.preset("ours")
    return Pair(type, a, a, NUMBERS_OF_PAIRS[0], type.criterion)


def comparable(type: AutoencoderType) -> dict[str, Hyperparameter]:
    """The settings in which A and B may differ: not the seed, which makes the pairs, and nothing
    that changes the held-out examples."""
    fields = type.hyperparameters.fields()
    same = {
        "seed",
        "device",
        *(name for name, hyperparameter in fields.items() if hyperparameter.group == "Data"),
    }
    if datasets.by_name(type.preset("ours").dataset).kind == "images":
        same.discard("num_train")  # however many are learned from, the same ones are held out
    return {name: hyperparameter for name, hyperparameter in fields.items() if name not in same}


def measures(type: AutoencoderType) -> list[str]:
    """The held-out terms of the loss that can be compared, the type's own first."""
    return list(dict.fromkeys((type.criterion, "reconstruction_mse")))


# The address


def address_of(pair: Pair) -> dict[str, str]:
    """The parameters that lead another visitor to the same comparison."""
    of_b = pair.b.difference(pair.a)
    return {
        "type": pair.type.name,
        "seeds": str(pair.num_seeds),
        "measure": pair.measure,
        **pair.a.difference(pair.type.preset("ours")),
        **{OF_B + name: text for name, text in of_b.items()},
    }


def read_address(query: Mapping[str, str]) -> tuple[Pair, list[str]]:
    """The comparison that an address describes, and what of it could not be used."""
    texts = dict(query)
    messages: list[str] = []
    pair = start(_read(registry.by_name, texts.pop("type", ""), registry.FAMILY[0], messages))
    seeds, measure = texts.pop("seeds", ""), texts.pop("measure", "")
    of_b = {name: texts.pop(name) for name in list(texts) if name.startswith(OF_B)}
    of_b = {name.removeprefix(OF_B): text for name, text in of_b.items()}
    pair, wrong = pair.with_values(texts, _differing(pair.type, of_b, messages))
    return dataclasses.replace(
        pair,
        num_seeds=_read(_check_num_seeds, seeds, pair.num_seeds, messages),
        measure=_read(partial(_check_measure, pair.type), measure, pair.measure, messages),
    ), messages + wrong


def _differing(
    type: AutoencoderType, of_b: Mapping[str, str], messages: list[str]
) -> dict[str, str]:
    """B's values without those that A and B must have in common."""
    fields, free = type.hyperparameters.fields(), comparable(type)
    for name in of_b:
        if name in fields and name not in free:
            messages.append(
                _("{name} cannot be used: {hyperparameter} must be the same in A and B.").format(
                    name=OF_B + name, hyperparameter=_(fields[name].label).lower()
                )
            )
    return {name: text for name, text in of_b.items() if name in free or name not in fields}


def _check_num_seeds(text: str) -> int:
    known = {str(number): number for number in NUMBERS_OF_PAIRS}
    if text not in known:
        message = _("seeds = {text} cannot be used: it must be one of {known}.")
        raise ValueError(message.format(text=text[:60], known=", ".join(known)))
    return known[text]


def _check_measure(type: AutoencoderType, name: str) -> str:
    known = measures(type)
    if name not in known:
        text = _("measure = {name} cannot be used: it must be one of {known}.")
        raise ValueError(text.format(name=name[:60], known=", ".join(known)))
    return name


def _read(parse: Callable[[str], T], text: str, default: T, messages: list[str]) -> T:
    """What a text means; the default where there is none, or, with a message, none that is."""
    try:
        return parse(text) if text else default
    except ValueError as error:
        messages.append(str(error))
        return default

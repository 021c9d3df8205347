"""Who gives way where many fill one folder: whoever holds most, with what was used least lately.

So somebody who fills it loses runs or data of his or her own, and nobody else's.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

NOBODY = ("",)
"""Who holds what belongs to nobody, such as what a command has made."""


def hash_owner(name: str) -> str:
    """What stands for an owner on the disk: nobody can tell the name from it."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Holding:
    """A part of what fills a folder.

    Attributes:
        item: What it is, for the caller.
        size: Bytes; each owner holds an equal part of them.
        owners: The hashes of whose it is.
        turn: Of those that one owner holds the smallest goes first.
        in_use: Whether somebody looks at it: then it goes only if somebody who holds less would
            have to give way instead.
        stays: Whether it is counted but cannot go.
    """

    item: Any
    size: int
    owners: tuple[str, ...]
    turn: tuple[float, ...]
    in_use: bool = False
    stays: bool = False


def in_order_of_leaving(holdings: Iterable[Holding]) -> Iterator[Holding]:
    """What has to go, one after the other, as long as the caller needs room."""
    holdings = list(holdings)
    held: Counter[str] = Counter()
    for one in holdings:
        _count(held, one, 1)

    def place(one: Holding) -> tuple:
        # What several own is as dear as it is to the one of them who holds least.
        least = min(held[owner] for owner in one.owners or NOBODY)
        return -least, one.in_use, one.turn

    left = [one for one in holdings if not one.stays]
    while any(not one.in_use for one in left):
        found = min(left, key=place)
        yield found
        left.remove(found)
        _count(held, found, -1)


def _count(held: Counter[str], one: Holding, sign: int) -> None:
    owners = one.owners or NOBODY
    for owner in owners:
        held[owner] += sign * one.size // len(owners)

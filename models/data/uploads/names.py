"""Names from visitors' files, as pages and figures show them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

LENGTH = 30

_LIKE = {"<=": "≤", ">=": "≥", "<": "‹", ">": "›"}
"""What looks like a sign of which Markdown or HTML would make something."""

_FIRST = ((r"^-(?=\s|\d|$)", "−"), (r"^\+(?=\s|$)", "＋"))
"""The same for signs that would begin a list."""


def clean_name(text: str, length: int = LENGTH) -> str:
    """A text from outside without anything that a page or a figure might take for a command."""
    return " ".join(re.sub(r"[\W_]+", " ", str(text)[:200]).split())[:length].strip()


def show_names(texts: Sequence[str], what: str, taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Short names, all different, with which a page or a figure does nothing but show them.

    They keep letters, signs such as + and −, and emoji. Of texts that begin alike the end is kept,
    too; what looks the same all the same is numbered. Names that have come from here stay.

    Args:
        texts: What the file says.
        what: Names, with a number, what nothing is left of.
        taken: Further names, from which these shall differ.
    """
    whole = [_clean(text) or f"{what} {i}" for i, text in enumerate(texts, start=1)]
    cut = [name[:LENGTH].strip(" .") for name in whole]
    counts, used, shown = Counter(cut), set(taken), []
    for name, full in zip(cut, whole, strict=True):
        if counts[name] > 1 and len(full) > LENGTH:
            name = f"{full[:14].strip(' .')}…{full[-15:].strip(' .')}"
        different, number = name, 2
        while different in used or (different != name and different in counts):
            different, number = f"{name[: LENGTH - 4].strip(' .')} {number}", number + 1
        used.add(different)
        shown.append(different)
    return tuple(shown)


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", str(text)[:200])
    text = re.sub("<=|>=|<|>", lambda sign: _LIKE[sign[0]], text)
    text = re.sub(r"(?<!\d)\.|\.(?!\d)", " ", text)  # but for decimal points
    text = " ".join("".join(sign if _is_shown(sign) else " " for sign in text).split())
    for sign, like in _FIRST:
        text = re.sub(sign, like, text)
    return text


def _is_shown(sign: str) -> bool:
    if sign.isascii():
        return sign.isalnum() or sign in "+-=."
    kind = unicodedata.category(sign)
    return kind[0] in "LMN" or kind in ("So", "Sm") or sign in "‹›…"

"""Where a translation would be added: every sentence that a student reads passes through `_`.

The mechanism is the standard library's gettext, because its tools exist everywhere and the English
sentence itself is the key: the source stays readable, and a sentence without a translation appears
in English instead of failing. There is no catalogue yet, so `_` returns what it is given.

Four rules keep the sentences extractable; a test enforces the first two:

- The argument is a literal, never an f-string: `_("{n} ahead of you").format(n=2)`. Where it takes
  another form for 1, there are two literals: `_n("{n} run", "{n} runs", n)`.
- Whatever a page hands to st.title, st.header, st.markdown, st.caption or glossary.prose goes
  through `_`. Formulas do not.
- `models/` imports nothing from here. Labels and helps of its settings and names of its data sets
  are literals there and are translated where they are drawn, by `_(hyperparameter.label)`. Its
  error messages have values filled in and stay English.
- A sentence is marked whole, not in pieces: word order differs between languages.

To translate into German: extract with xgettext or pybabel (keywords `_`, `_n:1,2` and `mark`; for
the files of `models.autoencoders` once with the keyword `hyperparameter:3`, the labels, and once
with `hyperparameter:4`, the helps); translate; put the compiled catalogue to
dashboard/text/locale/de/LC_MESSAGES/lab.mo and set LANGUAGE. One language per server: a class
shares it, and constants of a module may then be translated when it is read.
"""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Any

LANGUAGE = "en"
"""Named here, not in an environment variable, so that a page reads the same on every machine."""

_catalogue = gettext.translation(
    "lab", Path(__file__).with_name("locale"), languages=[LANGUAGE], fallback=True
)


def _(sentence: str) -> str:
    """The sentence in the language of this server."""
    return _catalogue.gettext(sentence) if sentence else ""  # "" is the catalogue's own header


def _n(one: str, several: str, count: int) -> str:
    """One sentence or the other, by a number that it holds, in the language of this server."""
    return _catalogue.ngettext(one, several, count)


def mark(sentence: str) -> str:
    """The sentence itself, marked for extraction: a table's, which `translate` translates."""
    return sentence


def translate(texts: Any) -> Any:
    """A text, or those of a list or of a dictionary, in the language of this server."""
    if isinstance(texts, dict):
        return {name: translate(one) for name, one in texts.items()}
    return [translate(one) for one in texts] if isinstance(texts, list) else _(texts)


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 10:
        return _("{seconds:.0f} s").format(seconds=max(seconds, 1))
    if seconds < 90:
        return _("{seconds:.0f} s").format(seconds=round(seconds, -1))
    return _("{minutes:.0f} min").format(minutes=seconds / 60)

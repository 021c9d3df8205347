"""Text that others have written: from addresses, files, database rows and uploads.

Streamlit draws messages, labels and helps as Markdown, and Plotly understands some HTML: every
browser that shows such a text would fetch an image in it, from wherever. Here it becomes what is
shown as it is. What a selectbox or a multiselect offers is text anyway.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from dashboard.text.i18n import _

MOST_MESSAGES = 4
"""Messages that are shown at once; an address can have thousands of mistakes."""

_JOINER = "\u2060"
"""Has no width. Streamlit looks for links, emoji and icons in the finished text, too, where a
backslash is gone; this keeps it from finding any."""

_SIGNS = re.compile(r"[\\`*\[\]<>&~$|]|(?<![^\W_])_|_(?![^\W_])")
_FIRST = re.compile(r"^([#+=-]|\d+(?=[.)]))")
_FOUND_LATER = re.compile(r"https?:(?=//)|www(?=\.)|@|:(?=[\w+:-])", re.IGNORECASE)


def in_markdown(text: object) -> str:
    """Markdown that shows the text as it is, on one line."""
    shown = _SIGNS.sub(r"\\\g<0>", " ".join(str(text).split()))
    shown = _FIRST.sub(lambda one: _escape_first(one[0]), shown)
    return _FOUND_LATER.sub(rf"\g<0>{_JOINER}", shown)


def _escape_first(sign: str) -> str:
    """Of a number that would begin a list, its point is what needs the backslash."""
    return f"{sign}\\" if sign.isdigit() else f"\\{sign}"


def in_plotly(text: object) -> str:
    """What Plotly shows as that text, in names, labels and templates alike."""
    return html.escape(str(text)).replace("%", "&#37;")  # no tags, and no %{variables}


def first_messages(messages: Sequence[str]) -> list[str]:
    """Markdown for the first few messages, and how many more there are."""
    shown = [in_markdown(one) for one in messages[:MOST_MESSAGES]]
    if rest := len(messages) - len(shown):
        shown.append(_("and {count:,} more").format(count=rest))
    return shown


def join_some(names: Sequence[str]) -> str:
    """The first few of a list, and how many more there are, for a message."""
    text = ", ".join(names[:MOST_MESSAGES])
    rest = len(names) - MOST_MESSAGES
    return _("{names} and {count:,} more").format(names=text, count=rest) if rest > 0 else text

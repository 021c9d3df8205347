"""The text of a file: its encoding, and how what it says is quoted."""

from __future__ import annotations

import codecs
import unicodedata

from models.data.uploads.understood import Choices, Understood, choose
from models.data.uploads.upload import UploadError

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western European)",
    "mac_roman": "Mac OS Roman",
}

QUOTED = 40
"""Letters of a cell that a message shows, at most."""

_NAMES = {
    "\u00a0": "no-break space",
    "\u202f": "narrow no-break space",
    "\u2009": "thin space",
    "\u200b": "zero-width space",
    "\u200c": "zero-width non-joiner",
    "\u200d": "zero-width joiner",
    "\ufeff": "byte order mark",
    "\u2212": "minus sign U+2212",
    "\u2013": "en dash U+2013",
    "\u2014": "em dash U+2014",
    "\t": "tab",
    "\n": "line break",
}
"""Signs that nobody sees, or takes for others."""


def decode(content: bytes, choices: Choices) -> tuple[str, Understood]:
    """A file's text with plain line ends, and what its encoding was taken for.

    Raises:
        UploadError: If it is no text.
    """
    encoding = choose(choices, "encoding", ENCODINGS, _find_encoding(content))
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        if "encoding" in choices:
            raise UploadError(
                f"The file is not written in {ENCODINGS[encoding]}: choose another encoding."
            ) from error
        text = content.decode("latin-1")  # it knows all bytes
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise UploadError("The file is no text. Save the table as CSV from your spreadsheet.")
    return text, Understood("encoding", "Encoding", encoding, ENCODINGS)


def _find_encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"  # older spreadsheets


def quote(text: str) -> str:
    """A cell as the file has it, for a message: cut where it is long, with the names of signs that
    cannot be seen or are taken for others."""
    shown = text if len(text) <= QUOTED else f"{text[:QUOTED]}…"
    found = [_NAMES[sign] for sign in dict.fromkeys(text[:QUOTED]) if sign in _NAMES]
    found += [
        f"control character U+{ord(sign):04X}"
        for sign in dict.fromkeys(text[:QUOTED])
        if sign not in _NAMES and unicodedata.category(sign) in ("Cc", "Cf")
    ]
    visible = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf") else sign for sign in shown)
    return f"“{visible}”" + (f" (with: {', '.join(found)})" if found else "")

"""By which names the server may be addressed.

A page from elsewhere can give this computer a name of its own in the domain name system, and is
then, for the browser, a page of the lab (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

import streamlit as st

_PORT = re.compile(r":[0-9]{1,5}$")

# Nobody can buy a name that ends so (RFC 6761, 6762, 8375; the rest is what routers use).
_PRIVATE = ("", ".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain")


def is_known(host: str) -> bool:
    """Whether a `Host` header, with or without a port, means this server.

    If Streamlit's option `server.allowedHosts` names hosts, these do and no others; `*.school` is
    any name that ends so, `*` any at all. Otherwise localhost does, any IP address, which nobody
    can give away, this computer's name in its own network, and what `browser.serverAddress` or
    `server.corsAllowedOrigins` say.
    """
    name = _PORT.sub("", host).lower().rstrip(".")
    allowed = st.get_option("server.allowedHosts")
    if allowed:
        return any(_fits(name, pattern.strip().lower().rstrip(".")) for pattern in allowed)
    return _is_address(name) or name in _own_names() or name.endswith(".localhost")


def _fits(name: str, pattern: str) -> bool:
    return pattern in (name, "*") or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def _own_names() -> set[str]:
    here = socket.gethostname().lower().partition(".")[0]
    pages = (urlsplit(page.strip()).hostname for page in st.get_option("server.corsAllowedOrigins"))
    named = {st.get_option("browser.serverAddress"), *pages} - {None, ""}
    return {"localhost", *(here + ending for ending in _PRIVATE), *(one.lower() for one in named)}

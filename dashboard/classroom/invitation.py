"""How a class finds the server: its addresses on the local network, and one of them as a QR code.

The server answers only its own computer unless it is started with `--server.address=0.0.0.0`.
"""

from __future__ import annotations

import io
import ipaddress
import socket
from urllib.parse import urlsplit

import psutil
import segno
import streamlit as st
from streamlit.config import is_manually_set as is_set

from dashboard.text.i18n import _

EVERYWHERE = ("", "0.0.0.0", "::")
"""Values of `server.address` that mean all interfaces."""


def addresses() -> list[str]:
    """Under which addresses other computers reach this server; empty if it answers only its own."""
    bound = (st.get_option("server.address") or "").strip("[]")
    hosts = _hosts() if bound in EVERYWHERE else [bound]
    return [_address(host) for host in hosts if not _is_own(host)]


def _address(host: str) -> str:
    return f"http://{host}:{st.get_option('server.port')}{_base()}"


def _base() -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


def own_address() -> str:
    """Where this computer itself finds the server."""
    return _address("localhost")


def public_address() -> str:
    """Where a class finds the server: the name in `browser.serverAddress`; else where this browser
    says it is, as others have come there, too; else an address in the local network. Only on the
    server's own computer, and if no other can reach it, it is that computer's own."""
    visited, named = _visited(), st.get_option("browser.serverAddress")
    host = urlsplit(visited).hostname or ""
    if is_set("browser.serverAddress") and named != host:
        return _address(named)
    if visited and not _is_own(host):
        return visited
    return next(iter(addresses()), visited or own_address())


def _visited() -> str:
    """Where this browser says it is; "" if that is no address of a page."""
    try:
        here = urlsplit(st.context.url or "")
    except ValueError:  # a program may say anything
        return ""
    is_address = here.scheme in ("http", "https") and here.hostname
    return f"{here.scheme}://{here.netloc}{_base()}" if is_address else ""


def _hosts() -> list[str]:
    """This computer's IPv4 addresses, those of local networks first."""
    found = [
        one.address
        for name, several in psutil.net_if_addrs().items()
        for one in several
        if one.family == socket.AF_INET and psutil.net_if_stats()[name].isup
    ]
    return sorted(found, key=lambda host: not ipaddress.ip_address(host).is_private)


def _is_own(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False  # a name
    return address.is_loopback or address.is_link_local


def announcement() -> str:
    """For the terminal: where the server is found; if a class can reach it, with a QR code."""
    lines, found = [f"Autoencoder Lab: {own_address()}"], addresses()
    if found and is_set("browser.serverAddress"):
        found = [_address(st.get_option("browser.serverAddress")), *found]
    if found:
        picture = io.StringIO()
        segno.make(found[0], micro=False).terminal(picture, compact=True)
        lines += ["Open to the class:", *(f"  {one}" for one in found), picture.getvalue()]
    return "\n".join(lines)


def qr_code(text: str) -> str:
    """The address of a picture of the text, for an `img` element.

    Raises:
        segno.DataOverflowError: If the text is longer than a QR code can be, some 2,900 letters.
    """
    return segno.make(text, micro=False).svg_data_uri(scale=5, border=3, light="white")


def draw_invitation() -> None:
    """On the page: the address in large letters and as a QR code, for a projector."""
    if not addresses():
        return
    found = list(dict.fromkeys([public_address(), *addresses()]))
    with st.expander(_("Join from your own device"), icon=":material/qr_code_2:", expanded=True):
        code, text = st.columns([1, 3], vertical_alignment="center")
        picture = qr_code(found[0])
        alt = _("QR code of {address}").format(address=found[0])
        code.html(f'<img src="{picture}" alt="{alt}" style="max-width: 100%">')
        text.markdown(f"## {found[0]}")
        text.markdown(
            _("Every device in the same network can open it; nothing has to be installed there.")
            + "".join(f"\n- {one}" for one in found[1:])
        )

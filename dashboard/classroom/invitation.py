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

from dashboard.text.i18n import _

EVERYWHERE = ("", "0.0.0.0", "::")
"""Values of `server.address` that mean all interfaces."""


def addresses() -> list[str]:
    """Under which addresses other computers reach this server; empty if it answers only its own."""
    bound = (st.get_option("server.address") or "").strip("[]")
    hosts = _hosts() if bound in EVERYWHERE else [bound]
    return [_address(host) for host in hosts if not _is_own(host)]


def _address(host: str) -> str:
    port, base = st.get_option("server.port"), st.get_option("server.baseUrlPath").strip("/")
    return f"http://{host}:{port}" + (f"/{base}" if base else "")


def own_address() -> str:
    """Where this computer itself finds the server."""
    return _address("localhost")


def base_of_links() -> str:
    """Where links for a class lead: an address that others reach, or the one that this browser
    says it is at."""
    if found := addresses():
        return found[0]
    try:
        here = urlsplit(st.context.url or "")
    except ValueError:  # a program may say anything
        return own_address()
    is_address = here.scheme in ("http", "https") and here.netloc
    return f"{here.scheme}://{here.netloc}" if is_address else own_address()


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
    found = addresses()
    if not found:
        return
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

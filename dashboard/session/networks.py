"""What an attacker has one of."""

from __future__ import annotations

import ipaddress

_HERE = "this computer"


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 network of an IPv6 one. The loopback ones, of which every user of
    this computer has 16 million, are one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return _HERE  # Streamlit names no address then
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else found
    if (mapped or found).is_loopback:
        return _HERE
    return str(mapped) if mapped else found.packed[:8].hex()

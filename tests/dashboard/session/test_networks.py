"""Which addresses are one attacker's."""

import pytest

from dashboard.session.networks import network_of


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("127.0.0.2", "127.9.9.9", True),
        ("::1", "::ffff:127.0.0.1", True),
        ("127.0.0.2", "", True),
        ("", "None", True),
    ],
)
def test_an_attacker_s_addresses_count_as_one(one, other, same):
    assert (network_of(one) == network_of(other)) == same

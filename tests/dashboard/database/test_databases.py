"""Which addresses are those of a database."""

import pytest

from dashboard.database import databases


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///"])
def test_an_address_of_a_database_without_a_file_says_so(address):
    with pytest.raises(databases.DatabaseError, match="it names no file"):
        databases.connect(address)

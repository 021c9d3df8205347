"""The first page, and the list of all pages."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.places import REPOSITORY

pytestmark = pytest.mark.pages


def test_home_and_the_table_of_contents():
    page = AppTest.from_file(
        str(REPOSITORY / "dashboard/server/navigation.py"), default_timeout=60
    ).run()
    assert not page.exception
    assert page.title[0].value == "Autoencoder Lab"

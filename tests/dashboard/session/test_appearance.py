"""Large text, for a class to read from afar."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.session import appearance
from tests.support.places import REPOSITORY


@pytest.mark.pages
def test_the_switch_raises_the_size_that_the_page_is_measured_in():
    def html_of(page):
        return " ".join(str(one.proto) for one in page.get("html"))

    page = AppTest.from_file(
        str(REPOSITORY / "dashboard/server/navigation.py"), default_timeout=60
    ).run()
    assert "font-size: 24px" not in html_of(page)
    page.toggle(key=appearance.LARGE_TEXT).set_value(True).run()
    assert not page.exception and "font-size: 24px" in html_of(page)

"""The lessons in their order."""

import pytest

from dashboard.catalogue.lessons import by_name


def test_a_page_that_trains_nothing_has_no_default_run():
    with pytest.raises(ValueError, match=r"home\.py trains nothing"):
        _ = by_name("home").recipe

"""The one dispatcher of the server."""

import pytest

from dashboard.jobs import execution


def test_where_there_is_no_dispatcher_the_way_to_start_one_is_named(monkeypatch):
    monkeypatch.setattr(execution, "_current", None)
    assert execution.current() is None
    with pytest.raises(RuntimeError, match=r"streamlit run streamlit_app\.py"):
        execution.dispatcher()

"""Whatever table is accepted or was stored by an earlier version, its first rows are drawn."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from models.data.uploads import upload


def draw(arrays, meta):
    from dashboard.controls import upload_preview

    upload_preview.draw(arrays, meta, "linear")


@pytest.mark.parametrize(
    "columns", [("a", "a"), ("class", "x"), ("", ""), ("class", "class")], ids=str
)
@pytest.mark.parametrize("classes", [(), ("u", "v"), ("u", "u")], ids=str)
def test_a_table_is_drawn_whatever_its_columns_are_called(columns, classes):
    arrays = {"values": np.arange(40.0).reshape(20, 2), "labels": np.arange(20) % 2}
    meta = upload.Upload("points", "mine", arrays, columns, classes).meta
    page = AppTest.from_function(draw, kwargs={"arrays": arrays, "meta": meta}).run()
    assert not page.exception
    assert page.dataframe[0].value.shape == (5, 2 + bool(classes))

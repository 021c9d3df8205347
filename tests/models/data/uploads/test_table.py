"""Tables of visitors, as spreadsheets write them."""

import numpy as np
import pytest

from models.data.uploads import parsing
from tests.support.files import MACHINE, csv


def test_tables_as_spreadsheets_write_them():
    plain = parsing.parse("my_table.csv", csv(), MACHINE)
    german = csv().replace(b",", b";").replace(b".", b",")
    np.testing.assert_array_equal(
        plain.arrays["values"], parsing.parse("x.csv", german, MACHINE).arrays["values"]
    )
    bare = parsing.parse("x.csv", csv().partition(b"\n")[2], MACHINE)
    assert bare.column_names == tuple(f"column {i}" for i in range(1, 6))
    np.testing.assert_array_equal(plain.arrays["values"], bare.arrays["values"])
    assert plain.title == "my table" and not plain.class_names


def test_a_column_of_labels_names_classes_and_is_no_number():
    found = parsing.parse("a.csv", csv(Class=[10, 9, 100, 9] * 10), MACHINE)
    assert found.class_names == ("9", "10", "100") and len(found.column_names) == 5
    assert found.arrays["labels"][:4].tolist() == [1, 0, 2, 0]


@pytest.mark.parametrize(
    "heading",
    ["a,a,V+,V-", "a+,a-,a,A", "label,class,x,y", "x,class!,label,b", "?,!,column 1,column 2",
     "a,a.1,a 1,a", "label,class,Class,CLASS"],
)  # fmt: skip
def test_columns_are_called_differently_whatever_the_heading(heading):
    cells = heading.lower().split(",")
    numbers = np.random.default_rng(0).normal(size=(40, 4)).astype(str)
    if "label" in cells:
        numbers[:, cells.index("label")] = ["u", "v"] * 20
    lines = [heading, *map(",".join, numbers.tolist())]
    found = parsing.parse("a.csv", "\n".join(lines).encode(), MACHINE)
    has_classes = "label" in cells
    names = [*found.column_names, *["class"] * has_classes]
    assert len(set(names)) == 4 and bool(found.class_names) == has_classes

"""Tables of visitors, as spreadsheets write them."""

import numpy as np
import pytest

from models.data.uploads import parsing
from models.data.uploads.upload import UploadError, UploadQuestionError
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


# As people have them: what is read, and what is said of it


def rows(*cells, count=40, separator=","):
    """Lines of a table whose cells are these texts, or functions of a number from 1 on."""
    return "".join(
        separator.join(cell(n) if callable(cell) else cell for cell in cells) + "\n"
        for n in range(1, count + 1)
    )


def a(n):
    return f"{n * 0.37 - 3:.2f}"


def b(n):
    return f"{n * n * 0.11 + 2:.1f}"


def german(cell):
    return lambda n: cell(n).replace(".", ",")


PLAIN = "x,y\n" + rows(a, b)

SAME = {
    "semicolons and commas": "x;y\n" + rows(german(a), german(b), separator=";"),
    "tabs": "x\ty\n" + rows(a, b, separator="\t"),
    "bars": "x|y\n" + rows(a, b, separator="|"),
    "blanks": "x y\n" + rows(a, b, separator="   "),
    "quoted decimals": "x,y\n" + rows(lambda n: f'"{german(a)(n)}"', lambda n: f'"{german(b)(n)}"'),
    "old Macs": PLAIN.replace("\n", "\r"),
    "sep": "sep=;\nx;y\n" + rows(a, b, separator=";"),
    "titles above": "Report 2024\n\nby somebody\n" + PLAIN,
    "units below": "x,y\ncm,kg\n" + rows(a, b),
    "separators at the end": "x;y;\n" + rows(a, b, "", separator=";"),
    "separators at the end of rows": "x;y\n" + rows(a, b, "", separator=";"),
    "an empty tail": PLAIN + ",\n,\n\n",
    "minus signs": PLAIN.replace("-", "\u2212"),
    "an index": ",x,y\n" + rows(str, a, b),
    "an id": "Id,x,y\n" + rows(str, a, b),
    "a constant": "x,k,y\n" + rows(a, "7", b),
    "dates": "day,x,y\n" + rows(lambda n: f"2024-01-{n:02}", a, b),
    "row names": "x,y\n" + rows(lambda n: f"row{n}", a, b),
}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_same_table_in_other_words_is_the_same_table(text, encoding):
    if encoding == "cp1252":
        text = text.replace("\u2212", "-").replace("x", "ä").replace("y", "ü")
    plain = parsing.parse("a.csv", PLAIN.encode(), MACHINE)
    found = parsing.parse("a.txt", text.encode(encoding), MACHINE)
    np.testing.assert_allclose(found.arrays["values"], plain.arrays["values"])
    assert found.column_names == (("ä", "ü") if encoding == "cp1252" else ("x", "y"))
    assert not found.class_names


def test_numbers_that_can_be_read_in_two_ways_are_asked_about():
    text = "x;y\n" + rows(lambda n: f"{n}.{100 + n}", lambda n: str(900 + n), separator=";")
    with pytest.raises(UploadQuestionError, match=r"1\.101 is 1\.101 or 1\.101 is 1,101") as asked:
        parsing.parse("a.csv", text.encode(), MACHINE)
    question = asked.value.question
    assert question.name == "numbers" and len(question.options) == 2
    firsts = set()
    for name in question.options:
        found = parsing.parse("a.csv", text.encode(), MACHINE, {"numbers": name})
        firsts.add(float(found.arrays["values"][0, 0]))
    assert firsts == {1.101, 1101.0}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("x;y\n" + rows(lambda n: f"{n}.234,5", german(b), separator=";"), 1234.5),
        ("x,y\n" + rows(lambda n: f'"{n},234"', a), 1234),
        ("x;y\n" + rows(lambda n: f"{n}\u202f234", german(a), separator=";"), 1234),
        ("x;y\n" + rows(lambda n: f"{n}'234.5", b, separator=";"), 1234.5),
        ("x;y\n" + rows(lambda n: f"{n},5E-05", german(b), separator=";"), 1.5e-5),
        ("x,y\n" + rows(lambda n: f"{n}.5%", b), 1.5),
        ("x,y\n" + rows(lambda n: f"1,{n % 7}0,000" if n < 0 else f'"{n % 9 + 1},00,000"', a), 2e5),
    ],
)
def test_signs_between_thousands_are_understood_from_all_cells(text, first):
    found = parsing.parse("a.csv", text.encode(), MACHINE)
    assert found.arrays["values"][0, 0] == pytest.approx(first)


CLASSES = {
    "called so": ("label,x,y\n" + rows(lambda n: "ab"[n % 2], a, b), ("a", "b")),
    "a target": ("x,y,target\n" + rows(a, b, lambda n: str(n % 3)), ("0", "1", "2")),
    "texts": ("x,kind,y\n" + rows(a, lambda n: ("cat", "dog")[n % 2], b), ("cat", "dog")),
    "North America": ("x,y,class\n" + rows(a, b, lambda n: ("NA", "EU")[n % 2]), ("EU", "NA")),
    "texts at the end": (rows(a, b, lambda n: ("cat", "dog")[n % 2]), ("cat", "dog")),
    "numbers at the end": (rows(a, b, lambda n: f"{n % 2}.0"), ("0", "1")),
    "numbers in front": (rows(lambda n: ("-1", "1")[n % 2], a, b), ("−1", "1")),
}


@pytest.mark.parametrize(("text", "names"), CLASSES.values(), ids=CLASSES)
def test_the_column_of_classes_is_found_and_said_and_can_be_another(text, names):
    found = parsing.parse("a.csv", text.encode(), MACHINE)
    assert found.class_names == names and len(found.column_names) == 2
    assert any(f"names the {len(names)} classes" in note for note in found.notes)
    (place,) = [one.name for one in found.understood if one.value == "class"]
    without = parsing.parse("a.csv", text.encode(), MACHINE, {place: "leave out"})
    assert not without.class_names and len(without.column_names) == 2


@pytest.mark.parametrize(
    ("text", "has_heading"),
    [
        ("0,1,2\n" + rows(a, b, a), True),
        ("2019,2020,2021\n" + rows(a, b, a), True),
        ("2020_01,2020_02\n" + rows(a, b), True),
        ("x,2\n" + rows(a, b), True),
        (rows(str, str, lambda n: str(n * n)), False),
        (rows(a, b), False),
    ],
)
def test_a_heading_is_told_from_the_rows_below_and_can_be_said(text, has_heading):
    found = parsing.parse("a.csv", text.encode(), MACHINE)
    count = text.count("\n") - has_heading
    assert len(found.arrays["values"]) == count
    (heading,) = [one for one in found.understood if one.name == "heading"]
    assert heading.value == ("yes" if has_heading else "no")
    if all(cell.replace(".", "").isdigit() for cell in text.split("\n")[0].split(",")):
        other = {"heading": "no" if has_heading else "yes"}
        said = parsing.parse("a.csv", text.encode(), MACHINE, other)
        assert len(said.arrays["values"]) == count + (1 if has_heading else -1)


def test_rows_that_lack_a_number_are_left_out_and_said():
    lines = PLAIN.splitlines()
    lines[3], lines[9] = "NA,1", "2,?"
    found = parsing.parse("a.csv", "\n".join(lines).encode(), MACHINE)
    assert len(found.arrays["values"]) == 38
    (note,) = [one for one in found.notes if "is missing" in one]
    assert "2 of 40 rows: row 3 (“NA” in “x”), row 9 (“?” in “y”)" in note
    assert note in found.meta["notes"], "what is stored says it, too"


def test_of_more_rows_than_allowed_a_sample_is_taken_and_said():
    found = parsing.parse("a.csv", ("x,y\n" + rows(a, b, count=999)).encode(), MACHINE)
    assert 150 < len(found.arrays["values"]) <= 200
    assert any("random sample" in note for note in found.notes)


def test_cells_are_quoted_as_they_are_and_hidden_signs_are_named():
    text = "x;y\n" + rows(
        lambda n: "5\u00a0691,00 €" if n < 9 else str(n), german(b), separator=";"
    )
    with pytest.raises(UploadError, match=r"“5 691,00 €” \(with: no-break space\)|5\u00a0691,00 €"):
        parsing.parse("a.csv", text.encode(), MACHINE)


def test_a_column_for_every_pixel_is_an_image():
    images = np.random.default_rng(0).integers(0, 256, (30, 784))
    heading = ",".join(["label", *(f"pixel{n}" for n in range(784))])
    lines = [heading, *(f"{n % 3}," + ",".join(map(str, row)) for n, row in enumerate(images))]
    found = parsing.parse("a.csv", "\n".join(lines).encode(), MACHINE)
    assert found.kind == "images" and found.class_names == ("0", "1", "2")
    assert {tuple(one) for one in found.arrays["train"]} <= {tuple(one) for one in images}

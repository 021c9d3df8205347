"""What visitors upload: what is refused, and in which words."""

import struct
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from models.data.uploads import parsing, upload
from models.data.uploads.upload import UploadError
from tests.support.files import GREY, MACHINE, VALID, archive, csv, drawings, npz, png


def header(shape, dtype="|u1"):
    """An .npy that says what it is and holds nothing of it."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


LARGE = np.zeros((30, 300, 300), np.uint8)
LARGE[0] = 1

JPEG = png(mode="RGB", kind="JPEG")
SCANS = JPEG[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00" * 101 + JPEG[-2:]

REFUSED = {
    "another ending": ("a.exe", b"MZ", "Only tables"),
    "no ending": ("table", csv(), "Only tables"),
    "too large a file": ("a.csv", b"1" * 1_000_001, r"1 MB are allowed.*MAX_UPLOAD_MB"),
    "nothing": ("a.csv", b"", "empty"),
    "one column": ("a.csv", csv(columns=1), "1 column of numbers; from 2 to 200"),
    "201 columns": ("a.csv", csv(columns=201), "201 columns of numbers; from 2 to 200"),
    "a thousand columns": ("a.csv", csv(columns=1001), "1,001 cells; at most 1,000"),
    "few rows": ("a.csv", csv(rows=19), "19 rows; from 20 to 200"),
    "infinite": ("a.csv", csv(c1=["inf", *range(39)]), "“c1” holds “inf” in row 1"),
    "endless": ("a.csv", csv(c1=["1e400", *range(39)]), "“c1” holds “1e400” in row 1"),
    "text among numbers": ("a.csv", csv(c1=["a", "b", "c", *range(37)]),
                           "“c1” holds “a” in row 1, and 3 cells .*call it label"),
    "constant": ("a.csv", csv(columns=3, c1=[7] * 40, c2=[8] * 40), "“c1”: it has the same value"),
    "ragged": ("a.csv", csv() + b"\n1,2,3,4,5,6" * 5, "row 41 has 6 cells, most others have 5"),
    "two decimal signs": ("a.csv", b"a;b\n" + b"1,5;2.25\n2,5;3.75\n" * 20, "ways: “1,5”"),
    "many classes": ("a.csv", csv(label=list(range(40))), "40 classes; at most 26"),
    "no text": ("a.csv", b"\0\1\2", "no text"),
    "no archive": ("a.zip", b"PK but no zip", "damaged"),
    "no images": ("a.zip", archive({"a.md": b"x"}), "no images.*Left out.*1 .md"),
    "no image": ("a.zip", archive({f"{i}.png": b"x" for i in range(30)}),
                 "2 images are damaged.*“0.png”"),
    "a way out": ("a.zip", archive({"../../etc/passwd.png": png()}), "leads out of it"),
    "an absolute path": ("a.zip", archive({"/etc/passwd.png": png()}), "leads out of it"),
    "a bomb": ("a.zip", archive({"a.png": b"0" * 3_000_000}), r"larger than 2 MB.*MAX_UNPACKED"),
    "a bzip2 bomb": (
        *("a.zip", archive({"a.png": b"0" * 10_000}, zipfile.ZIP_BZIP2)),
        "compressed in an unusual way",
    ),
    "a million files": ("a.zip", b"PK\x01\x02" * 1_000, "too many files"),
    "a huge image": ("a.zip", archive({"a.png": png((2000, 1100), flat=1)} | drawings()),
                     "“a.png” takes 2 MB unpacked"),
    "a long image": ("a.zip", archive({f"{i}.png": png((10_001, 1), flat=1) for i in range(20)}),
                     "10001 x 1"),
    "an image of many scans": (
        *("a.zip", archive(drawings() | {"a.png": SCANS})),
        "“a.png” is a JPEG that is built up in 102 scans; at most 100",
    ),
    "few of all classes": ("a.zip", archive({f"{i}/a.png": png(seed=i) for i in range(20)}),
                           "“0” has 1 images"),
    "an archive within": ("a.zip", archive({"b.zip": b"x"}), "another archive, “b.zip”"),
    "several tables": ("a.zip", archive({"b.csv": b"x", "c.csv": b"x"}), "2 tables"),
    "equal images": ("a.zip", archive({f"{i}.png": png() for i in range(20)}), "are the same"),
    "no array of images": ("a.npz", npz(a=GREY[0], b=GREY[0]), "No array of images.*“a”, “b”"),
    "pickled": ("a.npz", npz(images=np.array([{}] * 30, object)), "pickled"),
    "pickled labels": ("a.npz", npz(images=GREY, labels=np.array([{}] * 30)), "pickled"),
    "flat": ("a.npz", npz(images=GREY.reshape(30, -1)), r"shape \(30, 480\)"),
    "too wide": ("a.npz", npz(images=np.zeros((30, 5000, 1), np.uint8)), r"shape \(30, 5000, 1\)"),
    "texts": ("a.npz", npz(images=np.full((30, 2, 2), "a")), "numbers are needed"),
    "NaN in images": ("a.npz", npz(images=np.full((30, 2, 2), np.nan)), "NaN or infinite"),
    "beyond black": ("a.npz", npz(images=GREY.astype(np.int64) - 300), "what is black and"),
    "unpacked": ("a.npz", npz(images=LARGE), "larger than 2 MB"),
    "promised": ("a.npz", archive({"images.npy": header((100, 4000, 4000))}), "larger than 2 MB"),
    "not kept": ("a.npz", archive({"images.npy": header((100, 9, 9))}), "not complete"),
    "other labels": ("a.npz", npz(images=GREY, labels=np.zeros(29, int)), r"\(29,\)"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(name, content, words):
    with pytest.raises(UploadError, match=words) as refused:
        parsing.parse(name, content, MACHINE)
    assert "\n" not in str(refused.value)


def test_an_archive_that_lies_about_its_sizes_is_read_no_further():
    packed = archive({"a.png": b"0" * 3_000_000})
    small = packed.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 10))
    assert small != packed
    with pytest.raises(UploadError):
        parsing.parse("a.zip", small, MACHINE)


ENDINGS = st.sampled_from(["a.csv", "a.zip", "a.npz"])


@given(name=ENDINGS, content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@examples(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_uploaded_there_is_data_or_a_sentence(name, content):
    with pytest.raises(UploadError):
        parsing.parse(name, content, MACHINE)


@given(which=st.sampled_from(VALID), seeds=st.lists(st.integers(0, 2**31), min_size=1, max_size=4),
       cut=st.floats(0, 1))  # fmt: skip
@examples(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_file_is_refused_or_gives_whole_data(which, seeds, cut):
    name, content = which[0], bytearray(which[1])
    for seed in seeds:
        content[seed % len(content)] = seed >> 8 & 255
    for broken in (bytes(content), bytes(content[: int(cut * len(content))])):
        try:
            found = parsing.parse(name, broken, MACHINE)
        except UploadError as error:
            assert "\n" not in str(error)
        else:
            assert upload.is_name(found.name)
            assert all(np.isfinite(array).all() for array in found.arrays.values())


def test_names_from_outside_become_harmless():
    found = parsing.parse("../<b>x</b>.csv", csv(label=["](http://a)", "**b**"] * 20), MACHINE)
    assert found.title == "b x b" and found.class_names == ("b", "http a")

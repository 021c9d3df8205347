"""Whatever bit of a file of arrays changes: it is noticed, or what is read is what was written."""

import io
import random

import numpy as np
import pytest

from models.array_files import read_npz

WRITTEN = {
    "train": np.arange(50, dtype=np.uint8).reshape(5, 10),
    "labels": np.arange(5),
    "words": np.array("{}"),
    "none": np.zeros((0, 3)),
}


def as_file(save=np.savez):
    file = io.BytesIO()
    save(file, **WRITTEN)
    return file.getvalue()


def test_what_is_written_is_read_and_only_what_is_wanted():
    for save in (np.savez, np.savez_compressed):
        found = read_npz(io.BytesIO(as_file(save)))
        assert found.keys() == WRITTEN.keys()
        for name, array in WRITTEN.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == array.dtype
    assert read_npz(io.BytesIO(as_file()), "labels".__eq__).keys() == {"labels"}


def test_objects_that_could_be_programs_are_not_opened():
    file = io.BytesIO()
    np.savez(file, a=np.array([print], object))
    with pytest.raises(ValueError, match="allow_pickle"):
        read_npz(file)


def test_a_flipped_bit_gives_no_wrong_numbers():
    whole, draws = as_file(), random.Random(1)
    noticed = 0
    for _ in range(3_000):
        content = bytearray(whole)
        content[draws.randrange(len(content))] ^= 1 << draws.randrange(8)
        try:
            found = read_npz(io.BytesIO(content))
        except Exception:  # the caller takes any for damage
            noticed += 1
            continue
        for name in found.keys() & WRITTEN.keys():
            np.testing.assert_array_equal(found[name], WRITTEN[name])
            assert found[name].dtype == WRITTEN[name].dtype
    assert noticed > 1_000

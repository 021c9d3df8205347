"""The cache of parsed digits, whole, damaged or out of reach."""

import io
import random
import re

import numpy as np
import pytest

from models.data import cache, loading
from models.data.images import ImageArrays
from models.settings import Settings
from tests.support.published import files_below


def test_digits_come_from_the_cache_the_second_time(settings, digits, monkeypatch):
    loading._images.cache_clear()
    loading.load("digits", 10, settings=settings)
    assert len(files_below(settings.cache_folder)) == 1
    loading._images.cache_clear()
    monkeypatch.setattr("models.data.digits._parse_digits", None)  # calling it would fail
    again = loading.load("digits", 4_000, settings=settings)
    np.testing.assert_array_equal(again.train, digits.train)


@pytest.mark.parametrize("damage", ["empty", "noise", "truncated", "foreign", "flipped", "header"])
def test_damaged_cache_is_parsed_again(settings, digits, damage):
    loading._images.cache_clear()
    loading.load("digits", 10, settings=settings)
    (path,) = files_below(settings.cache_folder)
    whole = path.read_bytes()
    foreign = io.BytesIO()
    np.savez(foreign, something=np.zeros(3))
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    contents = {"empty": b"", "noise": b"x" * 99, "truncated": whole[:middle]}
    header = whole.replace(b"'shape': (4000, 784), }", b"'shape': (4000, 784), \x7f", 1)
    contents |= {"foreign": foreign.getvalue(), "flipped": flipped, "header": header}
    assert contents[damage] != whole
    path.write_bytes(contents[damage])
    loading._images.cache_clear()
    again = loading.load("digits", 4_000, settings=settings)
    np.testing.assert_array_equal(again.train, digits.train)
    np.testing.assert_array_equal(again.train_labels, digits.train_labels)
    assert files_below(settings.cache_folder) == [path] and path.read_bytes() == whole


def test_digits_work_without_a_usable_cache_folder(tmp_path, digits):
    loading._images.cache_clear()
    (tmp_path / "a_file").write_text("not a folder")
    settings = Settings(cache_folder=tmp_path / "a_file" / "cache")
    again = loading.load("digits", 4_000, settings=settings)
    np.testing.assert_array_equal(again.train, digits.train)


def test_interrupted_write_leaves_nothing(settings, monkeypatch):
    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    loading._images.cache_clear()
    monkeypatch.setattr(np, "savez", full_disk)
    loading.load("digits", 10, settings=settings)
    assert files_below(settings.cache_folder) == []


def test_whatever_bit_of_the_cache_flips_it_is_whole_or_made_anew(tmp_path):
    grey = np.arange(20 * 784, dtype=np.uint32).reshape(20, 784).astype(np.uint8)
    images = ImageArrays(grey, np.arange(20, dtype=np.uint8), grey[:5], np.arange(5, dtype="u1"))
    path = tmp_path / "images.npz"
    cache.write_cache(path, images)
    whole, draws = path.read_bytes(), random.Random(1)
    starts = [found.start() for found in re.finditer(b"PK|NUMPY", whole)]  # of headers
    for _ in range(1_000):
        content = bytearray(whole)
        place = min(draws.choice(starts) + draws.randrange(130), len(content) - 1)
        content[place] ^= 1 << draws.randrange(8)
        path.write_bytes(content)
        if found := cache.read_cache(path):
            for one, other in zip(found, images, strict=True):
                np.testing.assert_array_equal(one, other)

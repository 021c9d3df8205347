"""The hashing lesson, headless: images that are looked up by their bits."""

import numpy as np
import pytest

from tests.support.pages import SMALL, choose, open_page

pytestmark = pytest.mark.pages


@pytest.mark.parametrize("lesson", ["hashing"], indirect=True)
def test_images_are_looked_up_by_the_bits_that_differ(lesson, drawn):
    _name, run = lesson
    page = open_page("hashing.py", **SMALL)
    choose(page, "hashing.view", "Search")
    sample, codes = run.sample()[0], run.live()[0]["codes"]
    header, (images, _bits) = drawn["hashing.search.bits"]
    rows = [
        int(np.flatnonzero((sample["inputs"] == one.reshape(1, 784)).all(axis=1))[0])
        for one in images
    ]
    differ = np.count_nonzero(codes != codes[rows[0]], axis=1)
    assert header["captions"] == [str(differ[row]) for row in rows]
    assert differ[rows[1:]].tolist() == sorted(np.delete(differ, rows[0]))[:8]

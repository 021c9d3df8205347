"""The recurrent lesson, headless: images that are written row by row."""

import numpy as np
import pytest

from tests.support.pages import SMALL, choose, open_page

pytestmark = pytest.mark.pages


@pytest.mark.parametrize("lesson", ["recurrent"], indirect=True)
def test_the_last_image_that_is_written_row_by_row_is_the_reconstruction(lesson, drawn):
    _name, run = lesson
    page = open_page("recurrent.py", **SMALL)
    choose(page, "recurrent.view", "Row by row")
    header, (read, written) = drawn["recurrent.so_far"]
    sample, rebuilt = run.sample()[0], run.live()[0]["reconstructions"]
    (row,) = np.flatnonzero((sample["inputs"] == read[-1].reshape(1, 784)).all(axis=1))
    np.testing.assert_allclose(written[-1].reshape(784), rebuilt[row], atol=1.01)
    assert header["captions"][0].startswith("1\n") and header["captions"][-1].startswith("28\n")
    np.testing.assert_array_equal(read[3][:7], read[-1][:7])

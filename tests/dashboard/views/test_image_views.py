"""What the views of images say of a run."""

from types import SimpleNamespace

import pytest

from dashboard.views import image_views


@pytest.mark.parametrize(
    ("status", "ratio", "answer"),
    [("completed", 0.5, 0), ("completed", 1.0, 1), ("stopped", 1.3, 2), ("diverged", 0.1, 2)],
)
def test_the_answer_to_who_is_better_is_read_from_the_result(status, ratio, answer):
    held_out = {"reconstruction_mse": 0.01 * ratio}
    result = {"status": status, "held_out": held_out, "pca": {"held_out": 0.01}}
    assert image_views.compared_with_pca(SimpleNamespace(result=result)) == answer
    assert image_views.compared_with_pca(SimpleNamespace(result=None)) is None

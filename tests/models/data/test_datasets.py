"""Names and descriptions of the data sets."""

import re

import pytest

from models.data import datasets


def test_unknown_name_is_answered_with_the_names():
    with pytest.raises(ValueError, match=r"'mnits'.*arc.*helix.*digits.*emnist_letters"):
        datasets.by_name("mnits")


@pytest.mark.parametrize("dataset", datasets.POINT_SETS + datasets.IMAGE_SETS, ids=lambda d: d.name)
def test_descriptions_are_complete(dataset):
    assert datasets.by_name(dataset.name) is dataset
    assert re.fullmatch("[a-z_]+", dataset.name)
    assert dataset.credit and dataset.label
    if dataset.kind == "points":
        assert (dataset.shape, dataset.num_labels, dataset.max_train) == ((3,), 0, 2_000)
    else:
        assert (dataset.kind, dataset.shape) == ("images", (28, 28))
        assert dataset.num_labels == (26 if dataset.name == "emnist_letters" else 10)

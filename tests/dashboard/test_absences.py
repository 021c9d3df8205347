"""What is not there is named, or left out; it ends no page."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.catalogue.lessons import by_name
from dashboard.database import databases
from dashboard.jobs import execution
from dashboard.runs.run_sample import Sample
from models.autoencoders.base.image_hyperparameters import ImageSetHyperparameters
from models.autoencoders.vector_quantized.hyperparameters import VectorQuantizedHyperparameters
from models.data import datasets


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///"])
def test_an_address_of_a_database_without_a_file_says_so(address):
    with pytest.raises(databases.DatabaseError, match="it names no file"):
        databases.connect(address)


def test_where_there_is_no_dispatcher_the_way_to_start_one_is_named(monkeypatch):
    monkeypatch.setattr(execution, "_current", None)
    assert execution.current() is None
    with pytest.raises(RuntimeError, match=r"streamlit run streamlit_app\.py"):
        execution.dispatcher()


def test_a_sample_without_pca_has_no_errors_of_pca():
    digits = np.zeros((3, 784), np.uint8)
    sample = Sample(digits, np.zeros(3, np.int32), None, {}, datasets.by_name("digits"))
    assert sample.pca_errors.shape == (3,) and np.isnan(sample.pca_errors).all()


def test_a_page_that_trains_nothing_has_no_default_run():
    with pytest.raises(ValueError, match=r"home\.py trains nothing"):
        _ = by_name("home").recipe


def test_the_layers_of_other_plans_keep_the_defaults_of_their_types():
    """`PlannedLayers` among the bases brings no field of its own, and so no other default."""
    h = VectorQuantizedHyperparameters()
    assert h.learning_rate == ImageSetHyperparameters.learning_rate == 0.002
    assert (h.hidden_sizes, h.l2, h.excluded_classes, h.num_classes) == ((), 0.0, (), 0)

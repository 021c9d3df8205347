"""What a run's sample holds, and what it lacks."""

import numpy as np

from dashboard.runs.run_sample import Sample
from models.data import datasets


def test_a_sample_without_pca_has_no_errors_of_pca():
    digits = np.zeros((3, 784), np.uint8)
    sample = Sample(digits, np.zeros(3, np.int32), None, {}, datasets.by_name("digits"))
    assert sample.pca_errors.shape == (3,) and np.isnan(sample.pca_errors).all()

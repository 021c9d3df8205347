"""What a run's sample holds, and what it lacks."""

import numpy as np

from dashboard.runs import run_sample
from dashboard.runs.run_sample import Sample
from dashboard.runs.run_view import view_run
from models.data import datasets


def test_a_sample_without_pca_has_no_errors_of_pca():
    digits = np.zeros((3, 784), np.uint8)
    sample = Sample(digits, np.zeros(3, np.int32), None, {}, datasets.by_name("digits"))
    assert sample.pca_errors.shape == (3,) and np.isnan(sample.pca_errors).all()


def test_a_sample_that_was_stored_anew_is_read_anew(dispatcher, small):
    """What PCA may keep can depend on what a network has learned."""
    recipe = small("vector_quantized")
    run = dispatcher.store.create(recipe.run_id(), recipe.as_dict())
    images = np.zeros((2, 784), np.uint8)
    arrays = {"inputs": images, "labels": np.zeros(2, np.int32)}
    for grey, error in ((10, 0.3), (20, 0.2)):
        errors = {"train": error, "held_out": error}
        run.save_sample(arrays | {"pca_reconstructions": images + grey}, {"pca": errors})
        found = run_sample.sample(view_run(recipe))
        assert found.floor == errors and np.all(found.pca == grey)

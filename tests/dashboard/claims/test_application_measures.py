"""Numbers of a network that is tried on other images than it was trained on, here at its random
start, against scikit-learn and by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import mean_squared_error, roc_auc_score

from dashboard.claims.application_measures import MEASURES, NOISES
from models.data import loading
from tests.support.networks import build, weights_of

pytestmark = pytest.mark.tensorflow
LEFT_OUT = (1, 8)


@pytest.fixture(scope="module")
def untrained(small):
    """A function that gives a model and what the measures read of its run."""

    def start(type, **changes):
        recipe = small(type, **changes)
        model = build(recipe)
        weights = weights_of(model)
        run = SimpleNamespace(id="run", config=recipe.as_dict(), checkpoint=lambda _: (weights, {}))
        return model, run

    return start


def test_areas_are_scikit_learns_of_the_classes_left_out(untrained):
    model, run = untrained("stacked", excluded_classes=LEFT_OUT, latent_dim=5)
    data = loading.load("digits", 2)
    errors = np.square(model(data.held_out).numpy() - data.held_out).mean(axis=1)
    anomalous = np.isin(data.held_out_labels, LEFT_OUT)
    assert MEASURES["auc"](run) == pytest.approx(roc_auc_score(anomalous, errors), abs=1e-4)
    ones = (data.held_out_labels == 1) | ~anomalous
    expected = roc_auc_score(data.held_out_labels[ones] == 1, errors[ones])
    assert MEASURES["auc.1"](run) == pytest.approx(expected, abs=1e-4)


def test_the_area_of_pca_is_that_of_scikit_learns_images(untrained):
    model, run = untrained("stacked", excluded_classes=LEFT_OUT, latent_dim=5)
    pca = PCA(5).fit(loading.load(**model.hyperparameters.data_arguments).train)
    data = loading.load("digits", 2)
    rebuilt = np.clip(pca.inverse_transform(pca.transform(data.held_out)), 0, 1)
    errors = np.square(rebuilt - data.held_out).mean(axis=1)
    expected = roc_auc_score(np.isin(data.held_out_labels, LEFT_OUT), errors)
    assert MEASURES["auc.pca"](run) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("kind", NOISES)
def test_damage_is_what_noise_of_its_strength_does_on_average(untrained, kind):
    model, run = untrained("denoising")
    clean = loading.load(**model.hyperparameters.data_arguments).held_out
    level = NOISES[kind]
    expected = {
        "gaussian": level**2,
        "masking": level * np.mean(clean**2),
        "salt_and_pepper": level / 2 * np.mean(clean**2 + (1 - clean) ** 2),
    }
    assert MEASURES[f"damaged.{kind}"](run) == pytest.approx(expected[kind], rel=0.02)
    # A network that has learned nothing gives much the same grey whatever it is shown.
    grey = mean_squared_error(clean, model(clean).numpy())
    assert MEASURES[f"repaired.{kind}"](run) == pytest.approx(grey, rel=0.1)

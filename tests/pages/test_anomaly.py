"""The lesson on anomalies, headless: what was left out, and what gives an alarm."""

import numpy as np
import pytest

from dashboard.catalogue import lessons
from dashboard.views import anomalies, scored_images
from models.data import datasets, loading
from models.evaluation import anomaly_scores, pca
from models.layers import numpy_inference
from tests.support.pages import TINY, choose, lesson_recipe, metrics, open_page, with_key

LEFT_OUT = TINY | {"excluded_classes": "1-8"}

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def detector(trained_for_pages):
    """The recipe of a small run without 1s and 8s, which has been trained."""
    recipe = lesson_recipe("anomaly", **LEFT_OUT)
    assert trained_for_pages(recipe).state == "completed"
    return recipe


def expected_scores(run, h):
    """Errors of all held-out images by the network and by PCA, and which are anomalies."""
    weights, held_out = run.checkpoint("weights/")[0], loading.load("digits", 2)
    x = held_out.held_out
    rebuilt = numpy_inference.decode(h, weights, numpy_inference.encode(h, weights, x))
    components = pca.fit(loading.load(**h.data_arguments).train)
    by_pca = components.reconstruct(x, h.latent_dim, h.output_range)
    errors = [np.square(x - one).mean(axis=1) for one in (rebuilt, by_pca)]
    return *errors, np.isin(held_out.held_out_labels, h.excluded_classes)


def test_the_page_begins_with_a_digit_left_out_and_its_own_address(dispatcher):
    page = open_page("anomaly.py")
    assert not page.query_params
    chosen = page.session_state["choices.anomaly"]
    assert chosen.recipe == lessons.by_name("anomaly").recipe
    assert chosen.recipe.hyperparameters.excluded_classes == (8,)
    with_key(page.number_input, f"anomaly.seed.{chosen.version}").set_value(7).run()
    with_key(page.button, "anomaly.preset.ours").click().run()
    assert chosen.recipe == lessons.by_name("anomaly").recipe
    assert chosen.recipe.hyperparameters.excluded_classes == (8,)
    page = open_page("anomaly.py", excluded_classes="none")
    assert page.session_state["choices.anomaly"].recipe.hyperparameters.excluded_classes == ()
    assert any("Nothing is an anomaly" in one.value for one in page.info)


def test_areas_counts_and_offenders_are_those_of_the_stored_weights(detector, dispatcher, drawn):
    run = dispatcher.store.run(detector.run_id())
    ours, by_pca, strange = expected_scores(run, detector.hyperparameters)
    page = open_page("anomaly.py", **LEFT_OUT)
    areas = [anomaly_scores.estimate_auc(one[~strange], one[strange]) for one in (ours, by_pca)]
    assert metrics(page)[0].value == f"{areas[0].value:.2f}"
    assert f"± {areas[0].half_width:.2f} · PCA {areas[1].value:.2f}" in metrics(page)[0].comparison
    labels = loading.load("digits", 2).held_out_labels
    choosing = anomaly_scores.choosing_half(labels, strange)
    slider = with_key(page.slider, "stacked.anomaly.threshold.error")
    for threshold in (slider.value, slider.min + 60 * slider.step):
        choose(page, "stacked.anomaly.threshold.error", threshold)
        (table,) = [one.value for one in page.markdown if "false alarms**" in one.value]
        for half in (choosing, ~choosing):
            normal, anomalous = ours[half & ~strange], ours[half & strange]
            found = anomaly_scores.alarms(normal, anomalous, threshold)
            assert f"{found.false_alarms:,} of {len(normal):,}" in table
            assert f"{found.caught:,} of {len(anomalous):,}" in table
    (by_class,) = [one.value for one in page.markdown if "of PCA |" in one.value]
    for label in (1, 8):
        area = anomaly_scores.estimate_auc(ours[~strange], ours[labels == label])
        assert f"| {label} | {area.value:.2f} ± {area.half_width:.2f} |" in by_class
    choose(page, "stacked.anomaly.threshold.error", slider.value)
    choose(page, "stacked.anomaly.part", "missed")
    header, images = drawn["stacked.anomaly.missed"]
    assert header["labels"] == ["original", "rebuilt", "PCA"]
    tested = np.flatnonzero(strange & ~choosing)
    first = tested[ours[tested].argmin()]
    pixels = np.round(loading.load("digits", 2).held_out[first] * 255)
    np.testing.assert_array_equal(images[0, 0].ravel(), pixels)
    choose(page, "stacked.anomaly.part", "false")
    assert "stacked.anomaly.false" in drawn


def test_other_lessons_show_anomalies_where_a_class_is_left_out(detector, dispatcher):
    page = open_page("stacked.py", **LEFT_OUT)
    choose(page, "stacked.view", "Anomalies")
    assert with_key(page.slider, "stacked.anomaly.threshold.error")
    page = open_page("stacked.py", **TINY)
    assert "Anomalies" not in with_key(page.segmented_control, "stacked.view").options


def test_offenders_are_wrong_and_the_worst_comes_first():
    draws = np.random.default_rng(1)
    scores, strange = draws.random(60), draws.random(60) < 0.4
    pixels = np.zeros((60, 784), np.uint8)
    found = scored_images.Scored(pixels, pixels, pixels, strange.astype(int), strange,
                             {"error": scores}, datasets.by_name("digits"))  # fmt: skip
    missed, false = anomalies.offenders(found, "error", 0.5, 5)
    assert strange[missed].all() and not strange[false].any()
    assert np.all(np.diff(scores[missed]) > 0) and np.all(np.diff(scores[false]) < 0)
    assert scores[missed[0]] == scores[strange].min() and scores[false[0]] == scores[~strange].max()
    assert scores[missed].max() < 0.5 <= scores[false].min()

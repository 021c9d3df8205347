"""All lessons with views of their own can be seen whole, before and after a training."""

import numpy as np
import pytest

from dashboard.views import image_views
from models.layers import numpy_inference
from tests.support.pages import (
    LESSONS_WITH_VIEWS,
    SMALL,
    SMALL_NATS,
    choose,
    metrics,
    open_page,
    with_key,
)
from tests.support.recipes import make_recipe

SHARED = (
    image_views.EXPLORE,
    image_views.INVENT,
    image_views.CODES,
    image_views.FEATURES,
    image_views.CLASSES,
)

IN_NATS = {
    "conditional": ("conditional", ("invented", "hands", "explore", "space")),
    "beta": ("variational", ("development", "traversal", "rates", "factors")),
}
"""Of two lessons more, the type and the views of their own."""

pytestmark = pytest.mark.pages


@pytest.mark.parametrize("query", [{"seed": "300"}, SMALL], ids=["untrained", "trained"])
def test_every_view_of_every_lesson_can_be_drawn(lesson, drawn, query):
    name, run = lesson
    page = open_page(f"{name}.py", **query)
    control = with_key(page.segmented_control, f"{name}.view")
    assert len(control.options) >= 6
    # What all lessons share needs no training of its own to be seen untrained: once is enough.
    seen_before = () if query is SMALL or name == LESSONS_WITH_VIEWS[0] else SHARED
    for view in set(control.options) - set(seen_before):
        choose(page, f"{name}.view", view)
    if query is SMALL:
        held_out = run.result()["held_out"]["reconstruction_mse"]
        assert metrics(page)[0].value == f"{held_out:.5f}"
        assert not page.info


@pytest.mark.parametrize("name", IN_NATS)
@pytest.mark.parametrize("query", [{"seed": "310"}, SMALL_NATS], ids=["untrained", "trained"])
def test_every_view_can_be_drawn(trained_once, name, query):
    type, views = IN_NATS[name]
    run = trained_once(make_recipe(type, **SMALL_NATS))
    page = open_page(f"{name}.py", **query)
    control = with_key(page.segmented_control, f"{name}.view")
    assert len(control.options) == 7
    for view in ("rebuilt", "dimensions", "parts", *views):
        choose(page, f"{name}.view", view)
    if query is SMALL_NATS:
        held_out = run.result()["held_out"]
        assert metrics(page)[0].value == f"{held_out['reconstruction_nats']:.1f}"


def test_invented_images_are_decoded_from_draws_of_both_densities(lesson, drawn):
    name, run = lesson
    if name == "vector_quantized":  # draws indices: see test_vector_quantized.py
        return
    page = open_page(f"{name}.py", **SMALL)
    choose(page, f"{name}.view", "Invented")
    h = make_recipe(name, **SMALL).hyperparameters
    weights = run.checkpoint("weights/")[0]
    draws = np.random.default_rng(0).standard_normal((300, 40))
    expected = np.clip(numpy_inference.decode(h, weights, draws[:24]), 0, 1)
    prior, fitted = (drawn[f"{name}.invent.{part}"][1][0] for part in ("prior", "fitted"))
    np.testing.assert_allclose(prior.reshape(24, 784) / 255, expected, atol=0.003)
    distances = {one.label: float(one.value.split(" ± ")[0]) for one in page.metric[-4:]}
    assert distances["Training images"] < distances["From N(0, I)"]
    choose(page, f"{name}.invent.components", 1)
    other = (drawn[f"{name}.invent.{part}"][1][0] for part in ("prior", "fitted"))
    assert [np.array_equal(*pair) for pair in zip((prior, fitted), other, strict=True)] == [
        True,
        False,
    ]
    with_key(page.button, f"{name}.invent.others").click()
    page.run()
    assert np.any(drawn[f"{name}.invent.prior"][1][0] != prior)


def test_a_lesson_that_the_article_does_not_have_offers_no_preset_of_it(lesson):
    name, _run = lesson
    page = open_page(f"{name}.py", **SMALL)
    keys = [button.key for button in page.button if button.key]
    assert f"{name}.preset.ours" in keys and f"{name}.preset.article" not in keys

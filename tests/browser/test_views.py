"""All views of the other lessons."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import start, status
from tests.support.pages import LESSONS_WITH_VIEWS
from tests.support.scripts import marks
from tests.support.soak import soaking

pytestmark = marks


# One stands for all. That the others' views are put together is tested without a browser; a
# browser looks at them when asked to: pytest -m soak.
VIEWED = ("vector_quantized",)


@pytest.mark.parametrize("lesson", soaking(LESSONS_WITH_VIEWS, VIEWED))
def test_a_lesson_is_trained_and_all_its_views_are_drawn(open_page, seed, lesson):
    page = open_page(f"/{lesson}?seed={seed}&num_train=300&epochs=5&latent_dim=30")
    start(page, "fast", lesson)
    expect(status(page)).to_contain_text("Trained for 5 epochs")
    expect(page.locator(f".st-key-{lesson}-grid canvas").first).to_be_visible()
    look_at_every_view(page, lesson)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("lesson", "first"), [("beta", "development"), ("conditional", "invented")]
)
def test_a_lesson_in_nats_is_trained_and_all_its_views_are_drawn(open_page, seed, lesson, first):
    page = open_page(f"/{lesson}?seed={seed}&num_train=300&epochs=5&latent_dim=6&hidden_sizes=60")
    start(page, "fast", lesson)
    expect(status(page)).to_contain_text("Trained for 5 epochs")
    expect(page.locator(f".st-key-{lesson}-{first}").first).to_be_visible()
    look_at_every_view(page, lesson)


def look_at_every_view(page, lesson):
    """Chooses one view after the other; each draws something, none fails."""
    views = page.locator(f".st-key-{lesson}-view [role=radio]")
    expect(views.nth(5)).to_be_visible()
    for index in range(views.count()):
        views.nth(index).click()
        expect(views.nth(index)).to_be_checked()
        drawn = page.locator(".js-plotly-plot, .explorer canvas, [class*=st-key] .example canvas")
        expect(drawn.last).to_be_attached()
        expect(page.locator('[data-testid="stException"]')).to_have_count(0)

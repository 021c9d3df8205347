"""The stacked lesson: one training on two pages, and the grid of digits."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import SMALL_STACKED, button, metric, see_changes, start, status
from tests.support.scripts import marks

pytestmark = marks


def test_two_pages_share_one_training_and_a_reload_attaches_to_it(open_page, seed):
    # Of a lesson without clouds in space: two pages at once that draw those leave no time else.
    address = f"/stacked?seed={seed}&{SMALL_STACKED}"
    first, second = open_page(address), open_page(address, somebody_else=True)
    expect(status(second)).to_contain_text("An untrained network")
    start(first, "2 min", "stacked")
    first.reload()
    expect(button(first, "stop", "stacked")).to_be_visible()
    expect(status(first)).to_contain_text("left")
    # The second looks again by itself, without a click.
    expect(button(second, "stop", "stacked")).to_be_visible(timeout=30_000)
    expect(status(second)).to_contain_text("left")
    button(second, "stop", "stacked").click()
    expect(second.get_by_text("You have left this run")).to_be_visible()
    expect(status(first)).to_contain_text("left")  # seconds: it goes on for the first
    button(first, "stop", "stacked").click()
    expect(status(first)).to_contain_text("Stopped after epoch")
    expect(status(second)).to_contain_text("Stopped after epoch")
    assert metric(first, 0).inner_text() == metric(second, 0).inner_text()


def tiles(page, row):
    """What one row of the image grid shows, canvas by canvas."""
    urls = "canvases => canvases.map(one => one.toDataURL())"
    return tuple(page.locator(f".example canvas:nth-child({row})").evaluate_all(urls))


@pytest.mark.soak
def test_rebuilt_digits_change_while_a_stacked_autoencoder_trains_and_grow_with_large_text(
    open_page, seed
):
    page = open_page(f"/stacked?seed={seed}&hidden_sizes=100&num_train=300&epochs=200")
    expect(page.locator(".example")).to_have_count(10)
    originals, empty = tiles(page, 1), tiles(page, 2)
    assert len(set(originals)) == 10 and len(set(empty)) == 1
    start(page, "2 min", "stacked")
    page.get_by_text("One of each", exact=True).click()
    expect(page.locator(".example")).to_have_count(10)
    digits = tiles(page, 1)
    see_changes(page, lambda: tiles(page, 2))
    assert tiles(page, 1) == digits, "the choice of images holds still"
    button(page, "stop", "stacked").click()
    expect(status(page)).to_contain_text("Stopped after epoch")
    caption = page.locator(".example .caption").first.inner_text()
    assert [float(part) > 0 for part in caption.split()] == [True, True]
    expect(page.get_by_role("img", name="10 images")).to_be_visible()
    tile = page.locator(".example canvas").first
    width = tile.evaluate("canvas => canvas.clientWidth")
    page.get_by_text("Large text").first.click()
    expect(tile).to_have_css("width", f"{round(width * 20 / 14)}px")
    page.get_by_text("Large text").first.click()

"""The workbench: what stands where on a laptop, a small screen and a phone."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import button, choose_pace, see_changes, status, until
from tests.support.scripts import marks

pytestmark = marks

PLACES = ("settings", "picture", "guide")
NEEDED = ("train", "main_settings", "overview")
"""What the main loop needs in sight, besides the picture and the question."""


def box(page, name):
    """Left, top, right and bottom of what has that key."""
    found = page.locator(f".st-key-{name}").first.bounding_box()
    return (
        found["x"],
        found["y"],
        found["x"] + found["width"],
        found["y"] + found["height"],
    )


@pytest.fixture
def page(open_page):
    page = open_page("/stacked")
    expect(page.locator(".st-key-stacked-grid canvas").first).to_be_visible()
    return page


def resize(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(500)


def test_the_main_loop_needs_no_scrolling_on_a_laptop(page):
    resize(page, 1366, 768)
    places = {name: box(page, name) for name in PLACES}
    assert places["settings"][2] <= places["picture"][0]
    assert places["picture"][2] <= places["guide"][0]
    for name in NEEDED:
        left, top, right, bottom = box(page, name)
        assert 0 <= left < right <= 1366 and 0 <= top < bottom <= 768, name
    assert page.get_by_text("Guess first:").bounding_box()["y"] < 768
    assert page.locator(".st-key-stacked-grid canvas").first.bounding_box()["y"] < 600
    # Train stays where it is, and so do the settings and the guide.
    before = box(page, "train")
    page.locator('[data-testid="stMain"]').evaluate("main => main.scrollBy(0, 500)")
    page.wait_for_timeout(300)
    assert box(page, "train")[1] < before[1] + 1 and box(page, "train")[1] > 0
    assert page.get_by_text("Guess first:").bounding_box()["y"] < 768


def test_no_screen_has_to_be_scrolled_sideways(page):
    for width, height in ((1366, 650), (1024, 768), (360, 740)):
        resize(page, width, height)
        overflow = page.locator('[data-testid="stMain"]').evaluate(
            "main => main.scrollWidth - main.clientWidth"
        )
        assert overflow <= 1, width


def test_on_a_small_screen_the_guide_stands_below_the_picture(page):
    resize(page, 1024, 768)
    places = {name: box(page, name) for name in PLACES}
    assert places["settings"][2] <= places["picture"][0]
    assert places["guide"][1] >= places["picture"][3] - 1
    assert places["guide"][0] >= places["settings"][2]


def test_on_a_phone_the_places_stack_and_train_stays_at_the_bottom(page):
    resize(page, 360, 740)
    places = {name: box(page, name) for name in PLACES}
    assert places["guide"][3] <= places["picture"][1] + 1
    assert places["picture"][3] <= places["settings"][1] + 1
    for _look in range(2):
        top, bottom = box(page, "train")[1::2]
        assert bottom == pytest.approx(740, abs=12) and top > 640
        page.locator('[data-testid="stMain"]').evaluate("main => main.scrollBy(0, 900)")


def test_a_lesson_is_not_longer_than_two_and_a_half_screens(page):
    for width, height, most in ((1366, 768, 2.5), (360, 740, 5)):
        resize(page, width, height)
        length = page.locator('[data-testid="stMain"]').evaluate("main => main.scrollHeight")
        assert length <= most * height, (width, length / height)


def test_a_guess_a_stored_training_and_what_the_run_says(open_page):
    page = open_page("/linear")
    expect(status(page)).to_contain_text("Not trained yet")
    page.locator(".st-key-guide").get_by_text("larger", exact=True).click()
    expect(page.get_by_text("Noted.")).to_be_visible()
    choose_pace(page, "8 s")
    until(page, lambda: "trained already" in page.locator(".st-key-settings").inner_text())
    button(page, "train").click()
    expect(page.locator(".film .message")).to_contain_text("Replay")
    see_changes(page, page.locator(".metrics .value").first.inner_text)
    expect(page.get_by_text("What happened?").first).to_be_visible()
    page.get_by_text("Tell me", exact=True).click()
    expect(page.get_by_text("The run says:")).to_be_visible()
    button(page, "next").click()
    expect(page.get_by_text("Only one number may pass.")).to_be_visible()
    expect(status(page)).to_contain_text("Not trained yet")
    page.wait_for_url("**latent_dim=1**")

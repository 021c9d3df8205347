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


def resize(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(500)
    main = page.locator('[data-testid="stMain"]')
    overflow = main.evaluate("main => main.scrollWidth - main.clientWidth")
    assert overflow <= 1, "no screen has to be scrolled sideways"
    return {name: box(page, name) for name in PLACES}


def scroll(page, pixels):
    page.locator('[data-testid="stMain"]').evaluate("(main, by) => main.scrollBy(0, by)", pixels)
    page.wait_for_timeout(300)


def screens(page, height):
    """How many screens a page is long."""
    main = page.locator('[data-testid="stMain"]')
    return main.evaluate("main => main.scrollHeight") / height


def test_what_stands_where_on_a_laptop_a_small_screen_and_a_phone(open_page):
    page = open_page("/stacked")
    expect(page.locator(".st-key-stacked-grid canvas").first).to_be_visible()
    question = page.get_by_text("Guess first:")

    places = resize(page, 1366, 768)
    assert places["settings"][2] <= places["picture"][0]
    assert places["picture"][2] <= places["guide"][0]
    for name in NEEDED:
        left, top, right, bottom = box(page, name)
        assert 0 <= left < right <= 1366 and 0 <= top < bottom <= 768, name
    assert question.bounding_box()["y"] < 768
    assert page.locator(".st-key-stacked-grid canvas").first.bounding_box()["y"] < 600
    assert screens(page, 768) <= 2.5
    before = box(page, "train")
    for _step in range(4):
        scroll(page, 250)
        assert box(page, "guide")[3] <= box(page, "below")[1] + 1, "nothing covers another"
    assert 0 < box(page, "train")[1] <= before[1], "Train does not scroll away"

    places = resize(page, 1024, 768)
    assert places["settings"][2] <= places["picture"][0]
    assert places["guide"][1] >= places["picture"][3] - 1, "the guide below the picture"
    assert places["guide"][0] >= places["settings"][2]

    places = resize(page, 360, 740)
    assert places["guide"][3] <= places["picture"][1] + 1
    assert places["picture"][3] <= places["settings"][1] + 1
    assert screens(page, 740) <= 5
    for _look in range(2):
        top, bottom = box(page, "train")[1::2]
        assert bottom == pytest.approx(740, abs=12) and top > 640, "at the bottom of the screen"
        scroll(page, 900)


def test_a_guess_a_stored_training_and_what_the_run_says(open_page):
    page = open_page("/linear")
    expect(status(page)).to_contain_text("An untrained network")
    page.locator(".st-key-guide").get_by_text("larger", exact=True).click()
    expect(page.get_by_text("Noted.")).to_be_visible()
    choose_pace(page, "8 s")
    until(page, lambda: "stored already" in page.locator(".st-key-settings").inner_text())
    button(page, "train").click()
    expect(page.locator(".film .message")).to_contain_text("Replay")
    expect(page.get_by_text("Watch:")).to_be_visible()
    see_changes(page, page.locator(".metrics .value").first.inner_text)
    expect(page.get_by_text("What happened?").first).to_be_visible()
    page.get_by_text("Tell me", exact=True).click()
    expect(page.get_by_text("The run says:")).to_be_visible()
    button(page, "next").click()
    expect(page.get_by_text("Only one number may pass.")).to_be_visible()
    expect(status(page)).to_contain_text("An untrained network")
    page.wait_for_url("**latent_dim=1**")


def test_results_open_in_a_tab_ready_to_print(open_page):
    page = open_page("/linear")
    page.add_init_script("window.print = () => {}")
    page.get_by_role("button", name="Share").click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Print my results").click()
    paper = opened.value
    expect(paper.get_by_role("heading", name="The linear autoencoder")).to_be_visible()
    expect(paper.get_by_role("heading", name="Questions")).to_be_visible()
    paper.close()


def test_the_keyboard_goes_from_the_guess_to_train_and_on_to_the_guide(open_page):
    page = open_page("/linear?task=Guess", somebody_else=True)
    expect(page.get_by_text("Guess first:")).to_be_visible()
    choose_pace(page, "fast")
    page.locator(".st-key-guide input[type=radio]").last.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Noted.")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("What happened?").first).to_be_visible()
    in_guide = "() => Boolean(document.activeElement.closest('.st-key-guide'))"
    page.wait_for_function(in_guide)
    for _tab in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Tell me":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("The run says:")).to_be_visible()
    page.wait_for_function(in_guide)


def test_on_a_phone_a_thumb_scrolls_past_every_figure(chromium, server):
    context = chromium.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    page.goto(f"{server.address}/linear")
    page.locator(".js-plotly-plot").nth(3).wait_for()
    expect(page.get_by_role("button", name="Tap to turn it").first).to_be_visible()
    modes = """() => [...document.querySelectorAll('.js-plotly-plot')]
        .filter(plot => !plot._fullLayout.scene).map(plot => plot._fullLayout.dragmode)"""
    assert set(page.evaluate(modes)) == {False}
    actions = """() => [...document.querySelectorAll('.live-plots .nsewdrag, .live-plots .shield')]
        .map(one => getComputedStyle(one).touchAction)"""
    assert set(page.evaluate(actions)) == {"pan-y"}
    context.close()

"""Figures that can be turned, on screens that are touched."""

from playwright.sync_api import expect

from tests.support.scripts import marks, scripted_page

pytestmark = marks


def test_a_thumb_scrolls_past_a_figure_that_turns_until_it_is_tapped(chromium):
    touched = chromium.new_context(is_mobile=True, has_touch=True)
    for context, is_needed in ((touched, True), (chromium, False)):
        page = scripted_page(context, "plots/touch_shield.js")
        page.evaluate(
            """() => {
                document.body.innerHTML = "<figure>3-D</figure><p>text</p>";
                window.shield = new TouchShield(document.querySelector("figure"), "Tap to turn it");
            }"""
        )
        pane = page.get_by_role("button", name="Tap to turn it")
        expect(pane).to_be_hidden()
        page.evaluate("shield.update(true)")
        assert pane.is_visible() is is_needed
        if is_needed:
            pane.tap()
            page.evaluate("shield.update(true)")
            expect(pane).to_be_hidden()  # a redrawing leaves it lifted
            page.get_by_text("text").tap()
            expect(pane).to_be_visible()
            page.evaluate("shield.update(false)")
            expect(pane).to_be_hidden()  # a flat figure needs none
        page.close()
    touched.close()

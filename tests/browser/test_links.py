"""Links: what they show, how they are copied, and where former ones lead."""

from playwright.sync_api import expect

from tests.support.browser import seed_field, until
from tests.support.scripts import marks

pytestmark = marks


def test_a_link_shows_its_task_and_mistakes_and_its_copy_leads_to_the_same_run(
    open_page, server, seed
):
    page = open_page(
        f"/stacked?seed={seed}&latent_dim=-7&l2=loud&colour=red"
        "&task=Find%20the%20least%20error&lock=epochs&epochs=70"
    )
    expect(page.get_by_text("Find the least error")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Epochs").first).to_be_disabled()
    look_at_the_explanations(page)
    warning = page.locator('[data-testid="stAlert"]').first
    for part in ("latent_dim = -7", "l2 = loud", "colour"):
        expect(warning).to_contain_text(part)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.bring_to_front()  # only the page in front may write to the clipboard
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert f"seed={seed}" in link and "learning_rate=" in link, "complete, defaults included"
    again = open_page(link.removeprefix(server.address))
    expect(seed_field(again)).to_have_value(str(seed))


def look_at_the_explanations(page):
    """A term explains itself on keyboard focus and under the mouse."""
    code, pca = page.locator(".glossary-term").nth(0), page.locator(".glossary-term").nth(1)
    bubble = code.get_by_role("tooltip", include_hidden=True)
    expect(bubble).to_be_hidden()
    code.focus()
    expect(bubble).to_be_visible()
    expect(bubble).to_be_in_viewport(ratio=1)
    described = page.evaluate(
        "term => document.getElementById(term.getAttribute('aria-describedby')).textContent",
        code.element_handle(),
    )
    assert described == bubble.inner_text()
    page.keyboard.press("Tab")
    expect(bubble).to_be_hidden()
    expect(pca.get_by_role("tooltip")).to_be_visible()
    code.hover()
    expect(bubble).to_be_visible()
    page.keyboard.press("Escape")
    expect(bubble).to_be_hidden()
    pca.hover()
    code.hover()
    expect(bubble).to_be_visible()


def test_a_former_address_leads_to_the_page_with_all_that_it_says(open_page, seed):
    page = open_page(f"/pretraining?seed={seed}&latent_dim=20")
    page.wait_for_url(f"**/few_labels?*seed={seed}*")
    expect(seed_field(page)).to_have_value(str(seed))
    assert "latent_dim=20" in page.url


def test_back_to_an_address_that_says_nothing_restores_the_defaults(open_page):
    page = open_page("/linear", somebody_else=True)
    epochs = page.get_by_label("Epochs", exact=True).first
    expect(epochs).to_have_value("1000")

    def enter(count):  # a page that is being drawn anew forgets what was typed
        epochs.fill(count)
        epochs.press("Enter")
        page.wait_for_timeout(1_000)
        return page.url.endswith(f"epochs={count}")

    for count in ("9", "12"):
        until(page, lambda count=count: enter(count))
    page.go_back()
    expect(epochs).to_have_value("9")
    page.go_back()
    expect(epochs).to_have_value("1000")
    until(page, lambda: enter("15"))
    page.get_by_role("link", name="Home").first.click()
    page.get_by_role("link", name="Start here: Linear").click()
    expect(epochs).to_have_value("15")  # whoever comes from another page finds it as it was left

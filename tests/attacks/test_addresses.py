"""A link with a hostile address: whoever opens it sees its text, and the browser fetches nothing.

The browser here does not heed the server's policy, which would stop it anyway (test_policy.py).
"""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from dashboard.text.foreign import MOST_MESSAGES
from tests.attacks.addresses import FIRST, PAGES, batches, parameters
from tests.attacks.listening import listening
from tests.support.scripts import marks
from tests.support.soak import soaking

pytestmark = [*marks, pytest.mark.training]

TEXTS = [
    "![a](http://127.0.0.1:9/x)",
    "[a](http://127.0.0.1:9/x)",
    "http://127.0.0.1:9/x www.evil.example ada@evil.example",
    "<img src=http://127.0.0.1:9/x> <b>a</b> &lt;",
    ":red[a] :material/home: :smile: :streamlit:",
    "$x^2$ **a** _b_ ~~c~~ `d` # e",
    "# a",
    "1. a | b",
]


@pytest.fixture(scope="module")
def stranger():
    with listening() as stranger:
        yield stranger


@pytest.fixture(scope="module")
def browser(chromium):
    """One that fetches whatever a page asks for."""
    context = chromium.new_context(bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def read(page, server, name, texts):
    """Opens a page at an address, until all of it is there."""
    page.goto(f"{server.address}/{name}?{urlencode(texts)}")
    page.locator("h1").first.wait_for()
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")


def assert_nothing_of(stranger, page):
    host = stranger.address.removeprefix("http://")
    assert not page.locator(f'a[href*="{host}"], [src*="{host}"]').count()
    assert not stranger.asked


@pytest.mark.parametrize("name", soaking(PAGES, FIRST))
def test_no_parameter_of_a_page_is_fetched(name, server, stranger, page):
    image, link = f"![]({stranger.address}/x)", f"[x]({stranger.address}/y)"
    read(page, server, name, dict.fromkeys(parameters(name), image))
    assert_nothing_of(stranger, page)
    read(page, server, name, {f"{text} {n}": text for n, text in enumerate((image, link))})
    assert_nothing_of(stranger, page)


@pytest.mark.soak
@pytest.mark.parametrize("name", PAGES)
def test_none_is_fetched_of_those_either_that_stand_behind_the_first_few(
    name, server, stranger, page
):
    for some in batches(parameters(name), MOST_MESSAGES):
        read(page, server, name, dict.fromkeys(some, f"![]({stranger.address}/x)"))
        assert_nothing_of(stranger, page)


@pytest.mark.parametrize("texts", batches(TEXTS, MOST_MESSAGES), ids=["first", "second"])
def test_the_text_is_shown_as_it_is(texts, server, page):
    read(page, server, "linear", {"lock": ",".join(texts)})
    warning = page.get_by_test_id("stAlert").first
    expect(warning).to_contain_text("cannot be used")
    shown = warning.inner_text().replace("\u2060", "")
    assert f"lock = {', '.join(texts)} cannot be used" in shown
    assert not warning.locator("a, img, b, strong, em, del, code, h1, li, .katex").count()

"""A second line: were a stranger's markup in a page, nothing would be fetched, run or framed.

The lab itself works under it: no console complains, here or in tests/browser.
"""

import pytest
import requests
from playwright.sync_api import expect

from dashboard.catalogue.lessons import LESSONS
from dashboard.runs.addresses import plotly_address
from tests.attacks.listening import listening
from tests.browser.conftest import STREAMLITS_OWN
from tests.support.browser import ARGUMENTS, start, status
from tests.support.files import VALID
from tests.support.scripts import launched, marks
from tests.support.soak import soaking

pytestmark = [*marks, pytest.mark.training]

QUICK = "latent_dim=2&hidden_sizes=60&num_train=300&epochs=5&seed=2020"
NAMES = [lesson.name for lesson in LESSONS[1:]]  # the first one is at "/"


@pytest.fixture(scope="module")
def context():
    with launched(ARGUMENTS) as chromium:
        context = chromium.new_context(reduced_motion="reduce")
        context.set_default_timeout(60_000)
        yield context
        context.close()


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def page(context, complaints):
    def note(message):
        asked = message.location.get("url", "")
        if message.type == "error" and not asked.endswith(STREAMLITS_OWN):
            complaints.append(f"{message.text} {message.location}")

    page = context.new_page()
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()


def read(page, server, path):
    """Opens a page until all of it is there."""
    page.goto(server.address + path)
    page.locator("h1").first.wait_for()
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")


PATHS = ("/", "/linear", "/livez", "/_stcore/health", "/static/no", "/media/no", "/runs/x/sample")


@pytest.mark.parametrize("path", [*PATHS, plotly_address()])
def test_every_answer_carries_the_policy(path, server):
    told = requests.get(server.address + path, timeout=30).headers
    assert "default-src 'self'" in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("name", soaking(["", *NAMES], ("", "linear")))
def test_a_page_works_under_it(name, server, page, complaints):
    read(page, server, f"/{name}")
    assert not page.get_by_test_id("stException").count()
    assert not complaints


@pytest.mark.soak
def test_the_teacher_s_pages_work_under_it(server, password, page, complaints):
    for path, shown in (("/runs", "Leave"), ("/wall", "Take all dots down")):
        read(page, server, path)
        if path == "/wall":
            page.get_by_text("For the teacher").click()
        field = page.get_by_label("Teacher's password")
        inside = page.get_by_role("button", name=shown).or_(page.get_by_text("No run yet"))
        expect(field.or_(inside)).to_be_visible()  # whoever is in stays so on the second page
        if field.count():
            field.fill(password)
            page.get_by_role("button", name="Enter", exact=True).click()
        expect(inside).to_be_visible()
    assert not complaints


@pytest.mark.soak
def test_a_lesson_is_worked_through_under_it(server, page, complaints):
    read(page, server, f"/variational?{QUICK}")
    start(page, "fast", "variational")
    expect(status(page)).to_contain_text("Trained for 5 epochs")
    page.get_by_text("Latent space", exact=True).click()
    expect(page.locator("[data-testid=live-plots-plot-0] .main-svg").first).to_be_visible()
    for name in ("Save as PNG", "Save as interactive HTML"):
        with page.expect_download():
            page.get_by_role("button", name=name).first.press("Enter")
    page.get_by_text("Explore", exact=True).click()
    expect(page.locator(".explorer[data-ready=true]")).to_be_visible()
    with page.expect_download():
        page.get_by_role("button", name="Worksheet").click()
    page.get_by_text("Own data", exact=True).click()
    name, content = VALID[1]
    file = {"name": name, "mimeType": "application/zip", "buffer": content}
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_text("images to learn from")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    assert not complaints


INJECTED = """address => {
    window.ran = false;
    const hurt = document.createElement("div");
    hurt.innerHTML = `<img src="${address}/image" onerror="window.ran = true">
        <iframe src="${address}/frame"></iframe><object data="${address}/object"></object>
        <link rel="stylesheet" href="${address}/style"><video src="${address}/video"></video>
        <form action="${address}/form"><button></button></form>`;
    document.body.append(hurt);
    for (const [name, text] of [["src", `${address}/script`], ["text", "window.ran = true"]]) {
        document.body.append(Object.assign(document.createElement("script"), { [name]: text }));
    }
    hurt.querySelector("form").submit();
    setTimeout("window.ran = true");
    new Worker(URL.createObjectURL(new Blob([`fetch("${address}/worker")`]))).onerror = () => 0;
    return fetch(`${address}/fetch`).then(() => "fetched", () => "refused");
}"""


def test_what_is_injected_is_neither_fetched_nor_run(server, page):
    with listening() as stranger:
        read(page, server, "/linear")
        assert page.evaluate(INJECTED, stranger.address) == "refused"
        assert page.evaluate("() => window.ran") is False
        assert not stranger.asked


def test_a_stranger_s_page_cannot_frame_the_lab(server, page):
    with listening() as stranger:
        stranger.page = f'<iframe src="{server.address}/linear"></iframe>'
        page.goto(stranger.address)
        expect(page.locator("iframe")).to_be_attached()
        page.wait_for_load_state("networkidle")
        framed = page.frames[1]
        assert framed.url.startswith("chrome-error:")

"""The server's pages in Chromium: what its tests and the screenshots share."""

import time

from playwright.sync_api import expect

expect.set_options(timeout=60_000)  # CI machines have two slow cores, and no GPU to draw with

ARGUMENTS = [
    "--no-sandbox",
    # WebGL by the processor; the page itself must not be put together that way, too: asking for
    # --use-angle=swiftshader does that, and takes most of a core for a spinner alone.
    "--enable-unsafe-swiftshader",
    "--enable-webgl",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # what one page has compiled, the next ones find again
]
PASSWORD = "open sesame"
SMALL_STACKED = "latent_dim=20&hidden_sizes=100&num_train=1000&epochs=20"

PLACE = """([plot, trace, index]) => {
    const graph = document.querySelectorAll(`[data-testid=live-plots-plot-${plot}]`)[0];
    const { left, top } = graph.getBoundingClientRect();
    const { xaxis, yaxis } = graph._fullLayout, { x, y } = graph._fullData[trace];
    return [left + xaxis._offset + xaxis.l2p(x[index]), top + yaxis._offset + yaxis.l2p(y[index])];
}"""
RINGS = """name => {
    const graphs = document.querySelectorAll(".live-plots")[0].querySelectorAll(".plot");
    return [...graphs].map(graph => graph.data.filter(trace => trace.meta?.ring === name).map(
        ({ x, y, z }) => [...x].map((one, i) => [one, y[i], ...(z?.length ? [z[i]] : [])])).flat());
}"""


def button(page, name, lesson="linear"):
    """A button of a lesson."""
    # While a rerun is under way the page may hold the old button beside the new one.
    return page.locator(f".st-key-{lesson}-{name} button").first


def metric(page, index):
    """The number of a lesson's metric."""
    return page.locator(".metrics .value").nth(index)


def status(page):
    """What a lesson says about its training."""
    return page.locator(".stProgress").first


def open_settings(page):
    """Opens the drawer of further settings."""
    drawer = page.locator(".st-key-settings details").last
    expect(drawer).to_have_count(1)
    if drawer.get_attribute("open") is None:
        drawer.locator("summary").click()


def seed_field(page):
    """The field of the seed."""
    open_settings(page)
    field = page.get_by_label("Seed", exact=True)
    expect(field).to_have_count(1)  # see `button`
    return field


def choose_pace(page, label, lesson="linear"):
    """Sets how fast to train."""
    radio = page.locator(f".st-key-{lesson}-pace").get_by_role("radio", name=label, exact=True)
    if not radio.is_checked():  # which waits for it
        radio.click()
        expect(radio).to_be_checked()


def start(page, pace="8 s", lesson="linear"):
    """Trains, and returns as soon as the training can be stopped."""
    choose_pace(page, pace, lesson)
    button(page, "train", lesson).click()
    expect(button(page, "stop", lesson)).to_be_visible(timeout=60_000)


def see_changes(page, *looks, times=3):
    """Waits until each of `looks` has answered differently `times` times."""
    seen = [set() for _ in looks]
    deadline = time.monotonic() + 60
    while min(map(len, seen)) < times:
        assert time.monotonic() < deadline, [len(one) for one in seen]
        for look, answers in zip(looks, seen, strict=True):
            answers.add(look())
        page.wait_for_timeout(200)


def until(page, condition):
    """Waits for something that Playwright cannot await by itself."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)


def enter(page):
    """Says the teacher's password."""
    page.get_by_label("Teacher's password").fill(PASSWORD)
    page.get_by_role("button", name="Enter", exact=True).click()

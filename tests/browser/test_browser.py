"""Browser tests: the real server, driven in Chromium over the main paths of a lesson."""

import itertools
import json
import os
import shutil
import signal
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.visiting import Server
from dashboard.catalogue.lessons import SECTIONS, START
from models.autoencoders import registry
from models.runs.recipe import Recipe
from tests.support.pages import LESSONS_WITH_VIEWS, soaking, unpacked

PASSWORD = "open sesame"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
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
VIEWPORT = {"width": 1366, "height": 768}
# Opening a page other than the first, Streamlit's own script asks for its health below the page's
# address before it asks at the root: these two answers are its way of finding the root.
STREAMLITS_OWN = ("/_stcore/health", "/_stcore/host-config")

CAMERA = """() => [...document.querySelectorAll('.js-plotly-plot')]
    .filter(plot => plot._fullLayout && plot._fullLayout.scene)
    .map(plot => plot._fullLayout.scene._scene.getCamera().eye)"""
PLANE = """() => {
    const plot = [...document.querySelectorAll('.js-plotly-plot')][0];
    const plane = plot?.data?.find(trace => trace.type === 'mesh3d');
    return plane ? JSON.stringify([plane.x, plane.y, plane.z]) : '';
}"""

expect.set_options(timeout=60_000)  # CI machines have two slow cores, and no GPU to draw with

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not shutil.which(CHROMIUM) and not os.environ.get("CI"),
        reason=f"{CHROMIUM} is not installed; set CHROMIUM to the path of another Chromium",
    ),
    # Playwright leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    runs = tmp_path_factory.mktemp("server") / "runs"
    server = Server(runs, TRAIN_AHEAD="1", TEACHER_PASSWORD=PASSWORD)
    server.wait_until_open()
    yield server
    server.close()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def new_context(chromium):
    """A visitor's browser. Nothing in it moves for beauty: the processor would paint it."""
    return chromium.new_context(viewport=VIEWPORT, reduced_motion="reduce")


@pytest.fixture(scope="module")
def context(chromium, server):
    """One browser for all tests, so that it reads megabytes of scripts once."""
    context = new_context(chromium)
    context.new_page().goto(server.address + "/_stcore/health")  # the process stays
    yield context
    context.close()


class Sent(list):
    """What a page has asked the server for; what it asks by itself, time and again, is left out."""

    def listen(self, page):
        page.on("websocket", lambda socket: socket.on("framesent", self._note))

    def _note(self, frame):
        message = BackMsg.FromString(frame)
        if not message.rerun_script.is_auto_rerun:
            self.append(message)


@pytest.fixture
def open_page(server, context, chromium):
    """Opens pages, and checks at the end that no console complained. All are the same visitor's,
    but for those that are to be somebody else's."""
    pages, others, complaints = [], [], []

    def note(message):
        if message.type == "error" and not message.location.get("url", "").endswith(STREAMLITS_OWN):
            complaints.append(f"{message.text} {message.location}")

    def open_page(path, ready="h1", somebody_else=False):
        if somebody_else:
            others.append(new_context(chromium))
        page = (others[-1] if somebody_else else context).new_page()
        pages.append(page)
        page.sent = Sent()
        page.sent.listen(page)
        page.set_default_timeout(60_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(error.stack or str(error)))
        page.on("request", lambda request: _must_be_local(request.url, server, complaints))
        page.goto(server.address + path)
        page.locator(ready).first.wait_for()
        return page

    yield open_page
    for one in [*pages, *others]:
        one.close()
    assert not complaints


_seeds = itertools.count(201)


@pytest.fixture
def seed():
    """A seed that no test has trained before."""
    return next(_seeds)


def _must_be_local(url, server, complaints):
    if not url.startswith((server.address, "data:", "blob:")):
        complaints.append(f"fetched from elsewhere: {url}")


def button(page, name, lesson="linear"):
    # While a rerun is under way the page may hold the old button beside the new one.
    return page.locator(f".st-key-{lesson}-{name} button").first


def metric(page, index):
    return page.locator('[data-testid="stMetricValue"]').nth(index)


def status(page):
    return page.locator(".stProgress").first


def seed_field(page):
    field = page.get_by_label("Seed", exact=True)
    expect(field).to_have_count(1)  # see `button`
    return field


def fill_seed(page, seed):
    field = seed_field(page)
    field.fill(str(seed))
    field.press("Enter")


def choose_pace(page, label, lesson="linear"):
    radio = page.locator(f".st-key-{lesson}-pace").get_by_role("radio", name=label, exact=True)
    if not radio.is_checked():  # which waits for it
        radio.click()
        expect(radio).to_be_checked()


def start(page, pace="8 s", lesson="linear"):
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


def wait_for_plane(page):
    page.wait_for_function(f"() => ({PLANE})() !== ''")


def turn(page):
    """Drags the first cloud until its camera has moved: a busy page may miss the first attempt."""
    before, deadline = page.evaluate(CAMERA)[0]["x"], time.monotonic() + 60
    while abs(page.evaluate(CAMERA)[0]["x"] - before) < 0.1:
        assert time.monotonic() < deadline
        box = page.locator(".js-plotly-plot").first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 90, y + 30, steps=8)
        page.mouse.up()
        page.wait_for_timeout(500)


def together(page):
    """The cameras of the two clouds, which follow each other within moments."""
    deadline = time.monotonic() + 10
    while True:
        page.wait_for_timeout(500)
        cameras = page.evaluate(CAMERA)
        if cameras[0] == pytest.approx(cameras[1], abs=0.02):
            return cameras
        assert time.monotonic() < deadline, "the two clouds share one camera"


def test_a_linear_autoencoder_from_its_link_to_pca(open_page, seed):
    """A deep link as the very first request; what moves while it trains, and what does not."""
    page = open_page(f"/linear?seed={seed}&epochs=900")
    expect(page.get_by_role("link", name="Home").first).to_be_visible()
    for section in filter(None, SECTIONS):
        expect(page.get_by_text(section, exact=True).first).to_be_visible()
    page.get_by_text(START, exact=True).first.click()
    expect(page.get_by_role("menuitem", name="Stacked").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(seed_field(page)).to_have_value(str(seed))
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert f"seed={seed}" in page.url and "epochs=900" in page.url

    start(page, pace="2 min")
    fill_seed(page, seed + 5_000)  # the page answers while training goes on
    expect(button(page, "train")).to_be_visible()
    expect(status(page)).to_contain_text("Not trained yet")
    fill_seed(page, seed)
    expect(button(page, "stop")).to_be_visible()
    wait_for_plane(page)
    turn(page)
    turned = together(page)
    looks = [
        lambda: page.evaluate(PLANE),
        lambda: metric(page, 1).inner_text(),
        lambda: status(page).inner_text(),
    ]
    see_changes(page, *looks)
    assert page.evaluate(CAMERA)[0] == pytest.approx(turned[0], abs=1e-6)

    button(page, "stop").click()
    expect(status(page)).to_contain_text("Stopped after epoch")  # it changed before its end
    assert page.evaluate(CAMERA)[0] == pytest.approx(turned[0], abs=1e-6)

    expect(button(page, "train")).to_be_visible()
    choose_pace(page, "full")
    button(page, "train").click()
    expect(status(page)).to_contain_text("Trained for 900 epochs")
    floor = page.locator('[data-testid="stMetricDelta"]').nth(1).inner_text()
    expect(metric(page, 1)).to_have_text(floor.removeprefix("PCA").strip())


def mosaic(page, name):
    """What the mosaic of that key shows."""
    canvas = page.locator(f".st-key-variational-{name} canvas").first
    return canvas.evaluate("canvas => canvas.toDataURL()")


def test_invented_digits_change_while_a_variational_autoencoder_trains(open_page, seed):
    page = open_page(
        f"/variational?seed={seed}&latent_dim=2&hidden_sizes=100&num_train=300&epochs=200"
    )
    expect(page.locator(".st-key-variational-originals canvas")).to_be_visible()
    start(page, "2 min", "variational")
    expect(page.locator(".st-key-variational-invented canvas")).to_be_visible()
    see_changes(page, lambda: mosaic(page, "invented"))
    button(page, "stop", "variational").click()
    expect(status(page)).to_contain_text("Stopped after epoch")
    before = mosaic(page, "invented")
    button(page, "resample", "variational").click()
    until(page, lambda: mosaic(page, "invented") != before)
    page.get_by_text("Manifold", exact=True).click()
    expect(page.locator(".st-key-variational-manifold canvas")).to_be_visible()
    page.get_by_text("Latent space", exact=True).click()
    expect(page.get_by_text("Grey circles")).to_be_visible()


QUICK = {"latent_dim": "3", "hidden_sizes": "60", "num_train": "300", "epochs": "5"}
"""A variational autoencoder that trains in a moment; the tests share its run."""


def address_of(type, texts):
    return f"/{type}?" + "&".join(f"{name}={text}" for name, text in texts.items())


def open_trained(open_page):
    """The page of QUICK, after its training."""
    page = open_page(address_of("variational", QUICK))
    train = button(page, "train", "variational")
    expect(train.or_(page.get_by_text("Trained for 5 epochs")).first).to_be_visible()
    if "Trained for" not in status(page).inner_text():
        start(page, "full", "variational")
    expect(status(page)).to_contain_text("Trained for 5 epochs")
    return page


def quick_run_id():
    type = registry.by_name("variational")
    return Recipe(type, type.preset("ours").parse(QUICK)).run_id()


GREYS = """canvas => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return [...data].filter((_, index) => index % 4 === 0);
}"""


def fetched(server, run_id, part):
    """Pictures of a run from the server's address, by name."""
    with urllib.request.urlopen(f"{server.address}/runs/{run_id}/{part}") as answer:
        return unpacked(answer.read())[1]


def test_stored_epochs_and_the_decoder_s_images_are_shown_without_asking_the_server(
    open_page, server
):
    page = open_trained(open_page)
    invented = page.locator(".st-key-variational-invented canvas").first
    expect(invented).to_be_visible()
    newest, run_id = invented.evaluate(GREYS), quick_run_id()
    page.sent.clear()
    page.get_by_label("Epoch on show").focus()
    for epoch in (4, 3, 2):
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".film .epoch")).to_have_text(f"epoch {epoch} of 5")
    images = fetched(server, run_id, "snapshots/2")["generated"].reshape(4, 10, 28, 28)
    expected = images.transpose(0, 2, 1, 3).ravel().tolist()
    until(page, lambda: invented.evaluate(GREYS) == expected)
    # (the page's table of recorded epochs is not in the browser, so the number is read from disk)
    lines = (server.runs / run_id / "events.jsonl").read_text().splitlines()
    loss = {one["epoch"]: one for one in map(json.loads, lines)}[2]["held_out"]["total"]
    expect(page.locator(".film .losses")).to_contain_text(f"held-out {loss:.1f}")
    page.locator(".film .play").click()
    see_changes(page, lambda: page.locator(".film .epoch").inner_text())
    page.get_by_role("button", name="Newest").click()
    until(page, lambda: invented.evaluate(GREYS) == newest)
    assert not page.sent

    page.get_by_text("Explore", exact=True).click()
    chart = page.locator(".explorer .map")
    expect(page.locator(".explorer[data-ready=true]")).to_be_visible()
    assert page.sent, "what is asked for is heard"
    page.sent.clear()
    decoded = page.locator(".explorer .images canvas").first
    chart.scroll_into_view_if_needed()
    box, seen = chart.bounding_box(), set()
    for step in range(1, 30):
        page.mouse.move(box["x"] + 0.033 * step * box["width"], box["y"] + 0.45 * box["height"])
        page.wait_for_timeout(20)
        seen.add(decoded.evaluate("canvas => canvas.toDataURL()"))
    assert len(seen) >= 20
    before = decoded.evaluate("canvas => canvas.toDataURL()")
    chart.focus()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    after = decoded.evaluate("canvas => canvas.toDataURL()")
    assert after != before
    page.locator(".explorer input[type=range]").nth(2).fill("2.5")
    assert decoded.evaluate("canvas => canvas.toDataURL()") != after
    assert not page.sent


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
POINT = """([plot, trace, index]) => {
    const { x, y, z } = document.querySelectorAll(
        `[data-testid=live-plots-plot-${plot}]`)[0]._fullData[trace];
    return [x[index], y[index], z?.[index]];
}"""


def point_at(page, plot, trace, index):
    """Moves the pointer to a point of a flat plot until it lights up, and rests there."""
    deadline = time.monotonic() + 60
    while True:  # a busy page may miss the first attempt
        x, y = page.evaluate(PLACE, [plot, trace, index])
        page.mouse.move(x - 40, y - 40)
        page.mouse.move(x, y, steps=6)
        page.wait_for_timeout(300)
        here = page.evaluate(POINT, [plot, trace, index])[:2]
        if any(one[:2] == here for one in page.evaluate(RINGS, "pointed")[plot]):
            return
        assert time.monotonic() < deadline


def test_the_default_run_was_trained_ahead_and_its_points_are_linked(open_page, server):
    page = open_page("/linear")
    expect(status(page)).to_contain_text("Trained for 1,000 epochs")
    assert metric(page, 0).inner_text() == "0.00°"
    if Path("/proc/self/maps").exists():  # only Linux tells which libraries a process has loaded
        ours, *trainers = (
            "tensorflow" in Path(f"/proc/{one.pid}/maps").read_text()
            for one in (server.process, *server.children())
        )
        assert any(trainers) and not ours, "not trained in the web process"
    wait_for_plane(page)
    codes = page.locator("[data-testid=live-plots-plot-1]").first
    codes.scroll_into_view_if_needed()
    camera = page.evaluate(CAMERA)
    point_at(page, 1, 0, 7)
    data, code, rebuilt = page.evaluate(RINGS, "pointed")
    (row,) = [i for i in range(100) if page.evaluate(POINT, [0, 0, i]) == data[0]]
    assert code[0][:2] == page.evaluate(POINT, [1, 0, row])[:2]
    assert rebuilt == [page.evaluate(POINT, [2, 0, row]), page.evaluate(POINT, [2, 1, row])]
    assert page.evaluate(CAMERA) == camera
    page.mouse.move(5, 5)
    page.wait_for_function(f"() => ({RINGS})('pointed')[0].length === 0")
    codes.focus()
    page.keyboard.press("n")
    page.wait_for_function(f"() => ({RINGS})('pointed')[0].length === 1")
    assert page.evaluate(RINGS, "pointed")[0] == [page.evaluate(POINT, [0, 0, 0])]


@pytest.mark.soak  # in a full run its selection is missed half of the time, by itself never
def test_what_is_chosen_on_the_flat_map_is_chosen_in_space_and_has_an_image(open_page, server):
    page = open_trained(open_page)
    page.get_by_text("Latent space", exact=True).click()
    flat = page.locator("[data-testid=live-plots-plot-0]").first
    expect(flat.locator(".main-svg").first).to_be_visible()
    card = page.locator(".live-plots .card").first

    def point():  # points overlap here: whichever lights up
        flat.scroll_into_view_if_needed()
        x, y = page.evaluate(PLACE, [0, 0, 0])
        page.mouse.move(x - 40, y - 40)
        page.mouse.move(x, y, steps=6)
        page.wait_for_timeout(500)
        return card.locator("canvas").count() == 2

    until(page, point)
    text, drawn = card.evaluate(
        f"card => [card.innerText, ({GREYS})(card.querySelector('canvas'))]"
    )
    number = int(text.split(":")[0].split()[1]) - 1
    assert drawn == fetched(server, quick_run_id(), "sample")["inputs"][number].tolist()

    def choose():  # a busy page may miss the click or the drag
        if flat.evaluate("plot => plot._fullLayout.dragmode") != "select":
            # By its button: what is set by a script, the next drawing of the figure sets back.
            flat.locator('.modebar-btn[data-val="select"]').click()
            page.wait_for_timeout(500)
        flat.scroll_into_view_if_needed()
        x, y = page.evaluate(PLACE, [0, 0, 0])
        page.mouse.move(x - 50, y - 50)
        page.mouse.down()
        page.mouse.move(x + 50, y + 50, steps=8)
        page.mouse.up()
        page.wait_for_timeout(1000)
        return page.evaluate(RINGS, "chosen")[0]

    until(page, choose)
    flat_ones, in_space = page.evaluate(RINGS, "chosen")
    assert [one[:2] for one in in_space] == [pytest.approx(one[:2], abs=1e-5) for one in flat_ones]
    assert all(len(one) == 3 for one in in_space)
    page.get_by_text("Large text").first.click()  # draws both anew
    page.wait_for_function(
        "() => document.querySelector('.live-plots .plot')._fullLayout.font.size === 20"
    )
    page.wait_for_timeout(500)
    assert page.evaluate(RINGS, "chosen") == [flat_ones, in_space], "the choice outlives a drawing"


SMALL_STACKED = "latent_dim=20&hidden_sizes=100&num_train=1000&epochs=20"


def test_two_pages_share_one_training_and_a_reload_attaches_to_it(open_page, seed):
    # Of a lesson without clouds in space: two pages at once that draw those leave no time else.
    address = f"/stacked?seed={seed}&{SMALL_STACKED}"
    first, second = open_page(address), open_page(address, somebody_else=True)
    expect(status(second)).to_contain_text("Not trained yet")
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
    expect(page.locator(".example")).to_have_count(12)
    originals, empty = tiles(page, 1), tiles(page, 2)
    assert len(set(originals)) == 12 and len(set(empty)) == 1
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


# One stands for all. That the others' views are put together is tested without a browser; a
# browser looks at them when asked to: pytest -m soak.
VIEWED = ("vector_quantized",)


@pytest.mark.parametrize("lesson", soaking(LESSONS_WITH_VIEWS, VIEWED))
def test_a_lesson_is_trained_and_all_its_views_are_drawn(open_page, seed, lesson):
    page = open_page(f"/{lesson}?seed={seed}&num_train=300&epochs=5&latent_dim=30")
    start(page, "full", lesson)
    expect(status(page)).to_contain_text("Trained for 5 epochs")
    expect(page.locator(f".st-key-{lesson}-grid canvas").first).to_be_visible()
    look_at_every_view(page, lesson)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("lesson", "first"), [("beta", "development"), ("conditional", "invented")]
)
def test_a_lesson_in_nats_is_trained_and_all_its_views_are_drawn(open_page, seed, lesson, first):
    page = open_page(f"/{lesson}?seed={seed}&num_train=300&epochs=5&latent_dim=6&hidden_sizes=60")
    start(page, "full", lesson)
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


def test_a_figure_is_saved_as_a_picture_and_as_a_page_that_needs_nothing_else(
    open_page, server, chromium, tmp_path
):
    page = open_page("/compare")
    defaults = page.locator(".st-key-compare-defaults button").first
    expect(defaults).to_be_enabled()  # the default run has been trained ahead
    defaults.click()
    plot = page.locator("[data-testid=live-plots-plot-0]").first
    expect(plot.locator(".main-svg").first).to_be_visible()
    size = plot.evaluate("plot => [plot.offsetWidth, plot.offsetHeight]")
    saved = {}
    for kind, name in (("png", "Save as PNG"), ("html", "Save as interactive HTML")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).first.press("Enter")
        assert download.value.suggested_filename.startswith("compare-curves")
        saved[kind] = tmp_path / f"figure.{kind}"
        download.value.save_as(saved[kind])
    head = saved["png"].read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    pixels = [int.from_bytes(head[start : start + 4], "big") for start in (16, 20)]
    assert pixels == [2 * length for length in size]
    text = saved["html"].read_text("utf-8")
    assert "plotly.js v" in text and "src=" not in text.partition("<body>")[2]
    linear = registry.by_name("linear")
    run_id = Recipe(linear, linear.preset("ours")).run_id()
    lines = (server.runs / run_id / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    alone, asked = chromium.new_page(), []
    alone.set_default_timeout(120_000)  # five megabytes of script, read while trainings go on
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(saved["html"].as_uri(), wait_until="commit")
    alone.wait_for_function("() => document.getElementById('figure')?.data?.length === 2")
    shown = alone.evaluate("() => document.getElementById('figure').data[0].y")
    alone.close()
    assert shown == [event["held_out"]["reconstruction_mse"] for event in events]
    assert asked == [saved["html"].as_uri()]


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


def test_large_text_enlarges_prose_and_plots_on_every_page(open_page):
    sizes = """() => ({
        prose: parseFloat(getComputedStyle(document.querySelector('.stMarkdown p')).fontSize),
        plot: document.querySelector('.js-plotly-plot')?._fullLayout?.font.size,
    })"""
    page = open_page("/")
    expect(page.get_by_role("heading", name="Autoencoder Lab")).to_be_visible()
    page.locator(".js-plotly-plot").first.wait_for()
    before = page.evaluate(sizes)
    page.get_by_text("Large text").first.click()
    page.wait_for_function(f"({sizes})().plot === 20")
    assert before["plot"] == 14
    large = pytest.approx(before["prose"] * 20 / 14, rel=0.05)
    until(page, lambda: page.evaluate(sizes)["prose"] == large)
    page.get_by_role("link", name="Linear").first.click()
    expect(page.get_by_role("heading", name="The linear autoencoder")).to_be_visible()
    page.wait_for_function(f"({sizes})().plot === 20")


def enter(page):
    page.get_by_label("Teacher's password").fill(PASSWORD)
    page.get_by_role("button", name="Enter", exact=True).click()


@pytest.mark.soak
def test_a_student_s_run_appears_on_the_wall_and_is_pinned_for_everybody(open_page, seed):
    wall = open_page("/wall")
    wall.get_by_text("For the teacher").click()
    enter(wall)
    expect(wall.get_by_role("button", name="Take all dots down")).to_be_visible()
    wall.get_by_text("The wall is open", exact=True).click()
    expect(wall.get_by_text("The wall is open and empty")).to_be_visible()
    student = open_page(f"/stacked?seed={seed}&{SMALL_STACKED}")
    start(student, "full", "stacked")
    expect(status(student)).to_contain_text("Trained for 20 epochs")
    wall.locator(".js-plotly-plot").first.wait_for()
    assert len(wall.evaluate("document.querySelector('.js-plotly-plot').data[0].x")) == 1
    expect(wall.get_by_placeholder("Choose one")).to_be_visible()  # it offers the run by now
    offered = wall.get_by_role("combobox", name="A run of the wall")
    pin = wall.get_by_role("button", name="Pin for everybody")

    def choose():  # a list that is just open closes when the page around it is drawn anew
        offered.press("ArrowDown")
        offered.press("Enter")
        return pin.is_enabled()

    until(wall, choose)
    pin.click()
    other = open_page("/wall")
    other.get_by_role("link", name="Stacked: ").click()
    expect(status(other)).to_contain_text("Trained for 20 epochs")
    assert f"seed={seed}" in other.url


def test_a_reload_is_the_same_visitor_and_another_browser_is_not(open_page):
    page = open_page("/wall")
    page.get_by_role("textbox", name="Your nickname").fill("Ada")
    page.get_by_role("textbox", name="Your nickname").press("Enter")
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.reload()
    expect(page.get_by_role("textbox", name="Your nickname")).to_have_value("Ada")
    other = open_page("/wall", somebody_else=True)
    expect(other.get_by_role("textbox", name="Your nickname")).to_have_value("")


def test_a_former_address_leads_to_the_page_with_all_that_it_says(open_page, seed):
    page = open_page(f"/pretraining?seed={seed}&latent_dim=20")
    page.wait_for_url(f"**/few_labels?*seed={seed}*")
    expect(seed_field(page)).to_have_value(str(seed))
    assert "latent_dim=20" in page.url


def test_all_runs_are_listed_behind_the_password_only(open_page):
    page = open_page("/runs")
    expect(page.get_by_label("Teacher's password")).to_be_visible()
    assert not page.get_by_test_id("stDataFrame").count()
    enter(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()


def test_training_processes_end_with_the_server(server):
    """The last test of this file: there is no server afterwards."""
    children = server.children()
    assert len(children) >= 2
    server.process.send_signal(signal.SIGTERM)  # other signals: test_execution.py
    server.process.wait(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert "Traceback" not in server.log.read_text()

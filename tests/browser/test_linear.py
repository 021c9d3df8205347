"""The linear lesson, from its link to PCA, and its linked points."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dashboard.catalogue.lessons import SECTIONS, START
from tests.support.browser import (
    PLACE,
    RINGS,
    button,
    choose_pace,
    metric,
    see_changes,
    seed_field,
    start,
    status,
    until,
)
from tests.support.scripts import marks

pytestmark = marks

CAMERA = """() => [...document.querySelectorAll('.js-plotly-plot')]
    .filter(plot => plot._fullLayout && plot._fullLayout.scene)
    .map(plot => plot._fullLayout.scene._scene.getCamera().eye)"""
PLANE = """() => {
    const plot = [...document.querySelectorAll('.js-plotly-plot')][0];
    const plane = plot?.data?.find(trace => trace.type === 'mesh3d');
    return plane ? JSON.stringify([plane.x, plane.y, plane.z]) : '';
}"""


def fill_seed(page, seed):
    field = seed_field(page)
    field.fill(str(seed))
    field.press("Enter")


def wait_for_plane(page):
    until(page, lambda: page.evaluate(PLANE) != "")


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
    expect(status(page)).to_contain_text("An untrained network")
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
    choose_pace(page, "fast")
    button(page, "train").click()
    expect(status(page)).to_contain_text("Trained for 900 epochs")
    floor = page.locator(".metrics .comparison").nth(1).inner_text()
    expect(metric(page, 1)).to_have_text(floor.removeprefix("PCA").strip())


POINT = """([plot, trace, index]) => {
    const { x, y, z } = document.querySelectorAll(
        `[data-testid=live-plots-plot-${plot}]`)[0]._fullData[trace];
    return [x[index], y[index], z?.[index]];
}"""


def point_at(page, plot, trace, index):
    """Moves the pointer to a point of a flat plot until it, or one that lies on it, lights up, and
    rests there."""
    deadline = time.monotonic() + 60
    while True:  # a busy page may miss the first attempt
        x, y = page.evaluate(PLACE, [plot, trace, index])
        page.mouse.move(x - 40, y - 40)
        page.mouse.move(x, y, steps=6)
        page.wait_for_timeout(300)
        if page.evaluate(RINGS, "pointed")[plot]:
            return
        assert time.monotonic() < deadline


def test_the_default_run_was_trained_ahead_and_its_points_are_linked(open_page, server):
    page = open_page("/linear")
    expect(status(page)).to_contain_text("An untrained network")
    choose_pace(page, "fast")
    button(page, "train").click()
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
    until(page, lambda: not page.evaluate(RINGS, "pointed")[0])
    codes.focus()
    page.keyboard.press("n")
    until(page, lambda: len(page.evaluate(RINGS, "pointed")[0]) == 1)
    assert page.evaluate(RINGS, "pointed")[0] == [page.evaluate(POINT, [0, 0, 0])]

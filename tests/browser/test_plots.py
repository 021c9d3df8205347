"""Plots: saved as pictures and as pages, and drawn in large text."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.browser import until
from tests.support.recipes import make_recipe
from tests.support.scripts import marks

pytestmark = marks


def test_a_figure_is_saved_as_a_picture_and_as_a_page_that_needs_nothing_else(
    open_page, server, chromium, tmp_path
):
    page = open_page("/compare")
    # It is chosen as soon as the default run has been trained ahead.
    page.get_by_text("Learning curves", exact=True).click()
    plot = page.locator("[data-testid=live-plots-plot-0]").first
    expect(plot.locator(".main-svg").first).to_be_visible()
    size = plot.evaluate("plot => [plot.offsetWidth, plot.offsetHeight]")
    saved = {}
    for kind, name in (("png", "Save as PNG"), ("html", "Save as interactive HTML")):
        plot.locator("xpath=..").locator(".menu summary").press("Enter")
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
    lines = (server.runs / make_recipe("linear").run_id() / "events.jsonl").read_text().splitlines()
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


def test_large_text_enlarges_prose_and_plots_on_every_page(open_page):
    sizes = """() => ({
        prose: parseFloat(getComputedStyle(document.querySelector('.stMarkdown p')).fontSize),
        plot: document.querySelector('.js-plotly-plot')?._fullLayout?.font.size,
    })"""
    page = open_page("/", somebody_else=True)
    expect(page.get_by_role("heading", name="Autoencoder Lab")).to_be_visible()
    page.locator(".js-plotly-plot").first.wait_for()
    before = page.evaluate(sizes)
    page.get_by_text("Large text").first.click()
    until(page, lambda: page.evaluate(sizes)["plot"] == 20)
    assert before["plot"] == 14
    large = pytest.approx(before["prose"] * 20 / 14, rel=0.05)
    until(page, lambda: page.evaluate(sizes)["prose"] == large)
    page.get_by_role("link", name="Linear").first.click()
    expect(page.get_by_role("heading", name="The linear autoencoder")).to_be_visible()
    until(page, lambda: page.evaluate(sizes)["plot"] == 20)
    page.reload()
    page.locator(".js-plotly-plot").first.wait_for()
    page.locator(".stMarkdown p").first.wait_for()
    until(page, lambda: page.evaluate(sizes)["plot"] == 20)

"""How a lesson feels: `python -m benchmarks.page`, in Chromium, while a training runs.

Prints how often curves and pictures move, and how long the page takes to answer a click, with
the same click on an idle server beside it: these machines are noisy, and a headless browser
without a GPU draws three-dimensional plots on the very cores that train.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

from playwright.sync_api import Page, sync_playwright

from benchmarks.visiting import REPOSITORY, running_server

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--enable-webgl",
    "--ignore-gpu-blocklist",
]

# Counts changes of what is drawn, in the browser, so that looking does not disturb.
COUNT_CHANGES = """() => {
    const seen = window.seen = {curves: new Set(), pictures: new Set(), started: Date.now()};
    const look = () => {
        for (const plot of document.querySelectorAll('.js-plotly-plot')) {
            const kind = (plot.data || []).some(t => t.type === 'mesh3d') ? 'pictures'
                : (plot.data || []).some(t => t.name === 'training') ? 'curves' : null;
            if (kind) seen[kind].add(JSON.stringify(plot.data));
        }
    };
    window.looking = setInterval(look, 50);
}"""
CHANGES = """() => ({
    curves: window.seen.curves.size, pictures: window.seen.pictures.size,
    seconds: (Date.now() - window.seen.started) / 1000})"""
# From the click on a number field's button to the address that follows it.
ANSWER = """button => new Promise(resolve => {
    const before = location.href, started = performance.now();
    button.click();
    const wait = setInterval(() => {
        if (location.href !== before) {
            clearInterval(wait);
            resolve(performance.now() - started);
        }
    }, 5);
})"""


def main() -> None:
    """Runs the benchmark and prints its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=9, help="clicks per median")
    clicks = parser.parse_args().clicks
    with running_server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        _measure(page, server.address, clicks)
        browser.close()


def _measure(page: Page, address: str, clicks: int) -> None:
    page.set_default_timeout(120_000)
    page.goto(f"{address}/linear?seed=1")
    page.get_by_text("An untrained network").wait_for()
    page.wait_for_timeout(15_000)  # the training process warms up and trains the default run
    idle = _answers(page, clicks)
    page.goto(f"{address}/linear?seed=1001")
    page.locator(".st-key-linear-pace").get_by_text("8 s", exact=True).click()
    page.locator(".st-key-linear-train button").first.click()
    page.wait_for_function("() => document.body.innerText.includes(' left')")
    page.evaluate(COUNT_CHANGES)
    page.wait_for_timeout(5_000)
    seen = page.evaluate(CHANGES)
    page.evaluate("() => clearInterval(window.looking)")
    other_training = _busy_training()
    busy = _answers(page, clicks)
    other_training.kill()
    print(f"{'what':44}{'measured':>12}{'goal':>16}")
    _row("curves move, times a second", seen["curves"] / seen["seconds"], "at least 2")
    _row("pictures move, times a second", seen["pictures"] / seen["seconds"], "at least 1")
    _row("answer to a click, idle, ms (median)", idle, "")
    _row("answer to a click, while training, ms", busy, "at most 300")
    _row("ratio of the two", busy / idle, "")


def _busy_training() -> subprocess.Popen:
    """A variational training that takes every core, at the priority of training processes."""
    command = [sys.executable, "-m", "models.train", "variational", "--set", "epochs=500"]
    process = subprocess.Popen(
        ["nice", "-n", "5", *command, "--json", "--runs", tempfile.mkdtemp()],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    process.stdout.readline()  # the first epoch is over: it is in full swing
    return process


def _answers(page: Page, clicks: int) -> float:
    button = page.locator('[data-testid="stNumberInput"]', has_text="Seed").locator(
        '[data-testid="stNumberInputStepUp"]'
    )
    times = []
    for _ in range(clicks + 1):
        times.append(button.evaluate(ANSWER))
        page.wait_for_timeout(600)
    return statistics.median(times[1:])


def _row(what: str, value: float, goal: str) -> None:
    print(f"{what:44}{value:>12.1f}{goal:>16}")


if __name__ == "__main__":
    main()

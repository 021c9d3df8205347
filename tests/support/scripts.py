"""What the tests of browser scripts share: a page in Chromium that has them."""

import base64
import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from dashboard.components.shared import assets

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ORIGIN = "http://lab.test"

marks = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not shutil.which(CHROMIUM) and not os.environ.get("CI"),
        reason=f"{CHROMIUM} is not installed; set CHROMIUM to the path of another Chromium",
    ),
    # Playwright leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@contextmanager
def launched(arguments=("--no-sandbox",)):
    """A Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


def scripted_page(chromium, name, answers=()):
    """A page with a module of dashboard/ and its imports as global names, `component` the default.

    `answers` maps the paths that the page may fetch to bytes; anything else is not found. It may
    be changed later.
    """

    def answer(route):
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path == "/":
            route.fulfill(body="<!doctype html>", content_type="text/html")
        elif path in answers:
            route.fulfill(body=answers[path], content_type="application/octet-stream")
        else:
            route.fulfill(status=404, body="not found")

    page = chromium.new_page()
    page.route("**/*", answer)
    page.goto(ORIGIN)
    # A script element's functions are global, as those of a module are not.
    script = assets.bundle(name).replace("export default", "window.component =")
    page.add_script_tag(content=script)
    return page


def show(page, content):
    """Hands the component its data, as Streamlit does."""
    page.evaluate(
        """content => {
            const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0));
            const parentElement = document.querySelector("main") ?? document.body;
            window.component({data: bytes, parentElement});
        }""",
        base64.b64encode(content).decode(),
    )


def clear(page):
    """Takes a component off its page; the next one begins anew."""
    page.evaluate("() => document.body.replaceChildren(document.createElement('main'))")

"""One server, one browser, and pages in it. All files of this folder share them."""

import itertools

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from benchmarks.visiting import Server

VIEWPORT = {"width": 1366, "height": 768}
# Opening a page other than the first, Streamlit's own script asks for its health below the page's
# address before it asks at the root: these two answers are its way of finding the root.
STREAMLITS_OWN = ("/_stcore/health", "/_stcore/host-config")


@pytest.fixture(scope="package")
def server(tmp_path_factory):
    from tests.support.browser import PASSWORD

    runs = tmp_path_factory.mktemp("server") / "runs"
    server = Server(runs, TRAIN_AHEAD="1", TEACHER_PASSWORD=PASSWORD)
    server.wait_until_open()
    yield server
    server.close()


@pytest.fixture(scope="package")
def chromium():
    from tests.support.browser import ARGUMENTS
    from tests.support.scripts import launched

    with launched(ARGUMENTS) as chromium:
        yield chromium


def new_context(chromium):
    """A visitor's browser. Nothing in it moves for beauty: the processor would paint it."""
    return chromium.new_context(viewport=VIEWPORT, reduced_motion="reduce")


@pytest.fixture(scope="package")
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

"""What the tests of several pages share; the training process itself is a fixture of conftest."""

import asyncio
import json
import time
from types import SimpleNamespace

import numpy as np
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import lessons
from dashboard.server.routes import routes
from models.runs.recipe import Recipe
from tests.support.places import REPOSITORY

_OWN_TESTS = ("linear", "stacked", "variational", "conditional")
LESSONS_WITH_VIEWS = tuple(
    lesson.name
    for lesson in lessons.LESSONS
    if lesson.name == lesson.type and lesson.name not in _OWN_TESTS
)
"""Lessons on one type that are `image_views.drawing` and perhaps views of their own."""

SMALL = {"num_train": "300", "hidden_sizes": "none", "latent_dim": "40", "batch_size": "100",
         "epochs": "3", "seed": "301"}  # fmt: skip
"""Settings with which those are trained, as far as their types have them."""

SMALL_NATS = {"num_train": "300", "hidden_sizes": "32", "latent_dim": "5", "batch_size": "100",
              "epochs": "4", "seed": "311"}  # fmt: skip
"""The same for lessons that measure in nats."""

TINY = {"num_train": "300", "hidden_sizes": "none", "latent_dim": "10", "batch_size": "100",
        "epochs": "2", "seed": "311"}  # fmt: skip
"""The same for lessons on what an encoder is good for."""


def lesson_recipe(name, **texts):
    """What a lesson begins with, but for some settings, given as texts."""
    default = lessons.by_name(name).recipe
    return Recipe(default.type, default.hyperparameters.parse(texts))


def open_page(file, as_visitor=None, **query):
    """The page of that file in pages/, run once at an address; a new visitor's, or somebody's."""
    page = AppTest.from_file(str(REPOSITORY / "pages" / file), default_timeout=60)
    if as_visitor:
        page.session_state["visitor"] = as_visitor
    page.session_state[f"{page_name(file)}.more"] = True  # all settings can be reached
    for name, text in query.items():
        page.query_params[name] = text
    page.run()
    assert not page.exception
    return page


def page_name(file):
    return file.removesuffix(".py")


def open_drawer(page, name):
    """Opens an expander whose content is made only then (`drawers.drawer`)."""
    page.session_state[name] = True
    return page.run()


def wait(condition, seconds=60):
    """The first true value of `condition()`; a failure if there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"nothing came of it within {seconds} seconds")


def wait_for_end(dispatcher, recipe, seconds=90):
    """Waits until nobody trains the recipe or has it in the queue; returns its run."""
    run = dispatcher.store.run(recipe.run_id())
    deadline = time.monotonic() + seconds
    while dispatcher.position(run.id) is not None or run.state == "running":
        assert time.monotonic() < deadline, f"{run.id} is still {run.state}"
        time.sleep(0.05)
    return run


def with_key(elements, key):
    """The one element that has the key."""
    (found,) = [one for one in elements if one.key == key]
    return found


def button(page, name):
    """A button of the linear lesson."""
    return with_key(page.button, f"linear.{name}")


def metrics(page):
    """The figures that a lesson shows large: label, value and comparison of each."""
    sent = [one.proto for one in page.get("bidi_component") if one.proto.id.endswith(".metrics")]
    (row,) = sent
    return [SimpleNamespace(**one) for one in json.loads(row.json)["metrics"]]


def choose(page, key, value):
    """Sets the widget that has the key, and runs the page again."""
    kinds = (page.segmented_control, page.selectbox, page.slider, page.select_slider)
    with_key([one for kind in kinds for one in kind], key).set_value(value)
    page.run()
    assert not page.exception


def get(path, **headers):
    """Status, headers and body of a request, without a server."""
    messages = []
    path, _, query = path.partition("?")
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": sent,
        "query_string": query.encode(),
    }

    async def receive():
        await asyncio.Event().wait()  # the client stays on the line

    async def send(message):
        messages.append(message)

    asyncio.run(Starlette(routes=routes())(scope, receive, send))
    received = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], received, b"".join(m.get("body", b"") for m in messages[1:])


def unpacked(body):
    """Meta and arrays, read as `readArrays` in bytes.js reads them."""
    start = 4 + int.from_bytes(body[:4], "little")
    header, arrays = json.loads(body[4:start]), {}
    for one in header["arrays"]:
        count = int(np.prod(one["shape"]))
        values = np.frombuffer(body, one["dtype"], count, start)
        arrays[one["name"]] = values.reshape(one["shape"])
        start += values.nbytes
    assert start == len(body)
    return header["meta"], arrays

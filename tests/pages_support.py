"""What the tests of several pages share; the training process itself is a fixture of conftest."""

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

REPOSITORY = Path(__file__).resolve().parent.parent


def open_page(file, **query):
    """The page of that file in pages/, run once at an address."""
    page = AppTest.from_file(str(REPOSITORY / "pages" / file), default_timeout=60)
    for name, text in query.items():
        page.query_params[name] = text
    page.run()
    assert not page.exception
    return page


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

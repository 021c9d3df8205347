"""What the server answers besides Streamlit's own addresses."""

import asyncio
import gzip
import json

import numpy as np
import pytest
from starlette.applications import Starlette

from dashboard import execution
from dashboard.routes import plotly_address, routes, run_address
from models.runs import RunStore


def get(path, **headers):
    """Status, headers and body of a request, without a server."""
    messages = []
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": sent, "query_string": b""}

    async def receive():
        await asyncio.Event().wait()  # the client stays on the line

    async def send(message):
        messages.append(message)

    asyncio.run(Starlette(routes=routes())(scope, receive, send))
    received = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], received, b"".join(m.get("body", b"") for m in messages[1:])


def test_the_server_is_alive():
    assert get("/livez")[::2] == (200, b"ok")


def test_plotly_comes_compressed_and_may_be_kept_for_good():
    status, headers, body = get(plotly_address(), accept_encoding="gzip, br")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in headers["cache-control"]
    _, plain_headers, plain = get(plotly_address())
    assert "content-encoding" not in plain_headers
    assert plain == gzip.decompress(body)
    assert get(plotly_address(), if_none_match=headers["etag"])[0] == 304


@pytest.fixture
def run(tmp_path, monkeypatch):
    store = RunStore(tmp_path, 10**9)
    monkeypatch.setattr(execution, "_current", type("Dispatcher", (), {"store": store}))
    run = store.create("linear-0123456789abcdef", {})
    with run.acquire("test", 3):
        images = np.arange(12, dtype=np.uint8).reshape(2, 6)
        run.save_sample({"inputs": images, "labels": np.array([3, 4], np.int64)}, {})
        run.save_snapshot(3, {"codes": np.array([[0.5, -1.0]])}, {"epoch": 3})
    return run


def unpacked(body):
    """Meta and arrays, read as `readArrays` in browser.js reads them."""
    start = 4 + int.from_bytes(body[:4], "little")
    header, arrays = json.loads(body[4:start]), {}
    for one in header["arrays"]:
        count = int(np.prod(one["shape"]))
        values = np.frombuffer(body, one["dtype"], count, start)
        arrays[one["name"]] = values.reshape(one["shape"])
        start += values.nbytes
    assert start == len(body)
    return header["meta"], arrays


def test_a_runs_pictures_are_fetched_by_its_address(run):
    address = run_address(run.id)
    assert json.loads(get(f"{address}/snapshots")[2]) == [3]
    meta, arrays = unpacked(get(f"{address}/snapshots/3")[2])
    assert meta == {"epoch": 3} and arrays["codes"].tolist() == [[0.5, -1.0]]
    _, arrays = unpacked(get(f"{address}/sample")[2])
    assert arrays["inputs"].tolist() == np.arange(12).reshape(2, 6).tolist()
    assert arrays["labels"].tolist() == [3, 4]


@pytest.mark.parametrize(
    "path", ["live", "snapshots/4", "checkpoint", "config.json", "..%2Fx", "snapshots/-1"]
)
def test_what_is_not_there_is_not_found(run, path):
    assert get(f"{run_address(run.id)}/{path}")[0] == 404


@pytest.mark.parametrize("run_id", ["linear-0", "..", "x" * 500, "linear-0123456789abcdeg"])
def test_an_address_of_no_run_reads_no_file(run, run_id):
    assert get(f"{run_address(run_id)}/sample")[0] == 404
    assert get(f"{run_address(run_id)}/snapshots")[0] in (200, 404)

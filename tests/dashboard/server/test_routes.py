"""What the server answers besides Streamlit's own addresses."""

import gzip
import json
import runpy
import sys
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.runs.addresses import plotly_address, run_address
from dashboard.server import routes
from dashboard.session.visitors import COOKIE
from models import settings
from models.data.uploads import parsing, sharing, storage
from models.runs.store import RunStore
from models.shares import hash_owner
from tests.support.files import csv
from tests.support.pages import get, unpacked
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe


def test_the_server_is_alive():
    assert get("/livez")[::2] == (200, b"ok")


def test_health_names_what_keeps_the_server_from_training(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "_current", None)
    assert get("/healthz")[0] == 503
    machine = settings.Settings()
    dispatcher = Dispatcher(RunStore(tmp_path / "runs", 10**9), machine)
    monkeypatch.setattr(execution, "_current", dispatcher)
    status, _headers, body = get("/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok", "troubles": []})
    monkeypatch.setattr(routes, "LEAST_FREE_BYTES", 10**18)
    status, _headers, body = get("/healthz")
    assert status == 503 and "MB are free" in json.loads(body)["troubles"][0]


def test_an_old_python_is_named_before_anything_is_imported(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11.*this is 3\.10"):
        runpy.run_path(str(REPOSITORY / "streamlit_app.py"))


def test_metrics_follow_the_queue(tmp_path, monkeypatch, small):
    dispatcher = Dispatcher(RunStore(tmp_path / "runs", 10**9), settings.Settings())
    monkeypatch.setattr(execution, "_current", dispatcher)

    def counted():
        status, headers, body = get("/metrics")
        assert status == 200 and headers["content-type"].startswith("text/plain; version=")
        found = text_string_to_metric_families(body.decode())
        samples = [one for family in found for one in family.samples]
        return {(one.name, *one.labels.values()): one.value for one in samples}

    before = counted()
    for visitor in "ab":
        dispatcher.submit(small("linear"), visitor=visitor)
    after = counted()
    assert after["autoencoder_lab_runs_waiting",] == 1
    for answer in ("new", "joined"):
        name = ("autoencoder_lab_submissions_total", answer)
        assert after[name] - before.get(name, 0) == 1


def test_plotly_comes_compressed_and_may_be_kept_for_good():
    status, headers, body = get(plotly_address(), accept_encoding="gzip, br")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert "immutable" in headers["cache-control"]
    _, plain_headers, plain = get(plotly_address())
    assert "content-encoding" not in plain_headers
    assert plain == gzip.decompress(body)
    assert get(plotly_address(), if_none_match=headers["etag"])[0] == 304


PICTURES = {"codes": np.array([[0.5, -1.0]]), "reconstructions": np.zeros((1, 6), np.uint8)}


@pytest.fixture
def run(tmp_path, monkeypatch):
    store = RunStore(tmp_path, 10**9)
    monkeypatch.setattr(execution, "_current", type("Dispatcher", (), {"store": store}))
    run = store.create("linear-0123456789abcdef", {})
    with run.acquire("test", 3):
        images = np.arange(12, dtype=np.uint8).reshape(2, 6)
        arrays = {"inputs": images, "labels": np.array([3, 4], np.int64)}
        errors = {"train": 0.1, "held_out": 0.2}
        run.save_sample(arrays | {"pca_reconstructions": images}, {"pca": errors})
        run.save_snapshot(3, PICTURES, {"epoch": 3})
    return run


def test_a_runs_pictures_are_fetched_by_its_address(run):
    address = run_address(run.id)
    assert json.loads(get(f"{address}/snapshots")[2]) == [3]
    meta, arrays = unpacked(get(f"{address}/snapshots/3")[2])
    assert meta == {"epoch": 3} and arrays["codes"].tolist() == [[0.5, -1.0]]
    _, arrays = unpacked(get(f"{address}/sample")[2])
    assert arrays["inputs"].tolist() == np.arange(12).reshape(2, 6).tolist()
    assert arrays["labels"].tolist() == [3, 4]


def test_a_run_on_own_data_is_fetched_by_their_owner_until_these_are_shared(run):
    owner = hash_owner("a" * 32)
    name = storage.keep(parsing.parse("a.csv", csv()), owner=owner)
    recipe = make_recipe("linear", dataset=name, num_train="24")
    mine = execution.current().store.create(recipe.run_id(), recipe.as_dict())
    with mine.acquire("test", 3):
        mine.save_snapshot(3, PICTURES, {"epoch": 3})

    def seen(**headers):
        paths = (run_address(mine.id) + path for path in ("/snapshots", "/snapshots/3"))
        epochs, pictures = (get(path, **headers) for path in paths)
        return json.loads(epochs[2]), pictures[0]

    assert seen(cookie=f"{COOKIE}={'a' * 32}") == ([3], 200)
    for stranger in ({}, {"cookie": f"{COOKIE}={'b' * 32}"}, {"cookie": f"{COOKIE}={owner}"}):
        assert seen(**stranger) == ([], 404)
    sharing.share(name, owner, True)
    assert seen() == ([3], 200)
    sharing.share(name, owner, False)
    assert seen() == ([], 404)


@pytest.mark.parametrize(
    "path",
    [
        "live",
        "encoder",
        "decoder",
        "snapshots/4",
        "checkpoint",
        "config.json",
        "..%2Fx",
        "snapshots/-1",
        "snapshots/" + "9" * 4_301,
        "snapshots/٣",
    ],
)
def test_what_is_not_there_is_not_found(run, path):
    assert get(f"{run_address(run.id)}/{path}")[0] == 404


@pytest.mark.parametrize("run_id", ["linear-0", "..", "x" * 500, "linear-0123456789abcdeg"])
def test_an_address_of_no_run_reads_no_file(run, run_id):
    assert get(f"{run_address(run_id)}/sample")[0] == 404
    assert get(f"{run_address(run_id)}/snapshots")[0] in (200, 404)


_WORDS = st.sampled_from(
    [
        "runs",
        "linear-0123456789abcdef",
        "..",
        "%2e%2e",
        "sample",
        "snapshots",
        "3",
        "-1",
        "9" * 4_301,
    ]
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(quote)


@examples(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(_WORDS, _TEXTS), max_size=6), _TEXTS)
def test_no_address_is_the_server_s_fault(run, parts, query):
    path = "/" + "/".join(parts)
    status = get(f"{path}?{query}")[0]
    assert status in (200, 404, 405) or 300 <= status < 400, path

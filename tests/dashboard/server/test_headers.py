"""What every answer tells the browser. Whether pages live with it: tests/attacks/test_policy.py."""

import asyncio
import base64
import hashlib

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.components.glossary import glossary
from dashboard.server import headers
from models import settings
from models.settings import SettingError


async def answer_kept(request):
    return PlainTextResponse("a", headers={"X-Own": "b"})


APP = Starlette(routes=[Route("/kept", answer_kept)], middleware=headers.middleware())


@pytest.fixture(autouse=True)
def _fresh_policy():
    headers._policy.cache_clear()
    yield
    headers._policy.cache_clear()


def get(path="/", host="lab.school:8501"):
    """Status and headers of an answer."""
    messages = []

    async def send(message):
        messages.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b""}
    asyncio.run(APP(scope | {"headers": [(b"host", host.encode())]}, None, send))
    return messages[0]["status"], Headers(raw=messages[0]["headers"])


def rules(**where):
    """The policy, rule by rule."""
    _status, found = get(**where)
    parts = [one.partition(" ") for one in found["content-security-policy"].split("; ")]
    return {name: sources for name, _, sources in parts}


def test_every_answer_names_the_lab_as_the_only_source():
    status, told = get("/no/such/page")
    assert status == 404
    found = rules()
    assert found["default-src"] == "'self'" and found["object-src"] == "'none'"
    assert "unsafe" not in found["script-src"], "no inline script, no eval"
    assert found["connect-src"] == "'self' ws://lab.school:8501 wss://lab.school:8501"
    assert told["x-content-type-options"] == "nosniff"
    assert told["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("host", ["evil;script-src *", "a b", "x, y", ""])
def test_a_forged_name_of_the_server_is_not_repeated(host):
    found = rules(host=host)
    assert found["connect-src"] == "'self'" and found["script-src"].startswith("'self' blob: ")


def test_the_scripts_of_streamlit_s_page_and_of_the_glossary_are_allowed_by_their_hashes():
    page = headers._index()
    assert len(headers.inline_hashes(page)) >= 1
    assert page.count("<script>") == len(headers.inline_hashes(page))
    script = glossary.script().removeprefix("<script>").removesuffix("</script>")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in rules()["script-src"]
    assert headers.inline_hashes('<script src="a.js"></script><p>') == []


def test_who_may_frame_the_lab_is_a_setting(monkeypatch):
    assert rules()["frame-ancestors"] == "'self'"
    wanted = "'self' https://moodle.school:8443"
    machine = settings.from_environment({"AUTOENCODER_LAB_FRAME_ANCESTORS": wanted})
    monkeypatch.setattr(settings, "current", lambda: machine)
    headers._policy.cache_clear()
    assert rules()["frame-ancestors"] == wanted


@pytest.mark.parametrize("text", ["moodle.school", "*", "'self'; script-src *", "https://a\nb"])
def test_what_is_no_list_of_addresses_is_refused(text):
    with pytest.raises(SettingError, match="FRAME_ANCESTORS"):
        settings.from_environment({"AUTOENCODER_LAB_FRAME_ANCESTORS": text})


def test_headers_of_an_answer_are_kept():
    assert get("/kept")[1]["x-own"] == "b"

"""Whose word counts for whose request it is."""

import asyncio

import pytest
import uvicorn

from dashboard.server import proxies
from models import settings
from models.settings import SettingError, Settings

HEADERS = [(b"x-forwarded-for", b"10.1.1.1, 10.0.0.7"), (b"x-forwarded-proto", b"https")]


def seen(named, client):
    """From where, and how, a request comes for the app of a server with these settings."""
    found = {}

    async def app(scope, receive, send):
        found.update(scope)

    config = uvicorn.Config(app)
    config.load()
    proxies.believe(config, Settings(proxies=named).proxy_addresses)
    scope = {"type": "http", "scheme": "http", "client": (client, 4711), "headers": HEADERS}
    asyncio.run(config.loaded_app(scope, None, None))
    return found["client"][0], found["scheme"]


@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "192.168.1.7"])
def test_nobody_is_believed_by_default(client, monkeypatch):
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    assert seen("", client) == (client, "http")


def test_the_proxies_that_are_named_are_believed_and_nobody_else(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own, which says nothing here
    named = "127.0.0.1, 172.16.0.0/12"
    for client in ("127.0.0.1", "172.20.0.3"):
        assert seen(named, client) == ("10.0.0.7", "https")
    for client in ("127.0.0.2", "::1", "192.168.1.7"):
        assert seen(named, client) == (client, "http")


@pytest.mark.parametrize("text", ["*", "caddy", "127.0.0.256", "10.0.0.1/8", "10.0.0.1,,"])
def test_what_is_no_address_is_refused_in_words(text):
    with pytest.raises(SettingError, match=r"networks of the proxies in front, such as 127\.0"):
        settings.from_environment({"AUTOENCODER_LAB_PROXIES": text})

"""What the server does while it starts and ends."""

import asyncio

from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.server import lifespan, routes
from models import settings
from models.runs.store import RunStore


def test_a_server_that_starts_says_what_keeps_it_from_training(tmp_path, monkeypatch, capsys):
    dispatcher = Dispatcher(RunStore(tmp_path / "runs", 10**9), settings.Settings())
    monkeypatch.setattr(execution, "_current", dispatcher)
    monkeypatch.setattr(execution, "start", lambda machine, exchange: dispatcher)
    monkeypatch.setattr(execution, "stop", lambda: None)
    monkeypatch.setattr(lifespan, "train_ahead", lambda dispatcher: None)

    async def begin_and_end():
        async with lifespan.lifespan(None):
            pass

    asyncio.run(begin_and_end())
    assert "warning" not in capsys.readouterr().err
    monkeypatch.setattr(routes, "LEAST_FREE_BYTES", 10**18)
    asyncio.run(begin_and_end())
    told = capsys.readouterr().err
    assert "warning: less than" in told and str(tmp_path) in told

"""What the server does while it starts and ends."""

import asyncio
import contextlib
import os
from types import SimpleNamespace

from dashboard.catalogue.lessons import LESSONS
from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.server import lifespan, routes
from models import settings
from models.runs import ownership
from models.runs.store import RunStore
from tests.support.runs import run_id


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


def test_what_cannot_be_cleaned_keeps_nothing_else_from_it(store, monkeypatch, caplog):
    def fail(store):
        raise OSError("the disk is away")

    forgotten = []
    here = SimpleNamespace(forget=forgotten.append)
    monkeypatch.setattr(lifespan.own_data, "clean", fail)
    dispatcher = SimpleNamespace(store=store, wanted=dict)

    async def clean_once():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(lifespan.keep_clean(dispatcher, here), 0.3)

    asyncio.run(clean_once())
    assert forgotten == [settings.current().upload_days] and "the disk is away" in caplog.text


def test_runs_that_never_began_go_and_those_of_lessons_are_marked(store):
    first = LESSONS[1].recipe
    lesson = store.create(first.run_id(), first.as_dict())
    former, waiting, unbegun = (store.create(run_id(number), {}) for number in range(3))
    ownership.note_lesson(former, True)
    for run in (waiting, unbegun):
        for path in (run.folder / "config.json", run.folder):
            os.utime(path, (1, 1))
    lifespan._clean_runs(SimpleNamespace(store=store, wanted=lambda: {waiting.id: 1}))
    assert [run.exists for run in (lesson, former, waiting, unbegun)] == [True, True, True, False]
    assert ownership.begins_lesson(lesson) and not ownership.begins_lesson(former)

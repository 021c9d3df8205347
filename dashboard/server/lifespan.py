"""What lives as long as the server does: the training processes and the runs trained ahead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from importlib import import_module

from starlette.applications import Starlette
from streamlit import net_util

from dashboard.catalogue.lessons import LESSONS, default_run_ids
from dashboard.classroom import invitation, wall
from dashboard.database import databases
from dashboard.database.databases import DatabaseError
from dashboard.jobs import event_log, execution, log_limits
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.jobs.exchange import Exchange
from dashboard.jobs.queue import NotAllowed
from dashboard.server.notices import notices
from dashboard.server.routes import troubles
from models import settings
from models.private_files import keep_private
from models.runs import own_data, ownership
from models.runs.files import RunError

CLEANING_SECONDS = 3_600.0

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Starts the training processes before the port opens, ends them with the server."""
    keep_private()
    log_limits.limit()
    try:
        machine = settings.current()
        event_log.keep(machine.log_file)
        engine = databases.connect(databases.url(machine))
        here = wall.start(engine)
        dispatcher = execution.start(machine, Exchange(engine, machine.abandon_seconds))
    except (settings.SettingError, RunError, DatabaseError) as error:
        # Whoever starts the server needs this sentence; any exception from here, SystemExit
        # too, would drown it in a traceback. Nothing is running yet that would have to end.
        print(f"Autoencoder Lab cannot start: {error}", file=sys.stderr, flush=True)
        os._exit(2)
    dispatcher.on_completed = here.note_end
    train_ahead(dispatcher)
    # Or the first visitor waits for it.
    await asyncio.to_thread(import_module, "dashboard.lesson.page")
    cleaning = asyncio.create_task(keep_clean(dispatcher, here))
    # To judge a request from an unknown site, Streamlit would ask an address on the internet for
    # this computer's public one. Nothing here may do so; such requests are refused all the same.
    net_util.get_external_ip = lambda: None
    for trouble in [*troubles(), *notices(machine)]:  # the former as /healthz has them
        print(f"Autoencoder Lab, warning: {trouble}", file=sys.stderr, flush=True)
    print(invitation.announcement(), file=sys.stderr, flush=True)
    try:
        yield
    finally:
        cleaning.cancel()
        await asyncio.to_thread(execution.stop)


async def keep_clean(dispatcher: Dispatcher, here: wall.Wall) -> None:
    """Erases, now and every hour, own data whose time is over and the runs on them, and what the
    classroom wall knows of visitors for as long."""
    steps = (
        lambda: own_data.clean(dispatcher.store),
        lambda: _clean_runs(dispatcher),
        lambda: here.forget(settings.current().upload_days),
    )
    while True:
        for step in steps:
            try:
                await asyncio.to_thread(step)
            except Exception:  # whatever it was, the next round may succeed
                log.exception("what visitors have left could not be cleaned up")
        await asyncio.sleep(CLEANING_SECONDS)


def _clean_runs(dispatcher: Dispatcher) -> None:
    """Removes runs that were asked for long ago and never begun; notes which ones lessons of this
    version begin with."""
    dispatcher.store.remove_unbegun(keep=dispatcher.wanted())
    for run in dispatcher.store.runs():
        with contextlib.suppress(RunError):  # it has just gone
            ownership.note_lesson(run, run.id in default_run_ids())


def train_ahead(dispatcher: Dispatcher) -> None:
    """Queues the lessons' default runs, in page order, behind all visitors' runs."""
    # Several lessons may begin with the same run.
    recipes = {one.recipe.run_id(): one.recipe for one in LESSONS if one.type}
    for run_id, recipe in list(recipes.items())[: settings.current().train_ahead]:
        if not dispatcher.store.run(run_id).find_result(recipe.hyperparameters.epochs):
            with contextlib.suppress(NotAllowed):  # its page says so, too
                dispatcher.submit(recipe, background=True)

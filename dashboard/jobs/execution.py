"""The one dispatcher of this server: the server starts and ends it, pages ask it."""

from __future__ import annotations

from dashboard.jobs.dispatcher import Dispatcher
from dashboard.jobs.exchange import Exchange
from models import settings
from models.folders import check_folders
from models.runs.store import RunStore

_current: Dispatcher | None = None


def start(machine: settings.Settings, exchange: Exchange | None = None) -> Dispatcher:
    """Starts this process's dispatcher; the server's lifespan calls it.

    Raises:
        SettingError: If something is in the place of a folder that is set.
        RunError: If the run store cannot be used.
    """
    global _current
    check_folders(machine)
    store = RunStore(machine.runs_folder, machine.max_store_bytes)
    _current = Dispatcher(store, machine, exchange)
    _current.start()
    return _current


def stop() -> None:
    """Ends this process's dispatcher, if there is one."""
    global _current
    if _current:
        _current.close()
    _current = None


def current() -> Dispatcher | None:
    """This process's dispatcher; None if pages are run without the server's entry point."""
    return _current


def dispatcher() -> Dispatcher:
    """This process's dispatcher, for what is only drawn where there is one.

    Raises:
        RuntimeError: If there is none.
    """
    if _current is None:
        raise RuntimeError(
            "No training processes belong to this server: start the lab with "
            "`streamlit run streamlit_app.py`."
        )
    return _current

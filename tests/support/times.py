"""Where the tests' time goes, by file, by fixture and by kind: `scripts/test --times`.

Kinds are told apart in the tests' own processes, by the functions in which they wait or work. What
a training process or a server does meanwhile appears there as waiting for it.
"""

from __future__ import annotations

import collections
import functools
import subprocess
import threading
import time
from pathlib import Path

import pytest

COMPILING = "building and compiling networks"
TRAINING = "training in the tests' own process"
PROCESSES = "waiting for programs to start or to end"
BROWSER = "waiting for Chromium"
PAGES = "running pages without a browser"
SLEEPING = "sleeping until something has happened"


class Clock:
    """Seconds by kind; what happens within something else counts as what it is itself."""

    def __init__(self):
        self.seconds: collections.Counter[str] = collections.Counter()
        self._within: list[float] = []

    def counting(self, function, kind):
        """The function, its time counted; `kind` is a text, or a function of the arguments."""

        @functools.wraps(function)
        def counted(*arguments, **named):
            if threading.current_thread() is not threading.main_thread():
                return function(*arguments, **named)
            told = kind if isinstance(kind, str) else kind(*arguments, **named)
            began = time.perf_counter()
            self._within.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                whole = time.perf_counter() - began
                self.seconds[told] += whole - self._within.pop()
                if self._within:
                    self._within[-1] += whole

        return counted


class Times:
    """Collects the times of one process, and on the first one those of all."""

    def __init__(self):
        self.clock = Clock()
        self.fixtures: collections.Counter[str] = collections.Counter()
        self.files: collections.Counter[str] = collections.Counter()
        self.tests: collections.Counter[str] = collections.Counter()
        self._began = time.perf_counter()

    def listen(self) -> None:
        """Puts the clock into the functions in which tests spend their time."""
        from playwright._impl._sync_base import SyncBase
        from streamlit.testing.v1 import AppTest

        from benchmarks.visiting import Server
        from models.training.compiled_model import CompiledModel
        from models.training.session import Session

        seen = set()

        def of_first_call(compiled, *arguments, **_named):
            key = id(compiled), compiled.model.stage, len(arguments)
            kind = TRAINING if key in seen else COMPILING
            seen.add(key)
            return kind

        for owner, name, kind in (
            (time, "sleep", SLEEPING),
            (subprocess, "run", PROCESSES),
            (subprocess.Popen, "wait", PROCESSES),
            (subprocess.Popen, "communicate", PROCESSES),
            (Server, "wait_until_open", PROCESSES),
            (SyncBase, "_sync", BROWSER),
            (AppTest, "run", PAGES),
            (CompiledModel, "__init__", COMPILING),
            (CompiledModel, "run", of_first_call),
            (CompiledModel, "evaluate", of_first_call),
            (Session, "train", TRAINING),
        ):
            setattr(owner, name, self.clock.counting(getattr(owner, name), kind))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        began = time.perf_counter()
        try:
            return (yield)
        finally:
            place = Path(fixturedef.func.__code__.co_filename).name
            self.fixtures[f"{place}: {fixturedef.argname}"] += time.perf_counter() - began

    def pytest_runtest_logreport(self, report):
        if not hasattr(report, "node") or report.node is None:
            return
        file, _, name = report.nodeid.partition("::")
        self.files[file] += report.duration
        self.tests[f"{file}::{name}"] += report.duration

    def as_plain(self) -> dict:
        whole = time.perf_counter() - self._began
        self.clock.seconds["everything else"] += whole - sum(self.clock.seconds.values())
        return {"fixtures": dict(self.fixtures), "kinds": dict(self.clock.seconds)}


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.times = Times()
    config.pluginmanager.register(config.times, "times of this process")
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        config.times.listen()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """One of several processes has ended."""
    found = node.workeroutput["times"]
    node.config.times.fixtures.update(found["fixtures"])
    node.config.times.clock.seconds.update(found["kinds"])


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["times"] = session.config.times.as_plain()
    elif not session.config.getoption("numprocesses", None):
        session.config.times.as_plain()


def pytest_terminal_summary(terminalreporter, config):
    times = config.times
    tables = (
        ("by kind", times.clock.seconds, 12),
        ("by file", times.files, 30),
        ("by fixture", times.fixtures, 20),
        ("by test", times.tests, 40),
    )
    for title, seconds, count in tables:
        terminalreporter.section(f"seconds {title}")
        for name, total in seconds.most_common(count):
            terminalreporter.write_line(f"{total:8.1f}  {name}")

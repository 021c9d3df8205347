"""A run, a clock that can be put forward, and processes of their own."""

import subprocess
import sys
import time

import pytest

from tests.support.clocks import set_clock
from tests.support.places import REPOSITORY
from tests.support.runs import RUN


@pytest.fixture
def run(store):
    return store.create(RUN, {"latent_dim": 2})


@pytest.fixture
def advance(monkeypatch):
    """Moves this process's clock forward by some seconds."""
    clock, passed = time.time, 0.0

    def move(seconds):
        nonlocal passed
        passed += seconds
        set_clock(monkeypatch, lambda: clock() + passed)

    return move


@pytest.fixture
def child():
    """Starts Python processes that run a script; none outlives the test."""
    children = []

    def start(script, *arguments):
        command = [sys.executable, "-c", script, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        children.append(subprocess.Popen(command, cwd=REPOSITORY, **pipes))
        return children[-1]

    yield start
    for process in children:
        process.kill()
        process.communicate()

"""What scripts/check and scripts/test share: the project's Python, steps that are timed, and one
line about each program that is missing."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CI = bool(os.environ.get("CI"))
SKIPPED = 2
"""Exit code under CI where nothing failed, but a program was missing."""

SET_UP = "python3 -m venv .venv && .venv/bin/pip install -q -r requirements-dev.txt"


@dataclass(frozen=True)
class Program:
    """A program that is not a Python package."""

    name: str
    is_there: bool
    skipped: str
    """What does not run without it."""
    how: str
    """How to get it."""

    @property
    def complaint(self) -> str:
        return f"{self.name} is missing, so {self.skipped}. To get it: {self.how}."


def use_project_python() -> None:
    """Starts the calling script again with the Python of .venv, unless an environment is active
    already or this Python has what the tests need."""
    python = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if sys.prefix != sys.base_prefix:
        return
    if python.exists():
        sys.exit(subprocess.run([python, *sys.argv]).returncode)
    if not all(map(importlib.util.find_spec, ("mypy", "pytest", "streamlit"))):
        sys.exit(f"This Python lacks what the tests need, and there is no .venv: {SET_UP}")


def node() -> Program:
    """Node.js with npm, in a version that the tools of package.json run on."""
    name, version = "Node.js 18 or newer with npm", (0,)
    if shutil.which("node") and shutil.which("npm"):
        answer = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
        version = tuple(map(int, re.findall(r"\d+", answer)))
    how = "apt-get install nodejs npm, or https://nodejs.org"
    return Program(name, version >= (18,), "JavaScript is not checked", how)


def chromium() -> Program:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    how = "apt-get install chromium, or set CHROMIUM to the path of another Chromium or Chrome"
    return Program("Chromium", bool(shutil.which(path)), "browser tests are skipped", how)


def caddy() -> Program:
    found = bool(shutil.which("caddy"))
    return Program("Caddy", found, "the proxy is not tested", "apt-get install caddy")


def postgresql() -> Program:
    places = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
    how = "apt-get install postgresql"
    return Program("PostgreSQL", any(places), "only SQLite is tested as database", how)


def run(name: str, command: list[str | Path]) -> bool:
    """Runs one step and prints its seconds, and its output if it fails; whether it succeeded."""
    began = time.monotonic()
    # On Windows npm is npm.cmd, which only a full path starts.
    command = [shutil.which(command[0]) or command[0], *command[1:]]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    seconds = time.monotonic() - began
    verdict = "ok" if done.returncode == 0 else "FAILED"
    output = "" if done.returncode == 0 else f"\n{done.stdout.rstrip()}\n"
    print(f"{verdict:6} {seconds:6.1f} s  {name}{output}", flush=True)
    return done.returncode == 0

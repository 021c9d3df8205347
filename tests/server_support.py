"""The app as a user starts it, for tests that need a server: with its processes and its log."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil

from tests.pages_support import REPOSITORY


class Server:
    """`streamlit run streamlit_app.py` on a free port, as a user starts it.

    Args:
        runs: Folder of its run store; its log lies beside.
        train_ahead: Lessons whose default runs it trains by itself.
    """

    def __init__(self, runs: Path, train_ahead: int = 1):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://localhost:{port}"
        self.runs = runs
        self.log = runs.parent / "server.log"
        settings = {"RUNS": str(runs), "TRAIN_AHEAD": str(train_ahead)}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    *("-m", "streamlit", "run", "streamlit_app.py"),
                    *("--server.port", str(port)),
                ],
                cwd=REPOSITORY,
                env=os.environ
                | {f"AUTOENCODER_LAB_{name}": text for name, text in settings.items()},
                stdout=log,
                stderr=log,
            )

    def wait_until_open(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.address}/livez", timeout=5) as answer:
                    return answer.read()
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def children(self, role=""):
        """Its scheduler and its workers, or one of these."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if f"dashboard.cluster {role}" in " ".join(one.cmdline())]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

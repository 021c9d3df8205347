"""Training processes. The last file of this folder: there is no server afterwards."""

import signal

import psutil

from tests.support.scripts import marks

pytestmark = marks


def test_training_processes_end_with_the_server(server):
    children = server.children()
    assert len(children) >= 2
    server.process.send_signal(signal.SIGTERM)  # other signals: test_own_cluster.py
    server.process.wait(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert "Traceback" not in server.log.read_text()

"""What clients ask of a scheduler."""

import logging
from types import SimpleNamespace

import pytest

from dashboard.jobs import event_log
from dashboard.jobs.cluster import base, processes
from dashboard.jobs.cluster.base import Worker
from dashboard.jobs.cluster.given_cluster import GivenCluster
from dashboard.jobs.log_limits import Limit


class SilentClient:
    """Is connected with a scheduler that answers nothing; notes how long somebody would wait."""

    status = "running"
    scheduler = SimpleNamespace(identity=None, processing=None)
    _run = None

    def __init__(self):
        self.waited = []

    def sync(self, question, *words, callback_timeout=None, **details):
        self.waited.append(callback_timeout)
        raise TimeoutError

    def close(self, timeout):
        pass


def test_nobody_waits_for_ever_for_a_scheduler_that_hangs():
    cluster = GivenCluster("tls://lab:8786", None)
    cluster._client = client = SilentClient()
    cluster.workers = [Worker("one", address="tls://lab:1", key="a run")]
    cluster.end(cluster.workers[0])
    assert cluster.look_after() == ["a run"], "it is away, and so are its workers"
    with pytest.raises(OSError):
        cluster._registered()
    assert client.waited == 3 * [base.ANSWER_SECONDS]


def test_what_dask_says_again_and_again_is_bounded_and_the_journal_is_not(tmp_path):
    event_log.keep(tmp_path / "journal")
    theirs = logging.Handler()
    logging.getLogger("distributed.scheduler").addHandler(theirs)
    processes.limit_log()
    (*_, journal) = logging.getLogger("dashboard").handlers
    assert [type(one) for one in theirs.filters] == [Limit]
    assert not any(isinstance(one, Limit) for one in journal.filters)
    logging.getLogger("distributed.scheduler").removeHandler(theirs)
    for name in ("dashboard", "models"):
        logging.getLogger(name).removeHandler(journal)
    journal.close()

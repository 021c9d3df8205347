"""What is logged again and again."""

import logging
import threading
from collections import OrderedDict

import pytest

from dashboard.jobs import log_limits
from dashboard.jobs.log_limits import MOST, SECONDS, Limit


class Log:
    """A logger whose clock stands still until somebody moves it."""

    def __init__(self):
        self.now, self.written = 0.0, []
        self.logger = logging.Logger("a")
        handler = logging.Handler()
        handler.emit = lambda record: self.written.append(record.getMessage())
        handler.addFilter(Limit(lambda: self.now))
        self.logger.addHandler(handler)


@pytest.fixture
def log():
    return Log()


def refuse(log, count):
    for number in range(count):
        log.logger.warning("refused %d", number)


def test_a_flood_is_a_few_lines_a_minute_and_says_how_many_are_missing(log):
    refuse(log, 1_000)
    assert log.written == [f"refused {number}" for number in range(MOST)]
    log.now = SECONDS
    refuse(log, 2)
    assert log.written[MOST:] == [
        f"refused 0 ({1_000 - MOST} more like it were not written)",
        "refused 1",
    ]


def test_a_flood_hides_nothing_else(log):
    refuse(log, 1_000)
    log.logger.warning("the disk is full")
    assert log.written[-1] == "the disk is full"


def test_errors_differ_by_where_they_were_raised(log):
    def raise_here():
        raise ValueError("1 %")

    def raise_there():
        raise ValueError("2 %")

    for raising in (*[raise_here] * 100, raise_there):
        try:
            raising()
        except ValueError:
            log.logger.exception("a page failed")
    assert len(log.written) == MOST + 1


def test_it_remembers_a_bounded_number_of_places():
    limit = Limit(lambda: 0.0)
    for line in range(2 * log_limits.PLACES):
        limit.filter(logging.LogRecord("a", logging.ERROR, "file", line, "text", (), None))
    assert len(limit._told) == log_limits.PLACES


def test_all_handlers_are_limited_once(monkeypatch):
    handler = logging.Handler()
    logging.getLogger("tests.of_a_library").addHandler(handler)
    monkeypatch.setattr(logging, "lastResort", logging.Handler())
    log_limits.limit()
    log_limits.limit()
    for one in (handler, logging.lastResort):
        assert [type(found) for found in one.filters] == [Limit]
    logging.getLogger("tests.of_a_library").removeHandler(handler)


def test_what_is_collected_amid_a_record_may_log_too(log):
    """As distributed's own watch over the garbage collection does."""

    garbage = ["collected"]

    class Collecting(OrderedDict):
        def get(self, *words):
            while garbage:
                log.logger.error(garbage.pop())
            return super().get(*words)

    (handler,) = log.logger.handlers
    handler.filters[0]._told = Collecting()
    thread = threading.Thread(target=log.logger.warning, args=["refused"], daemon=True)
    thread.start()
    thread.join(10)
    assert log.written == ["collected", "refused"]

"""The ages of rows, where what says when they were counted last is damaged or missing."""

import pytest
import sqlalchemy

from dashboard.database import ages, databases
from dashboard.database.databases import BOARD, NICKNAMES

NOW, DAY = 1.8e9, 86_400.0


@pytest.mark.parametrize("noted", [None, "", "nan", "-1", "1e99", "soon"])
def test_without_a_last_round_the_latest_use_says_when_a_server_ran(engine, noted):
    with engine.begin() as connection:
        if noted is not None:
            databases.put(connection, BOARD, name=ages.ROUND, value=noted)
        for name, age in (("ada", 0), ("bob", 5 * DAY)):
            row = {"visitor": name, "name": name, "at": NOW - age}
            databases.put(connection, NICKNAMES, **row)
        later = NOW + 400 * DAY
        ages.count(connection, (NICKNAMES,), later)
        query = sqlalchemy.select(NICKNAMES.c.at).order_by(NICKNAMES.c.visitor)
        found = [later - at for at in connection.scalars(query)]
        assert found == pytest.approx([DAY, 6 * DAY])
        ages.count(connection, (NICKNAMES,), later + 3_600)
        assert [later - at for at in connection.scalars(query)] == pytest.approx(found)

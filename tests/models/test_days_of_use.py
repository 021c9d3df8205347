"""What counts of the time since the last round: a day at most, whatever the clock says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.days_of_use import DAY, move, uncounted

NOW = 1.8e9


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_no_jump_of_the_clock_makes_anything_older_than_by_a_day(jump, age):
    noted = NOW - age
    moved = move(noted, uncounted(NOW, NOW + jump), NOW + jump)
    new_age = NOW + jump - moved
    assert 0 <= new_age <= age + DAY + 1


@given(st.floats(2 * DAY, 1e9), st.floats(0, 1e8), st.integers(1, 50))
def test_a_clock_that_jumps_to_and_fro_makes_nothing_older_each_time(jump, age, times):
    at = NOW - age
    for _ in range(times):
        at = move(at, uncounted(NOW, NOW + jump), NOW + jump)
        at = move(at, uncounted(NOW + jump, NOW), NOW)
    assert at >= NOW - age - 1


@pytest.mark.parametrize("hours", [0, 1, 23])
def test_what_a_server_lives_through_counts(hours):
    assert uncounted(NOW, NOW + hours * 3_600) == 0 and move(NOW - DAY, 0.0, NOW) == NOW - DAY

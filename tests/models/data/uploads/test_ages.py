"""Own data are as old as servers have lived through, whatever their clocks say."""

import time

import pytest

from models.data.uploads import ages, parsing, storage
from tests.support.clocks import set_clock
from tests.support.files import csv, let_age, own_files

DAY, HOUR = 86_400, 3_600


@pytest.fixture
def clock(monkeypatch):
    """A function that puts the clock so many seconds ahead of the right time, or behind it."""
    offset, right = [0.0], time.time
    set_clock(monkeypatch, lambda: right() + offset[0])

    def put(seconds):
        offset[0] = seconds

    return put


@pytest.fixture
def used_today(machine):
    return storage.keep(parsing.parse("a.csv", csv(), machine), machine, "ada")


@pytest.mark.parametrize("has_run_before", [True, False])
@pytest.mark.parametrize("days", [31, 400, 20_000, -31, -9_000])
def test_a_clock_that_is_wrong_at_the_start_erases_nothing(
    machine, used_today, clock, days, has_run_before
):
    if has_run_before:
        storage.clean(machine)
    for offset in (days * DAY, days * DAY + HOUR, 0, HOUR, days * DAY):
        clock(offset)
        assert storage.list_owned("ada", machine) == [used_today]
        storage.clean(machine)
        assert storage.exists(used_today, machine)
    assert ages.age(machine.uploads_folder / f"{used_today}.npz") < 2 * DAY


def test_a_server_that_was_off_gives_an_hour_before_it_erases_what_was_nearly_too_old(
    machine, used_today, clock
):
    let_age(machine.uploads_folder / f"{used_today}.npz", (machine.upload_days - 0.1) * DAY)
    for hours in (0, 90 * 24, 90 * 24 + 0.9):
        clock(hours * HOUR)
        storage.clean(machine)
        assert storage.exists(used_today, machine)
    clock((90 * 24 + 1.1) * HOUR)
    storage.clean(machine)
    assert not storage.exists(used_today, machine)


def test_what_nobody_uses_goes_after_the_days_that_servers_ran(machine, used_today, clock):
    for half_day in range(2 * machine.upload_days):
        clock(half_day * DAY / 2)
        storage.clean(machine)
        assert storage.exists(used_today, machine)
    clock((machine.upload_days + 0.1) * DAY)
    storage.clean(machine)
    assert own_files(machine) == {f"{used_today}.erased"}


def test_that_something_was_erased_is_known_although_the_clock_jumps(machine, used_today, clock):
    storage.erase(used_today, machine)
    storage.clean(machine)
    for offset in (storage.ERASED_DAYS * DAY + DAY, 0):
        clock(offset)
        storage.clean(machine)
        assert storage.is_erased(used_today, machine)


def test_a_file_that_is_being_written_survives_a_jump(machine, used_today, clock):
    (half := machine.uploads_folder / f"{used_today}.npz.0123456789ab.tmp").touch()
    for days in (0, 0.9, 400):
        clock(days * DAY)
        storage.clean(machine)
        assert half.exists()
    let_age(half, 3 * DAY)
    storage.clean(machine)
    assert not half.exists()


def test_where_ages_cannot_be_counted_nothing_is_erased_for_them(
    machine, used_today, clock, monkeypatch
):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    storage.clean(machine)
    monkeypatch.setattr(ages, "_note", refuse)
    clock((machine.upload_days + 1) * DAY)
    storage.clean(machine)
    assert storage.exists(used_today, machine)

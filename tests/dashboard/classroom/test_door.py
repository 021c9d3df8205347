"""The teacher's door: what is behind it asks for itself whether the teacher is still there."""

import inspect
import logging

import pytest

from dashboard.classroom import door, moderation, teacher
from dashboard.classroom.attempts import FREE_AT_ADDRESS
from dashboard.jobs import metrics
from models import settings
from models.settings import SettingError
from tests.support.pages import open_page, with_key

PASSWORD = "correct horse ü"


def counted(answer):
    return metrics.PASSWORDS.labels(answer)._value.get()


@pytest.mark.parametrize(
    "deed",
    [
        (teacher.table,),
        (teacher.cancel, []),
        (teacher.pin, [], True),
        (teacher.delete, [], True),
        (moderation.choose_board, "is_open", "wall.open"),
        (moderation.clear,),
        (moderation.take_down, None),
        (moderation.erase_nickname, None),
        (moderation.erase_unused,),
        (moderation.undo,),
        (moderation.pin, "linear-0123456789abcdef", True),
    ],
    ids=lambda deed: deed[0].__name__,
)
def test_every_deed_asks_for_itself(deed, monkeypatch):
    monkeypatch.setattr(door.st, "session_state", {})
    function, *arguments = deed
    with pytest.raises(door.NotSignedIn, match="Only the teacher"):
        function(*arguments)


def test_the_list_above_names_every_deed():
    def public(module):
        return {
            name
            for name, one in inspect.getmembers(module, inspect.isfunction)
            if one.__module__ == module.__name__ and not name.startswith("_")
        }

    guarded = {
        name
        for module in (teacher, moderation)
        for name in public(module)
        if hasattr(getattr(module, name), "__wrapped__")
    }
    listed = {deed[0].__name__ for deed in test_every_deed_asks_for_itself.pytestmark[0].args[1]}
    assert guarded == listed
    # `as_zip` is asked for by `while_here`, as its thread knows no session.
    assert public(teacher) - guarded == {"as_zip"}
    assert public(moderation) - guarded == {"draw", "try_to"}


def test_a_download_that_was_offered_is_refused_after_leaving(monkeypatch):
    session = {"teacher": door.Entry()}
    monkeypatch.setattr(door.st, "session_state", session)
    content = door.while_here(lambda: b"all runs")
    assert content() == b"all runs"
    door.leave()
    assert not door.is_here()
    with pytest.raises(door.NotSignedIn):
        content()


@pytest.mark.pages
def test_wrong_passwords_are_answered_at_once_counted_and_noted(dispatcher, with_password, caplog):
    before = {answer: counted(answer) for answer in ("wrong", "too early")}
    page = open_page("runs.py")
    with caplog.at_level(logging.INFO, "dashboard.classroom.door"):
        for text in ("correct horse", PASSWORD):
            page.text_input(key="teacher.password").set_value(text)
            with_key(page.button, "teacher.enter").click().run()
    assert not page.dataframe and "was not tried" in page.error[0].value
    assert "Wait 1 s" in page.error[0].value
    assert counted("wrong") - before["wrong"] == counted("too early") - before["too early"] == 1
    (record,) = [one for one in caplog.records if one.name == door.__name__]
    assert record.seconds == 1 and "correct horse" not in record.getMessage()
    assert page.session_state["visitor"] not in str(vars(record))


@pytest.mark.pages
def test_guesses_of_others_keep_no_teacher_out(dispatcher, with_password):
    page = open_page("runs.py")
    page.text_input(key="teacher.password").set_value(PASSWORD)
    with_key(page.button, "teacher.enter").click().run()
    for number in range(2 * FREE_AT_ADDRESS):
        door._attempts.judge(False, f"eve {number}", "")
    page.run()
    assert door_is_open(page)
    again = open_page("runs.py", as_visitor=page.session_state["visitor"])  # after a reload
    again.text_input(key="teacher.password").set_value(PASSWORD)
    with_key(again.button, "teacher.enter").click().run()
    assert door_is_open(again)


def door_is_open(page):
    assert not page.exception
    return not [one for one in page.text_input if one.key == "teacher.password"]


@pytest.mark.parametrize("short", ["a", "secret", "1234567", "  seven 7  "])
def test_a_short_password_is_refused_at_the_start_without_being_shown(short):
    with pytest.raises(SettingError, match="at least 8 characters") as caught:
        settings.from_environment({"AUTOENCODER_LAB_TEACHER_PASSWORD": short})
    assert repr(short) not in str(caught.value)


def test_passwords_are_compared_whole(with_password):
    assert door.is_password(PASSWORD)
    for wrong in ("", PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper(), "\udcff"):
        assert not door.is_password(wrong)

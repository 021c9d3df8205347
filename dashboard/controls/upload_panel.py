"""A visitor's own data: uploading, looking at what was understood, choosing and erasing.

Each visitor is offered the sets that he or she has uploaded, and those that a link has led to and
whose owner lets all see them.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_run_yield_check

from dashboard.controls import parsed_files, upload_preview, upload_understood
from dashboard.controls.parsed_files import Found, Refused
from dashboard.jobs import execution
from dashboard.session import own_data, render_slots, uploaded_files
from dashboard.session.visitors import visitor
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _, _n
from models import settings
from models.autoencoders.base.training_hyperparameters import DatasetChoice
from models.data import datasets, loading
from models.data.uploads import apart, sharing, storage, upload
from models.data.uploads.upload import Upload, UploadError, UploadQuestionError
from models.hyperparameters.declaration import HyperparameterError
from models.runs.own_data import clean, find_runs

if TYPE_CHECKING:  # named for annotations alone
    from streamlit.runtime.uploaded_file_manager import UploadedFile

ENDINGS = {
    "points": ("csv", "tsv", "txt", "data", "zip"),
    "images": ("zip", "npz", "npy", "csv"),
}

_SETS, _PARSED, _COUNT, _PROBLEM, _CHOICES = (
    "own_data.sets",
    "own_data.parsed",
    "own_data.count",
    "own_data.problem",
    "own_data.choices",
)
_ERASING_SECONDS = 3.0

Use = Callable[[str], None]


def _sets() -> dict[str, bool]:
    """The names of the visitor's sets, and whether he or she has uploaded them."""
    if _SETS not in st.session_state:
        st.session_state[_SETS] = dict.fromkeys(storage.list_owned(visitor()), True)
    return st.session_state[_SETS]


def note(name: str) -> None:
    """The visitor has come to a set, by a link, say."""
    if upload.is_name(name):
        _sets().setdefault(name, False)


def is_seen(name: str) -> bool:
    """Whether this visitor is offered a data set: any but the others' own, unless a link to a
    shared one has led here."""
    return not upload.is_name(name) or (
        name in _sets() and own_data.may_see(name) and loading.available(name)
    )


def offer_sets(kind: DatasetChoice, present: str) -> DatasetChoice:
    """The choice of a data set, with the visitor's own ones that suit."""
    note(present)
    own = [datasets.by_name(name) for name in _sets() if is_seen(name)]
    suitable = {one.name: one.label for one in own if one.kind == kind.holds}
    return dataclasses.replace(kind, options={**kind.options, **suitable})


def draw(kind: DatasetChoice, page: str, present: str, use: Use) -> None:
    """Draws what data are uploaded, looked at and erased with.

    Args:
        kind: What the page's data may be.
        page: The page's name.
        present: The data set that is chosen.
        use: Chooses another one.
    """
    if not settings.current().max_upload_megabytes:
        return
    with st.expander(_("Own data"), icon=":material/upload_file:"):
        if st.context.is_embedded:
            st.info(
                _(
                    "Within a page of another site a browser may refuse to send files. If an "
                    "upload fails, open this lesson in a tab of its own."
                )
            )
        found = _draw_upload(kind, page)
        if isinstance(found, Upload):
            _draw_found(found, kind, page, use)
        elif found:
            st.error(in_markdown(found.message), icon=":material/upload_file:")
            if found.question:
                upload_understood.draw_question(found.question, page, _say)
            elif st.session_state.get(_CHOICES):
                upload_understood.draw_undo(page, _forget_choices)
        elif upload.is_name(present):
            _draw_present(kind, page, present, use)
        st.caption(_promise())


def _draw_found(found: Upload, kind: DatasetChoice, page: str, use: Use) -> None:
    """The first examples, what was done and understood, and the button that takes them."""
    upload_preview.draw(found.arrays, found.meta, page)
    for sentence in found.notes:
        st.caption(in_markdown(_(sentence)))
    if found.understood:
        upload_understood.draw(found.understood, page, _say)
    if st.session_state.get(_CHOICES):
        upload_understood.draw_undo(page, _forget_choices)
    if found.kind != kind.holds:
        st.error(_WRONG_KIND[found.kind], icon=":material/upload_file:")
        return
    st.button(
        _("Use these data"),
        key=f"{page}.own.use",
        type="primary",
        icon=":material/check:",
        on_click=_keep,
        args=(st.session_state[_PARSED], use),
    )


_WRONG_KIND = {
    "points": _(
        "This is a table. The lesson Linear learns from tables; this one needs images: a .zip, an "
        ".npz, or a .csv with a column for every pixel."
    ),
    "images": _("These are images. This lesson learns from tables; all others learn from images."),
}


def _say(name: str, value: str) -> None:
    """The visitor says how the file is to be read, and it is read anew."""
    _read_again({**st.session_state.get(_CHOICES, {}), name: value})


def _forget_choices() -> None:
    _read_again({})


def _read_again(choices: dict[str, str]) -> None:
    st.session_state[_CHOICES] = choices
    key = st.session_state.get(_PARSED, "")
    if kept := parsed_files.file_of(key):
        _read(*kept, key, visitor(), choices)


def _draw_upload(kind: DatasetChoice, page: str) -> Found | None:
    """The uploader; returns what it holds, or what is wrong with that."""
    machine = settings.current()
    uploaded = st.file_uploader(
        _ABOUT[kind.holds].format(count=machine.max_upload_examples),
        type=ENDINGS[kind.holds],
        max_upload_size=machine.max_upload_megabytes,
        # Under another key it is empty again.
        key=f"{page}.own.{st.session_state.get(_COUNT, 0)}",
    )
    if refusal := uploaded_files.take_refusal():
        return Refused(refusal)
    before = st.session_state.get(_PARSED, "")
    key = uploaded_files.key_of(uploaded) if uploaded else ""
    if before != key:
        parsed_files.forget(before)
        st.session_state.pop(_PARSED, None)
        st.session_state.pop(_CHOICES, None)
    if uploaded is None:
        problem = st.session_state.pop(_PROBLEM, None)
        return Refused(problem) if problem else None
    # It may be there already: a page that is drawn anew is stopped after it has read the file.
    if before != key and parsed_files.find(key) is None:
        with st.spinner(_("Checking the file …")):
            _check(uploaded, key, visitor())
    st.session_state[_PARSED] = key
    return parsed_files.find(key) or Refused(_made_room())


_ABOUT = {
    "points": _(
        "A table as **.csv**, .tsv or .txt: 2 to 200 columns of numbers, 20 rows or more. A column "
        "may name classes. Of more than {count:,} rows a sample is taken."
    ),
    "images": _(
        "A **.zip** of images, a folder for each class if there are classes; an **.npz** or .npy "
        "with an array of images and, if you like, one of labels; or a **.csv** with a column for "
        "every pixel. 20 images or more; of more than {count:,} a sample is taken."
    ),
}


def _check(uploaded: UploadedFile, key: str, owner: str) -> None:
    """Keeps what a file holds, or what is wrong with it, for a while."""
    found, content = Refused(_made_room()), None
    end_if_left = get_run_yield_check() or (lambda: None)
    render_slots.give_up()
    try:
        with uploaded_files.awaiting(uploaded) as take, apart.turn(owner, end_if_left):
            content = take()
            if content is not None:
                _parse(uploaded.name, content, key, owner, {})
                return
    except UploadError as error:
        found = Refused(str(error))
    parsed_files.keep(key, found, owner)


def _read(name: str, content: bytes, key: str, owner: str, choices: Mapping[str, str]) -> None:
    """Reads a kept file anew."""
    try:
        with apart.turn(owner):
            _parse(name, content, key, owner, choices)
    except UploadError as error:
        parsed_files.keep(key, Refused(str(error)), owner, name, content)


def _parse(name: str, content: bytes, key: str, owner: str, choices: Mapping[str, str]) -> None:
    found: Found
    try:
        found = apart.parse_apart(name, content, choices)
    except UploadQuestionError as error:
        found = Refused(str(error), error.question)
    except UploadError as error:
        found = Refused(str(error))
    parsed_files.keep(key, found, owner, name, content)


def _made_room() -> str:
    return _("The file had to make room for those of others. Upload it again.")


def _promise() -> str:
    days = settings.current().upload_days
    stays = _(
        "What you use stays on the machine of this server. Nobody but you can open it or a run on "
        "it, unless you let the class; the teacher can list, export and delete the runs."
    )
    goes = _n(
        "Data that nobody uses for {days} day are erased, with all runs on them.",
        "Data that nobody uses for {days} days are erased, with all runs on them.",
        days,
    )
    rest = _("Do not upload what identifies anybody.")
    return f"{stays} {goes.format(days=days)} {rest}"


def _keep(key: str, use: Use) -> None:
    try:
        upload = parsed_files.find(key)
        if not isinstance(upload, Upload):
            raise UploadError(_made_room())
        name = storage.keep(upload, owner=visitor())
        _sets()[name] = True
        use(name)
    except (UploadError, HyperparameterError) as error:
        st.session_state[_PROBLEM] = str(error)
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1


# What there is


def _draw_present(kind: DatasetChoice, page: str, name: str, use: Use) -> None:
    try:
        upload_preview.draw(storage.arrays(name), storage.read_meta(name), page)
    except UploadError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
    if not _sets().get(name):
        st.caption(_("Who uploads the same file again can erase it here."))
        return
    key = f"{page}.own.shared.{name}"
    st.session_state[key] = sharing.is_shared(name)  # another tab may have changed it
    st.checkbox(
        _("The class may see these data and my runs on them"),
        key=key,
        on_change=_share,
        args=(name, key),
        help=_(
            "Then a link to such a run opens for everybody, and while the classroom wall is open "
            "these runs are dots on it, called “own data”. You can take it back at any time."
        ),
    )
    st.button(
        _("Erase these data"),
        key=f"{page}.own.erase",
        icon=":material/delete:",
        on_click=_erase,
        args=(name, next(iter(kind.options)), use),
        help=_("And all runs on them, for everybody who has the link, at once and for good."),
    )


def _share(name: str, key: str) -> None:
    try:
        sharing.share(name, visitor(), st.session_state[key])
    except UploadError as error:
        st.session_state[_PROBLEM] = str(error)


def _erase(name: str, instead: str, use: Use) -> None:
    """Erases a set and the runs on it; those in training are ended first."""
    use(instead)
    storage.erase(name)
    _sets().pop(name, None)
    dispatcher, deadline = execution.dispatcher(), time.monotonic() + _ERASING_SECONDS
    for run in find_runs(dispatcher.store, name):
        dispatcher.stop(run.id)
    clean(dispatcher.store)
    # A training process needs a moment to let go; what is left then, the server's next round takes.
    while find_runs(dispatcher.store, name) and time.monotonic() < deadline:
        time.sleep(0.2)
        clean(dispatcher.store)

"""Which uploaded sets this visitor may see, and the runs on which of them.

Asked wherever a recipe or a run comes from outside: an address, a widget, the store; and again in
each fragment, since data are erased, and what was shared is taken back, while pages are open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from dashboard.session.visitors import visitor
from dashboard.text.i18n import _
from models.data.uploads import sharing, upload
from models.runs.files import RunError
from models.runs.own_data import dataset_of
from models.runs.recipe import Recipe
from models.runs.run import Run

T = TypeVar("T")


def may_see(dataset: str) -> bool:
    """Whether this visitor may see a data set and the runs on it."""
    return sharing.may_see(dataset, visitor())


def refusal(dataset: str) -> str:
    """Why this visitor may not see a data set, in words that do not tell whether it is there; ""
    if he or she may."""
    if not upload.is_name(dataset) or may_see(dataset):
        return ""
    return _refuse(dataset)


def _refuse(dataset: str) -> str:
    return _(
        "The own data {name} are not here for you: they were erased, or uploaded by somebody who "
        "has not shared them. Whoever has uploaded them can do so under “Own data” on the lesson's "
        "page; or upload the same file yourself, or choose another data set."
    ).format(name=dataset)


def without_refused(texts: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What an address says of settings, without a data set that this visitor may not see; and
    why not."""
    refused = refusal(texts.get("dataset", "").strip())
    return {name: text for name, text in texts.items() if name != "dataset" or not refused}, (
        [refused] if refused else []
    )


def refusal_of_run(run: Run) -> str:
    """The same for a run that an address names: one that is not there is answered alike.

    Raises:
        UnreadableError: If its configuration cannot be read, so that nobody knows whose it is.
    """
    config = run.config
    if config is not None and may_see(dataset_of(config)):
        return ""
    return _(
        "Run {id} is not here for you: it never was or was removed, or it is on own data of "
        "somebody who has not shared them."
    ).format(id=run.id)


def while_seen(recipes: Collection[Recipe], content: Callable[[], T]) -> Callable[[], T]:
    """What a download button gives, in a thread that knows no session: only as long as this
    visitor may see the data of these recipes. Raises RunError where not."""
    name, datasets = visitor(), {one.hyperparameters.dataset for one in recipes}

    def asked() -> T:
        for dataset in datasets:
            if not sharing.may_see(dataset, name):
                raise RunError(_refuse(dataset))
        return content()

    return asked

"""The film on the home page: a stored training, played once to whoever comes in."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.catalogue import lessons
from dashboard.components.epoch_slider import epoch_slider
from dashboard.jobs import execution
from dashboard.runs.run_view import RunView, view_run
from dashboard.session import asked_runs
from dashboard.text.i18n import _
from dashboard.views import vae_views
from models.data.datasets import DataError

LESSON = "variational"
SECONDS = 8.0
"""How long the film takes."""


def draw() -> bool:
    """Draws the film of the run that the lesson on invented digits begins with; whether there is
    one."""
    run_view = _find()
    if run_view is None:
        return False
    if not asked_runs.replay_of(run_view.run.id):
        asked_runs.start_replay(run_view.run.id, SECONDS, is_asked=False)
    alt = _("Forty digits that a network has invented, while it learned to write")
    vae_views.draw_generated(run_view, vae_views.generated(run_view), "home.film", alt, pixels=52)
    epoch_slider.film_bar(run_view, term="total", label=_("Loss"), digits=1)
    st.caption(
        _(
            "A network learns to invent digits. This is the film of a training that this server "
            "has stored: {epochs} epochs, {seconds:.0f} seconds."
        ).format(epochs=run_view.result["epochs"], seconds=run_view.result["seconds"])
        if run_view.result
        else ""
    )
    return True


def _find() -> RunView | None:
    """The run, if it has ended and has pictures."""
    if execution.current() is None:
        return None
    try:
        run_view = view_run(lessons.by_name(LESSON).recipe)
    except DataError:
        return None
    images = run_view.pictures.get("generated")
    has_film = run_view.complete and images is not None and np.isfinite(images).all()
    return run_view if has_film else None

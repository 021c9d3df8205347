"""Things to try with one click, and the button that branches off from an epoch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.components.glossary import glossary
from dashboard.controls import widgets
from dashboard.controls.choices import Choices
from dashboard.lesson.buttons import draw_start, obstacle_to, preview_cost, submit_training
from dashboard.lesson.progress import try_settings
from dashboard.runs.run_view import view_run
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from models.hyperparameters.declaration import Hyperparameters
from models.runs.recipe import Recipe


@dataclass(frozen=True)
class Experiment:
    """One thing to try with one click.

    Attributes:
        title: What to do, for the button.
        changes: Hyperparameters, as text, on top of the page's preset “Ours”.
        question: What to look at.
        answer: What one sees then, and why.
    """

    title: str
    changes: Mapping[str, str]
    question: str
    answer: str


def draw_branch_button(
    chosen: Choices, branch: Recipe | None, *, disabled: bool, hint: str
) -> None:
    """The button that trains a branch, with what it would cost, or a hint why it is disabled."""
    pace = st.session_state.get(f"{chosen.page}.pace", 0)

    def submit() -> None:
        if branch:
            submit_training(chosen, branch)

    if obstacle := branch and obstacle_to(branch):
        disabled, hint = True, obstacle
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_start(
            _("Branch and train"),
            f"{chosen.page}.branch.train",
            submit,
            disabled=disabled or branch is None,
            icon=":material/call_split:",
        )
        st.caption(in_markdown(hint) or (preview_cost(view_run(branch), pace) if branch else ""))


def draw_experiments(chosen: Choices, experiments: Sequence[Experiment]) -> None:
    """Buttons that choose settings and train at once; the question stands below while its
    experiment is on the page."""
    present = None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_("**Try this:**"), width="content")
        for experiment in experiments:
            hyperparameters = chosen.preset("ours").hyperparameters.parse(experiment.changes)
            if chosen.recipe.hyperparameters == hyperparameters:
                present = experiment
            st.button(
                experiment.title,
                key=f"{chosen.page}.experiment.{experiment.title}",
                icon=":material/science:",
                on_click=try_settings,
                args=(chosen, hyperparameters),
                disabled=bool(obstacle := assignment.obstacle(experiment.changes)),
                help=obstacle or _about_experiment(hyperparameters, experiment.changes),
            )
    if present:
        label = _("**{question}** What you should see …").format(question=present.question)
        with st.expander(label):
            glossary.prose(present.answer)


def _about_experiment(hyperparameters: Hyperparameters, names: Collection[str]) -> str:
    """Which settings an experiment sets, and what becomes of the others."""
    return _(
        "Trains at once with {changes}; all other settings as in the preset “Ours”. *Undo* takes "
        "it back."
    ).format(changes=widgets.describe_as_shown(hyperparameters, names))

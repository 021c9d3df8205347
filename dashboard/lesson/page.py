"""What every lesson's page has, in its order, around what the lesson itself says and shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.catalogue import lessons
from dashboard.components.glossary import glossary
from dashboard.components.training_step.training_step import slow_motion
from dashboard.controls.choices import Choices
from dashboard.lesson import (
    branching,
    downloads,
    drawers,
    equations,
    experiments,
    frame,
    prediction,
    worksheet,
)
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.frame import Metric
from dashboard.lesson.prediction import Prediction
from dashboard.runs.run_view import RunView, view_run
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from models.runs.files import UnreadableError


@dataclass(frozen=True)
class Page:
    """The page of one lesson: `open`, `train`, `draw_network`, and `close` at its end.

    Attributes:
        name: Of the lesson, see `lessons.Lesson`.
        title: Its heading.
        experiments: Things to try with one click.
        prediction: What the visitor is asked before the training.
    """

    name: str
    title: str
    experiments: Sequence[Experiment]
    prediction: Prediction

    def open(self, introduction: str, pace: int = 0) -> Choices:
        """Title, introduction and the settings in the sidebar; ends the page's script, with an
        explanation, where nothing can be trained.

        Args:
            introduction: What the lesson is about, in a few sentences.
            pace: One of `buttons.PACES`, until the visitor chooses another.
        """
        chosen = frame.open_lesson(self.name, pace)
        st.title(self.title)
        glossary.prose(introduction)
        if chosen is None:
            st.stop()
        return chosen

    def train(
        self,
        chosen: Choices,
        numbers: Callable[[RunView], list[Metric]],
        draw: Callable[[RunView], None],
        busy: Callable[[RunView], bool] = lambda run_view: False,
    ) -> None:
        """Experiments, prediction, the run as it is being trained, its branches, its record
        and its files to take home.

        Arguments as `frame.watch`.
        """
        experiments.draw_experiments(chosen, self.experiments)
        prediction.draw(chosen, self.prediction)
        frame.watch(chosen, numbers, draw, busy)
        branching.draw(chosen)
        drawers.draw_record(chosen)
        downloads.draw(chosen)

    def draw_step(self, chosen: Choices) -> None:
        """One training step, to be walked through."""
        st.header(_("One step in slow motion"), divider=True)
        try:
            slow_motion(view_run(chosen.recipe))
        except UnreadableError as trouble:
            st.error(in_markdown(trouble), icon=":material/broken_image:")

    def draw_network(self, chosen: Choices) -> None:
        """The network that the settings describe."""
        st.header(_("The network"), divider=True)
        drawers.draw_architecture(chosen.recipe)

    def close(self, chosen: Choices, notes: str) -> None:
        """What to notice, the drawers of the glossary and of the symbols, and the worksheet."""
        st.header(_("What to notice"), divider=True)
        glossary.prose(notes)
        glossary.draw()
        equations.draw_symbols(lessons.by_name(self.name).path)
        worksheet.offer(chosen, self.title, self.experiments, self.prediction)

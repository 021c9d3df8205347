"""What every lesson's page has, in its order, around what the lesson itself says and shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.catalogue import lessons
from dashboard.components.glossary import glossary
from dashboard.components.metric_row.metric_row import Metric
from dashboard.components.training_step.training_step import slow_motion
from dashboard.controls import panel
from dashboard.controls.choices import Choices
from dashboard.controls.drawer import drawer
from dashboard.lesson import (
    branching,
    buttons,
    downloads,
    drawers,
    equations,
    frame,
    top_bar,
    workbench,
)
from dashboard.lesson.experiments import Experiment
from dashboard.lesson.guide import Guide
from dashboard.lesson.prediction import Prediction
from dashboard.lesson.workbench import Workbench
from dashboard.runs.run_view import RunView, view_asked
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from models.runs.files import UnreadableError


@dataclass(frozen=True)
class Page:
    """The page of one lesson. Its script calls `open`, then `train`, then `close`.

    Attributes:
        name: Of the lesson, see `lessons.Lesson`.
        title: Its heading.
        introduction: What it is about, in a few sentences.
        experiments: Things to try.
        prediction: What the visitor is asked before the training.
        pace: One of `buttons.PACES`, until the visitor chooses another.
    """

    name: str
    title: str
    introduction: str
    experiments: Sequence[Experiment]
    prediction: Prediction
    pace: int = 0

    def open(self) -> OpenPage:
        """Draws the title and the settings; ends the page's script, with an explanation, where
        nothing can be trained."""
        chosen = frame.load(self.name)
        if chosen is None:
            st.title(self.title)
            glossary.prose(self.introduction)
            st.stop()
        top = st.container()
        frame.show_problems(chosen)
        bench = workbench.lay_out()
        with bench.settings:
            train, cost = st.container(key="train"), st.container()
            panel.draw(chosen)
            frame.draw_device_note()
        frame.settle(chosen)
        run_view = view_asked(chosen.recipe)
        with cost:
            buttons.draw_cost(chosen, run_view, self.pace)
        with train:
            buttons.draw_button(chosen, run_view)
        return OpenPage(self, chosen, top, bench)


@dataclass(frozen=True)
class OpenPage:
    """A lesson's page, with what its visitor has chosen and the places to draw into."""

    page: Page
    chosen: Choices
    top: DeltaGenerator
    bench: Workbench

    def train(
        self,
        numbers: Callable[[RunView], list[Metric]],
        draw: Callable[[RunView], None],
        busy: Callable[[RunView], bool] = lambda run_view: False,
    ) -> None:
        """The title, the run as it is being trained, and the guide. Arguments as `frame.watch`."""
        page = self.page
        guide = Guide(page.introduction, page.experiments, page.prediction)
        with self.top:
            top_bar.draw(page.title, guide, self.chosen, numbers)
        with self.bench.guide:
            guide.draw(self.chosen)
        with self.bench.picture:
            frame.watch(self.chosen, numbers, draw, busy)

    def close(
        self, notes: str, sections: Mapping[str, Callable[[], None]], *, has_step: bool = False
    ) -> None:
        """What to notice, and the drawers below the workbench.

        Args:
            notes: What to notice, as a list.
            sections: What the lesson explains, each by its title; drawn when it is opened.
            has_step: Whether one training step can be walked through.
        """
        with self.bench.below:
            self._draw_drawers(notes, sections, has_step)

    def _draw_drawers(
        self, notes: str, sections: Mapping[str, Callable[[], None]], has_step: bool
    ) -> None:
        name = self.page.name
        with drawer(_("What to notice"), f"{name}.notes", ":material/visibility:") as is_open:
            if is_open:
                glossary.prose(notes)
        branching.draw(self.chosen)
        for number, (title, draw) in enumerate(sections.items()):
            with drawer(title, f"{name}.section.{number}", ":material/function:") as is_open:
                if is_open:
                    draw()
        if has_step:
            title = _("One step in slow motion")
            with drawer(title, f"{name}.slow_motion", ":material/slow_motion_video:") as is_open:
                if is_open:
                    _draw_step(self.chosen)
        with drawer(_("The network"), f"{name}.network", ":material/hub:") as is_open:
            if is_open:
                drawers.draw_architecture(self.chosen.recipe)
        drawers.draw_record(self.chosen)
        downloads.draw(self.chosen)
        glossary.draw()
        equations.draw_symbols(lessons.by_name(name).path)


def _draw_step(chosen: Choices) -> None:
    try:
        slow_motion(view_asked(chosen.recipe))
    except UnreadableError as trouble:
        st.error(in_markdown(trouble), icon=":material/broken_image:")

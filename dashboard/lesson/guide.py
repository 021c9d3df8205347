"""The guide: one card at a time, from a question to its answer, and on to the next experiment.

question -> guess -> training -> what happened? -> what the run says, and why -> next card

Which card is shown follows from the settings: those of the lesson's opening, those of one of its
experiments, or the visitor's own. Where a card stands follows from its run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.catalogue import assignment, lessons
from dashboard.components.glossary import glossary
from dashboard.controls import widgets
from dashboard.controls.choices import Choices, go_to
from dashboard.lesson import prediction as predictions
from dashboard.lesson.experiments import Card, Experiment, list_cards
from dashboard.lesson.prediction import Prediction
from dashboard.runs.run_view import RunView, view_asked
from dashboard.session import asked_runs
from dashboard.session.memory import remembered
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.runs.recipe import Recipe


@dataclass(frozen=True)
class Guide:
    """What the guide of one lesson leads through.

    Attributes:
        introduction: What the lesson is about, in a few sentences.
        experiments: What comes after the opening question.
        prediction: The question that each run decides.
    """

    introduction: str
    experiments: Sequence[Experiment]
    prediction: Prediction

    def draw(self, chosen: Choices) -> None:
        """Draws the card that it is time for."""
        run_view = view_asked(chosen.recipe)
        allowed = [one for one in self.experiments if not assignment.obstacle(one.changes)]
        cards = list_cards(chosen, allowed)
        place = find_card([hyperparameters for _one, hyperparameters in cards], chosen.recipe)
        is_replayed = asked_runs.is_replayed(run_view.run.id)
        is_under_way = run_view.active or is_replayed
        has_ended = self.prediction.ended(run_view) and bool(run_view.events) and not is_replayed
        is_told = has_ended and _is_told(chosen.page, self.prediction, run_view)
        if is_told and not list_done(chosen.page):  # what to notice is opened once
            st.session_state[f"{chosen.page}.notes"] = True
        if is_told and place is not None:
            list_done(chosen.page).add(place)
        _draw_steps(chosen, cards, place)
        card = None if place is None else cards[place][0]
        if card:
            glossary.prose(f"**{card.title}.** {card.question}")
        elif place is None:
            st.markdown(_own_settings(chosen))
        if is_under_way:
            _draw_waiting(chosen, self.prediction, run_view)
        elif is_told:
            _draw_answer(chosen, self.prediction, run_view)
            if card:
                with st.container(border=True):
                    glossary.prose(card.answer)
            _draw_next(chosen, cards, place)
        elif has_ended:
            _draw_reading(chosen.page, self.prediction, run_view.run.id)
        else:
            if not card:
                glossary.prose(self.introduction)
            _draw_question(chosen, self.prediction, run_view)


def find_card(cards: Sequence[TrainingHyperparameters], recipe: Recipe) -> int | None:
    """The first of the cards' settings that are the recipe's, be it continued or on another device;
    None for a branch, and if there is none."""
    if recipe.origin:
        return None
    same = {"device", "epochs"} if recipe.earlier_horizons else {"device"}
    for place, hyperparameters in enumerate(cards):
        if recipe.hyperparameters.difference(hyperparameters).keys() <= same:
            return place
    return None


def list_done(page: str) -> set[int]:
    """The cards whose answers this visitor has seen."""
    return remembered().setdefault(f"done.{page}", set())


def _draw_steps(chosen: Choices, cards: Sequence[Card], place: int | None) -> None:
    """The cards in a row, to go from one to the other."""
    key, done = f"{chosen.page}.step", list_done(chosen.page)

    def name(step: int) -> str:
        return f"{step + 1} ✓" if step in done else f"{step + 1}"

    def go() -> None:
        if (step := st.session_state[key]) is not None:
            _go_to_card(chosen, cards[step][1])

    # A choice that did not come from here, by a setting or by undo, is shown here, too.
    st.session_state[key] = place
    st.segmented_control(
        _("Steps of this lesson"),
        list(range(len(cards))),
        format_func=name,
        key=key,
        on_change=go,
        label_visibility="collapsed",
    )


def _go_to_card(chosen: Choices, hyperparameters: TrainingHyperparameters) -> None:
    go_to(chosen, Recipe(chosen.recipe.type, hyperparameters))


def _own_settings(chosen: Choices) -> str:
    h = chosen.recipe.hyperparameters
    names = h.difference(chosen.preset("ours").hyperparameters)
    if chosen.recipe.origin:
        return _("**A branch.** Compare how it ends with how the other run ended.")
    text = _("**Your own settings:** {settings}.")
    return text.format(settings=in_markdown(widgets.describe_as_shown(h, names)))


def _draw_question(chosen: Choices, prediction: Prediction, run_view: RunView) -> None:
    """The question, and the guess, which can be changed until the training."""
    run_id = run_view.run.id
    key = f"{chosen.page}.guess.{run_id}"
    guess = predictions.guess_of(chosen.page, run_id)
    st.markdown(_("**Guess first:** {question}").format(question=prediction.question))
    st.radio(
        prediction.question,
        range(len(prediction.options)),
        index=guess,
        format_func=prediction.options.__getitem__,
        label_visibility="collapsed",
        key=key,
        on_change=lambda: predictions.note_guess(chosen.page, run_id, st.session_state[key]),
    )
    if run_view.result:
        st.caption(_("What decides it is still to be tried: see beside this card."))
    elif guess is None:
        st.caption(_("Then press **Train** and see."))
    else:
        st.caption(_("Noted. Now press **Train**."))


def _draw_waiting(chosen: Choices, prediction: Prediction, run_view: RunView) -> None:
    guess = predictions.guess_of(chosen.page, run_view.run.id)
    if guess is None:
        st.markdown(_("**Watch:** {question}").format(question=prediction.question))
    else:
        st.markdown(
            _("**Watch:** {question} You guess: **{guess}**. The run will tell.").format(
                question=prediction.question, guess=prediction.options[guess]
            )
        )


def _is_told(page: str, prediction: Prediction, run_view: RunView) -> bool:
    """Whether it is time for the run's answer: whoever has guessed says first what happened."""
    run_id = run_view.run.id
    has_guessed = predictions.guess_of(page, run_id) is not None
    has_read = predictions.reading_of(page, run_id) is not None
    return not has_guessed or has_read or prediction.verdict(run_view) is None


def _draw_reading(page: str, prediction: Prediction, run_id: str) -> None:
    key = f"{page}.reading.{run_id}"
    st.markdown(_("**What happened?** Look at the picture and the numbers, then choose."))
    st.caption(_("The question was: {question}").format(question=prediction.question))
    st.radio(
        _("What happened?"),
        range(len(prediction.options)),
        index=None,
        format_func=prediction.options.__getitem__,
        label_visibility="collapsed",
        key=key,
        on_change=lambda: predictions.note_reading(page, run_id, st.session_state[key]),
    )
    st.button(
        _("Tell me"),
        key=f"{page}.reading.tell",
        on_click=predictions.note_reading,
        args=(page, run_id, predictions.TOLD),
    )


def _draw_answer(chosen: Choices, prediction: Prediction, run_view: RunView) -> None:
    """What the run says, and what the visitor has guessed and read."""
    page, run_id = chosen.page, run_view.run.id
    truth, options = prediction.verdict(run_view), prediction.options
    guess, reading = predictions.guess_of(page, run_id), predictions.reading_of(page, run_id)
    if truth is None:
        text = _(":material/help: {question} This run does not decide it.")
        st.markdown(text.format(question=prediction.question))
        return
    says = _("The run says: **{truth}**.").format(truth=options[truth])
    why = prediction.reason(truth)
    if run_view.state == "diverged":
        why = _("The training ran away: the red box says when, and what to try instead.")
    if guess is None:
        st.markdown(f":material/lightbulb: {prediction.question} {says} {why}")
        return
    is_right = guess == truth
    guessed = _("You guessed right.") if is_right else _("You guessed **{guess}**.")
    icon = ":material/check_circle:" if is_right else ":material/lightbulb:"
    parts = [icon, says, guessed.format(guess=options[guess])]
    if reading not in (None, predictions.TOLD, truth):
        text = _("You chose **{reading}** from what you saw: look again.")
        parts.append(text.format(reading=options[reading]))
    st.markdown(" ".join([*parts, why]))


def _draw_next(chosen: Choices, cards: Sequence[Card], place: int | None) -> None:
    """The way on: to the first card, from here on, that has not been done; else to the next
    lesson."""
    done = list_done(chosen.page)
    start = 0 if place is None else place + 1
    order = [*range(start, len(cards)), *range(start)]
    following = next((step for step in order if step not in done), None)
    if following is not None:
        card, hyperparameters = cards[following]
        st.button(
            _("Next: {title}").format(title=card.title if card else _("the opening question")),
            key=f"{chosen.page}.next",
            icon=":material/science:",
            type="primary",
            on_click=_go_to_card,
            args=(chosen, hyperparameters),
            width="stretch",
        )
        return
    st.markdown(
        _("All steps of this lesson are done. Change any setting and go on by yourself, or:")
    )
    offered = [one for one in lessons.LESSONS if one.type and assignment.current().offers(one)]
    names = [one.name for one in offered]
    if chosen.page in names[:-1]:
        lesson = offered[names.index(chosen.page) + 1]
        st.page_link(lesson.path, label=_("Next lesson: {title}").format(title=lesson.title),
                     icon=lesson.icon)  # fmt: skip

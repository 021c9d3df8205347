"""A worksheet to print: the lesson's questions with lines to write on, and this student's figures.

One HTML page without scripts and without anything to fetch, so that it can be kept, mailed and
printed anywhere. Browsers turn it into paper or PDF.
"""

from __future__ import annotations

import base64
import datetime
import html
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from dashboard.components.metric_row.metric_row import Metric
from dashboard.components.print_page.print_page import print_button
from dashboard.controls import choices, widgets
from dashboard.controls.choices import Choices
from dashboard.lesson import prediction
from dashboard.lesson.experiments import Experiment, list_cards
from dashboard.lesson.prediction import Prediction
from dashboard.runs import run_sample
from dashboard.runs.run_view import RunView, view_run
from dashboard.session import asked_runs, own_data, render_slots
from dashboard.text.i18n import LANGUAGE, _, _n
from models.data import datasets
from models.runs.recipe import Recipe

ANSWER_LINES = 3
IMAGES = 10
"""Of a run, in each of two rows."""

TERMS = {
    "reconstruction_mse": _("mean squared error"),
    "reconstruction_nats": _("reconstruction, nats per example"),
    "kl_nats": _("KL divergence, nats per example"),
    "codebook_loss": _("codebook loss"),
    "commitment_loss": _("commitment loss"),
    "penalty": _("penalty on the weights"),
    "total": _("loss, all together"),
}
"""What the terms of a loss are called on paper."""


@dataclass(frozen=True)
class Question:
    """A question on paper.

    Attributes:
        title: Where it belongs.
        text: Its words.
        asked: What is guessed before the training.
        options: To tick.
        guess: What was guessed.
        reading: What the student said had happened.
        answer: What the run says.
    """

    title: str
    text: str
    asked: str = ""
    options: Sequence[str] = ()
    guess: int | None = None
    reading: int | None = None
    answer: int | None = None


@dataclass(frozen=True)
class Figures:
    """A run on paper.

    Attributes:
        title: What distinguishes it.
        settings: Hyperparameters that differ from the preset "Ours": label and value.
        result: As `Run.result`; None for a run that has not ended.
        event: Its last recorded epoch.
        picture: Images of the run as the address of a picture, or "".
        numbers: What the page shows large: label, value and comparison of each.
    """

    title: str
    settings: Sequence[tuple[str, str]]
    result: Mapping[str, Any] | None
    event: Mapping[str, Any]
    picture: str = ""
    numbers: Sequence[Metric] = ()


Numbers = Callable[[RunView], Sequence[Metric]]
"""What a page shows large of a run."""


def offer(
    chosen: Choices,
    title: str,
    experiments: Sequence[Experiment],
    predicted: Prediction,
    numbers: Numbers,
) -> None:
    """A button that opens the worksheet of a lesson, ready to print."""
    name = chosen.page

    @render_slots.fragment()
    def button() -> None:
        if choices.loss(chosen.recipe):
            st.rerun()  # the data have gone, and the page says so
        print_button(
            _("Print my results"),
            lambda: _make(chosen, title, experiments, predicted, numbers),
            f"{name}.html",
            f"{name}.worksheet",
        )

    button()
    st.caption(
        _(
            "Opens in a new tab: the questions of this page with your guesses, room to write, and "
            "the numbers and pictures of your runs."
        )
    )


def _make(
    chosen: Choices,
    title: str,
    experiments: Sequence[Experiment],
    predicted: Prediction,
    numbers: Numbers,
) -> str:
    recipe = chosen.recipe
    present = recipe if asked_runs.has_asked(recipe.run_id()) else None
    recipes = [*([present] if present else []), *reversed(chosen.seen)]
    seen = [one for one in recipes if own_data.may_see(one.hyperparameters.dataset)]
    query = urlencode(choices.address_parameters(chosen, complete=True))
    questions = _questions(chosen, experiments, predicted)
    return build(title, questions, figures_of(seen, present, numbers), query)


def _questions(
    chosen: Choices, experiments: Sequence[Experiment], predicted: Prediction
) -> list[Question]:
    """The opening question and those of the experiments, with what this student has answered."""
    found = []
    for one, hyperparameters in list_cards(chosen, experiments):
        question = Question(one.title, one.question) if one else Question(_("Before training"), "")
        recipe = Recipe(chosen.recipe.type, hyperparameters)
        run_id = recipe.run_id()
        guess = prediction.guess_of(chosen.page, run_id)
        reading = prediction.reading_of(chosen.page, run_id)
        is_told = asked_runs.has_asked(run_id) and (guess is None or reading is not None)
        answered = replace(
            question,
            asked=predicted.question,
            options=predicted.options,
            guess=guess,
            reading=None if reading == prediction.TOLD else reading,
            answer=predicted.verdict(view_run(recipe)) if is_told else None,
        )
        found.append(answered)
    return found


def figures_of(
    recipes: Sequence[Recipe],
    present: Recipe | None = None,
    numbers: Numbers = lambda run_view: (),
) -> list[Figures]:
    """The runs of these recipes that have something to show, each once, in this order; `present`
    is the one on the page, and `numbers` what that shows large."""
    found, names = [], set()
    for recipe in recipes:
        run_view = view_run(recipe)  # without events where it cannot be read
        if run_view.events and run_view.run.id not in names:
            names.add(run_view.run.id)
            title = _("This run") if recipe == present else _("An earlier run")
            figures = Figures(
                title,
                _settings(recipe),
                run_view.result,
                run_view.events[-1],
                _picture_of(run_view),
                numbers(run_view) if recipe == present else (),
            )
            found.append(figures)
    return found


def _picture_of(run_view: RunView) -> str:
    """Images that the run has invented, or rebuilt below their originals, as a PNG's address; ""
    for runs without images, and before the first."""
    shape = datasets.by_name(run_view.recipe.hyperparameters.dataset).shape
    pictures, rows = run_view.pictures, []
    if len(shape) != 2:
        return ""
    if "generated" in pictures:
        rows = [pictures["generated"][start : start + IMAGES] for start in (0, IMAGES)]
    elif "reconstructions" in pictures and (seen := run_sample.sample(run_view)):
        rows = [seen.inputs[:IMAGES], pictures["reconstructions"][:IMAGES]]
    rows = [row.reshape(-1, *shape) for row in rows if len(row) == IMAGES]
    if not rows:
        return ""
    from PIL import Image  # only whoever downloads a worksheet needs it

    pixels = np.concatenate([np.concatenate(list(row), axis=1) for row in rows])
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _settings(recipe: Recipe) -> list[tuple[str, str]]:
    h = recipe.hyperparameters
    fields = h.fields()
    different = h.difference(recipe.type.preset("ours"))
    settings = [
        (_(fields[name].label), widgets.format_value(fields[name], text))
        for name, text in different.items()
    ]
    if recipe.origin:
        text = _("another run after epoch {epoch}").format(epoch=f"{recipe.origin.epoch:,}")
        settings.append((_("A branch of"), text))
    return settings


# The page of paper


def build(
    title: str,
    questions: Sequence[Question],
    figures: Sequence[Figures],
    query: str,
    date: datetime.date | None = None,
) -> str:
    """The worksheet as one HTML page.

    Args:
        title: The lesson's.
        questions: In the order in which they are to be answered.
        figures: The student's runs.
        query: The part of the address that leads back to the run.
        date: Today, unless given.
    """
    date = date or datetime.date.today()
    again = _("To see this run again, add this to the address of the lesson:")
    css = Path(__file__).with_name("worksheet.css").read_text("utf-8")
    head = _("Name: {line} Date: {date}").format(
        line='<span class="name"></span>', date=f"<time>{date.isoformat()}</time>"
    )
    runs = "".join(map(_figures_html, figures)) or f"<p>{_text(_('Nothing trained yet.'))}</p>"
    return (
        f'<!DOCTYPE html>\n<html lang="{LANGUAGE}"><head><meta charset="utf-8">'
        f"<title>{_text(title)}</title><style>{css}</style></head><body>"
        f"<header><h1>{_text(title)}</h1><p>{head}</p></header>"
        f"<h2>{_text(_('Questions'))}</h2><ol>{''.join(map(_question_html, questions))}</ol>"
        f"<h2>{_text(_('My figures'))}</h2>{runs}"
        f"<footer><p>{_text(again)}<br>"
        f"<code>?{_text(query)}</code></p><p>Autoencoder Lab</p></footer></body></html>\n"
    )


def _text(value: object) -> str:
    return html.escape(str(value))


def _question_html(question: Question) -> str:
    options = "".join(
        f"<li>{'☒' if index == question.guess else '☐'} {_text(option)}</li>"
        for index, option in enumerate(question.options)
    )
    parts = [f"<h3>{_text(question.title)}</h3>"]
    parts += [f"<p>{_text(text)}</p>" for text in (question.text, question.asked) if text]
    if options:
        parts.append(f'<ul class="options">{options}</ul>')
    told = {
        _("What I saw: {option}"): question.reading,
        _("The run says: {option}"): question.answer,
    }
    for text, option in told.items():
        if option is not None:
            parts.append(f"<p>{_text(text.format(option=question.options[option]))}</p>")
    lines = "<div></div>" * ANSWER_LINES
    return f'<li>{"".join(parts)}<div class="lines">{lines}</div></li>'


def _figures_html(figures: Figures) -> str:
    settings = ", ".join(f"{label} {value}" for label, value in figures.settings)
    ended = figures.result or {}
    epoch = figures.event["epoch"]
    facts = [_n("{count:,} epoch", "{count:,} epochs", epoch).format(count=epoch)]
    if figures.result is None:
        facts.append(_("not finished"))
    if "seconds" in ended:
        facts.append(_("{seconds:.1f} s").format(seconds=ended["seconds"]))
    if ended.get("device"):
        facts.append(_("on {device}").format(device=ended["device"]))
    message = f"<p>{_text(ended['message'])}</p>" if ended.get("message") else ""
    for one in figures.numbers:
        message += f"<p>{_text(one.label)}: <b>{_text(one.value)}</b>, {_text(one.comparison)}</p>"
    if figures.picture:
        alt = _text(_("Images of this run"))
        message += f'<img src="{figures.picture}" alt="{alt}">'
    return (
        f'<section class="run"><h3>{_text(figures.title)}</h3>'
        f"<p>{_text(settings or _('All settings as recommended'))}<br>"
        f"{_text(' · '.join(facts))}</p>{message}{_table_html(figures)}</section>"
    )


def _table_html(figures: Figures) -> str:
    """Every term of the loss: training, held out, and what the baseline reaches of it."""
    last = figures.event
    floors = {"reconstruction_mse": (figures.result or {}).get("pca") or {}}
    measured = (_("Measured"), _("Training"), _("Held out"))
    names = (*measured, _("Baseline, training"), _("Baseline, held out"))
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in names)
    rows = ""
    terms = list(last["train"])
    if len(terms) == 2 and terms[1] == "total":  # a sum of one
        terms.pop()
    for term in terms:
        floor = floors.get(term, {})
        values = [last["train"][term], last["held_out"].get(term)]
        values += [floor.get("train"), floor.get("held_out")]
        cells = "".join(f"<td>{_text(_number(value))}</td>" for value in values)
        label = TERMS.get(term, term.replace("_", " "))
        rows += f'<tr><th scope="row">{_text(label)}</th>{cells}</tr>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.5f}" if abs(value) < 10 else f"{value:,.2f}"

"""The outcome of a study of few labels: its progress, its curves, and what they say in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.components.glossary import glossary
from dashboard.components.metric_row.metric_row import Metric
from dashboard.components.plots.plots import live_plots
from dashboard.figures import bar_charts, style
from dashboard.jobs import execution
from dashboard.lesson import buttons
from dashboard.runs.run_view import RunView
from dashboard.session.visitors import visitor
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from models.data import datasets
from models.runs.files import RunError
from models.runs.run import Run
from models.training import estimates
from models.training.few_labels import ARMS, Accuracy, Outcome, Study

SEEDS = (3, 5, 10)
"""Tries to choose from."""

FIRST_COUNT = 100
"""Labelled images whose figures are shown at first."""

NAMES = {
    "scratch": _("from scratch"),
    "fine_tuned": _("fine-tuned"),
    "frozen": _("frozen"),
    "pixels": _("pixels alone"),
}
COLOURS = {
    "scratch": style.HELD_OUT,
    "fine_tuned": style.TRAINING,
    "frozen": style.PCA,
    "pixels": style.FAINT,
}
HELP = {
    "scratch": _("The same network from its random first weights."),
    "fine_tuned": _("The encoder as it was trained without labels; all its weights move on."),
    "frozen": _("The encoder as it was trained without labels; only the last layer learns."),
    "pixels": _("No encoder at all: one layer on the 784 pixels, that is logistic regression."),
}


def study_of(run_view: RunView) -> Study:
    """The study that the visitor has chosen, of a run's encoder."""
    return Study(run_view.recipe, num_seeds=st.session_state.get("study.seeds", SEEDS[1]))


def _folder(study: Study) -> Run:
    return execution.dispatcher().store.run(study.run_id())


def outcome_of(run_view: RunView) -> Outcome:
    """What the study has found so far; nothing before its encoder is on show."""
    return Outcome.of(_folder(study_of(run_view)).events() if run_view.complete else [])


def is_active(run_view: RunView) -> bool:
    """Whether the study is in the queue or under way."""
    run = _folder(study_of(run_view))
    return execution.dispatcher().position(run.id) is not None or run.state == "running"


def is_complete(run_view: RunView) -> bool:
    """Whether all of its trials are done."""
    study = study_of(run_view)
    return run_view.complete and _folder(study).find_result(len(study.trials)) is not None


def _accuracy(outcome: Outcome, count: int, arm: str) -> Accuracy:
    """What is known of an arm, NaN where nothing is."""
    if (count, arm) in outcome.accuracies:
        return outcome.accuracy(count, arm)
    return Accuracy(math.nan, math.nan)


def list_metrics(run_view: RunView) -> list[Metric]:
    """The held-out accuracies of all arms with as many labels as are chosen."""
    outcome, count = outcome_of(run_view), st.session_state.get("study.count", FIRST_COUNT)
    found = []
    for arm in ARMS:
        value, note = _accuracy(outcome, count, arm), _("{n:,} labels").format(n=count)
        if not math.isnan(value.half_width):
            note = f"± {100 * value.half_width:.1f} · {note}"
        mean = "–" if math.isnan(value.mean) else f"{value.mean:.1%}"
        found.append(Metric(NAMES[arm].capitalize(), mean, note, HELP[arm]))
    return found


def draw_study(run_view: RunView) -> None:
    """Controls, progress and curves of the study of a run's encoder."""
    if run_view.active or not run_view.complete or run_view.state == "diverged":
        st.info(_("Train the encoder first, without labels; then it can be tried on few of them."))
        return
    if is_active(run_view):
        execution.dispatcher().touch_viewer(study_of(run_view).run_id(), visitor())
    _draw_controls(run_view)
    study, outcome = study_of(run_view), outcome_of(run_view)
    _draw_progress(study)
    _draw_curves(outcome, outcome.counts or list(study.counts))
    glossary.prose(verdict(outcome))


def _draw_curves(outcome: Outcome, counts: Sequence[int]) -> None:
    series = []
    for arm in ARMS:
        values = [_accuracy(outcome, count, arm) for count in counts]
        widths = [value.half_width for value in values]
        series.append((NAMES[arm], [value.mean for value in values], widths, COLOURS[arm]))
    figure = bar_charts.error_bars(
        counts,
        series,
        x_title=_("labelled images"),
        y_title=_("held-out images classified rightly"),
    )
    alt = _("Held-out accuracy by number of labels: {text}").format(text=verdict(outcome))
    live_plots([figure], key="study.curves", alts=[alt], height=360)


def _draw_controls(run_view: RunView) -> None:
    study, active = study_of(run_view), is_active(run_view)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.select_slider(
            _("Labels for the figures above"),
            study.counts,
            FIRST_COUNT if FIRST_COUNT in study.counts else study.counts[-1],
            format_func="{:,}".format,
            key="study.count",
            width=420,
        )
        st.segmented_control(
            _("Tries"),
            SEEDS,
            default=SEEDS[1],
            required=True,
            key="study.seeds",
            disabled=active,
            help=_(
                "Each try draws other labelled images, other first weights and other batches, the "
                "same for all that is compared."
            ),
        )
        if active:
            _draw_stop(study)
        elif not is_complete(run_view):
            label = _("Go on comparing") if _folder(study).events() else _("Compare")
            buttons.draw_start(label, "study.start", partial(_submit, study), disabled=False)


def _draw_stop(study: Study) -> None:
    st.button(
        _("Stop"),
        key="study.stop",
        icon=":material/stop:",
        on_click=_stop,
        args=(study.run_id(),),
        help=_(
            "What has been tried is kept, and can go on later. It goes on for others who "
            "want it, too."
        ),
    )


def _stop(run_id: str) -> None:
    execution.dispatcher().stop(run_id, visitor())


def _submit(study: Study) -> None:
    try:
        seconds = estimates.study_seconds(study)
        execution.dispatcher().submit(study, visitor=visitor(), expected_seconds=seconds)
    except (RunError, datasets.DataError) as error:
        st.session_state["study.trouble"] = str(error)


def _draw_progress(study: Study) -> None:
    run = _folder(study)
    done, total = len(run.events()), len(study.trials)
    result, ahead = run.result(), execution.dispatcher().position(run.id)
    trouble = st.session_state.pop("study.trouble", None)
    if result and result["status"] == "failed" and ahead is None:
        trouble = result["message"]
    if trouble:
        st.error(in_markdown(trouble), icon=":material/error:")
    if done < total or run.state == "running" or ahead is not None:
        st.progress(done / total, text=_progress_text(study, run, ahead))


def _progress_text(study: Study, run: Run, ahead: int | None) -> str:
    done, total = len(run.events()), len(study.trials)
    if run.state == "running":
        text = _("Try {done} of {total}").format(done=min(done + 1, total), total=total)
        left = _seconds_left(study, run)
        return text + (_(" · about {seconds:.0f} s left").format(seconds=left) if left else "")
    if ahead is not None:
        return _("In the queue, {number} ahead of you.").format(number=ahead)
    if done:
        return _("Stopped after {done} of {total} tries").format(done=done, total=total)
    return _("Not compared yet: {total} short trainings of each kind.").format(total=total)


def _seconds_left(study: Study, run: Run) -> float | None:
    """From the optimiser steps that were taken and those that are to come."""
    events = run.events()
    steps = [study.steps(count) for count, _seed in study.trials]
    taken = sum(steps[: len(events)])
    return events[-1]["seconds"] * (sum(steps) - taken) / taken if events else None


# In words


def verdict(outcome: Outcome) -> str:
    """Where pre-training helps, where it harms, and where nothing can be told from luck."""
    counts = [n for n in outcome.counts if len(outcome.accuracies[n, "scratch"]) > 1]
    if not counts:
        return _("What is luck shows from the second try on.")
    groups = {sign: [n for n in counts if outcome.verdict(n) == sign] for sign in (1, -1, 0)}
    sentences = []
    for sign, text in (
        (1, _("Fine-tuning the pre-trained encoder **helps** with {counts} labels, by {gain}.")),
        (-1, _("It **harms** with {counts} labels, by {gain}.")),
    ):
        if groups[sign]:
            most = max(abs(outcome.gain(n).mean) for n in groups[sign])
            gain = _("up to {points:.1f} percentage points").format(points=100 * most)
            sentences.append(text.format(counts=_listed(groups[sign]), gain=gain))
    sentences.append(_undecided(counts, groups[0]))
    return " ".join(sentences).strip()


def _undecided(counts: list[int], none: list[int]) -> str:
    if not none:
        return ""
    if none == counts:
        return _(
            "With no number of labels is the pre-trained encoder different from a random start "
            "**beyond luck**."
        )
    if none == counts[-len(none) :]:
        return _("From **{first:,}** labels on there is no difference beyond luck.").format(
            first=none[0]
        )
    return _("With {counts} labels there is no difference beyond luck.").format(
        counts=_listed(none)
    )


def _listed(counts: Sequence[int]) -> str:
    texts = [f"{n:,}" for n in counts]
    if len(texts) == 1:
        return texts[0]
    return _("{several} and {last}").format(several=", ".join(texts[:-1]), last=texts[-1])

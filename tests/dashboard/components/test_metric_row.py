"""Large figures: they follow the film, and say where they cannot."""

import pytest
from playwright.sync_api import expect

from dashboard.components.metric_row import metric_row
from dashboard.components.metric_row.metric_row import Metric
from dashboard.runs.run_view import RunView
from models.runs.run import Run
from tests.support.scripts import marks, scripted_page

pytestmark = marks
RUN = "linear-0123456789abcdef"
EVENTS = [{"epoch": epoch, "loss": 10.0 - epoch} for epoch in (0, 1, 3)]


def view(tmp_path, events):
    return RunView(None, Run(tmp_path / RUN), "completed", 0, events, {}, {}, None)


def read(event):
    return (f"{event['loss']:.1f}", f"of epoch {event['epoch']}") if event else ("–", "nothing yet")


@pytest.fixture
def sent(monkeypatch):
    """What the browser is sent."""
    found = []
    monkeypatch.setattr(metric_row, "_component", lambda key, data: found.append(data))
    return found


def test_a_figure_has_the_value_of_the_newest_epoch_and_those_of_all(tmp_path):
    metric = metric_row.follow(view(tmp_path, EVENTS), "Loss", read, "What it is.")
    assert (metric.value, metric.comparison) == ("7.0", "of epoch 3")
    assert list(metric.at) == [0, 1, 3]
    before = metric_row.follow(view(tmp_path, []), "Loss", read, "What it is.")
    assert (before.value, before.comparison, before.at) == ("–", "nothing yet", {})


def test_figures_follow_the_film_and_one_that_cannot_says_so(chromium, sent, tmp_path):
    run_view = view(tmp_path, EVENTS)
    metrics = [
        metric_row.follow(run_view, "Loss", read, "What it is."),
        metric_row.constant("Parameters", "17", "weights", "How many."),
        Metric("AUC", "0.9", "PCA 0.8", "An area."),
        Metric("Used", "2", "of 3", "How many are used.", counted=("kl", 0.1)),
    ]
    metric_row.metric_row(run_view, metrics, "lesson.metrics")
    page = scripted_page(chromium, "metric_row/metric_row.js")
    page.evaluate("data => window.component({data, parentElement: document.body})", sent[0])
    values = page.locator(".metrics .value")
    expect(values).to_have_text(["7.0", "17", "0.9", "2"])
    page.evaluate(
        """() => {
            const kl = { shape: [3], values: Float32Array.of(0.05, 0.2, 0.01) };
            window.show = epoch => {
                filmOf("linear-0123456789abcdef").frame = { epoch, arrays: { kl } };
                for (const one of filmOf("linear-0123456789abcdef").followers) one.ask();
            };
            show(2);
        }"""
    )
    expect(values).to_have_text(["9.0", "17", "0.9", "1"])
    expect(page.locator(".metrics .comparison").first).to_have_text("of epoch 1")
    expect(page.locator(".metrics .isNewest")).to_have_count(1)
    help = page.locator(".metrics .help").first
    help.focus()
    expect(help.get_by_role("tooltip")).to_be_visible()
    page.evaluate("show(3)")
    expect(values.first).to_have_text("7.0")
    expect(page.locator(".metrics .help").first).to_be_focused()
    page.close()

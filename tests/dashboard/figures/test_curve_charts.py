"""Curves over epochs: their values, their labels and their axes."""

import math

import numpy as np
import pytest

from tests.support.figures import events, figures, named


def some_lines(**more):
    series = [("first", [0.0, 1.0, 4.0], "#111111"), ("second", [2.0, 3.0, 5.0], "#222222")]
    return figures.lines([0, 1, 2], series, x_title="x", y_title="y", **more)


def test_lines_are_the_values_with_their_names_and_differ_in_more_than_colour():
    figure = some_lines()
    first, second = named(figure, "first"), named(figure, "second")
    assert list(first.x) == [0, 1, 2] and list(first.y) == [0.0, 1.0, 4.0]
    assert list(second.y) == [2.0, 3.0, 5.0]
    assert first.line.dash != second.line.dash and first.line.color == "#111111"
    low, high = figure.layout.yaxis.range
    assert low <= 0 and high >= 5


def test_lines_on_a_logarithmic_axis_leave_out_what_it_cannot_show():
    figure = some_lines(log=True, mark=("here", 0.5))
    assert figure.layout.yaxis.type == "log"
    assert list(named(figure, "first").x) == [1, 2]
    mark = named(figure, "here")
    assert list(mark.x) == [0.5, 0.5] and min(mark.y) <= 1 and max(mark.y) >= 5


def test_curves_hold_the_events_values():
    figure = figures.loss_curves(events(6))
    assert named(figure, "training").x == tuple(range(6))
    assert named(figure, "training").y == pytest.approx([0.9**e for e in range(6)])
    assert named(figure, "held-out").y == pytest.approx([0.95**e for e in range(6)])


@pytest.mark.parametrize("log", [True, False])
def test_pca_is_drawn_at_its_values_over_the_whole_axis(log):
    pca = {"train": 0.03, "held_out": 0.04}
    figure = figures.loss_curves(events(3), pca=pca, target_epochs=50, log=log)
    for name, value in (("PCA training", 0.03), ("PCA held-out", 0.04)):
        assert named(figure, name).y == (value, value)
        assert named(figure, name).x == (0, 50)


def test_every_line_has_a_label_at_its_end_and_labels_do_not_overlap():
    earlier = [("learning rate 0.003", events(8)), ("another seed", events(9))]
    pca = {"train": 0.300, "held_out": 0.301}
    figure = figures.loss_curves(events(10), pca=pca, earlier=earlier, target_epochs=20)
    labels = figure.layout.annotations
    assert [label.text.split("</b> ")[1] for label in labels] == [line.name for line in figure.data]
    assert [label.x for label in labels] == [line.x[-1] for line in figure.data]
    bottom, top = figure.layout.yaxis.range
    assert min(np.diff(sorted(label.y for label in labels))) >= 0.07 * (top - bottom)


def test_axes_rest_while_a_run_goes_on():
    early = figures.loss_curves(events(3), target_epochs=50)
    late = figures.loss_curves(events(6), target_epochs=50)
    assert early.layout.xaxis.range == late.layout.xaxis.range == (0, 50)
    assert early.layout.yaxis.range == late.layout.yaxis.range
    assert figures.angle_curve(events(2)).layout.yaxis.range == (0, 90)


def test_values_that_an_axis_cannot_show_leave_no_point():
    bad = [
        {"epoch": epoch, "train": {"reconstruction_mse": value}}
        for epoch, value in enumerate([1.0, None, math.nan, math.inf, 0.0, 0.5])
    ]
    assert figures.loss_curves(bad).data[0].x == (0, 5)
    assert figures.loss_curves(bad, log=False).data[0].x == (0, 4, 5)
    assert figures.loss_curves(bad, log_epochs=True).data[0].x == (5,)


def test_a_floor_has_its_label_and_negative_values_their_place():
    figure = figures.loss_curves(events(5), floors={"grey pixels": 0.5}, target_epochs=9)
    assert named(figure, "grey pixels").y == (0.5, 0.5)
    falling = [{"epoch": n, "train": {"nats": -100.0 * n}} for n in range(5)]
    low, high = figures.loss_curves(falling, term="nats", log=False).layout.yaxis.range
    assert low < -400 and high >= 0


def test_a_training_that_runs_away_does_not_press_the_others_flat():
    def events(*values):
        return [
            {"epoch": epoch, "train": {"total": value}, "held_out": {"total": value}}
            for epoch, value in enumerate(values)
        ]

    calm, wild = events(1.0, 0.5, 0.2), events(1.0, 1e6, 1e17)
    figure = figures.loss_curves(calm, term="total", earlier=[("1: learning rate 10", wild)])
    low, high = figure.layout.yaxis.range
    assert low == pytest.approx(-1) and 2 <= high < 3, "powers of ten"
    assert max(figure.data[0].y) == 1e17, "the numbers themselves stay"


@pytest.mark.parametrize(("first", "last"), [(0.0, 250.0), (0.5, 250.0), (-40.0, -2.0)])
def test_what_may_rise_from_nothing_or_be_negative_is_shown_whole_on_a_linear_axis(first, last):
    terms = [{"kl_nats": first}, {"kl_nats": last}]
    events = [{"epoch": n, "train": one, "held_out": one} for n, one in enumerate(terms)]
    low, high = figures.loss_curves(events, term="kl_nats", log=False).layout.yaxis.range
    assert low <= first and last <= high

"""Histograms of scores, and ROC curves."""

import numpy as np
import pytest

from tests.support.figures import figures, named


def test_score_histograms_are_shares_of_each_group_and_leave_nobody_out():
    normal, anomalous = np.linspace(0, 1, 200), np.array([0.5, 0.9, 7.0])
    figure = figures.score_histogram(
        np.linspace(0, 1, 11), normal, anomalous, threshold=0.8, title="score"
    )
    for name in ("normal", "anomalous"):
        assert np.sum(named(figure, name).y) == pytest.approx(1)
    assert named(figure, "anomalous").y[-1] == pytest.approx(2 / 3)
    assert set(named(figure, "threshold").x) == {0.8}
    assert named(figure, "threshold").y[1] == figure.layout.yaxis.range[1]


def test_roc_curves_show_every_curve_chance_and_the_threshold():
    rates = np.array([0.0, 0.2, 1.0]), np.array([0.0, 0.7, 1.0])
    figure = figures.roc_curves([("a", *rates, "#111111"), ("b", *rates, "#222222")], (0.2, 0.7))
    assert [trace.name for trace in figure.data] == ["a", "b", "chance", "threshold"]
    point = named(figure, "threshold")
    assert (point.x[0], point.y[0]) == (0.2, 0.7)
    assert len({named(figure, name).line.dash for name in ("a", "b", "chance")}) == 3

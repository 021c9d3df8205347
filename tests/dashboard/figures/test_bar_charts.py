"""Bars, histograms and heat maps."""

import math

import numpy as np
import pytest

from dashboard.components.plots import plots
from tests.support.figures import drawn, events, figures, named


def test_class_errors_stand_side_by_side_and_differ_by_more_than_colour():
    figure = figures.class_errors(["0", "1"], [0.2, np.nan], [0.1, 0.3])
    ours, theirs = figure.data
    np.testing.assert_array_equal([ours.y, theirs.y], [[0.2, np.nan], [0.1, 0.3]])
    assert ours.x == theirs.x == ("0", "1")
    assert ours.marker.pattern.shape != theirs.marker.pattern.shape
    assert figure.layout.yaxis.range[0] == 0 and figure.layout.yaxis.range[1] > 0.3


def test_a_histogram_has_a_bar_between_each_pair_of_edges():
    figure = figures.histogram_counts([0.0, 1.0, 3.0], [5, 2], title="number")
    (bars,) = figure.data
    assert bars.x.tolist() == [0.5, 2.0] and bars.width.tolist() == [1.0, 2.0]
    assert bars.y.tolist() == [5, 2] and figure.layout.xaxis.range == (0.0, 3.0)
    with pytest.raises(ValueError, match="3 edges, not 2"):
        figures.histogram_counts([0.0, 1.0], [5, 2], title="number")


def test_usage_bars_are_sorted_and_say_which_entry_each_is():
    figure = figures.usage_bars(np.array([0.2, 0.7, 0.0, 0.1]))
    bars = figure.data[0]
    assert list(bars.y) == [0.7, 0.2, 0.1, 0.0] and list(bars.customdata) == [1, 0, 3, 2]
    assert list(named(figure, "all equally often").y) == [0.25, 0.25]
    low, high = (10**one for one in figure.layout.yaxis.range)
    assert low < 0.1 and high > 0.7
    curves = figures.usage_curves(events(4), 8)
    assert list(named(curves, "perplexity").y) == [1, 2, 3, 4]
    assert list(named(curves, "chosen at all").y) == [2, 3, 4, 5]


def test_kl_bars_are_sorted_and_the_used_ones_counted():
    figure = figures.kl_bars(np.array([0.05, 2.0, 0.0, 0.3]), threshold=0.1)
    used, unused = figure.data[:2]
    assert (used.name, unused.name) == ("used: 2", "unused: 2")
    assert list(used.y) == [2.0, 0.3] and list(used.customdata) == [2, 4]
    assert list(unused.y) == [0.05, 0.0] and list(unused.x) == [3, 4]
    assert set(named(figure, "0.1 nats").y) == {0.1}


def test_error_bars_stand_beside_each_other_and_leave_gaps():
    series = [("a", [0.5, math.nan, 0.9], [0.1, math.nan, 0.0], "#111111"),
              ("b", [0.4, 0.6, 0.8], [math.nan] * 3, "#222222")]  # fmt: skip
    figure = figures.error_bars([10, 100, 1000], series, x_title="x", y_title="y")
    first, second = figure.data
    assert np.all(np.array(first.x) < np.array(second.x))
    np.testing.assert_allclose(np.array(first.x) * np.array(second.x), [100, 10_000, 1e6])
    assert list(first.error_y.array) == [0.1, 0, 0] and math.isnan(first.y[1])
    assert list(second.error_y.array) == [0, 0, 0]
    assert figure.layout.yaxis.range[0] <= 0.4 and figure.layout.xaxis.type == "log"
    plots._browser_json(drawn.error_bars([10, 100, 1000], series, x_title="x", y_title="y"))


def test_a_heat_map_has_the_numbers_in_their_places():
    values = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    figure = figures.heat_map(
        values, across=[0, 1, 5], downwards=["a", "b"], across_title="epoch", label="nats", high=5
    )
    (trace,) = figure.data
    np.testing.assert_array_equal(trace.z, values)
    assert (list(trace.x), list(trace.y)) == ([0, 1, 5], ["a", "b"])
    assert (trace.zmin, trace.zmax) == (0, 5) and figure.layout.yaxis.autorange == "reversed"

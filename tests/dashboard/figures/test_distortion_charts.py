"""Rate and distortion of several runs."""

import numpy as np
import pytest

from tests.support.figures import drawn, figures, named


def test_what_loses_nothing_has_a_line_instead_of_a_point():
    series = drawn.Series("run", [10.0, 100.0], [0.1, 0.01], ["1 bit", "2 bits"])
    figure = figures.distortion_curves([series], [series], [("PNG", 1000.0)])
    assert named(figure, "run").text == ("1 bit", "2 bits")
    line, label = named(figure, "PNG"), figure.layout.annotations[0]
    assert tuple(line.x) == (1000, 1000) and label.x == pytest.approx(3) and label.text == "PNG"
    low, high = 10.0 ** np.array(figure.layout.yaxis.range)
    assert low < 0.01 and high > 0.1 and (line.y[0], line.y[1]) == pytest.approx((low, high))


def test_the_line_through_the_present_run_has_one_sum():
    points = [("first", 10.0, 90.0), ("second", 25.0, 80.0), ("third", 26.0, 80.0)]
    figure = figures.rate_distortion(points, 1)
    line, others, mine = figure.data
    assert np.array(line.x) + np.array(line.y) == pytest.approx([105.0, 105.0])
    assert (list(mine.x), list(mine.y), list(mine.text)) == ([25.0], [80.0], ["second"])
    assert list(others.text) == ["first", "third"]
    assert mine.textposition != others.textposition[1:], "neighbours' labels do not overlap"
    assert len(figures.rate_distortion(points[:1], 0).data) == 2

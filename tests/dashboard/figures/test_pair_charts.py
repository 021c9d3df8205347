"""Pairs of runs with the same seed."""

from tests.support.figures import figures, named


def test_each_pair_is_a_line_from_a_to_b_and_the_interval_is_drawn_around_the_mean():
    figure = figures.paired_figures(
        [7, 8], [1.0, 2.0], [3.0, 1.5], names=("A: 5", "B: 9"), title="y"
    )
    assert list(named(figure, "seed 8").y) == [2.0, 1.5]
    assert list(named(figure, "B: 9").y) == [3.0, 1.5]
    figure = figures.paired_differences([7, 8], [2.0, -0.5], (-1.0, 0.75, 2.5), title="d")
    bar, (low, high) = named(figure, "mean").error_x, figure.layout.xaxis.range
    assert (0.75 - bar.arrayminus[0], 0.75 + bar.array[0]) == (-1.0, 2.5)
    assert low == -high and high > 2.5 and list(named(figure, "B − A").x) == [2.0, -0.5]

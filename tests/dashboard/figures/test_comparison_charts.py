"""Runs side by side."""

import numpy as np

from tests.support.figures import events, figures, named


def test_overlaid_curves_are_told_apart_by_colour_and_symbol():
    figure = figures.overlaid_curves([(f"run {i}", events(5)) for i in range(12)])
    main = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in main] == [f"run {i}" for i in range(12)]
    assert len({(trace.line.color, trace.marker.symbol) for trace in main}) == 12
    np.testing.assert_allclose(main[3].y, [0.95**epoch for epoch in range(5)])
    training = named(figure, "run 3, training")
    np.testing.assert_allclose(training.y, [0.9**epoch for epoch in range(5)])
    assert training.line.dash == "dash" and training.line.color == main[3].line.color


def test_accuracies_are_written_on_their_bars_and_references_hatched():
    figure = figures.accuracy_bars(["run", "pixels"], [0.9, 0.875], [0.01, 0.02], 1, chance=0.1)
    run, pixels = figure.data[:2]
    assert (run.x[0], run.text[0]) == (0.9, "90.0% ± 1.0%") and pixels.text[0] == "87.5% ± 2.0%"
    assert not run.marker.pattern.shape and pixels.marker.pattern.shape
    assert set(figure.data[2].x) == {0.1}

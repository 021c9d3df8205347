"""Plots on their way to the browser."""

import base64
import json
import math

import numpy as np
import pytest

from dashboard.components.plots import plots
from tests.support.figures import drawn, figures


def test_arrays_reach_the_browser_with_their_values():
    gap = drawn.class_errors("ab", [0.1, math.nan], [0.2, 0.3])
    bars = json.loads(plots._browser_json(gap))["data"][0]["y"]
    heights = np.frombuffer(base64.b64decode(bars["bdata"]), bars["dtype"])
    np.testing.assert_allclose(heights, [0.1, np.nan], rtol=1e-6)
    counts = drawn.histogram_counts([0, 1, 2], [3, 4], title="activation")
    sent = json.loads(plots._browser_json(counts))["data"][0]
    assert sent["y"]["dtype"] == "i4" and sent["customdata"]["shape"] == "2, 2"
    with pytest.raises(ValueError):
        plots._browser_json({"data": [{"y": [math.nan]}], "layout": {}})
    with pytest.raises(TypeError, match="set"):
        plots._browser_json({"data": [{"y": {1}}], "layout": {}})


def test_plots_need_a_text_for_every_figure():
    with pytest.raises(ValueError, match="1 figures, but 0 alts"):
        plots.live_plots([figures.angle_curve([])], key="angle", alts=[])


@pytest.mark.parametrize(
    ("key", "run_id", "title", "name"),
    [
        ("stacked.codes", "stacked-01", "The code: 2 of 784", "stacked-01-codes-the-code"),
        ("compare.curves", "", "", "compare-curves"),
        ("a.b", "", "Größe / ../etc", "a-b-gr-e-etc"),
    ],
)
def test_saved_files_are_called_after_run_and_figure(key, run_id, title, name):
    assert plots.file_name(key, run_id, title) == name


def test_large_text_enlarges_letters_and_the_room_for_them_alike():
    axis = {"title": {"standoff": 8, "font": {"size": 12}}, "tickfont": {"size": 11}}
    figure = {
        "data": [{"x": [1, 2], "y": [3, 4], "marker": {"size": 7}}],
        "layout": {
            "font": {"size": 14},
            "margin": {"l": 10, "autoexpand": True},
            "annotations": [{"text": "end", "xshift": -4, "font": {"size": 10}}],
            "xaxis": axis,
        },
    }
    large = plots._with_large_text(figure, 20 / 14)
    layout = large["layout"]
    assert layout["font"]["size"] == 20 and layout["margin"] == {"l": 14, "autoexpand": True}
    assert layout["annotations"][0]["xshift"] == -6
    assert layout["annotations"][0]["font"]["size"] == 14
    assert layout["xaxis"]["title"] == {"standoff": 11, "font": {"size": 17}}
    assert layout["xaxis"]["tickfont"]["size"] == 16
    assert large["data"][0]["marker"]["size"] == 7

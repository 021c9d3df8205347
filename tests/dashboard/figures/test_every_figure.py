"""What Plotly and the browser ask of every figure."""

import json
import math

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.components.plots import plots
from tests.support.figures import COLOURS, PLANE, POINTS, drawn, events, figures


def every_figure():
    classes = np.arange(40) % 10
    figures = drawn  # as the pages get them
    return [
        figures.loss_curves(events(5), pca={"train": 0.1, "held_out": 0.2}, target_epochs=9),
        figures.loss_curves([]),
        figures.lines([0, 1], [("a", [1, 2], "#111111")], x_title="x", y_title="y"),
        figures.angle_curve(events(5)),
        figures.points_3d(POINTS, COLOURS, POINTS * 0.5, plane=PLANE, pca_plane=PLANE),
        *(figures.codes_2d(POINTS[:, :k], COLOURS, POINTS[:, :k]) for k in (1, 2, 3)),
        *(figures.codes_2d(POINTS[:, :k], classes) for k in (1, 2, 3)),
        *(figures.latent_map(POINTS[:, :k], classes) for k in (1, 2, 3)),
        figures.opinion_map(POINTS[:, :2], classes, np.full((3, 3), 0.5), np.array([-4.0, 0, 4])),
        figures.kl_bars(np.array([3.0, 0.001, 1.0]), threshold=0.01),
        figures.usage_bars(np.array([0.1, 0.9, 0.0])),
        figures.usage_curves(events(5), 8, target_epochs=9),
        figures.class_errors("ab", [0.1, math.nan], [0.2, 0.3]),
        figures.histogram_counts([0, 1, 2], [3, 4], title="activation"),
        figures.architecture_diagram([(3,), (2,), (10, 10, 3)], ["linear", "linear"], 1, 17),
    ]


def test_plotly_accepts_every_figure():
    for figure in every_figure():
        go.Figure(figure)
    with pytest.raises(ValueError, match="dashed"):
        go.Figure({"data": [{"type": "scatter", "line": {"dashed": True}}]})


def test_the_browser_gets_plain_json_without_camera_template_or_colour_of_text():
    for figure in every_figure():
        layout = json.loads(plots._browser_json(figure))["layout"]
        assert "template" not in layout
        assert "color" not in layout["font"]
        assert "camera" not in layout.get("scene", {})
        assert layout["paper_bgcolor"] == figures.CLEAR

"""The figures say what the numbers say; how they look is checked in the browser tests."""

import base64
import importlib
import json
import math
import pkgutil
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard import figures as all_figures
from dashboard.components.plots import plots

drawn = SimpleNamespace()
"""All of `dashboard.figures`."""

for one in pkgutil.iter_modules(all_figures.__path__):
    module = importlib.import_module(f"{all_figures.__name__}.{one.name}")
    vars(drawn).update({name: found for name, found in vars(module).items() if name[0] != "_"})


class _Checked:
    """The same, each figure put through Plotly's check of all its properties."""

    def __getattr__(self, name):
        found = getattr(drawn, name)
        if not callable(found):
            return found

        def checked(*args, **kwargs):
            made = found(*args, **kwargs)
            return go.Figure(made) if isinstance(made, dict) else made

        return checked


figures = _Checked()

POINTS = np.random.default_rng(0).normal(size=(40, 3)) * [1, 2, 0.5] + [1, 0, -1]
COLOURS = np.linspace(0, 1, 40)
PLANE = (np.array([1.0, 0.2, -1.0]), np.array([[1.0, 2.0, 0.5], [3.0, -1.0, 1.0]]))


def events(count):
    return [
        {
            "epoch": epoch,
            "train": {"reconstruction_mse": 0.9**epoch},
            "held_out": {"reconstruction_mse": 0.95**epoch},
            "diagnostics": {
                "principal_angle_degrees": 80 * 0.9**epoch,
                "perplexity": 1.0 + epoch,
                "used_entries": 2.0 + epoch,
            },
        }
        for epoch in range(count)
    ]


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def vertices(trace):
    return np.stack([trace.x, trace.y, trace.z], axis=1)


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


def test_the_browser_gets_plain_json_without_camera_template_or_colour_of_text():
    for figure in every_figure():
        layout = json.loads(plots._browser_json(figure))["layout"]
        assert "template" not in layout
        assert "color" not in layout["font"]
        assert "camera" not in layout.get("scene", {})
        assert layout["paper_bgcolor"] == figures.CLEAR


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


@pytest.mark.parametrize("value", [1e-9, 0.0999999, 0.1, 1, 1.99, 2, 4.9, 5, 9.99, 123456])
def test_the_values_axis_holds_its_value(value):
    assert figures.round_step(value, up=False) < value < figures.round_step(value, up=True)
    assert figures.round_step(value, up=True) / figures.round_step(value, up=False) <= 10


def test_values_that_an_axis_cannot_show_leave_no_point():
    bad = [
        {"epoch": epoch, "train": {"reconstruction_mse": value}}
        for epoch, value in enumerate([1.0, None, math.nan, math.inf, 0.0, 0.5])
    ]
    assert figures.loss_curves(bad).data[0].x == (0, 5)
    assert figures.loss_curves(bad, log=False).data[0].x == (0, 4, 5)
    assert figures.loss_curves(bad, log_epochs=True).data[0].x == (5,)


def test_the_planes_lie_on_the_plane_and_within_the_box():
    figure = figures.points_3d(POINTS, COLOURS, plane=PLANE, pca_plane=PLANE)
    ranges, normal = figures.cube_ranges(POINTS), np.cross(*PLANE[1])
    for trace in (named(figure, "autoencoder"), named(figure, "PCA")):
        drawn = vertices(trace)
        drawn = drawn[~np.isnan(drawn[:, 0])]
        assert len(drawn) >= 3
        assert (drawn - PLANE[0]) @ normal == pytest.approx(0, abs=1e-9)
        assert np.all(drawn >= ranges[:, 0] - 1e-9) and np.all(drawn <= ranges[:, 1] + 1e-9)


def test_a_plane_is_the_same_whatever_its_basis():
    turned = np.array([[1.0, 1.0], [-2.0, 3.0]]) @ PLANE[1]
    first = figures.points_3d(POINTS, COLOURS, plane=PLANE)
    second = figures.points_3d(POINTS, COLOURS, plane=(PLANE[0] + turned[0], turned))
    corners = [
        np.array(sorted(vertices(named(figure, "autoencoder")).round(6).tolist()))
        for figure in (first, second)
    ]
    assert corners[0] == pytest.approx(corners[1])


@pytest.mark.parametrize("basis", [[[1.0, 2.0, 0.5]], [[1.0, 2.0, 0.5], [2.0, 4.0, 1.0]]])
def test_a_basis_of_rank_one_is_a_line(basis):
    figure = figures.points_3d(POINTS, COLOURS, plane=(PLANE[0], np.array(basis)))
    start, end = vertices(named(figure, "autoencoder"))
    assert np.cross(end - start, basis[0]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("basis", [np.zeros((2, 3)), np.eye(3)])
def test_what_is_no_plane_and_no_line_is_not_drawn(basis):
    subspace = (np.zeros(3), basis)
    figure = figures.points_3d(POINTS, COLOURS, plane=subspace, pca_plane=subspace)
    assert [trace.name for trace in figure.data] == ["points"]


@pytest.mark.parametrize("rank", [1, 2])
def test_a_subspace_outside_the_box_is_empty(rank):
    subspace = (np.array([0.0, 0.0, 99.0]), np.eye(3)[:rank])
    figure = figures.points_3d(POINTS, COLOURS, plane=subspace, pca_plane=subspace)
    assert len(named(figure, "autoencoder").x) == len(named(figure, "PCA").x) == 0


def test_residuals_join_each_point_with_its_reconstruction():
    outputs = POINTS * 0.5
    figure = figures.points_3d(POINTS, COLOURS, outputs)
    strokes = vertices(named(figure, "residuals")).reshape(-1, 3, 3)
    np.testing.assert_array_equal(strokes[:, 0], POINTS)
    np.testing.assert_array_equal(strokes[:, 1], outputs)
    assert np.isnan(strokes[:, 2]).all()
    without = figures.points_3d(POINTS, COLOURS, outputs, residuals=False)
    assert "residuals" not in [trace.name for trace in without.data]


def test_the_box_is_a_cube_that_only_the_data_move():
    near = figures.points_3d(POINTS, COLOURS, POINTS)
    far = figures.points_3d(POINTS, COLOURS, POINTS * 100)
    assert near.layout.scene == far.layout.scene
    sides = np.ptp(figures.cube_ranges(POINTS), axis=1)
    assert sides == pytest.approx(sides[0])


def test_codes_have_equal_scales_and_every_class_its_colour_and_symbol():
    classes = np.arange(40) % 10
    figure = figures.codes_2d(POINTS[:, :2], classes)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert len(figure.data) == 10
    looks = {(trace.marker.color, trace.marker.symbol) for trace in figure.data}
    assert len({colour for colour, _ in looks}) == len({symbol for _, symbol in looks}) == 10
    assert sum(len(trace.x) for trace in figure.data) == 40


def test_codes_of_more_dimensions_are_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"\(40, 4\).*largest variance"):
        figures.codes_2d(np.zeros((40, 4)), COLOURS)


@pytest.mark.parametrize("sizes", [[3, 2, 3], [1, 1], [784, 300, 150, 300, 784]])
def test_the_architecture_names_every_layer_and_draws_few_nodes(sizes):
    activations = ["elu"] * (len(sizes) - 1)
    figure = figures.architecture_diagram(
        [(size,) for size in sizes], activations, len(sizes) // 2, 1234
    )
    texts = [label.text for label in figure.layout.annotations]
    assert [f"<b>{size}</b>" in " ".join(texts) for size in sizes] == [True] * len(sizes)
    assert any("1,234" in text for text in texts)
    for size, column in zip(sizes, figure.data[1:], strict=True):
        assert len(column.x) <= min(size, figures.MAX_NODES)
        assert sum(column.y) == pytest.approx(0)


def test_feature_maps_are_named_by_their_shape():
    figure = figures.architecture_diagram([(28, 28), (14, 14, 3), (2,)], ["elu", "linear"], 2)
    texts = " ".join(label.text for label in figure.layout.annotations)
    assert "<b>28 × 28</b>" in texts and "<b>14 × 14 × 3</b>" in texts and "<b>2</b>" in texts


def test_an_activation_too_few_is_refused():
    with pytest.raises(ValueError, match="2 activations after the input"):
        figures.architecture_diagram([(3,), (2,), (3,)], ["linear"], 1, 17)


def test_plots_need_a_text_for_every_figure():
    with pytest.raises(ValueError, match="1 figures, but 0 alts"):
        plots.live_plots([figures.angle_curve([])], key="angle", alts=[])


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


def test_the_axes_of_codes_can_be_named():
    figure = figures.codes_2d(np.zeros((4, 3)), np.arange(4), axis_name="component")
    assert figure.layout.scene.yaxis.title.text == "component 2"


# The variational lesson's figures


@pytest.mark.parametrize("size", [2, 3])
def test_the_prior_s_contours_lie_at_one_two_and_three_deviations(size):
    codes = POINTS[:, :size]
    figure = figures.latent_map(codes, np.arange(40) % 10, class_names=["zero", *"123456789"])
    prior = named(figure, "prior")
    drawn = np.stack([prior[axis] for axis in "xyz"[:size]], axis=1)
    radii = np.linalg.norm(drawn[~np.isnan(drawn[:, 0])], axis=1)
    assert set(radii.round(6)) == {1.0, 2.0, 3.0}
    assert len(named(figure, "zero").x) == 4
    axis = figure.layout.scene.xaxis if size == 3 else figure.layout.xaxis
    assert axis.range[1] > 3 and axis.range[1] >= np.abs(codes).max()


def test_a_latent_line_and_named_axes():
    assert len(figures.latent_map(POINTS[:, :1], np.arange(40) % 10).data) == 1
    figure = figures.latent_map(POINTS[:, :2], np.arange(40) % 10, axis_names=["PC 1", "PC 2"])
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("PC 1", "PC 2")


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


def test_an_opinion_lies_below_the_points_on_axes_of_its_own_size():
    axis, opinion = np.array([-4.0, 0.0, 4.0]), np.arange(9).reshape(3, 3) / 8
    figure = figures.opinion_map(POINTS[:, :2], np.arange(40) % 10, opinion, axis)
    ground = named(figure, "D")
    np.testing.assert_array_equal(ground.z, opinion)
    assert (ground.zmin, ground.zmax) == (0, 1)
    assert all(colour.endswith(", 0)") for place, colour in ground.colorscale if place == 0.5)
    for one in (figure.layout.xaxis, figure.layout.yaxis):
        assert one.range == (-4.0, 4.0)
    assert sum(len(trace.x) for trace in figure.data if trace is not ground) == 40
    draws = drawn.opinion_map(POINTS[:, :2], np.zeros(40), opinion, axis, are_examples=False)
    assert all("meta" not in trace for trace in draws["data"])


def test_kl_bars_are_sorted_and_the_used_ones_counted():
    figure = figures.kl_bars(np.array([0.05, 2.0, 0.0, 0.3]), threshold=0.1)
    used, unused = figure.data[:2]
    assert (used.name, unused.name) == ("used: 2", "unused: 2")
    assert list(used.y) == [2.0, 0.3] and list(used.customdata) == [2, 4]
    assert list(unused.y) == [0.05, 0.0] and list(unused.x) == [3, 4]
    assert set(named(figure, "0.1 nats").y) == {0.1}


def test_a_floor_has_its_label_and_negative_values_their_place():
    figure = figures.loss_curves(events(5), floors={"grey pixels": 0.5}, target_epochs=9)
    assert named(figure, "grey pixels").y == (0.5, 0.5)
    falling = [{"epoch": n, "train": {"nats": -100.0 * n}} for n in range(5)]
    low, high = figures.loss_curves(falling, term="nats", log=False).layout.yaxis.range
    assert low < -400 and high >= 0


def test_every_letter_looks_different_and_has_its_name():
    letters = np.arange(26)
    names = [chr(ord("A") + number) for number in letters]
    codes = np.random.default_rng(1).normal(size=(26, 3))
    for figure in (
        figures.codes_2d(codes, letters, class_names=names),
        figures.codes_2d(codes[:, :2], letters, class_names=names),
    ):
        assert [trace.name for trace in figure.data] == names
        assert len({(one.marker.color, one.marker.symbol) for one in figure.data}) == 26


@pytest.mark.parametrize("size", [1, 2, 3])
def test_points_say_which_examples_they_are(size):
    rng = np.random.default_rng(0)
    codes, classes = rng.normal(size=(30, size)), rng.integers(0, 4, 30)
    drawn = [figures.codes_2d(codes, classes), figures.latent_map(codes, classes)]
    drawn.append(figures.codes_2d(codes, np.linspace(0, 1, 30), codes))
    for figure in drawn:
        seen = []
        for trace in figure["data"]:
            rows = (trace["meta"] or {}).get("rows", [])
            for axis, column in zip("xyz"[:size], codes.T, strict=False):
                np.testing.assert_array_equal(trace[axis][: len(rows)], column[rows])
            seen += rows
        assert sorted(seen) == list(range(30)), "each example once; those of PCA are none"


def test_points_in_space_and_their_copies_are_the_same_examples():
    points = np.random.default_rng(0).normal(size=(10, 3))
    figure = figures.points_3d(points, np.linspace(0, 1, 10), 2 * points)
    rows = [trace["meta"]["rows"] for trace in figure["data"] if trace["meta"]]
    assert rows == [list(range(10))] * 2


# Runs compared


def test_overlaid_curves_are_told_apart_by_colour_and_symbol():
    figure = figures.overlaid_curves([(f"run {i}", events(5)) for i in range(12)])
    main = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in main] == [f"run {i}" for i in range(12)]
    assert len({(trace.line.color, trace.marker.symbol) for trace in main}) == 12
    np.testing.assert_allclose(main[3].y, [0.95**epoch for epoch in range(5)])
    training = named(figure, "run 3, training")
    np.testing.assert_allclose(training.y, [0.9**epoch for epoch in range(5)])
    assert training.line.dash == "dash" and training.line.color == main[3].line.color


def test_what_loses_nothing_has_a_line_instead_of_a_point():
    series = drawn.Series("run", [10.0, 100.0], [0.1, 0.01], ["1 bit", "2 bits"])
    figure = figures.distortion_curves([series], [series], [("PNG", 1000.0)])
    assert named(figure, "run").text == ("1 bit", "2 bits")
    line, label = named(figure, "PNG"), figure.layout.annotations[0]
    assert tuple(line.x) == (1000, 1000) and label.x == pytest.approx(3) and label.text == "PNG"
    low, high = 10.0 ** np.array(figure.layout.yaxis.range)
    assert low < 0.01 and high > 0.1 and (line.y[0], line.y[1]) == pytest.approx((low, high))


def test_accuracies_are_written_on_their_bars_and_references_hatched():
    figure = figures.accuracy_bars(["run", "pixels"], [0.9, 0.875], 1, chance=0.1)
    run, pixels = figure.data[:2]
    assert (run.x[0], run.text[0]) == (0.9, "90.0%") and pixels.text[0] == "87.5%"
    assert not run.marker.pattern.shape and pixels.marker.pattern.shape
    assert set(figure.data[2].x) == {0.1}


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


# Anomalies and error bars


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


# Pairs of runs


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


# The lesson on beta


def test_a_heat_map_has_the_numbers_in_their_places():
    values = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    figure = figures.heat_map(
        values, across=[0, 1, 5], downwards=["a", "b"], across_title="epoch", label="nats", high=5
    )
    (trace,) = figure.data
    np.testing.assert_array_equal(trace.z, values)
    assert (list(trace.x), list(trace.y)) == ([0, 1, 5], ["a", "b"])
    assert (trace.zmin, trace.zmax) == (0, 5) and figure.layout.yaxis.autorange == "reversed"


def test_the_line_through_the_present_run_has_one_sum():
    points = [("first", 10.0, 90.0), ("second", 25.0, 80.0), ("third", 26.0, 80.0)]
    figure = figures.rate_distortion(points, 1)
    line, others, mine = figure.data
    assert np.array(line.x) + np.array(line.y) == pytest.approx([105.0, 105.0])
    assert (list(mine.x), list(mine.y), list(mine.text)) == ([25.0], [80.0], ["second"])
    assert list(others.text) == ["first", "third"]
    assert mine.textposition != others.textposition[1:], "neighbours' labels do not overlap"
    assert len(figures.rate_distortion(points[:1], 0).data) == 2


def test_dots_lie_where_their_numbers_say_and_own_ones_are_larger():
    points = [
        ("Linear", "a <b>", 2.0, 0.1, False),
        ("Linear", "b", 3.0, 0.2, True),
        ("Stacked", "c", 4.0, 0.0, False),
    ]
    linear, stacked = figures.dots(points, "x", "y", y_log=True)["data"]
    assert (list(linear["x"]), list(linear["y"])) == ([2.0, 3.0], [0.1, 0.2])
    assert linear["text"][0] == "a &lt;b&gt;", "visitors' words are no markup"
    assert linear["marker"]["size"][1] > linear["marker"]["size"][0]
    assert not stacked["x"], "zero has no place on a logarithmic axis"
    assert list(figures.dots(points, "x", "y")["data"][1]["y"]) == [0.0]
    assert linear["marker"]["symbol"] != stacked["marker"]["symbol"]

"""Maps of codes: classes, priors, and which example a point is."""

import numpy as np
import pytest

from tests.support.figures import COLOURS, POINTS, drawn, figures, named


def test_codes_have_equal_scales_and_every_class_its_colour_and_symbol():
    classes = np.arange(40) % 10
    figure = figures.codes_2d(POINTS[:, :2], classes)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert len(figure.data) == 10
    looks = [(trace.marker.color, trace.marker.symbol) for trace in figure.data]
    assert len({colour for colour, _ in looks}) == 10
    assert len({symbol for _, symbol in looks}) == 8, "as many as there are in space"
    in_space = figures.codes_2d(POINTS[:, :3], classes)
    assert [(one.marker.color, one.marker.symbol) for one in in_space.data] == looks
    assert sum(len(trace.x) for trace in figure.data) == 40


def test_codes_of_more_dimensions_are_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"\(40, 4\).*largest variance"):
        figures.codes_2d(np.zeros((40, 4)), COLOURS)


def test_the_axes_of_codes_can_be_named():
    figure = figures.codes_2d(np.zeros((4, 3)), np.arange(4), axis_name="component")
    assert figure.layout.scene.yaxis.title.text == "component 2"


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

"""Points in space, the planes and lines through them, and their reconstructions."""

import numpy as np
import pytest

from tests.support.figures import COLOURS, PLANE, POINTS, figures, named


def vertices(trace):
    return np.stack([trace.x, trace.y, trace.z], axis=1)


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


def test_points_in_space_and_their_copies_are_the_same_examples():
    points = np.random.default_rng(0).normal(size=(10, 3))
    figure = figures.points_3d(points, np.linspace(0, 1, 10), 2 * points)
    rows = [trace["meta"]["rows"] for trace in figure["data"] if trace["meta"]]
    assert rows == [list(range(10))] * 2

"""Diagrams of a network's layers."""

import pytest

from tests.support.figures import figures


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

"""The dots of the wall."""

from tests.support.figures import figures


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

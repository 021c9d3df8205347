"""The drawings on the cards of the home page."""

import re
from xml.etree import ElementTree

import pytest

from dashboard.catalogue import pictures
from dashboard.catalogue.lessons import HOME, LESSONS

CARDS = [one for one in LESSONS if one.name != HOME]


@pytest.mark.parametrize("lesson", CARDS, ids=lambda lesson: lesson.name)
def test_a_drawing_stays_within_its_frame_and_fetches_nothing(lesson):
    svg = ElementTree.fromstring(pictures.draw_svg(lesson))
    shapes = list(svg.iter())[1:]
    assert shapes
    for shape in shapes:
        assert not {"href", "onload"} & set(shape.attrib)
        text = " ".join(shape.get(name, "") for name in ("points", "x", "cx"))
        for x in [float(one) for one in re.findall(r"-?[0-9.]+", text)]:
            assert -1 <= x <= pictures.WIDTH + 1


def test_every_lesson_has_a_drawing_of_its_own():
    drawings = {pictures.draw_svg(one) for one in CARDS}
    assert len(drawings) == len(CARDS)
    assert set(pictures.SPECIAL) == {one.name for one in CARDS}

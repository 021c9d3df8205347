"""A small drawing for each lesson's card: its network, and what is special about it.

The networks are those that the lessons begin with, a bar for each layer, the higher the larger it
is. Nothing here shows a result.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable

import numpy as np

from dashboard.catalogue.lessons import Lesson
from dashboard.figures.style import AUTOENCODER, FAINT, HELD_OUT, PCA, TRAINING

WIDTH, HEIGHT = 200, 64
MIDDLE = HEIGHT / 2
BAR = 7
"""Width of a layer."""

STEEPNESS = 0.3
"""How fast the height of a layer grows with its size, as an exponent."""

LEFT, RIGHT = 34, 166
"""Where the first and the last layer stand."""

Point = tuple[float, float]
Drawing = list[str]


def draw_picture(lesson: Lesson) -> str:
    """The drawing as HTML, for eyes only: the card's words say the same."""
    address = base64.b64encode(draw_svg(lesson).encode()).decode()
    return f'<img class="lesson-picture" alt="" src="data:image/svg+xml;base64,{address}">'


def draw_svg(lesson: Lesson) -> str:
    """The drawing as SVG, in colours for light and for dark paper."""
    parts = _network(lesson) if lesson.type else []
    parts += SPECIAL[lesson.name]()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" '
        f'stroke="{FAINT}" stroke-width="1.5">{"".join(parts)}</svg>'
    )


# Pieces


def _rectangle(x: float, y: float, width: float, height: float, colour: str = "") -> str:
    """Filled, or an outline without a colour; x and y are its middle."""
    fill = f'fill="{colour}" stroke="none"' if colour else ""
    return (
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="1.5" {fill}/>'
    )


def _dot(x: float, y: float, colour: str = FAINT, radius: float = 2) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" stroke="none"/>'


def _line(points: Iterable[Point], colour: str = FAINT, more: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" stroke="{colour}" {more}/>'


def _text(x: float, y: float, text: str, colour: str = FAINT) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="11" text-anchor="middle" fill="{colour}" '
        f'stroke="none" font-family="sans-serif">{text}</text>'
    )


def _bump(x: float, width: float, colour: str) -> str:
    """A normal distribution on its side, about the middle of the picture."""
    heights = np.linspace(-24, 24, 33)
    return _line([(x + width * math.exp(-((y / 10) ** 2)), MIDDLE + y) for y in heights], colour)


def _network(lesson: Lesson) -> Drawing:
    h = lesson.recipe.hyperparameters
    sizes = [math.prod(shape) ** STEEPNESS for shape in h.layer_shapes]
    heights = [max(6.0, 56 * size / max(sizes)) for size in sizes]
    places = np.linspace(LEFT, RIGHT, len(sizes))
    parts = []
    for (x, one), (further, other) in zip(
        zip(places, heights, strict=True), list(zip(places, heights, strict=True))[1:], strict=False
    ):
        corners = [
            (x, MIDDLE - one / 2), (further, MIDDLE - other / 2),
            (further, MIDDLE + other / 2), (x, MIDDLE + one / 2),
        ]  # fmt: skip
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
        parts.append(f'<polygon points="{path}" fill="{FAINT}" fill-opacity="0.15" stroke="none"/>')
    for index, (x, height) in enumerate(zip(places, heights, strict=True)):
        colour = TRAINING if index == h.code_index else FAINT
        parts.append(_rectangle(x, MIDDLE, BAR, height, colour))
    return parts


# What is special


def _cloud() -> Drawing:
    """Points about a slanted plane."""
    draws = np.random.default_rng(7)
    along, up = draws.uniform(-1, 1, 14), draws.normal(0, 3, 14)
    parts = [_line([(4, 46), (16, 22), (28, 18), (16, 42), (4, 46)], TRAINING)]
    return parts + [
        _dot(16 + 10 * a, 32 - 8 * a + u, radius=1.4) for a, u in zip(along, up, strict=True)
    ]


def _bends() -> Drawing:
    return [_line([(x - 7, 10), (x, 10), (x + 7, 3)], HELD_OUT) for x in (78, 122)]


def _noise() -> Drawing:
    draws = np.random.default_rng(3)
    places = zip(draws.uniform(6, 26, 22), draws.uniform(8, 56, 22), strict=True)
    parts = [_rectangle(x, y, 2.5, 2.5, HELD_OUT) for x, y in places]
    return [*parts, _line([(176, 16), (190, 16), (180, 48)], PCA, 'stroke-width="3"')]


def _few_active() -> Drawing:
    cells = [_rectangle(100, 8 + 6 * place, 9, 4.5, FAINT) for place in range(9)]
    return [*cells, *(_rectangle(100, 8 + 6 * place, 9, 4.5, HELD_OUT) for place in (2, 6))]


def _inwards() -> Drawing:
    return [
        _line([(100 - side * 26, 6), (100 - side * 8, 6), (100 - side * 13, 2)], HELD_OUT)
        + _line([(100 - side * 8, 6), (100 - side * 13, 10)], HELD_OUT)
        for side in (1, -1)
    ]


def _mirrors() -> Drawing:
    return [
        f'<path d="M {100 - reach} 6 Q 100 {-4 + reach / 8:.0f} {100 + reach} 6" '
        f'stroke="{HELD_OUT}" stroke-dasharray="3 2"/>'
        for reach in (30, 52)
    ]


def _alphabet() -> Drawing:
    colours = (TRAINING, HELD_OUT, PCA, AUTOENCODER)
    return [
        _rectangle(88 + 8 * column, 20 + 8 * row, 7, 7, colours[(row * row + 2 * column) % 4])
        for row in range(4)
        for column in range(4)
    ]


def _bits() -> Drawing:
    return [
        _rectangle(100, 14 + 12 * row, 9, 9, HELD_OUT if bit == "1" else "#ffffff")
        + _rectangle(100, 14 + 12 * row, 9, 9)
        for row, bit in enumerate("1011")
    ]


def _window() -> Drawing:
    grid = [_rectangle(14, 32, 22, 22)]
    return [*grid, _rectangle(9, 27, 8, 8, HELD_OUT), _rectangle(14, 32, 8, 8)]


def _loop() -> Drawing:
    rows = [_rectangle(14, 14 + 6 * row, 20, 3.5, FAINT) for row in range(7)]
    loop = f'<path d="M 60 8 a 8 8 0 1 1 -6 3" stroke="{HELD_OUT}"/>'
    return [*rows, _rectangle(14, 26, 20, 3.5, HELD_OUT), loop]


def _price() -> Drawing:
    return [_bump(100, 18, HELD_OUT), _text(122, 14, "β", HELD_OUT)]


def _told() -> Drawing:
    return [_rectangle(x, 10, 14, 13) + _text(x, 14, "7", HELD_OUT) for x in (62, 118)]


def _judge() -> Drawing:
    return [
        _line([(100, 14), (124, 6), (124, 22), (100, 14)], HELD_OUT),
        _text(136, 18, "?", HELD_OUT),
    ]


def _odd_one() -> Drawing:
    dots = [_dot(14, 10 + 11 * row, FAINT, 3) for row in range(5)]
    return [*dots, _rectangle(14, 43, 8, 8, HELD_OUT)]


def _labels() -> Drawing:
    dots = [_dot(8 + 9 * (index % 3), 10 + 9 * (index // 3), FAINT, 2.5) for index in range(15)]
    named = [(1, TRAINING), (8, HELD_OUT), (12, PCA)]
    return dots + [_dot(8 + 9 * (i % 3), 10 + 9 * (i // 3), colour, 3.5) for i, colour in named]


def _axes() -> Drawing:
    return [_line([(40, 6), (40, 56), (160, 56)])]


def _curves() -> Drawing:
    x = np.linspace(46, 156, 12)
    return _axes() + [
        _line(zip(x, 52 - scale * np.exp(-(x - 46) / 40), strict=True), colour)
        for scale, colour in ((40, PCA), (28, AUTOENCODER))
    ]


def _pairs() -> Drawing:
    draws = np.random.default_rng(5)
    first, change = draws.uniform(16, 48, 5), draws.normal(0, 9, 5)
    return [
        part
        for y, more in zip(first, change, strict=True)
        for part in (
            _line([(70, y), (130, y + more)]), _dot(70, y, TRAINING, 4),
            _dot(130, y + more, HELD_OUT, 4),
        )
    ]  # fmt: skip


def _code_of_link() -> Drawing:
    cells = np.random.default_rng(2).random((7, 7)) < 0.5
    cells[:2, :2] = cells[:2, -2:] = cells[-2:, :2] = True
    return [
        _rectangle(79 + 7 * column, 11 + 7 * row, 7, 7, FAINT) for row, column in np.argwhere(cells)
    ]


def _dots() -> Drawing:
    draws = np.random.default_rng(4)
    x, y = draws.uniform(50, 152, 16), draws.uniform(12, 50, 16)
    colours = (TRAINING, HELD_OUT, PCA, AUTOENCODER)
    return _axes() + [
        _dot(a, b, colours[i % 4], 3.5) for i, (a, b) in enumerate(zip(x, y, strict=True))
    ]


def _rows() -> Drawing:
    return [
        _rectangle(100, 12 + 13 * row, 120, 9) + _rectangle(48, 12 + 13 * row, 8, 5, colour)
        for row, colour in enumerate((PCA, PCA, TRAINING, FAINT))
    ]


SPECIAL: dict[str, Callable[[], Drawing]] = {
    "linear": _cloud,
    "stacked": _bends,
    "variational": lambda: [_bump(100, 26, HELD_OUT)],
    "denoising": _noise,
    "sparse": _few_active,
    "contractive": _inwards,
    "tied": _mirrors,
    "vector_quantized": _alphabet,
    "hashing": _bits,
    "convolutional": _window,
    "recurrent": _loop,
    "beta": _price,
    "conditional": _told,
    "adversarial": _judge,
    "anomaly": _odd_one,
    "few_labels": _labels,
    "compare": _curves,
    "seed_comparison": _pairs,
    "class_links": _code_of_link,
    "wall": _dots,
    "runs": _rows,
}
"""By the lessons' names."""

"""Networks as nodes and links."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np

from dashboard.figures.style import (
    FONT_SIZE,
    HELD_OUT,
    TRAINING,
    Figure,
    line_trace,
    make_figure,
    scatter_trace,
)
from dashboard.text.i18n import _, _n

MAX_NODES = 8  # drawn of the largest layer of an architecture
LINE = 0.056 * FONT_SIZE  # the height of a line of text, in a plot of 320 pixels


def architecture_diagram(
    layer_shapes: Sequence[Sequence[int]],
    activations: Sequence[str],
    code_index: int,
    parameters: int | None = None,
) -> Figure:
    """The network as columns of nodes; of a large layer only some are drawn.

    Args:
        layer_shapes: What each layer gives, the input first: (units,) or (height, width, maps).
        activations: Activation per layer after the input.
        code_index: Which layer holds the code, counted from 0 at the input.
        parameters: Number of trained weights and biases; not mentioned if None.

    Raises:
        ValueError: If the activations do not match the layers in number.
    """
    layer_sizes = [math.prod(shape) for shape in layer_shapes]
    if len(activations) != len(layer_sizes) - 1:
        raise ValueError(
            f"{len(layer_sizes)} layers have {len(layer_sizes) - 1} activations after the input, "
            f"not {len(activations)}: {list(activations)}"
        )
    columns = [_node_heights(size, max(layer_sizes)) for size in layer_sizes]
    stretch = min(1.7, 4 / max(1.0, *(heights.max() for heights in columns)))
    columns = [stretch * heights for heights in columns]
    traces = [_links(columns), *_nodes(columns, layer_sizes, code_index)]
    labels = _layer_labels(layer_shapes, activations, code_index, parameters)
    labels += [  # the gap in the middle stands for the nodes that are not drawn
        {"text": "<b>⋮</b>", "x": index, "y": 0, "showarrow": False}
        for index, (size, heights) in enumerate(zip(layer_sizes, columns, strict=True))
        if size > len(heights)
    ]
    hidden = {"visible": False, "fixedrange": True}
    return make_figure(
        traces,
        hovermode="closest",
        annotations=labels,
        xaxis=hidden | {"range": [-0.6, len(columns) - 0.4]},
        yaxis=hidden | {"range": [-4.6 - 3.6 * LINE, 4.6 + 1.5 * LINE]},
    )


def shape_text(shape: Sequence[int]) -> str:
    """How a layer's shape is written."""
    return " × ".join(map(str, shape))


def _node_heights(size: int, largest: int) -> np.ndarray:
    """Heights of the nodes that stand for a layer, about 0, with a gap where some are left out."""
    drawn = size if size <= 3 else min(size, round(3 + (MAX_NODES - 3) * math.sqrt(size / largest)))
    if drawn == size:
        return np.arange(drawn) - (drawn - 1) / 2
    upper = drawn // 2
    return np.concatenate([-np.arange(upper, 0, -1), np.arange(1, upper + 1)]).astype(float)


def _links(columns: Sequence[np.ndarray]) -> dict:
    strokes = [
        (index, index + 1, None, left, right, None)
        for index, (lefts, rights) in enumerate(pairwise(columns))
        for left, right in product(lefts, rights)
    ]
    x = [value for stroke in strokes for value in stroke[:3]]
    y = [value for stroke in strokes for value in stroke[3:]]
    return line_trace(x, y, "rgba(128, 128, 128, 0.35)", 1, hoverinfo="skip")


def _nodes(columns: Sequence[np.ndarray], sizes: Sequence[int], code_index: int) -> list:
    return [
        scatter_trace(
            np.full(len(heights), index),
            heights,
            marker={
                "size": 16,
                "color": HELD_OUT if index == code_index else TRAINING,
                "symbol": "diamond" if index == code_index else "circle",
            },
            hovertemplate=_n("{count:,} unit", "{count:,} units", sizes[index]).format(
                count=sizes[index]
            )
            + "<extra></extra>",
        )
        for index, heights in enumerate(columns)
    ]


def _layer_labels(
    shapes: Sequence[Sequence[int]],
    activations: Sequence[str],
    code_index: int,
    parameters: int | None,
) -> list[dict]:
    """Size and activation below each column, the parts of the network above."""
    below, top = [_("input"), *activations], 4.6 + 0.6 * LINE
    labels = [
        {"x": index, "y": -4.4, "yanchor": "top", "text": f"<b>{shape_text(shape)}</b><br>{text}"}
        for index, (shape, text) in enumerate(zip(shapes, below, strict=True))
    ]
    last = len(shapes) - 1
    parts = {_("encoder"): (0, code_index), _("decoder"): (code_index, last)}
    labels += [
        {"x": (start + end) / 2, "y": top, "text": text} for text, (start, end) in parts.items()
    ]
    labels.append({"x": code_index, "y": top, "text": f"<b>{_('code')}</b>"})
    if parameters is not None:
        total = _("{count:,} parameters to train").format(count=parameters)
        labels.append({"x": last / 2, "y": -4.5 - 2.9 * LINE, "text": total})
    return [{"showarrow": False, **label} for label in labels]

"""All figures, as the pages get them and as Plotly checks them, and something to draw."""

import importlib
import pkgutil
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go

from dashboard import figures as all_figures

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
    """What a run of so many epochs records."""
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
    """The first trace of that name."""
    return next(trace for trace in figure.data if trace.name == name)

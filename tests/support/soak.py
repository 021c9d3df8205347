"""Tests that run only when asked to: pytest -m soak."""

import pytest


def soaking(choices, always):
    """Parameters, names or types, of which only those named in `always` run without --soak."""
    named = [(getattr(one, "name", one), one) for one in choices]
    return [
        pytest.param(one, marks=() if name in always else pytest.mark.soak, id=name)
        for name, one in named
    ]

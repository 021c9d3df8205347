"""Where the browser finds plotly.js, and what runs have stored."""

from __future__ import annotations

import plotly
import streamlit as st


def plotly_address() -> str:
    """Where the browser finds plotly.js.

    The address names the version, so that a browser may keep the file for good: it is 4.8 MB, and a
    class of thirty shares one wireless network.
    """
    return f"{_base()}/plotly-{plotly.__version__}.min.js"


def run_address(run_id: str) -> str:
    """Where the browser finds a run's pictures: `sample`, `live`, `snapshots` (their epochs, as
    JSON) and `snapshots/EPOCH` below this address, each as `buffers.with_arrays` packs it; and
    its weights: `encoder` and `decoder`, as `inference.network` packs them, those stored last or,
    with `?epoch=EPOCH`, those after a kept epoch."""
    return f"{_base()}/runs/{run_id}"


def _base() -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""

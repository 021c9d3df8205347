"""What the server answers besides Streamlit's own addresses, for `st.App(routes=...)`.

Streamlit keeps the addresses under `/_stcore/`, `/media/`, `/component/` and `/static/` for itself.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route


def plotly_address() -> str:
    """Where the browser finds plotly.js.

    The address names the version, so that a browser may keep the file for good: it is 4.8 MB, and a
    class of thirty shares one wireless network.
    """
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{'/' + base if base else ''}/plotly-{version('plotly')}.min.js"


def routes() -> list[Route]:
    """The routes of the server."""
    return [Route("/livez", _alive), Route(plotly_address(), _plotly)]


async def _alive(request: Request) -> Response:
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def _plotly(request: Request) -> Response:
    tag = f'"plotly-{version("plotly")}"'
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return FileResponse(_plotly_file(), media_type="text/javascript", headers=headers)
    content = await run_in_threadpool(_compressed_plotly)
    headers["Content-Encoding"] = "gzip"
    return Response(content, media_type="text/javascript", headers=headers)


def _plotly_file() -> Path:
    return Path(str(files("plotly"))) / "package_data" / "plotly.min.js"


@cache
def _compressed_plotly() -> bytes:
    return gzip.compress(_plotly_file().read_bytes(), compresslevel=6, mtime=0)

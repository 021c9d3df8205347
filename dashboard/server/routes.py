"""What the server answers besides Streamlit's own addresses, for `st.App(routes=...)`.

Streamlit keeps the addresses under `/_stcore/`, `/media/`, `/component/` and `/static/` for itself.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Callable
from functools import cache, wraps
from importlib.resources import files
from pathlib import Path

import plotly
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.jobs import execution, metrics
from dashboard.runs import inference
from dashboard.runs.addresses import plotly_address, run_address
from dashboard.runs.buffers import with_arrays
from dashboard.session.visitors import visitor_of
from models.data.uploads import sharing
from models.runs import own_data
from models.runs.files import UnreadableError
from models.runs.run import Run

LEAST_FREE_BYTES = 200 * 10**6
"""With less on the disk of the run store the server calls itself unable to work."""

_EPOCH = re.compile(r"[0-9]{1,9}")  # Python reads no number of more than 4,300 digits

FRESH = {"Cache-Control": "no-store"}
KEPT = {"Cache-Control": "private, max-age=3600"}


def routes() -> list[Route]:
    """The routes of the server."""
    run = run_address("{run_id}")
    return [
        Route("/livez", _alive),
        Route("/healthz", _health),
        Route("/metrics", _metrics),
        Route(plotly_address(), _plotly),
        Route(f"{run}/snapshots", _of_readable(_snapshots)),
        Route(f"{run}/snapshots/{{epoch}}", _of_readable(_pictures)),
        Route(f"{run}/encoder", _of_readable(_network)),
        Route(f"{run}/decoder", _of_readable(_network)),
        Route(f"{run}/{{part}}", _of_readable(_pictures)),
    ]


async def _alive(request: Request) -> Response:
    return PlainTextResponse("ok", headers=FRESH)


def _health(request: Request) -> Response:
    """Whether the server can do its work: 200 if so, 503 with what is wrong if not."""
    found = troubles()
    content = {"status": "unable" if found else "ok", "troubles": found}
    return JSONResponse(content, 503 if found else 200, headers=FRESH)


def troubles() -> list[str]:
    """Why the server cannot do its work, for whoever operates it; empty if it can."""
    dispatcher = execution.current()
    if dispatcher is None:
        return ["the training processes are not running"]
    root = dispatcher.store.root
    found = []
    if dispatcher.is_broken:
        found.append(
            "there is no training process for now: they end or hang while they start, or the "
            "scheduler does not answer; it is tried again by itself, and the log says why"
        )
    if not os.access(root, os.W_OK):
        found.append(f"the run store {root} cannot be written")
    elif shutil.disk_usage(root).free < LEAST_FREE_BYTES:
        megabytes = LEAST_FREE_BYTES // 10**6
        found.append(f"less than {megabytes} MB are free for the run store {root}")
    return found


def _metrics(request: Request) -> Response:
    dispatcher = execution.current()
    if dispatcher:
        dispatcher.count()
    content = generate_latest(metrics.REGISTRY)
    return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _plotly(request: Request) -> Response:
    tag = f'"plotly-{plotly.__version__}"'
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


def _of_readable(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The same answer; where a run cannot be read, which file and why."""

    @wraps(answer)
    def answer_or_explain(request: Request) -> Response:
        try:
            return answer(request)
        except UnreadableError as error:
            return PlainTextResponse(str(error), 404, headers=FRESH)

    return answer_or_explain


def _run(request: Request) -> Run | None:
    """The run that an address names, if whoever asks may see it; its id is checked before it
    becomes a path."""
    dispatcher = execution.current()
    try:
        run = dispatcher.store.run(request.path_params["run_id"]) if dispatcher else None
    except ValueError:
        return None
    dataset = own_data.dataset_of(run.config) if run else ""
    return run if sharing.may_see(dataset, visitor_of(request)) else None


def _snapshots(request: Request) -> Response:
    run = _run(request)
    epochs = run.snapshot_epochs() if run else []
    return JSONResponse(epochs, headers=FRESH)


def _pictures(request: Request) -> Response:
    run, part = _run(request), request.path_params.get("part")
    found = None
    if run and part is None:
        epoch = request.path_params["epoch"]
        found = run.snapshot(int(epoch)) if _EPOCH.fullmatch(epoch) else None
    elif run and part in ("sample", "live"):
        found = run.sample() if part == "sample" else run.live()
    # The same epoch of the same run gives the same numbers, always.
    headers = FRESH if part == "live" else KEPT
    return _binary(with_arrays(*found) if found else None, "pictures", headers)


def _network(request: Request) -> Response:
    run, half = _run(request), request.url.path.rpartition("/")[2]
    # Whoever asks names the state of the weights behind a question mark (`inference.stamp`).
    epoch = request.query_params.get("epoch")
    if run is None or not (epoch is None or _EPOCH.fullmatch(epoch)):
        return _binary(None, "weights", KEPT)
    found = inference.network(run, half, None if epoch is None else int(epoch))
    return _binary(found, "weights", KEPT)


def _binary(content: bytes | None, missing: str, headers: dict[str, str]) -> Response:
    if content is None:
        return PlainTextResponse(f"This run has no such {missing} (any more).", 404)
    return Response(content, media_type="application/octet-stream", headers=headers)


def _plotly_file() -> Path:
    return Path(str(files("plotly"))) / "package_data" / "plotly.min.js"


@cache
def _compressed_plotly() -> bytes:
    return gzip.compress(_plotly_file().read_bytes(), compresslevel=6, mtime=0)

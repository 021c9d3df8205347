"""How fast a digit follows the pointer: `python -m benchmarks.explorer`, in headless Chromium.

The explorer as the page has it, for the default variational architecture and for a convolutional
decoder, both with random weights: what they are changes nothing in the time that they take. A
decoder is measured from the pointer's event to the last painted pixel; frames are counted while
the pointer moves all the time.
"""

from __future__ import annotations

import base64
import itertools
import os
import statistics
from functools import partial

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.measuring import Row, at_most, format_figure, run_command
from dashboard.components.latent_explorer import latent_explorer
from dashboard.components.shared import assets
from dashboard.runs import buffers, run_sample
from dashboard.runs.wire_format import as_bytes, describe_layers
from models.autoencoders import registry
from models.data import loading
from models.data.datasets import SAMPLE_SIZE
from models.layers.spec import Layer

COLUMNS = ("what", "measured", "", "", "goal", "reached")
SCRIPT_GOAL = 16.0
PAYLOAD_GOAL = 2.0
ORIGIN, ADDRESS = "http://explorer.test", "/run"

# Moves the pointer once per frame of the screen; notes the script's time of each picture.
FOLLOW = """frames => new Promise(resolve => {
    const root = document.querySelector(".explorer"), map = root.querySelector(".map");
    const { left, top, width, height } = map.getBoundingClientRect();
    const times = [], started = performance.now();
    const frame = () => {
        if (times.length) times[times.length - 1] = Number(root.dataset.milliseconds);
        if (times.length === frames) {
            resolve({times, seconds: (performance.now() - started) / 1000});
            return;
        }
        const angle = times.length / 10;
        const clientX = left + width * (0.5 + 0.4 * Math.cos(angle));
        const clientY = top + height * (0.5 + 0.4 * Math.sin(angle));
        map.dispatchEvent(new PointerEvent("pointermove", {clientX, clientY, bubbles: true}));
        times.push(NaN);
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})"""


def _dense() -> list[Layer]:
    h = registry.by_name("variational").preset("ours")
    middle = len(h.hidden_sizes) + 1
    shapes = list(itertools.pairwise(h.layer_sizes))[middle:]
    activations = h.layer_activations[middle:]
    return [
        Layer("dense", _weights(*shape), activation)
        for shape, activation in zip(shapes, activations, strict=True)
    ]


def _convolutional() -> list[Layer]:
    """28 x 28 pixels from 7 x 7 places with 32 channels, as in many a tutorial."""
    same = {"strides": [2, 2], "padding": "same"}
    return [
        Layer("dense", _weights(20, 7 * 7 * 32), "elu"),
        Layer("reshape", settings={"shape": [7 * 7 * 32], "output_shape": [7, 7, 32]}),
        Layer("conv2d_transpose", _weights(3, 3, 32, 32), "elu", {"shape": [7, 7, 32], **same}),
        Layer(
            "conv2d_transpose",
            _weights(3, 3, 16, 32, filters=16),
            "elu",
            {"shape": [14, 14, 32], **same},
        ),
        Layer(
            "conv2d",
            _weights(3, 3, 16, 1),
            "sigmoid",
            {"shape": [28, 28, 16], "strides": [1, 1], "padding": "same"},
        ),
    ]


def _weights(*shape: int, filters: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A kernel and a bias; a transposed convolution's kernel does not end with the filters."""
    rng = np.random.default_rng(0)
    kernel = rng.normal(0, np.prod(shape[:-1]) ** -0.5, shape).astype(np.float32)
    return kernel, np.zeros(filters or shape[-1], np.float32)


def _follow(layers: list[Layer], frames: int) -> tuple[float, float]:
    """Median milliseconds from pointer to picture, and frames per second."""
    header = {"layers": describe_layers(layers)}
    answers = {
        f"{ADDRESS}/decoder": buffers.with_header(header, as_bytes(layers)),
        f"{ADDRESS}/sample": buffers.with_arrays({"inputs": _sample().inputs}, {}),
    }

    def answer(route):
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        route.fulfill(body=answers.get(path, b"<!doctype html>"))

    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        page.route("**/*", answer)
        page.goto(ORIGIN)
        _show(page)
        page.evaluate(FOLLOW, 30)  # the browser compiles what runs often
        seen = page.evaluate(FOLLOW, frames)
        chromium.close()
    return statistics.median(seen["times"]), frames / seen["seconds"]


def _show(page: Page) -> None:
    script = assets.bundle("latent_explorer/latent_explorer.js").replace(
        "export default", "window.component ="
    )
    page.add_script_tag(content=script)
    page.add_style_tag(content=assets.read("latent_explorer/latent_explorer.css"))
    rng = np.random.default_rng(1)
    sample = _sample()
    count = len(sample.inputs)
    pictures = {
        "codes": rng.normal(size=(count, 20)).astype(np.float32),
        "log_variances": rng.normal(-2, 0.1, (count, 20)).astype(np.float32),
        "reconstructions": sample.inputs,
    }
    content = latent_explorer.packed(
        pictures, sample, latent_explorer.meta(sample, ADDRESS, 1, range(20), True)
    )
    page.evaluate(
        """content => {
            const data = Uint8Array.from(atob(content), character => character.charCodeAt(0));
            window.component({data, parentElement: document.body});
        }""",
        base64.b64encode(content).decode(),
    )
    page.locator(".explorer[data-ready=true]").wait_for()


def _sample() -> run_sample.Sample:
    """As many held-out digits as a run keeps."""
    loaded = loading.load("digits", 100)
    inputs = np.round(loaded.held_out[:SAMPLE_SIZE] * 255).astype(np.uint8)
    labels = loaded.held_out_labels[:SAMPLE_SIZE]
    return run_sample.Sample(inputs, labels, None, {}, loaded.dataset)


def _pointer(options) -> list[Row]:
    frames = 10 if options.quick else options.count * 60
    rows = []
    for name, layers in (("dense 20-500-500-784", _dense()), ("convolutional", _convolutional())):
        milliseconds, rate = _follow(layers, frames)
        what = f"{name}: pointer to picture, script"
        rows.append(at_most(what, milliseconds, SCRIPT_GOAL, "ms", 3))
        rows.append(Row("  frames while the pointer moves", format_figure(rate, "per s", 3)))
    return rows


def _payload(options) -> list[Row]:
    megabytes = len(as_bytes(_dense())) / 1e6
    what = "weights of the article's decoder on their way to the browser"
    return [at_most(what, megabytes, PAYLOAD_GOAL, "MB", 3)]


_PARTS = {"pointer": _pointer, "payload": _payload}

main = partial(run_command, __doc__, _PARTS, COLUMNS, ("--seconds", "of moving, about; default: 3"))

if __name__ == "__main__":
    raise SystemExit(main())

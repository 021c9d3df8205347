"""The decoder in the browser agrees with Keras, and bytes that are broken end in a message."""

import base64
import json
import os
import shutil

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from dashboard import browser
from dashboard.explorer import VERSION, as_halves, packed
from models import family, forward
from models.family import Recipe

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCRIPT = browser.script("network.js", "explorer.js")
EVALUATE = """([shapes, halves, codes]) => {
    const bytes = Uint8Array.from(atob(halves), character => character.charCodeAt(0));
    const layers = readNetwork(shapes, new Uint16Array(bytes.buffer));
    return codes.map(code => [...evaluateNetwork(layers, Float32Array.from(code))]);
}"""
SHOW = """content => {
    const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0));
    window.explorer({data: bytes, parentElement: document.body});
    return document.body.innerText;
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not shutil.which(CHROMIUM) and not os.environ.get("CI"),
        reason=f"{CHROMIUM} is not installed; set CHROMIUM to the path of another Chromium",
    ),
    # Playwright leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def page():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page()
        # A script element's functions are global, as those of a module are not.
        page.add_script_tag(content=SCRIPT.replace("export default", "window.explorer ="))
        yield page
        chromium.close()


def numbers_of(layers):
    halves = b"".join(as_halves(one).tobytes() for layer in layers for one in layer[:2])
    return base64.b64encode(halves).decode()


def shapes_of(layers):
    return [
        {"inputs": kernel.shape[0], "units": kernel.shape[1], "activation": activation}
        for kernel, _, activation in layers
    ]


def test_every_16_bit_float_is_read_as_numpy_reads_it(page):
    halves = np.arange(2**16, dtype="<u2")
    read = page.evaluate(
        """halves => {
            const bytes = Uint8Array.from(atob(halves), character => character.charCodeAt(0));
            const floats = halvesToFloats(new Uint16Array(bytes.buffer));
            return [...new Uint8Array(floats.buffer)].join(",");
        }""",
        base64.b64encode(halves.tobytes()).decode(),
    )
    floats = np.array(read.split(","), np.uint8).view("<f4")
    np.testing.assert_array_equal(floats, halves.view("<f2").astype("<f4"))


def networks():
    """Every activation, one hidden layer and three, both likelihoods, all types with images."""
    offered = family.by_name("variational").preset("ours").knobs()["hidden_activation"]
    for activation in offered.kind.options:
        yield "variational", {"hidden_activation": activation, "hidden_sizes": "40"}
    yield "variational", {"hidden_sizes": "60-30-20", "likelihood": "gaussian"}
    yield "variational", {"hidden_sizes": "500-500"}
    yield "stacked", {"hidden_sizes": "30-20"}


@pytest.mark.parametrize(("name", "texts"), list(networks()))
def test_the_browser_decodes_as_keras_does(page, name, texts):
    type = family.by_name(name)
    h = Recipe(type, type.preset("ours").parse({"latent_dim": "5", **texts})).hyperparameters
    model = type.model_class().from_hyperparameters(h)
    exact = {f"weights/{v.path}": v.numpy() for v in model.weights}
    for variable in model.weights:  # the browser's rounding, so that only its sums differ
        variable.assign(as_halves(variable.numpy()).astype(np.float32))
    codes = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    layers = forward.decoder_layers(h, exact)
    decoded = page.evaluate(EVALUATE, [shapes_of(layers), numbers_of(layers), codes.tolist()])
    np.testing.assert_allclose(decoded, model.decode(codes).numpy(), atol=1e-3)
    rounding = np.abs(np.array(decoded) - forward.decode(h, exact, codes)).max()
    print(f"{name} {texts}: rounding weights to 16 bits moves an output by {rounding:.1e} at most")
    assert rounding < 0.02


def content():
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(2, 6)), np.zeros(6), "sigmoid")]
    texts = {name: name for name in ("map", "decoded", "nearest", "adopt", "middle", "held")}
    texts |= {"free": "free", "axes": ["x", "y"], "dimension": "d {number}", "broken": "BROKEN"}
    header = {"texts": texts, "shape": [2, 3], "order": [1, 0], "sliders": 2, "scale": 1}
    header |= {"classNames": ["zero", "1"], "colours": ["#000000"]}
    labels, images = np.array([0, 1]), np.zeros((2, 6), np.uint8)
    return packed(layers, rng.normal(size=(2, 2)), labels, images, header)


def changed_version(whole):
    size = int.from_bytes(whole[:4], "little")
    header = json.dumps(json.loads(whole[4 : 4 + size]) | {"version": VERSION + 1}).encode()
    return len(header).to_bytes(4, "little") + header + whole[4 + size :]


def test_broken_bytes_end_in_a_message_and_whole_ones_recover(page):
    whole = content()
    for broken in (whole[:-4], whole[:30], b"", changed_version(whole), whole + bytes(6)):
        text = page.evaluate(SHOW, base64.b64encode(broken).decode())
        assert "did not arrive whole" in text or "BROKEN" in text
        text = page.evaluate(SHOW, base64.b64encode(whole).decode())
        assert "nearest: " in text and "BROKEN" not in text


def test_weights_too_large_for_16_bits_are_cut_off():
    assert np.isfinite(as_halves(np.array([1e9, -1e9, 0.5]))).all()

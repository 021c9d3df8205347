"""The explorer in the browser: networks agree with Keras, what it shows with NumPy."""

import base64
import itertools
import json

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.components.latent_explorer import latent_explorer
from dashboard.runs import buffers, run_sample
from dashboard.runs.wire_format import as_bytes, as_halves, describe_layers
from models.autoencoders import registry
from models.data import datasets, loading
from models.layers import numpy_inference
from models.layers.spec import Layer
from models.runs.recipe import Recipe
from tests.support.scripts import clear, marks, scripted_page, show

EVALUATE = """([shapes, halves, inputs]) => {
    const bytes = Uint8Array.from(atob(halves), character => character.charCodeAt(0));
    const layers = readNetwork(shapes, new Uint16Array(bytes.buffer));
    return inputs.map(input => [...evaluateNetwork(layers, Float32Array.from(input))]);
}"""
ADDRESS = "/runs/variational-0123456789abcdef"
SIZE = 3

pytestmark = marks


@pytest.fixture(scope="module")
def answers():
    """What the page may fetch; each test puts it right again."""
    return {}


@pytest.fixture(scope="module")
def page(chromium, answers):
    """One page for all tests."""
    return scripted_page(chromium, "latent_explorer/latent_explorer.js", answers=answers)


@pytest.fixture(scope="module")
def errors(page):
    """Whatever goes wrong on the page, from now on."""
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    return errors


# The network


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
    offered = registry.by_name("variational").preset("ours").fields()["hidden_activation"]
    for activation in offered.kind.options:
        yield "variational", {"hidden_activation": activation, "hidden_sizes": "40"}
    yield "variational", {"hidden_sizes": "60-30-20", "likelihood": "gaussian"}
    yield "variational", {"hidden_sizes": "500-500"}
    yield "stacked", {"hidden_sizes": "30-20"}
    yield "stacked", {"hidden_sizes": "30", "code_activation": "tanh"}
    yield "hashing", {"hidden_sizes": "30"}
    yield "recurrent", {"units": "12"}
    yield "recurrent", {"units": "12", "cell": "lstm", "writing_order": "bottom_up"}
    yield "convolutional", {"filters": "4-6"}
    yield (
        "convolutional",
        {"filters": "3-4-2", "downsampling": "max_pooling", "upsampling": "bilinear"},
    )


@pytest.mark.parametrize(("name", "texts"), list(networks()))
@pytest.mark.parametrize("half", ["encoder", "decoder"])
def test_the_browser_computes_as_keras_does(page, name, texts, half):
    type = registry.by_name(name)
    h = Recipe(type, type.preset("ours").parse({"latent_dim": "5", **texts})).hyperparameters
    model = type.model_class()(h)
    exact = {f"weights/{v.path}": v.numpy() for v in model.weights}
    for variable in model.weights:  # the browser's rounding, so that only its sums differ
        variable.assign(as_halves(variable.numpy()).astype(np.float32))
    rng = np.random.default_rng(0)
    if half == "encoder":
        inputs, layers = (
            loading.load("digits", 100).held_out[:4],
            numpy_inference.encoder_layers(h, exact),
        )
        expected, unrounded = model.encode(inputs).numpy(), numpy_inference.encode(h, exact, inputs)
    else:
        inputs, layers = rng.normal(size=(4, 5)), numpy_inference.decoder_layers(h, exact)
        expected, unrounded = model.decode(inputs).numpy(), numpy_inference.decode(h, exact, inputs)
    halves = base64.b64encode(as_bytes(layers)).decode()
    computed = np.array(page.evaluate(EVALUATE, [describe_layers(layers), halves, inputs.tolist()]))
    computed = computed[:, : expected.shape[1]]  # an encoder may give spreads after the means
    np.testing.assert_allclose(computed, expected, atol=1e-3)
    rounding = np.abs(computed - unrounded).max()
    print(f"{name} {half} {texts}: 16-bit weights move an output by {rounding:.1e} at most")
    assert rounding < 0.05


def test_weights_too_large_for_16_bits_are_cut_off():
    assert np.isfinite(as_halves(np.array([1e9, -1e9, 0.5]))).all()


# The geometry


def test_a_path_keeps_its_ends_and_an_arc_its_distance_from_the_origin(page):
    a, b = np.random.default_rng(1).normal(size=(2, 20)).astype(np.float32)
    for way in ("straight", "spherical"):
        points = page.evaluate(
            f"([a, b]) => [0, .25, .5, 1].map(t => [...{way}(Float32Array.from(a), b, t)])",
            [a.tolist(), b.tolist()],
        )
        np.testing.assert_allclose(points[0], a, atol=1e-5)
        np.testing.assert_allclose(points[3], b, atol=1e-5)
        lengths = np.linalg.norm(points, axis=1)
        if way == "straight":
            np.testing.assert_allclose(points[2], (a + b) / 2, atol=1e-5)
            assert lengths[2] < min(lengths[0], lengths[3])
        else:
            evenly = np.interp([0, 0.25, 0.5, 1], [0, 1], lengths[[0, 3]])
            np.testing.assert_allclose(lengths, evenly, rtol=1e-5)
            turned = np.arccos(points[1] @ a / lengths[0] / lengths[1])
            whole = np.arccos(a @ b / lengths[0] / lengths[3])
            assert turned == pytest.approx(whole / 4, rel=1e-4)


@pytest.mark.parametrize("b", [[0, 0], [2, 4], [-1, -2]])
def test_where_no_arc_is_determined_the_way_is_straight(page, b):
    middle = page.evaluate("b => [...spherical(Float32Array.from([1, 2]), b, .5)]", b)
    np.testing.assert_allclose(middle, (np.array([1, 2]) + b) / 2, atol=1e-6)


def test_class_means_and_neighbours_are_numpys(page):
    rng = np.random.default_rng(2)
    codes = rng.normal(size=(50, SIZE)).astype(np.float32)
    labels = rng.integers(0, 3, 50)
    means, near = page.evaluate(
        """([codes, labels, size]) => [
            classMeans(codes, labels, size, 4).map(mean => mean && [...mean]),
            nearestRows(codes, size, codes.slice(0, size), 5),
        ]""",
        [codes.ravel().tolist(), labels.tolist(), SIZE],
    )
    for label in range(3):
        np.testing.assert_allclose(means[label], codes[labels == label].mean(axis=0), atol=1e-5)
    assert means[3] is None
    distances = np.linalg.norm(codes - codes[0], axis=1)
    assert [one["row"] for one in near] == np.argsort(distances)[:5].tolist()
    np.testing.assert_allclose([one["distance"] for one in near], np.sort(distances)[:5], rtol=1e-5)


def test_the_shadow_of_a_cloud_is_its_covariance_seen_along_two_axes(page):
    rng = np.random.default_rng(3)
    spread = rng.normal(size=6)
    right, up = np.linalg.qr(rng.normal(size=(6, 2)))[0].T
    ellipse = page.evaluate(
        "([s, r, u]) => shadowEllipse(Float32Array.from(s), r, u)",
        [spread.tolist(), right.tolist(), up.tolist()],
    )
    axes = np.stack([right, up])
    variances, vectors = np.linalg.eigh(axes @ np.diag(np.exp(spread)) @ axes.T)
    np.testing.assert_allclose([ellipse["short"], ellipse["long"]], np.sqrt(variances), rtol=1e-4)
    direction = [np.cos(ellipse["angle"]), np.sin(ellipse["angle"])]
    assert abs(direction @ vectors[:, 1]) == pytest.approx(1, abs=1e-4)


def test_draws_of_a_cloud_have_its_mean_and_spread(page):
    draws = page.evaluate(
        """() => Array.from({length: 4000}, () =>
            [...drawNormal(Float32Array.from([1, -2]), [0, Math.log(0.04)])])"""
    )
    np.testing.assert_allclose(np.mean(draws, axis=0), [1, -2], atol=0.08)
    np.testing.assert_allclose(np.std(draws, axis=0), [1, 0.2], rtol=0.08)


# The visitor's own digit


def as_digit(page, ink):
    call = "([ink, width]) => { const digit = asDigit(ink, width); return digit && [...digit]; }"
    found = page.evaluate(call, [ink.ravel().tolist(), ink.shape[1]])
    return None if found is None else np.array(found).reshape(28, 28)


def drawing(left=40, top=30, width=30, height=90, field=196):
    """A bar with a foot: not symmetric, so that its centre of mass is not its middle."""
    ink = np.zeros((field, field))
    ink[top : top + height, left : left + 10] = 1
    ink[top + height - 10 : top + height, left : left + width] = 1
    return ink


@pytest.mark.parametrize("place", [{}, {"left": 150, "top": 100}, {"field": 300, "left": 200}])
def test_a_drawing_is_cut_out_scaled_and_centred_wherever_it_was_drawn(page, place):
    digit = as_digit(page, drawing(**place))
    np.testing.assert_allclose(digit, as_digit(page, drawing()), atol=1e-6)
    rows, columns = np.nonzero(digit > 0.05)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert digit.max() == pytest.approx(1, abs=1e-6)
    places = np.arange(28)
    for axis in (0, 1):
        assert digit.sum(axis=1 - axis) @ places / digit.sum() == pytest.approx(14, abs=0.51)


def test_a_larger_drawing_gives_the_same_digit_and_no_ink_none(page):
    small, large = drawing(), np.kron(drawing(), np.ones((2, 2)))
    np.testing.assert_allclose(as_digit(page, large), as_digit(page, small), atol=1e-6)
    assert as_digit(page, np.zeros((50, 50))) is None


def test_an_image_of_mnist_stays_nearly_what_it_is(page):
    """They were centred by the same rule, so another application changes them little."""
    for image in loading.load("digits", 100).held_out[:10].reshape(-1, 28, 28):
        error = np.square(as_digit(page, image) - image).mean()
        shifted = np.square(np.roll(image, 2, axis=1) - image).mean()
        assert error < 0.1 * shifted


@pytest.mark.parametrize("inverted", [False, True])
def test_ink_is_what_differs_from_the_border(page, inverted):
    ink = drawing()[::7, ::7]
    noise = np.random.default_rng(4).normal(0, 0.01, ink.shape)
    bright = 0.2 + 0.6 * (1 - ink if inverted else ink) + noise
    pixels = np.repeat(np.round(255 * bright), 4).reshape(-1, 4)
    pixels[:, 3] = 255
    read = page.evaluate(
        """([data, width, height]) =>
            [...inkOf({data: Uint8ClampedArray.from(data), width, height})]""",
        [pixels.ravel().tolist(), ink.shape[1], ink.shape[0]],
    )
    assert np.abs(np.array(read).reshape(ink.shape) - ink).max() < 0.12


# The component


def content():
    """What Python sends for a small run, and its pictures."""
    rng = np.random.default_rng(5)
    inputs = rng.integers(0, 256, (30, 784), np.uint8)
    pictures = {
        "codes": rng.normal(size=(30, SIZE)).astype(np.float32),
        "reconstructions": rng.integers(0, 256, (30, 784), np.uint8),
        "log_variances": rng.normal(-2, 0.1, (30, SIZE)).astype(np.float32),
    }
    labels = np.arange(30) % 10
    dataset = datasets.by_name("digits")
    sample = run_sample.Sample(inputs, labels, None, {}, dataset)
    meta = latent_explorer.meta(sample, ADDRESS, 1, [2, 0, 1], has_prior=True)
    return latent_explorer.packed(pictures, sample, meta), pictures, sample


def network(rng, sizes):
    layers = [
        Layer("dense", (rng.normal(size=shape) / 5, np.zeros(shape[1])), "sigmoid")
        for shape in itertools.pairwise(sizes)
    ]
    return buffers.with_header({"layers": describe_layers(layers)}, as_bytes(layers)), layers


class Shown:
    """The component on a page, with all that it may fetch."""

    def __init__(self, page, answers):
        rng = np.random.default_rng(6)
        self.sent, self.pictures, sample = content()
        self.images = sample.inputs
        decoder, self.decoder = network(rng, (SIZE, 784))
        encoder, self.encoder = network(rng, (784, 2 * SIZE))
        answers |= {
            f"{ADDRESS}/sample": buffers.with_arrays({"inputs": self.images}, {}),
            f"{ADDRESS}/decoder": decoder,
            f"{ADDRESS}/encoder": encoder,
        }
        self.page, self.answers = page, answers

    def start(self):
        show(self.page, self.sent)
        expect(self.page.locator(".explorer[data-ready=true]")).to_be_visible()
        return self

    @property
    def code(self):
        text = self.page.locator(".explorer").get_attribute("data-code")
        return np.array(text.split(","), np.float32)

    def pixels(self, selector, number=0):
        """The grey values of a canvas."""
        read = """(canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return [...data].filter((_, index) => index % 4 === 0);
        }"""
        return np.array(self.page.locator(selector).nth(number).evaluate(read))

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def in_sight(self, selector):
        """Those canvases of a strip that show an image."""
        figures = self.page.locator(f"{selector} figure:not([hidden]) canvas")
        return [
            self.pixels(f"{selector} figure:not([hidden]) canvas", i)
            for i in range(figures.count())
        ]


def evaluated(layers, x):
    """What the network makes of one input, with weights as the browser has them."""
    for layer in layers:
        kernel, bias = layer.weights
        x = 1 / (1 + np.exp(-(np.asarray(x, np.float32) @ as_halves(kernel).astype("f4") + bias)))
    return x


@pytest.fixture
def shown(page, answers, errors):
    clear(page)
    yield Shown(page, answers)
    assert not errors


def test_it_starts_from_an_image_and_decodes_its_code(shown):
    shown.start()
    np.testing.assert_allclose(shown.code, shown.pictures["codes"][0], atol=1e-4)
    expected = 255 * evaluated(shown.decoder, shown.pictures["codes"][0])
    assert np.abs(shown.pixels(".images canvas") - expected).max() <= 1
    np.testing.assert_array_equal(shown.pixels(".images canvas", 1), shown.images[0])


def test_keys_move_along_the_shown_axes_and_home_goes_to_the_priors_middle(shown):
    shown.start().page.locator(".map").focus()
    before = shown.code
    shown.page.keyboard.press("ArrowRight")
    shown.page.keyboard.press("ArrowRight")
    moved = shown.code - before
    assert moved[2] > 0.1 and np.abs(moved[[0, 1]]).max() < 1e-4, "order[0] is dimension 3"
    shown.page.keyboard.press("ArrowDown")
    assert (shown.code - before)[0] < -0.05
    shown.page.keyboard.press("Home")
    np.testing.assert_array_equal(shown.code, np.zeros(SIZE))


def test_along_principal_components_the_pointer_moves_all_dimensions(shown):
    shown.start().page.locator("select").first.select_option("1")
    before = shown.code
    shown.page.locator(".map").focus()
    shown.page.keyboard.press("ArrowRight")
    _, vectors = np.linalg.eigh(np.cov(shown.pictures["codes"].T))
    moved = shown.code - before
    assert abs(moved @ vectors[:, -1]) == pytest.approx(np.linalg.norm(moved), rel=1e-3)


def place_of(shown, row):
    """Where the map shows an image: pixels of the page."""
    codes = shown.pictures["codes"]
    half = max(3.2, 1.05 * np.abs(codes[:, [2, 0]]).max())
    shares = 0.5 + codes[row, 2] / (2 * half), 0.5 - codes[row, 0] / (2 * half)
    box = shown.page.locator(".map").bounding_box()
    place = box["x"] + shares[0] * box["width"], box["y"] + shares[1] * box["height"]
    return tuple(map(float, place))


def test_pointing_at_an_image_decodes_its_whole_code(shown):
    shown.start()
    for row in (4, 17):
        shown.page.mouse.move(*place_of(shown, row))
        np.testing.assert_allclose(shown.code, shown.pictures["codes"][row], atol=1e-4)
        np.testing.assert_array_equal(shown.pixels(".images canvas", 1), shown.images[row])
        expected = 255 * evaluated(shown.decoder, shown.pictures["codes"][row])
        assert np.abs(shown.pixels(".images canvas") - expected).max() <= 1


def test_a_slice_keeps_what_the_map_hides_and_far_images_fade(shown):
    shown.start()
    before = shown.pixels(".map")
    shown.page.get_by_label("slice: keep the hidden dimensions").check()
    assert np.abs(shown.pixels(".map") - before).max() > 100
    for row in (4, 17):
        shown.page.mouse.move(*place_of(shown, row))
        hidden = shown.pictures["codes"][0, 1]
        assert shown.code[1] == pytest.approx(hidden, abs=1e-4)
        np.testing.assert_allclose(
            shown.code[[2, 0]], shown.pictures["codes"][row, [2, 0]], atol=0.05
        )


def test_a_path_goes_from_image_to_image(shown):
    shown.start().tab("Path")
    shown.page.get_by_label("from A to B").fill("1")
    np.testing.assert_allclose(shown.code, shown.pictures["codes"][1], atol=1e-4)
    shown.page.get_by_label("from A to B").fill("0.5")
    np.testing.assert_allclose(shown.code, shown.pictures["codes"][:2].mean(axis=0), atol=1e-4)
    shown.page.wait_for_timeout(400)  # the strip is drawn when the point rests
    strip = shown.in_sight(".panel .strip")
    for place, row in ((0, 0), (-1, 1)):
        expected = 255 * evaluated(shown.decoder, shown.pictures["codes"][row])
        assert np.abs(strip[place] - expected).max() <= 1
    shown.press("Play")
    before = shown.code
    shown.page.wait_for_timeout(500)
    assert not np.allclose(shown.code, before)
    shown.press("Pause")


def test_arithmetic_adds_and_subtracts_class_means(shown):
    shown.start().tab("Arithmetic")
    codes = shown.pictures["codes"]
    means = [codes[digit::10].mean(axis=0) for digit in range(3)]
    shown.press("Go to the result")
    np.testing.assert_allclose(shown.code, means[0] - means[1] + means[2], atol=1e-4)


def test_a_traversal_changes_one_direction_and_a_click_goes_there(shown):
    shown.start().tab("Traverse")
    before = shown.code
    shown.page.wait_for_timeout(400)
    grid = shown.pixels(".traverse").reshape(6 * 28, 9 * 28)
    corner = before.copy()
    corner[2] = -3
    expected = 255 * evaluated(shown.decoder, corner).reshape(28, 28)
    assert np.abs(grid[:28, :28] - expected).max() <= 1
    box = shown.page.locator(".traverse").bounding_box()
    shown.page.mouse.click(box["x"] + 5, box["y"] + 5)
    np.testing.assert_allclose(shown.code, corner, atol=1e-4)


def test_resampling_draws_from_the_cloud_of_the_nearest_image(shown):
    shown.start()
    mean = shown.pictures["codes"][0]
    shown.press("Resample its cloud")
    deviations = np.exp(shown.pictures["log_variances"][0] / 2)
    distance = np.abs(shown.code - mean) / deviations
    assert 0 < distance.max() < 6
    shown.page.wait_for_timeout(400)
    strips = shown.page.locator(".strip")
    assert strips.nth(1).locator("figure:not([hidden])").count() == 8


def test_a_drawing_is_encoded_decoded_and_compared(shown):
    shown.start().tab("Draw your own")
    box = shown.page.locator(".pad").bounding_box()
    shown.page.mouse.move(box["x"] + 100, box["y"] + 30)
    shown.page.mouse.down()
    for step in range(10):
        shown.page.mouse.move(box["x"] + 100 - step, box["y"] + 30 + 14 * step)
    shown.page.mouse.up()
    note = shown.page.locator(".drawing .note")
    expect(note).to_contain_text("Squared error")
    seen = shown.pixels(".drawing figure canvas") / 255
    code = evaluated(shown.encoder, seen)[:SIZE]
    np.testing.assert_allclose(shown.code, code, atol=0.02)
    rebuilt = evaluated(shown.decoder, code)
    error = np.square(rebuilt - seen).mean()
    assert float(note.inner_text().split()[2]) == pytest.approx(error, abs=2e-3)
    typical = np.square((shown.images - shown.pictures["reconstructions"] * 1.0) / 255).mean(axis=1)
    share = np.mean(typical < error)
    assert f"{share:.0%}".replace("%", " %") in note.inner_text()
    shown.press("Clear")
    expect(note).to_have_text("")


def test_an_uploaded_image_is_read_and_another_file_refused(shown, tmp_path):
    from PIL import Image

    shown.start().tab("Draw your own")
    picture = tmp_path / "seven.png"
    Image.fromarray(np.uint8(255 * (1 - drawing()))).save(picture)  # black on white
    shown.page.locator("input[type=file]").set_input_files(picture)
    expect(shown.page.locator(".drawing .note")).to_contain_text("Squared error")
    seen = shown.pixels(".drawing figure canvas").reshape(28, 28) / 255
    assert np.abs(seen - as_digit(shown.page, drawing())).max() < 0.1
    other = tmp_path / "notes.txt"
    other.write_text("no picture")
    shown.page.locator("input[type=file]").set_input_files(other)
    expect(shown.page.locator(".drawing .note")).to_contain_text("“notes.txt” is no image")


def changed(whole, **meta):
    size = int.from_bytes(whole[:4], "little")
    header = json.loads(whole[4 : 4 + size])
    header["meta"] |= meta
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "little") + text + whole[4 + size :]


def test_the_network_is_told_the_class_of_the_nearest_image_or_the_chosen_one(shown):
    decoder, layers = network(np.random.default_rng(7), (SIZE + 10, 784))
    shown.answers[f"{ADDRESS}/decoder"] = decoder
    shown.sent = changed(shown.sent, numClasses=10)
    shown.start()
    code = shown.pictures["codes"][0]

    def expected(label):
        return 255 * evaluated(
            layers, numpy_inference.condition(code[None], np.array([label]), 10)[0]
        )

    assert np.abs(shown.pixels(".images canvas") - expected(0)).max() <= 1, "image 0 shows a 0"
    shown.page.get_by_label("The network is told").select_option(label="7")
    expect(shown.page.locator(".images figcaption").first).to_contain_text("7")
    assert np.abs(shown.pixels(".images canvas") - expected(7)).max() <= 1
    strip = ".side > div > .strip"
    # The captions come with the images, once the pointer rests.
    expect(shown.page.locator(f"{strip} figcaption").last).to_have_text("9")
    pictures = shown.in_sight(strip)
    assert len(pictures) == 10
    for label, pixels in enumerate(pictures):
        assert np.abs(pixels - expected(label)).max() <= 1


def test_broken_bytes_end_in_a_message_and_whole_ones_recover(shown):
    whole = shown.sent
    for broken in (
        whole[:-4],
        whole[:30],
        b"",
        changed(whole, version=latent_explorer.VERSION + 1),
    ):
        show(shown.page, broken)
        expect(shown.page.get_by_role("alert")).to_contain_text("did not arrive whole")
        shown.start()


@pytest.mark.parametrize("cut", [slice(0, -3), slice(0, -4), slice(0, 20), slice(0, 0)])
def test_truncated_weights_end_in_a_message_and_whole_ones_recover(shown, cut):
    address = f"{ADDRESS}/decoder"
    whole = shown.answers[address]
    shown.answers[address] = whole[cut]
    show(shown.page, shown.sent)
    expect(shown.page.get_by_role("alert")).to_contain_text("did not arrive whole")
    shown.answers[address] = whole
    shown.start()


def test_weights_that_are_gone_end_in_a_message(shown):
    del shown.answers[f"{ADDRESS}/decoder"]
    show(shown.page, shown.sent)
    expect(shown.page.get_by_role("alert")).to_contain_text("404")

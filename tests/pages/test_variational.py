"""The variational lesson, headless, over a real training process."""

import base64
import json
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.runs.wire_format import as_bytes, describe_layers
from models.autoencoders.base import tensors
from models.data import loading
from models.layers import numpy_inference
from models.layers.numpy_inference import decoder_layers, encoder_layers
from tests.support.pages import get, metrics, unpacked, wait_for_end
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

SMALL = {"num_train": "300", "hidden_sizes": "32", "batch_size": "100", "epochs": "3"}
VIEWS = ("invented", "rebuilt", "space", "manifold", "dimensions", "explore")

pytestmark = pytest.mark.pages


def recipe(**texts):
    return make_recipe("variational", **SMALL | texts)


@pytest.fixture(scope="module")
def trained(trained_for_pages):
    """A function that gives the finished run of a recipe with those texts."""
    return lambda **texts: trained_for_pages(recipe(**texts))


def open_page(view="invented", **texts):
    page = AppTest.from_file(str(REPOSITORY / "pages/variational.py"), default_timeout=120)
    for name, text in (SMALL | texts).items():
        page.query_params[name] = text
    page.session_state["variational.view"] = view
    return checked(page.run())


def checked(page):
    assert not page.exception, page.exception[0].message
    return page


def component(page, name):
    """What the component of that key is sent."""
    found = [one.proto for one in page.get("bidi_component")]
    (sent,) = [one for one in found if one.id.endswith(f"-variational.{name}")]
    return sent


def images(page, name):
    """What is drawn under that key, uint8 [..., height, width]."""
    content = component(page, name).bytes
    size = int.from_bytes(content[:4], "little")
    shape = json.loads(content[4 : 4 + size])["shape"]
    return np.frombuffer(content[4 + size :], np.uint8).reshape(shape)


def plots(page, name):
    """The figures that are drawn under that key, as dictionaries."""
    sent = json.loads(component(page, name).json)
    return [json.loads(plot["figure"]) for plot in sent["plots"]]


def numbers_in(array):
    """An array as plotly.py writes it for the browser."""
    if isinstance(array, list):
        return np.array(array)
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])


def test_before_the_first_training_every_view_shows_something(dispatcher):
    for view in VIEWS:
        page = open_page(view, seed="301")
        assert [metric.value for metric in metrics(page)] == ["–", "–", "–"]
        drawn = [one.proto.id for one in page.get("bidi_component")]
        offers = [one for one in page.button if one.key == "variational.manifold"]
        assert offers or any("originals" in id or "grid" in id for id in drawn)


def test_numbers_and_bars_are_those_of_the_stored_run(trained):
    run = trained(seed="302", latent_dim="4")
    page = open_page("dimensions", seed="302", latent_dim="4")
    held_out, (pictures, _) = run.result()["held_out"], run.live()
    deviation = np.exp(pictures["log_variances"] / 2)
    kl = deviation**2 / 2 + pictures["codes"] ** 2 / 2 - 0.5 - np.log(deviation)
    kl = np.sort(kl.mean(axis=0))[::-1]
    assert [metric.value for metric in metrics(page)] == [
        f"{held_out['reconstruction_nats']:.1f}",
        f"{held_out['kl_nats']:.1f}",
        str(np.sum(kl > 0.1)),
    ]
    (figure,) = plots(page, "kl")
    heights = np.concatenate([numbers_in(bar["y"]) for bar in figure["data"][:2]])
    np.testing.assert_allclose(heights, kl, rtol=1e-4, atol=1e-6)
    assert figure["data"][0]["name"] == f"used: {np.sum(kl > 0.1)}"


def test_the_floor_of_grey_pixels_is_computed_from_the_images(trained):
    trained(seed="302", latent_dim="4")
    x = loading.load("digits", 300).held_out.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * np.log1p(-x))
    floor = entropy.sum(axis=1).mean()
    reconstruction = plots(open_page("parts", seed="302", latent_dim="4"), "parts")[0]
    (line,) = [trace for trace in reconstruction["data"] if trace["name"] == "grey pixels"]
    assert line["y"] == pytest.approx([floor, floor], rel=1e-4)


def test_other_draws_and_temperatures_give_other_digits(trained):
    run = trained(seed="302", latent_dim="4")
    page = open_page(seed="302", latent_dim="4")
    first = images(page, "invented")
    stored = run.live()[0]["generated"].reshape(first.shape)
    assert np.abs(first.astype(int) - stored).max() <= 1, "decoded in NumPy, the run's own draws"
    page.button(key="variational.resample").click()
    second = images(checked(page.run()), "invented")
    assert not np.array_equal(first, second)
    page.slider(key="variational.temperature").set_value(0.0)
    still = images(checked(page.run()), "invented").reshape(-1, 28 * 28)
    assert np.array_equal(still, np.repeat(still[:1], len(still), axis=0))


def test_the_explorer_gets_the_weights_and_codes_of_the_run(trained):
    wanted = recipe(seed="302", latent_dim="4")
    run = trained(seed="302", latent_dim="4")
    content = component(open_page("explore", seed="302", latent_dim="4"), "explorer").bytes
    meta, arrays = unpacked(content)
    pictures = run.live()[0]
    np.testing.assert_array_equal(arrays["codes"], pictures["codes"])
    np.testing.assert_array_equal(arrays["log_variances"], pictures["log_variances"])
    assert meta["order"][0] == np.argmax(pictures["kl_per_dimension"])
    assert sorted(meta["order"]) == [0, 1, 2, 3] and meta["address"].endswith(run.id)
    principal = arrays["principal"]
    np.testing.assert_allclose(principal @ principal.T, np.eye(4), atol=1e-5)
    shown = np.square((run.sample()[0]["inputs"] - pictures["reconstructions"] * 1.0) / 255)
    np.testing.assert_allclose(arrays["errors"], shown.mean(axis=1), rtol=1e-4)
    weights = run.checkpoint(prefix="weights/")[0]
    for half, layers_of in (("encoder", encoder_layers), ("decoder", decoder_layers)):
        status, _, body = get(f"{meta['address']}/{half}?{meta['weights']}")
        start = 4 + int.from_bytes(body[:4], "little")
        layers = layers_of(wanted.hyperparameters, weights)
        assert status == 200 and body[start:] == as_bytes(layers)
        assert json.loads(body[4:start]) == {"layers": describe_layers(layers)}


def test_the_manifold_shows_the_plane_or_offers_it(dispatcher):
    page = open_page("manifold", seed="303", latent_dim="4")
    page.button(key="variational.manifold").click()
    checked(page.run())
    texts = {"seed": "303", "latent_dim": "2"}
    assert page.session_state["choices.variational"].recipe == recipe(**texts)
    run = wait_for_end(dispatcher, recipe(**texts))
    grid = images(checked(page.run()), "manifold")
    assert grid.shape == (17, 17, 28, 28)
    weights = run.checkpoint(prefix="weights/")[0]
    centre = numpy_inference.decode(recipe(**texts).hyperparameters, weights, np.zeros((1, 2)))
    assert (
        np.abs(grid[8, 8].reshape(-1).astype(int) - tensors.as_bytes(centre).numpy()[0]).max() <= 1
    )


@pytest.mark.parametrize("texts", [
    {"latent_dim": "1"},
    {"latent_dim": "3", "likelihood": "gaussian"},
    {"latent_dim": "5", "parametrization": "sigma", "beta": "0"},
], ids=str)  # fmt: skip
def test_every_view_draws_every_kind_of_network(trained, texts):
    trained(seed="304", **texts)
    page = open_page(seed="304", **texts)
    for view in VIEWS:
        page.segmented_control(key="variational.view").set_value(view)
        checked(page.run())


def test_every_view_draws_during_training(dispatcher):
    wanted = recipe(seed="305", latent_dim="2", epochs="60")
    dispatcher.submit(wanted, at_least_seconds=60)
    run = dispatcher.store.run(wanted.run_id())
    deadline = time.monotonic() + 60
    while run.checkpoint() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page = open_page(seed="305", latent_dim="2", epochs="60")
    assert page.slider(key="variational.temperature").disabled
    for view in VIEWS:
        page.segmented_control(key="variational.view").set_value(view)
        checked(page.run())
    assert run.state == "running"
    dispatcher.stop(run.id)


def test_the_article_s_preset_learns_sigma(dispatcher):
    page = open_page()
    page.button(key="variational.preset.article").click()
    checked(page.run())
    h = page.session_state["choices.variational"].recipe.hyperparameters
    assert (h.parametrization, h.schedule, h.learning_rate) == ("sigma", "constant", 0.001)

"""The bar of the film: it shows stored losses exactly, and lives with pictures that are gone."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.plots import plots
from dashboard.figures import code_maps
from dashboard.runs import buffers
from tests.support.scripts import marks, scripted_page

ADDRESS = "/runs/linear-0123456789abcdef"
EVENTS = [
    {"epoch": epoch, "train": {"total": 10.0 / (epoch + 1)}, "held_out": {"total": 11.5 - epoch}}
    for epoch in (0, 1, 3)
]
SHOW = """data => {
    window.told ??= [];
    const setStateValue = (name, value) => void told.push([name, value]);
    window.component({ data, parentElement: document.body, setStateValue });
}"""
RUN = "linear-0123456789abcdef"

pytestmark = marks


def test_losses_that_are_not_finite_are_none():
    events = [{"epoch": 2, "train": {"total": float("nan")}, "held_out": {"total": 3.0}}]
    assert epoch_slider.losses(events, "total") == [[2, None, 3.0]]
    assert epoch_slider.losses([{"epoch": 1, "train": {}}], "total") == [[1, None, None]]


@pytest.fixture
def answers():
    return {
        f"{ADDRESS}/snapshots/{epoch}": buffers.with_arrays({"codes": np.full((2, 2), epoch)}, {})
        for epoch in (0, 1, 2, 3)
    }


@pytest.fixture
def page(chromium, answers):
    page, errors = scripted_page(chromium, "epoch_slider/epoch_slider.js", answers=answers), []
    page.on("pageerror", lambda error: errors.append(error))
    yield page
    page.close()
    assert not errors


def shown(page, epochs=(0, 1, 2, 3), replay=None, **more):
    data = {
        "run": RUN,
        "address": ADDRESS,
        "epochs": list(epochs),
        "newest": 3,
        "last": 5,
        "losses": epoch_slider.losses(EVENTS, "total"),
        "digits": 3,
        "seconds": 6,
        "speeds": [1],
        "replay": replay,
        "asks": False,
        "shown": None,
        "texts": epoch_slider._texts("Loss", "the rest rests"),
    } | more
    page.evaluate(SHOW, json.loads(json.dumps(data)))
    return page


def choose(page, place):
    page.locator(".film input[type=range]").fill(str(place))


def frame(page):
    """The codes that pictures are shown, or None where they show the newest state."""
    return page.evaluate(
        """() => {
            const { frame } = filmOf("linear-0123456789abcdef");
            return frame && [...(frame.arrays.codes?.values ?? [])];
        }"""
    )


def test_an_epoch_shows_its_stored_loss_and_an_unrecorded_one_names_the_last(page):
    losses = shown(page).locator(".film .losses")
    expect(losses).to_contain_text("training 2.500 · held-out 8.500")
    choose(page, 1)
    expect(losses).to_have_text("Loss: training 5.000 · held-out 10.500")
    page.wait_for_function("() => filmOf('linear-0123456789abcdef').frame")
    assert frame(page) == [1, 1, 1, 1]
    choose(page, 2)
    expect(losses).to_have_text("Loss: training 5.000 · held-out 10.500 (after epoch 1)")
    expect(page.locator(".film .note")).to_have_text("the rest rests")
    page.get_by_role("button", name="Newest").click()
    assert frame(page) is None


def test_a_replay_is_played_once_and_says_what_it_is(page):
    epochs = """() => {
        window.epochs = [];
        filmOf("linear-0123456789abcdef").followers.add({
            ask: () => epochs.push(filmOf("linear-0123456789abcdef").frame?.epoch ?? null),
        });
    }"""
    page.evaluate(epochs)
    replay = {"number": 1, "seconds": 3, "isAsked": True}
    shown(page, replay=replay)
    expect(page.locator(".film .message")).to_have_text("Replay of a stored training")
    assert page.evaluate("told") == [], "it has only begun"
    page.wait_for_function("() => epochs.at(-1) === null && epochs.length > 4")
    assert page.evaluate("epochs") == [0, 1, 2, 3, None]
    expect(page.locator(".film .message")).to_have_text("")
    shown(page, replay=replay)
    assert frame(page) is None, "the same replay is not played again"
    shown(page, replay={"number": 2, "seconds": 5, "isAsked": True})
    expect(page.locator(".film .epoch")).to_have_text("epoch 0 of 5")
    assert page.evaluate("told") == [["replayed", 1]]
    page.locator(".film .play").click()
    expect(page.locator(".film .message")).to_have_text("")
    assert page.evaluate("told") == [["replayed", 1], ["replayed", 2]], "each is over once"


def test_nobody_who_avoids_motion_gets_a_film_unasked(page):
    page.emulate_media(reduced_motion="reduce")
    shown(page, replay={"number": 1, "seconds": 0.4, "isAsked": False})
    expect(page.locator(".film .message")).to_have_text("")
    assert frame(page) is None and page.evaluate("told") == [["replayed", 1]]
    shown(page, replay={"number": 2, "seconds": 9, "isAsked": True})
    expect(page.locator(".film .message")).to_have_text("Replay of a stored training")


def test_the_server_is_told_where_the_film_rests_only_if_it_asks(page):
    shown(page, asks=True)  # the server takes the newest epoch for granted
    for place in (1, 2, 3):
        choose(shown(page), place)
    page.wait_for_timeout(400)
    assert page.evaluate("told") == []
    shown(page, asks=True)
    page.wait_for_function("() => told.length")
    for place in (2, 1, 0, 1):
        choose(page, place)
    page.wait_for_function("() => told.length > 1")
    page.get_by_role("button", name="Newest").click()
    page.wait_for_function("() => told.length > 2")
    shown(page, asks=True)
    page.wait_for_timeout(400)
    rests = [["rest", {"run": RUN, "epoch": epoch}] for epoch in (3, 1, None)]
    assert page.evaluate("told") == rests, "not of what it only passes, and nothing twice"


def test_the_bar_says_which_epoch_is_shown_where_it_is_another(page):
    choose(shown(page, asks=True, shown=1), 2)
    expect(page.locator(".film .note")).to_have_text("the rest rests")
    choose(page, 1)
    expect(page.locator(".film .note")).to_have_text("")


@pytest.mark.parametrize("damage", ["truncated", "gone"])
def test_pictures_that_are_broken_or_gone_are_named_and_no_other_suffers(page, answers, damage):
    address = f"{ADDRESS}/snapshots/2"
    if damage == "gone":
        del answers[address]
    else:
        answers[address] = answers[address][:-3]
    choose(shown(page), 2)
    expect(page.locator(".film .message")).to_contain_text("epoch 2 are not to be had")
    assert frame(page) == []
    choose(page, 3)
    expect(page.locator(".film .message")).to_have_text("")
    page.wait_for_function("() => filmOf('linear-0123456789abcdef').frame.epoch === 3")
    assert frame(page) == [3, 3, 3, 3]


def test_without_epochs_the_bar_says_when_they_come(page):
    shown(page, epochs=())
    expect(page.locator(".film .empty")).to_contain_text("appears here with its first epoch")
    expect(page.locator(".film input[type=range]")).to_be_hidden()


def test_a_stored_opinion_takes_the_place_of_the_newest(chromium):
    page = scripted_page(chromium, "plots/frames.js")
    axis = np.array([-4.0, 0.0, 4.0])
    newest = code_maps.opinion_map(np.zeros((2, 2)), np.zeros(2), np.zeros((3, 3)), axis)
    stored = np.arange(18.0).reshape(2, 3, 3)
    arrays = {
        "axis": {"shape": [3], "values": (2 * axis).tolist()},
        "discriminator": {"shape": [2, 3, 3], "values": stored.ravel().tolist()},
    }
    found = page.evaluate(
        """([figure, edit, arrays]) => {
            for (const one of Object.values(arrays)) one.values = Float32Array.from(one.values);
            putInFrame(figure, [edit], { epoch: 1, arrays });
            return figure;
        }""",
        [json.loads(plots._browser_json(newest)), epoch_slider.opinion(1, 1), arrays],
    )
    page.close()
    ground = found["data"][1]
    assert ground["z"] == stored[1].tolist() and ground["x"] == ground["y"] == [-8, 0, 8]
    assert found["layout"]["xaxis"]["range"] == found["layout"]["yaxis"]["range"] == [-8, 8]

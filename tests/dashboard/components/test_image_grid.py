"""What the browser is sent to draw images, and what cannot be drawn."""

import json

import numpy as np
import pytest
from PIL import Image

from dashboard.components.image_grid import image_grid
from tests.support.scripts import marks, scripted_page, show


@pytest.fixture
def sent(monkeypatch):
    """What the component gets, call by call."""
    calls = []
    monkeypatch.setattr(image_grid, "_component", lambda *, key, data: calls.append((key, data)))
    return calls


def images(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def unpack(data):
    start = 4 + int.from_bytes(data[:4], "little")
    header = json.loads(data[4:start])
    return header, np.frombuffer(data[start:], np.uint8).reshape(header["shape"])


def test_rows_travel_as_one_buffer(sent):
    originals, rebuilt = images(3, 28, 20), images(3, 28, 20)[::-1]
    image_grid.image_rows(
        [("original", originals), ("rebuilt – ähnlich", rebuilt)],
        key="stacked.grid",
        alt="Three digits",
        captions=["0.1", "0.2", "0.3"],
        caption_label="error",
        pixels=40,
    )
    ((key, data),) = sent
    header, pixels = unpack(data)
    assert key == "stacked.grid" and isinstance(data, bytes)
    np.testing.assert_array_equal(pixels, [originals, rebuilt])
    assert header == {
        "shape": [2, 3, 28, 20],
        "labels": ["original", "rebuilt – ähnlich"],
        "captions": ["0.1", "0.2", "0.3"],
        "captionLabel": "error",
        "alt": "Three digits",
        "pixels": 40,
        "menu": "Save",
        "save": "Save as PNG",
        "file": "stacked-grid",
    }


def test_a_mosaic_keeps_rows_and_columns(sent):
    grid = images(2, 5, 8, 9)
    image_grid.image_mosaic(grid, key="manifold", alt="Invented digits", pixels=9)
    header, pixels = unpack(sent[0][1])
    assert header["mosaic"] is True and header["shape"] == [2, 5, 8, 9]
    np.testing.assert_array_equal(pixels, grid)


def test_images_in_any_memory_layout_arrive_in_order(sent):
    transposed = images(28, 28, 4).T
    image_grid.image_rows([("", transposed)], key="grid", alt="Four")
    np.testing.assert_array_equal(unpack(sent[0][1])[1][0], transposed)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "one row or more"),
        ([("a", images(3, 28, 28)), ("b", images(2, 28, 28))], "the same shape"),
        ([("a", images(28, 28))], "n, height, width"),
        ([("a", images(3, 28, 28) / 255)], "uint8"),
        ([("a", images(0, 28, 28))], "at least one image"),
    ],
)
def test_rows_that_cannot_be_drawn_say_why(sent, rows, message):
    with pytest.raises(ValueError, match=message):
        image_grid.image_rows(rows, key="grid", alt="Digits")
    assert not sent


def test_captions_must_be_one_per_column(sent):
    with pytest.raises(ValueError, match=r"3 columns, but 2 captions"):
        image_grid.image_rows(
            [("a", images(3, 4, 4))], key="grid", alt="Digits", captions=["1", "2"]
        )


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        (images(4, 28, 28), "rows, columns, height, width"),
        (images(2, 2, 8, 8).astype(float), "uint8"),
    ],
)
def test_a_mosaic_that_cannot_be_drawn_says_why(sent, grid, message):
    with pytest.raises(ValueError, match=message):
        image_grid.image_mosaic(grid, key="manifold", alt="Digits")


def test_a_width_below_one_is_refused(sent):
    with pytest.raises(ValueError, match="pixels = 0"):
        image_grid.image_rows([("a", images(1, 4, 4))], key="grid", alt="Digits", pixels=0)


class TestInTheBrowser:
    pytestmark = marks

    def test_a_saved_picture_shows_every_image_in_its_place(self, chromium, sent, tmp_path):
        greys = np.array([[0, 60, 120], [180, 220, 255]], np.uint8)
        pixels = greys.repeat(16, axis=1).reshape(2, 3, 4, 4)
        rows = [("one", pixels[0]), ("other", pixels[1])]
        image_grid.image_rows(
            rows, key="lesson.grid", alt="Greys", captions=["a", "b", "c"], pixels=40
        )
        page = scripted_page(chromium, "image_grid/image_grid.js")
        show(page, sent[0][1])
        page.locator(".menu summary").press("Enter")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as PNG: Greys").press("Enter")
        assert download.value.suggested_filename == "lesson-grid.png"
        download.value.save_as(tmp_path / "saved.png")
        saved = np.asarray(Image.open(tmp_path / "saved.png").convert("L"))
        places = page.locator("canvas").evaluate_all(
            """canvases => {
                const { left, top } = document.querySelector(".tiles").getBoundingClientRect();
                return canvases.map(one => one.getBoundingClientRect()).map(
                    box => [box.top - top + box.height / 2, box.left - left + box.width / 2]);
            }"""
        )
        middles = [saved[round(2 * y), round(2 * x)] for y, x in places]
        assert middles == greys.T.ravel().tolist()  # column by column
        page.close()

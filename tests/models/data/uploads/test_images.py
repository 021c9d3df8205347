"""Images of visitors, in archives and in arrays."""

import io

import numpy as np
from PIL import Image

from models.data.uploads import parsing
from tests.support.files import GREY, MACHINE, archive, drawings, npz, png


def test_images_of_an_archive_are_fitted_and_split_by_class():
    files = drawings() | {
        "mine/cats/wide.jpg": png((56, 14), 50, "RGB", "JPEG"),
        "mine/dogs/clear.png": png((9, 9), 51, "LA"),
        "__MACOSX/mine/cats/._0.png": b"not an image",
        "mine/readme.txt": b"not an image",
    }
    found = parsing.parse("a.zip", archive(files), MACHINE)
    train, held_out = found.arrays["train"], found.arrays["held_out"]
    assert train.shape[1] == held_out.shape[1] == 784 and train.dtype == np.uint8
    assert found.class_names == ("cats", "dogs") and len(train) + len(held_out) == 26
    assert np.bincount(found.arrays["held_out_labels"]).tolist() == [2, 2]
    # Every image is in one of the two parts, and those of the right size are as they were.
    original = {np.asarray(Image.open(io.BytesIO(png(seed=i)))).tobytes() for i in range(24)}
    kept = {row.tobytes() for row in np.concatenate([train, held_out])}
    assert len(original & kept) == 24 and len(kept) == 26


def test_images_of_an_array_keep_their_shape_and_may_be_fractions():
    found = parsing.parse(
        "a.npz", npz(images=GREY, labels=[f"k{i % 2}" for i in range(30)]), MACHINE
    )
    fractions = npz(images=GREY[..., None] / 255, labels=[f"k{i % 2}" for i in range(30)])
    same = parsing.parse("a.npz", fractions, MACHINE)
    assert found.name == same.name and found.class_names == ("k0", "k1")
    bars = np.zeros((30, 10, 20), np.uint8)
    bars[:, 3:7, :] = np.arange(100, 130)[:, None, None]
    image = parsing.parse("a.npz", npz(images=bars), MACHINE).arrays["train"][0].reshape(28, 28)
    assert not image[:8].any() and not image[-8:].any() and image[14].min() >= 100

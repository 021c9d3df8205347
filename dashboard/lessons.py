"""The pages of the app, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dashboard.text import _

PAGES_FOLDER = Path(__file__).resolve().parent.parent / "pages"


@dataclass(frozen=True)
class Lesson:
    """One page.

    Attributes:
        file: Its script in pages/; without the ending it is also the address.
        title: In the navigation.
        icon: A Material symbol.
        question: The question that the page answers, for the home page.
        type: Name of the autoencoder type that it trains; its default run is trained when the
            server starts. None for pages that train nothing of their own.
    """

    file: str
    title: str
    icon: str
    question: str = ""
    type: str | None = None

    @property
    def path(self) -> Path:
        return PAGES_FOLDER / self.file


LESSONS = (
    Lesson("home.py", _("Home"), ":material/home:"),
    Lesson(
        "linear.py",
        _("Linear"),
        ":material/view_in_ar:",
        _("Can a network find, by itself, the best flat picture of a cloud of points?"),
        "linear",
    ),
    Lesson(
        "stacked.py",
        _("Stacked"),
        ":material/stacks:",
        _("What do bends between the layers buy, and when does plain PCA still win?"),
        "stacked",
    ),
    Lesson(
        "variational.py",
        _("Variational"),
        ":material/blur_on:",
        _("Can a network invent digits that nobody wrote?"),
        "variational",
    ),
    Lesson(
        "denoising.py",
        _("Denoising"),
        ":material/auto_fix_high:",
        _("What does a network learn that has to repair what it is shown?"),
        "denoising",
    ),
    Lesson(
        "sparse.py",
        _("Sparse"),
        ":material/grain:",
        _("May a code be wide, if every image uses only little of it?"),
        "sparse",
    ),
    Lesson(
        "contractive.py",
        _("Contractive"),
        ":material/compress:",
        _("Can a code hold still while the image changes?"),
        "contractive",
    ),
    Lesson(
        "convolutional.py",
        _("Convolutional"),
        ":material/grid_on:",
        _("What does a network gain that looks at small patches, everywhere in the same way?"),
        "convolutional",
    ),
    Lesson(
        "tied.py",
        _("Tied, greedy"),
        ":material/link:",
        _("Can the decoder be the encoder, read backwards, and learn one layer at a time?"),
        "tied",
    ),
    Lesson(
        "vector_quantized.py",
        _("Vector-quantised"),
        ":material/apps:",
        _("Can an image be written with an alphabet of 128 signs that the network invents?"),
        "vector_quantized",
    ),
    Lesson(
        "compare.py",
        _("Compare"),
        ":material/balance:",
        _("Which of them keeps most in the fewest bits, and what do PCA and JPEG say to that?"),
    ),
    Lesson(
        "paired.py",
        _("Luck or not?"),
        ":material/casino:",
        _("Is one recipe better than another, or was it the seed?"),
    ),
)

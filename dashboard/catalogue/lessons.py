"""The pages of the app, in reading order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dashboard.claims.applications import ANOMALY
from dashboard.text.i18n import _
from models import settings
from models.autoencoders import registry
from models.runs.recipe import Recipe

PAGES_FOLDER = Path(__file__).resolve().parents[2] / "pages"


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
        start: Hyperparameters, as text, in which that run differs from the type's preset “ours”.
        section: What it is about; empty for a page that stands by itself.
        for_teachers: Whether it is there only if the server has a teacher's password.
        focus: Names of the settings that make the lesson's own idea: they stand before all others.
    """

    file: str
    title: str
    icon: str
    question: str = ""
    type: str | None = None
    start: Mapping[str, str] = field(default_factory=dict)
    section: str = ""
    for_teachers: bool = False
    focus: Sequence[str] = ()

    @property
    def is_open(self) -> bool:
        """Whether this server has the page."""
        return not self.for_teachers or bool(settings.current().teacher_password)

    @property
    def path(self) -> Path:
        return PAGES_FOLDER / self.file

    @property
    def name(self) -> str:
        """Its address, and what it is called in a session."""
        return self.file.removesuffix(".py")

    @property
    def recipe(self) -> Recipe:
        """Its default run; only of a page that trains something of its own."""
        if self.type is None:
            raise ValueError(f"{self.file} trains nothing of its own.")
        type = registry.by_name(self.type)
        return Recipe(type, type.preset("ours").parse(self.start))


START, CONSTRAINED, ARCHITECTURES, GENERATIVE, APPLICATIONS = (
    _("Start here"),
    _("Constrained codes"),
    _("Architectures"),
    _("Generative models"),
    _("Applications"),
)
TEACHING = _("Teaching")
"""What lessons are about: menus of the navigation, rows of the home page."""

HOME = "home"
"""The name of the page that a visit begins with."""

LESSONS = (
    Lesson("home.py", _("Home"), ":material/home:"),
    Lesson(
        "linear.py",
        _("Linear"),
        ":material/view_in_ar:",
        _("Can a network find, by itself, the best flat picture of a cloud of points?"),
        "linear",
        focus=("dataset",),
        section=START,
    ),
    Lesson(
        "stacked.py",
        _("Stacked"),
        ":material/stacks:",
        _("What do bends between the layers buy, and when does plain PCA still win?"),
        "stacked",
        focus=("hidden_activation",),
        section=START,
    ),
    Lesson(
        "variational.py",
        _("Variational"),
        ":material/blur_on:",
        _("Can a network invent digits that nobody wrote?"),
        "variational",
        focus=("beta",),
        section=START,
    ),
    Lesson(
        "denoising.py",
        _("Denoising"),
        ":material/auto_fix_high:",
        _("What does a network learn that has to repair what it is shown?"),
        "denoising",
        focus=("corruption", "noise_level"),
        section=CONSTRAINED,
    ),
    Lesson(
        "sparse.py",
        _("Sparse"),
        ":material/grain:",
        _("May a code be wide, if every image uses only little of it?"),
        "sparse",
        focus=("sparsity", "sparsity_weight"),
        section=CONSTRAINED,
    ),
    Lesson(
        "contractive.py",
        _("Contractive"),
        ":material/compress:",
        _("Can a code hold still while the image changes?"),
        "contractive",
        focus=("contraction",),
        section=CONSTRAINED,
    ),
    Lesson(
        "tied.py",
        _("Tied, greedy"),
        ":material/link:",
        _("Can the decoder be the encoder, read backwards, and learn one layer at a time?"),
        "tied",
        focus=("mode",),
        section=CONSTRAINED,
    ),
    Lesson(
        "vector_quantized.py",
        _("Vector-quantised"),
        ":material/apps:",
        _("Can an image be written with an alphabet of 128 signs that the network invents?"),
        "vector_quantized",
        focus=("num_embeddings", "codebook_update"),
        section=CONSTRAINED,
    ),
    Lesson(
        "hashing.py",
        _("Binary codes"),
        ":material/barcode:",
        _("Can two bytes say what a digit looks like, and find others that look alike?"),
        "hashing",
        focus=("code_noise",),
        section=CONSTRAINED,
    ),
    Lesson(
        "convolutional.py",
        _("Convolutional"),
        ":material/grid_on:",
        _("What does a network gain that looks at small patches, everywhere in the same way?"),
        "convolutional",
        focus=("filters", "kernel_size"),
        section=ARCHITECTURES,
    ),
    Lesson(
        "recurrent.py",
        _("Recurrent"),
        ":material/table_rows:",
        _("Can a network that sees one row at a time remember the whole image?"),
        "recurrent",
        focus=("cell", "units"),
        section=ARCHITECTURES,
    ),
    Lesson(
        "beta.py",
        _("Beta"),
        ":material/tune:",
        _("What does a nat of code buy, and what happens to the numbers that are not worth it?"),
        "variational",
        focus=("beta",),
        section=GENERATIVE,
    ),
    Lesson(
        "conditional.py",
        _("Conditional"),
        ":material/signature:",
        _("If the network is told which digit it is: what is left to say?"),
        "conditional",
        focus=("beta",),
        section=GENERATIVE,
    ),
    Lesson(
        "adversarial.py",
        _("Adversarial"),
        ":material/swords:",
        _("Can a second network teach the codes to look like draws of any shape?"),
        "adversarial",
        focus=("prior", "adversarial_weight"),
        section=GENERATIVE,
    ),
    Lesson(
        "anomaly.py",
        _("Anomalies"),
        ":material/troubleshoot:",
        _("Can a network tell what it has never seen by how badly it rebuilds it?"),
        "stacked",
        ANOMALY,
        focus=("excluded_classes",),
        section=APPLICATIONS,
    ),
    Lesson(
        "few_labels.py",
        _("Few labels"),
        ":material/sell:",
        _("What is an encoder worth that has seen many images, when only a few have names?"),
        "stacked",
        focus=("hidden_activation",),
        section=APPLICATIONS,
    ),
    Lesson(
        "compare.py",
        _("Compare runs"),
        ":material/balance:",
        _("Which of them keeps most in the fewest bits, and what do PCA and JPEG say to that?"),
        section=APPLICATIONS,
    ),
    Lesson(
        "seed_comparison.py",
        _("Luck or not?"),
        ":material/casino:",
        _("Is one recipe better than another, or was it the seed?"),
        section=APPLICATIONS,
    ),
    Lesson(
        "class_links.py",
        _("Links for a class"),
        ":material/assignment_add:",
        _("A link or a QR code with a task, your values, and settings that stay as they are."),
        section=TEACHING,
    ),
    Lesson(
        "wall.py",
        _("Classroom wall"),
        ":material/scatter_plot:",
        _("What everybody in the class has found, as dots on one plot."),
        section=TEACHING,
        for_teachers=True,
    ),
    Lesson(
        "runs.py",
        _("All runs"),
        ":material/folder_managed:",
        _("What is stored, waiting and in training: to cancel, pin, delete and export."),
        section=TEACHING,
        for_teachers=True,
    ),
)

SECTIONS = {
    title: tuple(lesson for lesson in LESSONS if lesson.section == title)
    for title in dict.fromkeys(lesson.section for lesson in LESSONS)
}
"""The lessons by what they are about."""


@cache
def default_run_ids() -> frozenset[str]:
    """The runs that lessons begin with."""
    return frozenset(one.recipe.run_id() for one in LESSONS if one.type)


FORMER_NAMES = {"assign": "class_links", "paired": "seed_comparison", "pretraining": "few_labels"}
"""Addresses that pages had until November 2026, and what they are called since."""


def by_name(name: str) -> Lesson:
    """The lesson of that name."""
    (found,) = [lesson for lesson in LESSONS if lesson.name == name]
    return found

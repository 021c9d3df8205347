"""All that the address of a page may say."""

from dashboard.catalogue import assignment, lessons
from dashboard.comparison import selection
from dashboard.controls import choices
from models.autoencoders import registry

PAGES = [*(one.name for one in lessons.LESSONS if one.name != lessons.HOME), ""]
FIRST = ("linear", "compare", "seed_comparison", "class_links")
"""Pages that are attacked every time, the others by hand."""


def batches(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def parameters(name):
    """The names of all that a page's address may say, and one that no page knows."""
    lesson = lessons.by_name(name) if name else None
    types = [registry.by_name(lesson.type)] if lesson and lesson.type else []
    if name == "seed_comparison":
        types = registry.FAMILY[:1]
    fields = [field for type in types for field in type.hyperparameters.fields()]
    return [
        *(choices.CONTINUED, choices.BRANCHED, selection.RUNS, "type", "seeds", "measure"),
        *assignment.PARAMETERS,
        *fields,
        *(f"b.{field}" for field in fields if name == "seed_comparison"),
        "unknown",
    ]

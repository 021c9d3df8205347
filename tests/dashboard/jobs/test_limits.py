"""What a machine does not train, in words."""

import dataclasses

import pytest

from dashboard.jobs.limits import obstacle
from models.settings import Settings


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"max_epochs": 1}, "epochs; this machine allows 1"),
        ({"max_examples": 10}, "training examples; this machine allows 10"),
        ({"max_run_megabytes": 0}, "MB; this machine allows 0"),
        ({"max_memory_megabytes": 900}, "MB of memory; this machine allows 900. Choose smaller"),
        ({"max_seconds": 1}, "Choose fewer epochs"),
    ],
)
def test_each_limit_says_what_is_allowed_and_how_to_go_on(small, limit, words):
    recipe, machine = small("stacked", epochs=3), Settings(max_memory_megabytes=10_000)
    assert not obstacle(recipe, 2.0, machine)
    assert words in obstacle(recipe, 2.0, dataclasses.replace(machine, **limit))

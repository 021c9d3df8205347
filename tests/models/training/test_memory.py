"""How much memory a training is expected to take, and how much it may."""

import pytest

from dashboard.catalogue.lessons import LESSONS
from models import train
from models.autoencoders import registry
from models.runs.recipe import Recipe
from models.settings import Settings
from models.training import memory

HUGE = {"hidden_sizes": "400", "latent_dim": "784", "batch_size": "2000"}
"""A contractive network that died at 6 GB."""


def recipe_of(name, **texts):
    type = registry.by_name(name)
    return Recipe(type, type.preset("ours").parse(texts))


# What processes of their own took, in MB: see docs/benchmarks.md.
MEASURED = [
    (842, "stacked", {}),
    (1694, "stacked", {"dataset": "mnist", "num_train": "60000"}),
    (1181, "denoising", {"batch_size": "2000", "hidden_sizes": "2000"}),
    (8006, "contractive", {"batch_size": "2000", "hidden_sizes": "400", "latent_dim": "200"}),
    (7099, "contractive", {"batch_size": "200", "hidden_sizes": "400", "latent_dim": "784"}),
    (3216, "contractive", {"batch_size": "500", "hidden_sizes": "500-300", "latent_dim": "100"}),
    (1117, "convolutional", {"batch_size": "2000", "filters": "32-64", "kernel_size": "7"}),
    (1680, "recurrent", {"batch_size": "2000"}),
    (1109, "adversarial", {"batch_size": "2000"}),
]


@pytest.mark.parametrize(("measured", "name", "texts"), MEASURED)
def test_no_measured_peak_is_above_its_estimate_or_far_below(measured, name, texts):
    assert measured <= memory.estimate_megabytes(recipe_of(name, **texts)) <= 1.7 * measured


def test_what_a_machine_allows_is_divided_by_its_training_processes(monkeypatch):
    monkeypatch.setattr(memory, "_machine_megabytes", lambda: 8_000)
    allowed = [memory.allowed_megabytes(Settings(workers=number)) for number in (1, 3, 16)]
    assert allowed == [4_000, 2_000, 1_500]
    assert memory.allowed_megabytes(Settings(scheduler="tls://a:1", workers=3)) == 4_000
    assert memory.allowed_megabytes(Settings(max_memory_megabytes=700)) == 700


def test_every_lesson_can_be_trained_on_the_smallest_machine():
    for lesson in LESSONS:
        if lesson.type:
            assert memory.estimate_megabytes(lesson.recipe) < memory.LEAST_MEGABYTES, lesson.name


def test_the_command_refuses_what_takes_too_much_and_writes_nothing(tmp_path, capsys):
    settings = [f"{name}={text}" for name, text in HUGE.items()]
    assert train.main(["contractive", "--runs", str(tmp_path / "runs"), "--set", *settings]) == 2
    said = capsys.readouterr().err
    assert "35,061 MB of memory" in said and "batch_size" in said
    assert "AUTOENCODER_LAB_MAX_MEMORY_MB" in said and not (tmp_path / "runs").exists()

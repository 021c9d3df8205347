"""The benchmarks run and print their rows; what they measure is not tested."""

import json
import subprocess
import sys

import pytest

from benchmarks import classroom, explorer, memory, quality, training
from tests.support.places import REPOSITORY


def benchmark(*arguments):
    """The lines that a benchmark prints."""
    process = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()


@pytest.mark.parametrize("one", [training, quality, explorer, memory], ids=lambda one: one.__name__)
def test_help_names_every_option(one, capsys):
    with pytest.raises(SystemExit):
        one.main(["--help"])
    text = capsys.readouterr().out
    for option in ("--only", "--json", "--quick"):
        assert option in text


def test_a_part_that_does_not_exist_is_named(capsys):
    with pytest.raises(SystemExit) as caught:
        quality.main(["--only", "linear,mnits"])
    assert caught.value.code == 2
    assert "'mnits' is none of linear, digits, mnist, family, density" in capsys.readouterr().err


@pytest.mark.soak
def test_training_prints_and_stores_its_rows(tmp_path, capsys):
    file = tmp_path / "figures.json"
    options = ["--quick", "--repeats", "1", "--only", "linear,limit", "--json", str(file)]
    assert not training.main(options)
    lines = capsys.readouterr().out.splitlines()
    stored = json.loads(file.read_text())
    assert int(stored["machine"]["cores"]) >= 1
    assert len(stored["rows"]) == 7
    for row in stored["rows"]:
        assert any(line.startswith(row["what"]) for line in lines)


@pytest.mark.soak
@pytest.mark.browser
def test_explorer_prints_its_rows():
    lines = benchmark("benchmarks.explorer", "--quick")
    for what in ("dense 20-500-500-784: pointer", "convolutional: pointer", "weights of"):
        assert any(line.startswith(what) for line in lines)


def test_quality_prints_its_rows(capsys):
    assert not quality.main(["--quick", "--only", "linear"])
    lines = capsys.readouterr().out.splitlines()
    figures = [line for line in lines if line.startswith("linear, ")]
    assert len(figures) == 4
    assert all("%" in line for line in figures)


@pytest.mark.soak
def test_a_class_is_held_without_errors_and_nothing_is_trained_twice(capsys, monkeypatch):
    monkeypatch.setattr(classroom, "CONFIGURATIONS", classroom.CONFIGURATIONS[:1])
    assert not classroom.main(["--visitors", "3", "--seconds", "1"])
    lines = capsys.readouterr().out.splitlines()
    figures = {line.split("  ")[0]: line.split() for line in lines}
    for what in ("page open (3)", "setting change (3)"):
        assert what in figures
    for what, value in (("errors", "0"), ("runs lost", "0"), ("trainings", "1")):
        assert figures[what][len(what.split())] == value

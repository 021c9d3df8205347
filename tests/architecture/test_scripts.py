"""scripts/check and scripts/test: what they say where a program is missing, and how they end."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import SimpleNamespace

import pytest

from tests.support.places import REPOSITORY


def loaded(name, monkeypatch):
    """A script as a module; it finds what stands beside it."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    loader = SourceFileLoader(f"script_{name}", str(REPOSITORY / "scripts" / name))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    monkeypatch.setitem(sys.modules, loader.name, module)  # where dataclasses look
    loader.exec_module(module)
    return module


@pytest.fixture
def bare(monkeypatch):
    """A machine with nothing but Python."""
    import shutil

    monkeypatch.setattr(shutil, "which", lambda name, *_: None)
    monkeypatch.setattr("pathlib.Path.glob", lambda *_: iter(()))


@pytest.mark.parametrize("name", ["node", "chromium", "caddy", "postgresql"])
def test_a_missing_program_is_named_in_one_line_with_the_way_to_get_it(name, bare, monkeypatch):
    program = getattr(loaded("steps.py", monkeypatch), name)()
    assert not program.is_there
    assert "\n" not in program.complaint and "apt-get install" in program.complaint


@pytest.mark.parametrize(("version", "is_there"), [("v16.20.2", False), ("v18.20.4", True)])
def test_an_old_node_counts_as_missing(version, is_there, monkeypatch):
    steps = loaded("steps.py", monkeypatch)
    monkeypatch.setattr(steps.shutil, "which", lambda name: f"/usr/bin/{name}")
    told = SimpleNamespace(stdout=f"{version}\n")
    monkeypatch.setattr(steps.subprocess, "run", lambda *_arguments, **_named: told)
    assert steps.node().is_there == is_there


@pytest.mark.parametrize(("ci", "code"), [(False, 0), (True, 2)])
def test_without_node_python_is_checked_and_only_ci_is_told_by_the_exit_code(
    ci, code, bare, monkeypatch, capsys
):
    check = loaded("check", monkeypatch)
    monkeypatch.setattr(check.steps, "CI", ci)
    monkeypatch.setattr(check.steps, "use_project_python", lambda: None)
    checked = []
    for name in ("check_python", "check_types"):
        monkeypatch.setattr(check, name, lambda fix: checked.append(fix) or True)
    monkeypatch.setattr(check, "check_javascript", pytest.fail)
    monkeypatch.setattr(sys, "argv", ["check"])
    assert check.main() == code and checked == [False, False]
    assert "Node.js" in capsys.readouterr().out


@pytest.mark.parametrize(("tests", "ci", "code"), [(0, False, 0), (0, True, 2), (1, True, 1)])
def test_skipped_tests_fail_under_ci_alone(tests, ci, code, bare, monkeypatch, capsys):
    script = loaded("test", monkeypatch)
    monkeypatch.setattr(script.steps, "CI", ci)
    monkeypatch.setattr(script.steps, "use_project_python", lambda: None)
    asked = []

    def run(command, **_named):
        asked.append(command)
        return SimpleNamespace(returncode=tests)

    monkeypatch.setattr(script.subprocess, "run", run)
    monkeypatch.setattr(sys, "argv", ["test", "--soak", "-k", "lease"])
    assert script.main() == code
    assert asked[0][-4:] == ["-m", "soak", "-k", "lease"]
    assert "Chromium" in capsys.readouterr().out


def test_a_step_that_fails_shows_what_it_said(monkeypatch, capsys):
    steps = loaded("steps.py", monkeypatch)
    assert steps.run("fine", [sys.executable, "-c", "print('quiet')"])
    assert not steps.run("broken", [sys.executable, "-c", "print('loud'); raise SystemExit(3)"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok") and lines[1].startswith("FAILED") and "loud" in lines
    assert "quiet" not in lines


def test_the_coverage_of_each_package_is_printed(monkeypatch, capsys, tmp_path):
    (tmp_path / "package").mkdir()
    file = tmp_path / "package" / "module.py"
    file.write_text("if True:\n    x = 1\nelse:\n    x = 2\n    y = 3\n")
    run = [sys.executable, "-m", "coverage", "run", "--data-file=.coverage", str(file)]
    subprocess.run(run, cwd=tmp_path, check=True)
    script = loaded("test", monkeypatch)
    monkeypatch.setattr(script.steps, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    script.print_coverage()
    assert " package" in capsys.readouterr().out

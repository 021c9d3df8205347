"""The command line of the run store."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from models.runs.command import main
from tests.support.places import REPOSITORY
from tests.support.runs import RUN, event, filled_runs, result


@pytest.fixture
def command(store, capsys):
    def call(*arguments):
        code = main([*arguments, "--runs", str(store.root)])
        output = capsys.readouterr()
        assert output.err.count("\n") == (code != 0)
        return code, output.out + output.err

    return call


def test_list_and_show(store, command):
    first, second = filled_runs(store, 2)
    first.append_event(event(7))
    lost = {"total": np.nan}
    second.finish(result("diverged", 3, train=lost, held_out=lost))
    second.pin()
    code, text = command("list")
    header, newest, oldest = text.splitlines()
    assert code == 0 and header.startswith("RUN")
    assert newest.split()[:3] == [second.id, "diverged", "3"] and newest.endswith("pinned")
    assert oldest.split()[:3] == [first.id, "interrupted", "7"]

    rows = json.loads(command("list", "--json")[1])
    assert [row["held_out_loss"] for row in rows] == [None, None]
    code, text = command("show", first.id[:-1] + "0")
    assert code == 0 and "1 recorded epochs" in text and '"created"' in text
    shown = json.loads(command("show", second.id, "--json")[1])
    assert shown["result"]["status"] == "diverged" and shown["events"] == 0


def test_delete_refuses_what_is_running(store, command):
    running, idle = filled_runs(store, 2)
    running.acquire("worker 1", 1)
    code, text = command("delete", running.id, idle.id)
    assert code == 2 and "in use by worker 1" in text and running.exists and not idle.exists


def test_prune(store, command):
    done, interrupted, waiting = filled_runs(store, 3)
    done.finish(result("completed", 1))
    waiting.watch("anna")
    assert command("prune") == (0, "")
    assert command("prune", "--interrupted") == (0, f"removed {interrupted.id}\n")
    assert command("prune", "--max-mb", "0") == (0, f"removed {done.id}\n")
    assert [run.id for run in store.runs()] == [waiting.id]


@pytest.mark.parametrize("text", ["../../etc", "", RUN, "stacked-", "\x1b[31m"])
def test_unknown_runs_are_one_clear_line(store, command, text):
    filled_runs(store, 2)
    for name in ("show", "delete"):
        code, output = command(name, text)
        assert code == 2 and output.startswith("error: ") and "\x1b" not in output
    assert len(store.runs()) == 2


@pytest.mark.parametrize("arguments", [["prune", "--max-mb", "-1"], ["fly"], [], ["show"]])
def test_bad_arguments_exit_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2 and "usage" in capsys.readouterr().err


def test_as_a_program(tmp_path):
    command = [sys.executable, "-W", "error", "-m", "models.runs", "list"]
    environment = {**os.environ, "AUTOENCODER_LAB_RUNS": str(tmp_path / "file" / "runs")}
    (tmp_path / "file").write_text("")
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: The folder of runs") and done.stderr.count("\n") == 1


def test_the_store_imports_without_tensorflow(child):
    script = "import sys, models.runs.command\n"
    script += "print({'tensorflow', 'keras', 'streamlit'} & {*sys.modules})"
    assert child(script).communicate()[0] == "set()\n"

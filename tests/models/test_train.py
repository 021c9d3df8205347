"""`python -m models.train`: what it prints, how it answers mistakes, what it leaves behind."""

import json
import os
import signal
import subprocess
import sys

import pytest

from models.autoencoders import registry
from models.runs.store import RunStore
from models.train import main
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

FINAL_KEYS = ["run_id", "type", "epochs", "train", "held_out", "pca", "seconds"]
FINAL_KEYS += ["images_per_second", "device", "status"]
SMALL = ["--set", "num_train=50", "--set", "schedule=constant", "--set", "device=cpu"]


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


@pytest.fixture(autouse=True)
def signals():
    """The command takes over Ctrl-C and TERM; pytest wants them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def command(runs, *arguments):
    return [sys.executable, "-m", "models.train", *arguments, "--runs", str(runs)]


def called(capsys, *arguments):
    """Exit code, the objects printed, the lines of complaint."""
    try:
        code = main([str(one) for one in arguments])
    except SystemExit as end:  # how argparse leaves
        code = end.code
    printed = capsys.readouterr()
    return code, [json.loads(line) for line in printed.out.splitlines()], printed.err.splitlines()


@pytest.mark.tensorflow
def test_a_training_prints_its_epochs_and_a_summary(runs, capsys):
    arguments = ["linear", *SMALL, "--set", "epochs=4", "--seed", "7", "--dataset", "helix"]
    code, (*epochs, final), told = called(capsys, *arguments, "--runs", runs)
    assert code == 0
    assert [one["epoch"] for one in epochs] == [1, 2, 3, 4]
    for one in epochs:
        assert {"epoch", "seconds", "train", "held_out"} <= set(one)
        assert {"reconstruction_mse", "total"} <= set(one["train"]) == set(one["held_out"])
    assert list(final) == FINAL_KEYS
    assert (final["type"], final["epochs"], final["status"]) == ("linear", 4, "completed")
    assert (final["train"], final["held_out"]) == (epochs[-1]["train"], epochs[-1]["held_out"])
    assert set(final["pca"]) == {"train", "held_out"}
    stored = RunStore(runs, 10**9).run(final["run_id"])
    assert stored.state == "completed"
    assert stored.config["hyperparameters"]["seed"] == "7"
    assert stored.config["hyperparameters"]["dataset"] == "helix"
    assert told == [f"{final['run_id']}: training up to epoch 4"]


@pytest.mark.tensorflow
def test_asking_again_is_answered_from_the_store(runs, capsys):
    def ask(epochs):
        arguments = ("linear", *SMALL, "--set", f"epochs={epochs}", "--runs", runs, "--json")
        code, printed, errors = called(capsys, *arguments)
        assert (code, errors) == (0, [])
        return printed

    first, second = ask(6), ask(6)
    assert first == second
    fewer = ask(3)[-1]
    assert fewer["epochs"] == 3
    assert fewer["held_out"] == first[2]["held_out"] and fewer["held_out"] != first[-1]["held_out"]
    more = ask(8)
    assert more[:6] == first[:6] and more[-1]["epochs"] == 8
    assert more[-1]["run_id"] == first[-1]["run_id"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lineer"], "linear"),
        ([], "TYPE"),
        (["linear", "--set", "colour=red"], "colour is not a hyperparameter"),
        (["linear", "--set", "epochs=0"], "epochs = 0 cannot be used"),
        (["linear", "--set", "epochs=nan"], "a whole number from 1 to 5000"),
        (["linear", "--set", "latent_dim"], "NAME=VALUE"),
        (["linear", "--seed", "-1"], "--seed|seed = -1"),
        (["linear", "--seed", "one"], "seed = one cannot be used"),
        (["linear", "--dataset", "mnist"], "dataset = mnist cannot be used"),
        (["stacked", "--set", "num_train=60000"], "has 4000 training examples"),
        (["stacked", "--set", "hidden_sizes=2000-2000-2000"], "parameters"),
        (["linear", "--preset", "mine"], "ours"),
        (["linear", "--no-such-flag"], "--no-such-flag"),
    ],
)
def test_mistakes_are_answered_in_one_line(runs, capsys, arguments, said):
    code, printed, errors = called(capsys, *arguments, "--runs", runs)
    assert (code, printed) == (2, []) and len(errors) == 1
    assert any(one in errors[0] for one in said.split("|"))
    assert "Traceback" not in errors[0]


def test_a_folder_that_cannot_be_used_is_named(tmp_path, capsys):
    (tmp_path / "file").touch()
    code, _, errors = called(capsys, "linear", "--runs", tmp_path / "file")
    assert code == 2 and len(errors) == 1 and str(tmp_path / "file") in errors[0]


def test_a_setting_that_cannot_be_used_is_named(runs):
    done = subprocess.run(
        command(runs, "linear"),
        **{"cwd": REPOSITORY, "capture_output": True, "text": True},
        env=os.environ | {"AUTOENCODER_LAB_MAX_PARAMETERS": "many"},
    )
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "AUTOENCODER_LAB_MAX_PARAMETERS='many'" in done.stderr


@pytest.mark.tensorflow
def test_a_run_in_training_elsewhere_is_named(runs, capsys):
    recipe = make_recipe("linear")
    run = RunStore(runs, 10**9).create(recipe.run_id(), recipe.as_dict())
    with run.acquire("another window", 10):
        code, _, errors = called(capsys, "linear", "--runs", runs, "--json")
    assert code == 2 and len(errors) == 1 and "another window" in errors[0]


@pytest.mark.tensorflow
def test_a_divergence_is_told_by_exit_code_and_message(runs, capsys):
    arguments = ["linear", *SMALL, "--set", "optimizer=sgd", "--set", "learning_rate=10"]
    code, printed, errors = called(capsys, *arguments, "--set", "epochs=50", "--runs", runs)
    assert code == 1 and printed[-1]["status"] == "diverged"
    assert "learning rate 10 is too large" in errors[-1]


def test_help_lists_every_setting_with_its_limits(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert end.value.code == 0
    sections = printed.split("hyperparameters (")[1]
    for type in registry.FAMILY:
        sections = sections.partition(f" {type.name}:")[2]
        section = sections
        for later in registry.FAMILY[registry.FAMILY.index(type) + 1 :]:
            section = section.partition(f" {later.name}:")[0]
        for name, hyperparameter in type.hyperparameters.fields().items():
            assert f" {name}=" in section
            assert " ".join(hyperparameter.kind.allowed.split()) in section, name


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.soak)]
)
def test_an_interruption_leaves_a_run_that_can_be_resumed(runs, capsys, number):
    long = ["linear", *SMALL, "--set", "num_train=2000", "--set", "batch_size=1"]
    process = subprocess.Popen(
        command(runs, *long, "--set", "epochs=5000"),
        **{"cwd": REPOSITORY, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True},
        env=os.environ,
    )
    try:
        assert json.loads(process.stdout.readline())["epoch"] == 1
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    final = json.loads(output.splitlines()[-1])
    assert process.returncode == 130 and "Traceback" not in errors
    assert final["status"] == "stopped" and 1 <= final["epochs"] < 5000
    more = f"epochs={final['epochs'] + 1}"
    code, printed, _ = called(capsys, *long, "--set", more, "--runs", runs, "--json")
    assert code == 0 and printed[-1]["run_id"] == final["run_id"]
    assert [one["epoch"] for one in printed[:2]] == [1, 2]


@pytest.mark.tensorflow
def test_a_branch_is_trained_from_the_command_line(runs, capsys):
    arguments = ("linear", *SMALL, "--set", "epochs=6", "--runs", runs, "--json")
    _, whole, _ = called(capsys, *arguments)
    branch = ("--branch", "3:learning_rate=0.001,epochs=5")
    code, printed, errors = called(capsys, *arguments, *branch)
    assert (code, errors) == (0, [])
    assert [one["epoch"] for one in printed[:-1]] == [3, 4, 5]
    assert printed[0]["held_out"] == whole[2]["held_out"]
    assert printed[1]["held_out"] != whole[3]["held_out"]


@pytest.mark.parametrize(
    ("branch", "said"),
    [
        ("3", "EPOCH:NAME=VALUE"),
        ("x:learning_rate=1", "EPOCH:NAME=VALUE"),
        ("3:learning_rate", "EPOCH:NAME=VALUE"),
        ("3:learning_rate=-1", "learning_rate = -1"),
        ("3:seed=4", "cannot change seed"),
        ("9:learning_rate=0.1", "no branch after epoch 9"),
    ],
)
def test_a_wrong_branch_is_one_clear_line(runs, capsys, branch, said):
    arguments = ("linear", *SMALL, "--set", "epochs=6", "--runs", runs, "--branch", branch)
    code, printed, errors = called(capsys, *arguments)
    assert (code, printed, len(errors)) == (2, [], 1) and said in errors[0]

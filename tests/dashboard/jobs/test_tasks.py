"""What a training process answers, without the process: every way in which a request can end."""

import json

import pytest

from dashboard.jobs import tasks
from models.autoencoders import registry
from models.data.datasets import DataError
from models.runs.files import RunError
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.training import compiled_model, devices, trainer
from models.training.few_labels import Study


@pytest.fixture
def ask(store):
    """A function that asks for a training as a dispatcher does, and gives the answer."""

    def ask(recipe):
        store.create(recipe.run_id(), recipe.as_dict())
        request = {"recipe": json.loads(json.dumps(recipe.as_dict())), "runs": str(store.root)}
        return tasks.train_request(request | {"max_bytes": 10**9, "at_least_seconds": 0.0})

    return ask


def test_a_request_is_trained(small, ask, store):
    recipe = small("linear")
    answer = ask(recipe)
    assert answer["status"] == store.run(recipe.run_id()).result()["status"] == "completed"
    assert answer["seconds"] > 0 and answer["memory_bytes"] > 10**6


def test_a_training_lasts_as_long_as_was_asked_for_last(small, ask, store, monkeypatch):
    recipe, seen = small("linear"), []

    def train(recipe, store, owner, at_least_seconds):
        seen.append(at_least_seconds())
        store.run(recipe.run_id()).ask_pace(30)
        seen.append(at_least_seconds())
        return {"status": "completed"}

    monkeypatch.setattr(trainer, "train", train)
    ask(recipe)
    assert seen == [0, 30]


def test_a_study_is_trained_after_its_encoder(small, ask, monkeypatch):
    encoder = small("stacked", epochs=1)
    study = Study(encoder, num_seeds=2, least_steps=1, epochs=1)
    assert ask(study)["status"] == "failed", "the encoder is not there"
    assert ask(encoder)["status"] == "completed"
    asked = []
    monkeypatch.setattr(
        "models.training.pretraining.train",
        lambda *study_and_store, owner: asked.append(study_and_store[0]) or {"status": "completed"},
    )
    assert ask(study)["status"] == "completed" and asked == [study]


def test_what_somebody_else_trains_is_left_to_them(small, ask, store):
    recipe = small("linear")
    with store.create(recipe.run_id(), recipe.as_dict()).acquire("somebody else", 6):
        assert ask(recipe)["status"] == "held"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DataError("The files are gone. Ask for others."), "The files are gone. Ask for others."),
        (ZeroDivisionError("division by zero\nin line 7"), "(ZeroDivisionError: division by zero)"),
        (MemoryError(), "(MemoryError: )"),
    ],
)
def test_what_fails_says_why(small, ask, store, monkeypatch, caplog, error, message):
    def fail(*_arguments, **_named):
        raise error

    monkeypatch.setattr(trainer, "train", fail)
    recipe = small("linear")
    assert ask(recipe)["status"] == "failed"
    result = store.run(recipe.run_id()).result()
    assert result["epochs"] == 0 and message in result["message"] and "line 7" not in str(result)
    is_bug = not isinstance(error, DataError)
    assert bool(caplog.records) == is_bug, "only what is a fault of the program is logged"


def test_a_full_disk_costs_one_attempt_and_is_logged(small, ask, monkeypatch, caplog):
    def fail(*_arguments, **_named):
        raise RunError("The disk is full.")

    monkeypatch.setattr(trainer, "train", fail)
    monkeypatch.setattr(Run, "finish", fail)
    assert ask(small("linear"))["status"] == "failed"
    assert "The disk is full." in caplog.text


def test_a_warm_process_has_compiled_the_smallest_network():
    tasks.warm_up()
    linear = registry.FAMILY[0]
    recipe = Recipe(linear, linear.preset("ours"))
    device, _name = devices.find_device("auto")
    assert compiled_model.CompiledModel.graph_key(recipe, device) in compiled_model._models
    assert tasks.describe_gpu({})["gpu"] == (devices.gpu_name() or "")

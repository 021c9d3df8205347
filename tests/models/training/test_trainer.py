"""What a training leaves in the store, and what it finds there."""

import numpy as np
import pytest

from models import settings
from models.data import loading
from models.evaluation import pca
from models.runs.lease import LeaseHeld
from models.training import devices, estimates
from models.training.trainer import train
from tests.support.networks import build
from tests.support.training import (
    RESULT_KEYS,
    for_all_types,
    for_all_ways_of_training,
    further,
    outcome,
)


@for_all_types
def test_the_result_and_the_files(type, trained):
    recipe, result, run, seen = trained.recipe, trained.result, trained.run, trained.seen
    assert set(result) == RESULT_KEYS
    assert run.result() == result and run.state == "completed"
    assert (result["status"], result["epochs"]) == ("completed", 6)
    assert result["device"] == "CPU" and result["images_per_second"] >= 0
    assert result["num_parameters"] == recipe.hyperparameters.num_parameters
    assert [event["epoch"] for event in seen] == list(range(7)) and run.events() == seen
    assert (seen[-1]["train"], seen[-1]["held_out"]) == (result["train"], result["held_out"])
    seconds = [event["seconds"] for event in seen]
    assert seconds == sorted(seconds) and seconds[-1] <= result["seconds"]
    assert seen[-1]["train"]["total"] < seen[0]["train"]["total"]
    assert run.snapshot_epochs() == [0, 1, 2, 3, 4, 5, 6]
    arrays, meta = run.snapshot(6)
    live, live_meta = run.live()
    assert meta["epoch"] == live_meta["epoch"] == 6
    for name, array in arrays.items():  # a snapshot keeps fewer examples, and codes more coarsely
        np.testing.assert_allclose(array, live[name][: len(array)], 1e-3, 1e-6, err_msg=name)
    assert set(live_meta) >= {"epoch", "seconds_left", "device", "images_per_second"}
    size = sum(file.stat().st_size for file in run.folder.rglob("*") if file.is_file())
    assert size < estimates.estimate_megabytes(recipe, settings.current()) * 1e6


@for_all_types
def test_the_stored_weights_give_the_stored_losses(type, trained):
    recipe, result = trained.recipe, trained.result
    arrays, _ = trained.run.checkpoint()
    model = build(recipe)
    for variable in model.weights:
        variable.assign(arrays[f"weights/{variable.path}"])
    model.compile()
    examples = loading.load(**recipe.hyperparameters.data_arguments)
    for part in ("train", "held_out"):
        x, labels = getattr(examples, part), getattr(examples, f"{part}_labels")
        losses = model.evaluate(x, labels, batch_size=1_000, verbose=0, return_dict=True)
        assert losses == pytest.approx(result[part], rel=1e-5)


@for_all_types
def test_the_yardstick_is_pca_with_as_much_to_say(type, small, trained, store):
    if type.name in ("hashing", "vector_quantized"):
        pytest.skip("it keeps as many bits as the code: test_hashing.py, test_vector_quantized.py")
    recipe, result = trained.recipe, trained.result
    size, within = recipe.hyperparameters.pca_dim, recipe.hyperparameters.output_range
    assert size == 2
    examples = loading.load(**recipe.hyperparameters.data_arguments)
    components = pca.fit(examples.train)
    if type.name == "denoising":
        recipe_of_clean = small(type, noise_level=0.0)  # of noisy images: test_denoising.py
        result = train(recipe_of_clean, store)
    for part, x in (("train", examples.train), ("held_out", examples.held_out)):
        expected = np.mean((x - components.reconstruct(x, size, within)) ** 2)
        assert result["pca"][part] == pytest.approx(expected, rel=1e-4)


def test_a_finished_run_is_answered_from_the_store(small, store):
    recipe, seen = small("linear"), []
    result = train(recipe, store)
    again = train(recipe, store, should_stop=pytest.fail, on_event=seen.append)
    assert again == result and len(seen) == 7
    assert train(further(recipe, 3), store, should_stop=pytest.fail) == result


@for_all_ways_of_training
def test_three_epochs_and_three_more_are_six(type, small, trained, new_store):
    six, halves = trained.recipe, new_store()
    assert train(further(six, 3), halves)["epochs"] == 3
    train(small(type, seed=7, epochs=1), halves)  # another run in between, on the same graph
    train(six, halves)
    assert outcome(trained.store, six) == outcome(halves, six)
    assert halves.run(six.run_id()).snapshot_epochs() == [0, 1, 2, 3, 4, 5, 6]


def test_a_damaged_or_foreign_checkpoint_means_starting_again(small, new_store):
    recipe, store, (straight, other) = small("linear"), new_store(), (new_store(), small("stacked"))
    train(recipe, straight)
    train(other, store)
    foreign = store.run(other.run_id()).checkpoint()
    for damage in ("truncated", "foreign"):
        store = new_store()
        train(further(recipe, 3), store)
        run = store.run(recipe.run_id())
        if damage == "foreign":
            run.save_checkpoint(*foreign)
        else:
            file = run.folder / "checkpoint.npz"
            file.write_bytes(file.read_bytes()[:-100])
        assert train(recipe, store)["status"] == "completed"
        assert outcome(straight, recipe) == outcome(store, recipe)


def test_the_stop_file_stops(small, store):
    recipe = small("linear", epochs=5000)
    run = store.create(recipe.run_id(), recipe.as_dict())
    result = train(recipe, store, on_event=lambda event: event["epoch"] == 2 and run.request_stop())
    assert result["status"] == "stopped" and 2 <= result["epochs"] < 5000
    assert train(recipe, store)["epochs"] == result["epochs"]  # until somebody clears it
    run.clear_stop()
    assert train(further(recipe, result["epochs"] + 5), store)["status"] == "completed"


def test_a_run_in_training_is_left_to_its_trainer(small, store):
    recipe = small("linear")
    run = store.create(recipe.run_id(), recipe.as_dict())
    with run.acquire("somebody else", 6), pytest.raises(LeaseHeld, match="somebody else"):
        train(recipe, store)


@pytest.mark.skipif(devices.gpu_name() is not None, reason="there is a GPU")
def test_a_missing_gpu_is_named(small, store):
    recipe = small("linear", device="gpu")
    with pytest.raises(devices.TrainingError, match=r"no GPU.*“CPU”"):
        train(recipe, store)
    assert store.run(recipe.run_id()).state == "interrupted"
    assert train(small("linear", device="cpu"), store)["status"] == "completed"

"""What lessons and networks make of visitors' data."""

import numpy as np
import pytest

from models.data import datasets, loading
from models.data.uploads import parsing, storage
from models.evaluation import pca
from models.export.scripts import script_obstacle
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import Recipe
from tests.support.files import MACHINE, archive, csv, drawings
from tests.support.recipes import make_recipe


@pytest.fixture(scope="module")
def table():
    return storage.keep(parsing.parse("table.csv", csv(100, 8, label=["a", "b"] * 50)))


def test_a_recipe_names_a_set_and_takes_its_size_from_it(table):
    recipe = make_recipe("linear", dataset=table, num_train="80")
    h = recipe.hyperparameters
    assert h.input_dim == 8 and h.encoder_plan[0].weight_shapes[0] == (8, 2)
    assert Recipe.from_dict(recipe.as_dict()).run_id() == recipe.run_id()
    assert "own data" in script_obstacle(recipe, {"status": "completed"})
    with pytest.raises(HyperparameterError, match="has 80 training examples"):
        h.replace(num_train=81)
    with pytest.raises(HyperparameterError, match="needs images"):
        make_recipe("stacked", dataset=table)


def test_two_columns_leave_no_room_for_three_numbers():
    name = storage.keep(parsing.parse("two.csv", csv(columns=2)))
    h = make_recipe("linear", dataset=name, num_train="20").hyperparameters
    with pytest.raises(HyperparameterError, match="only 2 columns"):
        h.replace(latent_dim=3)


def test_rows_are_held_out_whatever_is_learned_from(table):
    few, many, other = (
        loading.load(table, count, data_seed=seed) for count, seed in ((10, 1), (80, 1), (80, 2))
    )
    whole = [one.held_out * one.scale + one.mean for one in (few, many, other)]
    np.testing.assert_allclose(whole[0], whole[1], rtol=1e-4, atol=1e-5)
    assert not np.allclose(whole[1], whole[2])
    np.testing.assert_allclose(many.train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(many.train.std(axis=0), 1, atol=1e-5)
    assert len(many.held_out) == 20 and set(many.train_labels.tolist()) == {0, 1}
    rows = np.concatenate([many.train, many.held_out]) * many.scale + many.mean
    expected = storage.arrays(table)["values"]
    for found, column in zip(rows.T, expected.T, strict=True):
        np.testing.assert_allclose(np.sort(found), np.sort(column), atol=1e-3)


def test_a_class_can_be_left_out_of_own_images():
    files = drawings(60, ("a", "b", "c"))
    name = storage.keep(parsing.parse("a.zip", archive(files), MACHINE))
    h = make_recipe("stacked", dataset=name, num_train="48", excluded_classes="1").hyperparameters
    found = loading.load(**h.data_arguments)
    assert h.num_examples == len(found.train) == 32 and len(found.held_out) == 8
    assert set(found.train_labels.tolist()) == set(found.held_out_labels.tolist()) == {0, 2}
    assert found.train.max() <= 1 and found.dataset.label_names == ("a", "b", "c")


def test_an_erased_set_is_named_wherever_it_is_asked_for():
    name = storage.keep(parsing.parse("gone.csv", csv(seed=9)))
    h = make_recipe("linear", dataset=name, num_train="30").hyperparameters
    storage.erase(name)
    with pytest.raises(HyperparameterError, match=r"not on this machine \(any more\)"):
        h.replace()
    with pytest.raises(datasets.DataError, match="not on this machine"):
        loading.load(**h.data_arguments)


@pytest.mark.training
def test_the_linear_autoencoder_finds_the_plane_of_own_data(table, store, with_recorded_steps):
    from models.training import trainer

    recipe = make_recipe("linear", dataset=table, num_train="80", epochs="400", device="cpu")
    result = trainer.train(recipe, store)
    found = loading.load(**recipe.hyperparameters.data_arguments)
    best = pca.fit(found.train).error(found.train, 2)
    assert result["train"]["reconstruction_mse"] == pytest.approx(best, rel=1e-3)
    run = store.run(recipe.run_id())
    assert run.events()[-1]["diagnostics"]["principal_angle_degrees"] < 1
    assert run.live()[0]["reconstructions"].shape == (80, 8)
    told = run.step("first")[0]
    np.testing.assert_allclose(
        told["inputs"] @ told["W"] + told["b"], told["codes"], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        told["codes"] @ told["V"] + told["c"], told["outputs"], rtol=1e-4, atol=1e-5
    )

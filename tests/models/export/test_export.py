"""Runs to take home: scripts are executed, and networks opened, where this lab is not installed."""

import ast
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from models.autoencoders import registry
from models.autoencoders.base.noise import Noise
from models.data import loading
from models.export import command, data_cells, keras_file, scripts, training_cells
from models.export.ideas.registry import IDEAS
from models.layers import numpy_inference
from models.runs.store import RunStore
from models.training import trainer
from tests.support.networks import build, variants

# One run of every type, in settings that need most of what a script can hold.
RUNS = {
    "linear": {"optimizer": "sgd", "learning_rate": 0.1, "dataset": "swiss_roll", "num_train": 50,
               "schedule": "cosine"},
    "stacked": {"hidden_sizes": (20, 10), "hidden_activation": "elu", "l2": 0.001, "shift": 2,
                "optimizer": "rmsprop", "schedule": "cosine", "epochs": 3},
    "variational": {"likelihood": "gaussian", "l2": 0.001, "beta": 2.0, "kl_warmup_epochs": 3},
    "denoising": {"corruption": "salt_and_pepper", "initializer": "glorot_uniform",
                  "schedule": "cosine", "epochs": 6},
    "sparse": {"sparsity": "kl", "sparsity_weight": 0.1, "optimizer": "nadam"},
    "contractive": {"hidden_sizes": (20,), "batch_size": 300},
    "convolutional": {"filters": (3, 4), "downsampling": "average_pooling", "upsampling": "nearest",
                      "kernel_size": 3, "epochs": 3},
    "tied": {"hidden_sizes": (20,), "l2": 0.0001, "mode": "greedy", "epochs_per_layer": 2,
             "shift": 1, "schedule": "cosine", "epochs": 5},
    "hashing": {"code_noise": 1.0, "learning_rate": 0.01},
    "recurrent": {"cell": "gru", "writing_order": "bottom_up", "hidden_sizes": (), "l2": 0.0001,
                  "learning_rate": 0.05, "epochs": 2},
    "conditional": {"excluded_classes": (3, 8)},
    # Larger steps let rounding errors grow until another entry is the nearest one.
    "vector_quantized": {"num_embeddings": 8, "embedding_dim": 3, "dead_code_threshold": 0.5,
                         "learning_rate": 0.002},
    "adversarial": {"labels": "discriminator", "prior": "mixture", "discriminator_sizes": (8,),
                    "discriminator_rate": 0.2, "l2": 0.0001, "epochs": 9,
                    # Adam makes steps of tiny gradients, too, and thereby of rounding errors.
                    "optimizer": "sgd", "learning_rate": 0.5},
}  # fmt: skip
# What the runs that are exported have to do with these.
FURTHER = {
    "stacked": lambda run: run.continue_for(2),
    "variational": lambda run: run.branch_at(2, {"beta": "1", "learning_rate": "0.005"}),
}
STOPPED_AFTER = 4
TOLERANCE = 1e-4
"""Relative, on the machine that trained the run: measured were differences up to 2e-6, as a step
that XLA has compiled adds in another order."""

# Executes every script, and every network on the same images; must not find this repository.
AWAY = """
import contextlib, functools, importlib.util, io, json, runpy, sys
from pathlib import Path
assert importlib.util.find_spec("models") is None and importlib.util.find_spec("dashboard") is None
sys.modules["matplotlib"] = sys.modules["sklearn"] = None  # of which Keras has no need here
import keras, numpy as np, tensorflow as tf
np.loadtxt = functools.cache(np.loadtxt)  # all scripts read the same digits
compiled = tf.function
as_written = lambda function=None, jit_compile=False: function or as_written
printed = {}
for script in sorted(Path().glob("*.py")):
    if script.name != "away.py":
        # Some small steps are taken sooner than compiled, so that two scripts have to do for all.
        is_compiled = script.stem.startswith(("linear", "conditional"))
        tf.function = compiled if is_compiled else as_written
        with contextlib.redirect_stdout(io.StringIO()) as told:
            runpy.run_path(str(script), run_name="__main__")
        printed[script.stem] = told.getvalue()
    model = keras.models.load_model(f"{script.stem}.keras") if script.name != "away.py" else None
    if model:
        x, *labels = np.load(f"{script.stem}-in.npz").values()
        encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
        given = lambda numbers: [numbers, *labels] if labels else numbers
        codes = encoder(given(x))
        codes = np.asarray(codes[0] if isinstance(codes, list) else codes)
        outputs = {"codes": codes, "decoded": decoder(given(codes)), "outputs": model(given(x))}
        np.savez(f"{script.stem}.npz", **outputs)
Path("printed.json").write_text(json.dumps(printed))
"""


@pytest.fixture(scope="module")
def away(without_graphs, small, tmp_path_factory):
    """Every run with what its files did in another process, in a folder of their own."""
    folder, store = (
        tmp_path_factory.mktemp("home"),
        RunStore(tmp_path_factory.mktemp("runs"), 10**9),
    )
    found = {}
    for name in IDEAS:
        recipe = FURTHER.get(name, lambda run: run)(
            small(name, **{"epochs": 4, "num_train": 200} | RUNS.get(name, {}))
        )
        until = STOPPED_AFTER if name == "denoising" else None
        with without_graphs():
            result = trainer.train(recipe, store, until=until)
        h, run = recipe.hyperparameters, store.run(recipe.run_id())
        examples = loading.load(**h.data_arguments)
        x, labels = examples.held_out[:50], examples.held_out_labels[:50]
        told = [labels] if h.num_classes else []
        np.savez(folder / f"{name}-in.npz", x, *told)
        (folder / f"{name}.py").write_text(scripts.write_script(recipe, result), "utf-8")
        keras_file.save_weights(run)
        (folder / f"{name}.keras").write_bytes(keras_file.file_of(run).read_bytes())
        found[name] = SimpleNamespace(recipe=recipe, run=run, result=result, x=x, told=told)
    (folder / "away.py").write_text(AWAY)
    done = subprocess.run(
        [sys.executable, "-I", "away.py"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    printed = json.loads((folder / "printed.json").read_text())
    for name, one in found.items():
        one.printed = printed[name]
        one.arrays = dict(np.load(folder / f"{name}.npz"))
    return found


def figures_of(printed):
    """What a script has printed at its end: by part and term, its own figure and the run's."""
    lines = [line.split() for line in printed.splitlines()]
    return {
        (line[0], line[1]): (float(line[2]), float(line[3]))
        for line in lines
        if len(line) == 4 and line[0] in ("train", "held_out")
    }


def test_a_script_gets_the_runs_numbers(away):
    for name, one in away.items():
        figures = figures_of(one.printed)
        expected = {
            (part, term): value
            for part in ("train", "held_out")
            for term, value in one.result[part].items()
        }
        assert set(figures) == set(expected), name
        for place, (here, there) in figures.items():
            assert there == pytest.approx(expected[place], rel=1e-6), (name, place)
            # Two opponents let a rounding error grow, as in test_training.py.
            tolerance = 2e-3 if name == "adversarial" else TOLERANCE
            assert here == pytest.approx(expected[place], rel=tolerance), (name, place)


@pytest.mark.parametrize("name", IDEAS)
def test_a_script_begins_where_the_model_begins(name, small):
    """In every variant: first weights, noise and objective, without training."""
    for recipe in variants(small, registry.by_name(name)):
        h, model = recipe.hyperparameters, build(recipe)
        result = {"status": "completed", "epochs": h.epochs, "train": {}, "held_out": {}}
        model.begin_stage(h.stage_after(h.epochs))
        parts, scope = scripts.cells(recipe, result), {}
        for cell in (parts[1], *parts[3:6]):
            exec(cell.code, scope)
        x = np.random.default_rng(0).uniform(size=(7, h.input_dim)).astype(np.float32)
        batch = x, np.arange(7, dtype=np.int32)
        width = 2 if IDEAS[name](h).labels else 1
        for step in (-1, 3):
            expected = model.objective(*batch, Noise(42, step))
            terms = scope["objective"](*batch[:width], scope["Noise"](42, step))
            assert list(terms) == list(expected)
            for term, value in terms.items():
                assert float(value) == pytest.approx(float(expected[term]), rel=1e-5), (term, step)


def test_the_numbers_are_those_of_a_network_that_has_learned(away):
    """Else a script that trains nothing could agree with a run that learned nothing."""
    for name, one in away.items():
        term = "reconstruction_mse" if name == "tied" else "total"  # stages have their own totals
        first, last = one.run.events()[0]["train"][term], one.result["train"][term]
        assert last < first - 100 * TOLERANCE * abs(first), name


def test_the_network_opens_without_this_lab(away):
    for name, one in away.items():
        h, (weights, _meta) = one.recipe.hyperparameters, one.run.checkpoint("weights/")
        codes = numpy_inference.encode(h, weights, one.x, *one.told)
        rebuilt = numpy_inference.decode(h, weights, codes, *one.told)
        np.testing.assert_allclose(one.arrays["codes"], codes, atol=2e-5, err_msg=name)
        np.testing.assert_allclose(one.arrays["outputs"], rebuilt, atol=2e-5, err_msg=name)
        np.testing.assert_array_equal(one.arrays["outputs"], one.arrays["decoded"])


def test_the_network_rebuilds_what_the_run_shows(away):
    for name in ("variational", "convolutional", "tied"):  # a stopped run shows an earlier epoch
        one = away[name]
        shown = one.run.live()[0]["reconstructions"][: len(one.x)] / 255.0
        np.testing.assert_allclose(np.clip(one.arrays["outputs"], 0, 1), shown, atol=0.0025)


def test_a_notebook_has_the_scripts_code(away):
    nbformat_keys = {"cell_type", "id", "metadata", "source"}
    for one in away.values():
        script = scripts.write_script(one.recipe, one.result)
        notebook = json.loads(scripts.write_notebook(one.recipe, one.result))
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        cells = notebook["cells"]
        assert len({cell["id"] for cell in cells}) == len(cells)
        assert all(nbformat_keys <= set(cell) for cell in cells)
        code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        assert ast.dump(ast.parse("\n".join(code))) == ast.dump(ast.parse(script))
        assert max(map(len, script.splitlines())) <= 120


def test_files_that_their_authors_publish_are_read_as_the_lab_reads_them(
    small, tmp_path, monkeypatch
):
    """The part of the script that reads IDX files, on tiny ones; EMNIST exchanges rows and
    columns, and counts classes from 1."""
    from models import settings

    random = np.random.default_rng(0)
    folder = tmp_path / "emnist_letters"
    folder.mkdir()
    for part, count in (("train", 120), ("test", 30)):
        images = random.integers(0, 256, (count, 28, 28), np.uint8)
        head = bytes([0, 0, 8, 3]) + np.array(images.shape, ">u4").tobytes()
        (folder / f"emnist-letters-{part}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        labels = random.integers(1, 27, count, np.uint8).tobytes()
        head = bytes([0, 0, 8, 1]) + np.array([count], ">u4").tobytes()
        (folder / f"emnist-letters-{part}-labels-idx1-ubyte").write_bytes(head + labels)
    machine = settings.Settings(data_folder=tmp_path)
    expected = loading.load("emnist_letters", 100, settings=machine, excluded_classes=(2,))
    h = small(
        "stacked", dataset="emnist_letters", num_train=100, excluded_classes=(2,)
    ).hyperparameters
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec("import numpy as np\nfrom pathlib import Path\nNUM_TRAIN = 100\nLEFT_OUT = [2]", scope)
    exec(data_cells.data_cell(h, labels=True).code, scope)
    for name in ("train", "held_out", "train_labels", "held_out_labels"):
        np.testing.assert_array_equal(scope[name], getattr(expected, name), err_msg=name)


def test_a_training_that_was_left_and_continued_in_its_stages_is_repeated_part_by_part(small):
    """Layer by layer, left in the middle of the second layer's stage, then continued."""
    run = small("tied", mode="greedy", epochs_per_layer=2, schedule="cosine", epochs=6)
    recipe = run.branch_at(3, {"learning_rate": "0.02"}).continue_for(4)
    parts = [(part.stage, part.first, part.last, part.horizon) for part in
             training_cells.parts_of(recipe, 9)]  # fmt: skip
    assert parts == [
        (0, 0, 2, (0, 2)),
        (1, 2, 3, (2, 4)),
        (1, 3, 4, (3, 4)),
        (2, 4, 6, (4, 6)),
        (2, 6, 9, (6, 10)),
    ]


def test_a_run_that_was_stopped_in_a_stage_is_compared_in_that_stage(small):
    """Its "total" is of the layer that learned alone."""
    recipe = small("tied", mode="greedy", epochs_per_layer=2, l2=0.001)
    model = build(recipe)
    model.begin_stage(1)
    x = np.random.default_rng(0).uniform(size=(9, 784)).astype(np.float32)
    terms = {name: float(term) for name, term in model.objective(x, None, Noise(42, -1)).items()}
    result = {"status": "stopped", "epochs": 3, "train": terms, "held_out": terms}
    parts, scope = scripts.cells(recipe, result), {"train": x, "held_out": x}
    for cell in (parts[1], *parts[3:6], parts[-1]):
        exec(cell.code, scope)
    assert scope["here"]["train"] == scope["here"]["held_out"] == pytest.approx(terms, rel=1e-5)


def test_what_cannot_be_exported_says_why(away):
    one = away["linear"]
    assert not scripts.obstacle(one.recipe, one.result)
    assert "ended well" in scripts.obstacle(one.recipe, None)
    diverged = one.result | {"status": "diverged"}
    assert "ended well" in scripts.obstacle(one.recipe, diverged)
    with pytest.raises(ValueError, match="ended well"):
        scripts.write_script(one.recipe, diverged)


def test_the_file_is_made_once_for_the_weights_stored_last(away, monkeypatch):
    run, made = away["linear"].run, []
    monkeypatch.setattr(keras_file, "_save_elsewhere", made.append)
    keras_file.prepare(run)
    assert keras_file.is_fresh(run) and not made
    run.save_checkpoint(*run.checkpoint())
    keras_file.prepare(run)
    assert not keras_file.is_fresh(run) and made == [run]


def test_the_command_writes_three_files_and_names_what_is_wrong(away, tmp_path):
    one = away["sparse"]

    def export(run_id, *rest):
        return command.main([run_id, "--runs", str(one.run.folder.parent), *rest])

    assert export(one.run.id, "--to", str(tmp_path)) == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".keras", ".py", ".ipynb"}
    assert export("sparse-0123456789abcdef") == 2 and export("nonsense") == 2


def test_a_process_that_fails_says_why(away, store):
    recipe = away["linear"].recipe
    run = store.create(recipe.run_id(), recipe.as_dict())
    with pytest.raises(keras_file.ExportError, match="ended well"):
        keras_file.prepare(run)


def test_a_process_that_takes_too_long_is_ended_and_others_go_on(away, monkeypatch):
    run = away["linear"].run
    monkeypatch.setattr(keras_file, "SECONDS", 0.01)
    another = run.folder / "weights-1.keras"
    another.touch()
    with pytest.raises(keras_file.ExportError, match="busy"):
        keras_file._save_elsewhere(run)
    assert another.exists(), "somebody else's process may be writing it"
    another.unlink()

"""Who may import whom. These tests are also the table's documentation.

Imports point one way: pages -> dashboard -> models. The web process never imports TensorFlow.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from models.autoencoders import registry

REPOSITORY = Path(__file__).parents[1]
TENSORFLOW = {"tensorflow", "keras"}
INTERFACE = {"streamlit", "plotly"}

# (files, what they must not import)
RULES = [
    ("models/*.py", INTERFACE | {"dashboard", "pages", "distributed", "streamlit_app"}),
    ("dashboard/*.py", {"pages", "streamlit_app"}),
    ("dashboard/figures.py", {"streamlit", "distributed"} | TENSORFLOW),
    ("pages/*.py", TENSORFLOW | {"plotly", "distributed", "dask", "pages"}),
    ("streamlit_app.py", TENSORFLOW | {"plotly", "distributed", "dask", "pages", "models"}),
]
TYPE_MODULES = [one.model.partition(":")[0] for one in registry.FAMILY]
FILES = [path for folder in ("models", "dashboard", "pages")
         for path in sorted((REPOSITORY / folder).glob("*.py"))]  # fmt: skip


def imports(path):
    """Full names of all that a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def packages(path):
    return {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize(("files", "forbidden"), RULES, ids=[files for files, _ in RULES])
def test_layers(files, forbidden):
    paths = sorted(REPOSITORY.glob(files))
    assert paths
    for path in paths:
        assert not packages(path) & forbidden, path.name


def test_a_type_does_not_build_on_another_type():
    for module in TYPE_MODULES:
        path = REPOSITORY / f"{module.replace('.', '/')}.py"
        assert not imports(path) & (set(TYPE_MODULES) - {module}), path.name


def test_one_file_knows_dask():
    knowing = {path.name for path in FILES if packages(path) & {"dask", "distributed"}}
    assert knowing == {"cluster.py"}


def test_the_types_module_is_imported_by_name_alone():
    """Only `AutoencoderType.model_class` brings in a type's module, and with it TensorFlow."""
    for path in FILES:
        assert not imports(path) & set(TYPE_MODULES), path.name


def without_tensorflow():
    """The modules of models/ and dashboard/ that the web process may import."""
    names = ("autoencoder", "building", "latent_gaussian", "plain", "pretraining", "training")
    heavy = {*(f"models.{name}" for name in names), *TYPE_MODULES}
    modules = [f"{path.parent.name}.{path.stem}" for path in FILES if path.parent.name != "pages"]
    return sorted({name.removesuffix(".__init__") for name in modules} - heavy)


def assert_runs(script):
    """In a process of its own: this one may have imported anything for another test."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_web_process_does_without_tensorflow():
    script = f"""
import importlib, sys
for name in {without_tensorflow()!r}:
    importlib.import_module(name)
    heavy = {{"tensorflow", "keras", "scipy.stats", "sklearn"}} & set(sys.modules)
    assert not heavy, f"{{name}} imports {{heavy}}"
"""
    assert_runs(script)


@pytest.mark.tensorflow
def test_keras_is_imported_without_what_it_imports_for_others():
    script = """
import gc, sys
from models.training.keras_import import UNUSED, import_keras
import_keras()
assert "keras" in sys.modules and not set(UNUSED) & set(sys.modules)
assert gc.isenabled() and gc.get_freeze_count() > 100_000
import pandas
assert pandas.DataFrame({"a": [1]}).a.sum() == 1
"""
    assert_runs(script)


def test_naming_a_run_does_without_tensorflow():
    script = """
import sys
from models.autoencoders import registry
from models.recipe import Recipe
for type in registry.FAMILY:
    for preset in type.presets:
        Recipe(type, type.preset(preset)).run_id()
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    assert_runs(script)

"""Who may import whom. These tests are also the table's documentation.

Imports point one way: pages -> dashboard -> models. The web process never imports TensorFlow.
"""

import ast
import graphlib
import subprocess
import sys

import pytest

from models.autoencoders import registry
from tests.support.places import REPOSITORY

TENSORFLOW = {"tensorflow", "keras"}
INTERFACE = {"streamlit", "plotly"}

# (files, what they must not import)
RULES = [
    ("models/**/*.py", INTERFACE | {"dashboard", "pages", "distributed", "streamlit_app"}),
    ("dashboard/**/*.py", {"pages", "streamlit_app"}),
    ("dashboard/figures/*.py", {"streamlit", "distributed"} | TENSORFLOW),
    ("pages/*.py", TENSORFLOW | {"plotly", "distributed", "dask", "pages"}),
    ("streamlit_app.py", TENSORFLOW | {"plotly", "distributed", "dask", "pages", "models"}),
]
ROOMS = [
    "models.settings",
    "models.children",
    "models.private_files",
    "models.folders",
    "models.array_files",
    "models.days_of_use",
    "models.shares",
    "models.hyperparameters",
    "models.data",
    "models.layers",
    "models.evaluation",
    "models.autoencoders",
    "models.runs",
    "models.training",
    "models.export",
    "models.train",
    "dashboard.text",
    "dashboard.figures",
    "dashboard.claims",
    "dashboard.session",
    "dashboard.catalogue",
    "dashboard.database",
    "dashboard.jobs",
    "dashboard.runs",
    "dashboard.components",
    "dashboard.controls",
    "dashboard.lesson",
    "dashboard.views",
    "dashboard.comparison",
    "dashboard.classroom",
    "dashboard.server",
    "pages",
]
"""From the ground up: a room may import from those before it."""

TYPE_MODULES = [one.model.partition(":")[0] for one in registry.FAMILY]
FILES = [path for folder in ("models", "dashboard", "pages")
         for path in sorted((REPOSITORY / folder).rglob("*.py"))]  # fmt: skip


def module_of(path):
    """The dotted name of a file; that of a folder for its __init__.py."""
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


def room_of(module):
    """The place in ROOMS of a module of ours, None of any other."""
    names = [one for one in ROOMS if f"{module}.".startswith(f"{one}.")]
    return ROOMS.index(names[0]) if names else None


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


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_from_those_below(room):
    for path in FILES:
        if module_of(path) == "models" or ROOMS[room_of(module_of(path))] != room:
            continue
        for name in imports(path):
            assert (room_of(name) or 0) <= ROOMS.index(room), (path, name)


def test_no_module_imports_itself_through_others():
    """Neither when it is imported nor in functions, nor for types alone."""
    known = {module_of(path): imports(path) for path in FILES}
    graph = {name: (names & set(known)) - {name} for name, names in known.items()}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_a_type_does_not_build_on_another_type():
    folders = {module.rpartition(".")[0] for module in TYPE_MODULES}
    for folder in folders:
        for path in (REPOSITORY / folder.replace(".", "/")).glob("*.py"):
            strangers = [one for one in folders - {folder} for name in imports(path)
                         if f"{name}.".startswith(f"{one}.")]  # fmt: skip
            assert not strangers, path


def test_two_files_know_dask():
    knowing = {module_of(path) for path in FILES if packages(path) & {"dask", "distributed"}}
    assert knowing == {"dashboard.jobs.cluster.base", "dashboard.jobs.cluster.processes"}


def test_the_types_module_is_imported_by_name_alone():
    """Only `AutoencoderType.model_class` brings in a type's module, and with it TensorFlow."""
    for path in FILES:
        assert not imports(path) & set(TYPE_MODULES), path.name


def without_tensorflow():
    """The modules of models/ and dashboard/ that the web process may import."""
    base = ("augmentation", "autoencoder", "latent_gaussian", "noise", "tensors")
    heavy = [
        *TYPE_MODULES,
        *(f"models.autoencoders.base.{name}" for name in base),
        "models.layers.keras_builder",
        "models.export.keras_model",
        *(f"models.training.{name}" for name in ("compiled_model", "devices", "pretraining")),
        *(f"models.training.{name}" for name in ("schedules", "session", "step_trace", "trainer")),
    ]
    modules = {module_of(path) for path in FILES} - set(heavy)
    programs = (
        "dashboard.database.migrations.",
        "models.runs.__main__",
        "models.export.__main__",
        "pages.",
    )
    return sorted(name for name in modules if not name.startswith(programs))


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
from models.runs.recipe import Recipe
for type in registry.FAMILY:
    for preset in type.presets:
        Recipe(type, type.preset(preset)).run_id()
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    assert_runs(script)

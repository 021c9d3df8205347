"""What test files share: folders of their own, and every type in a size that trains fast."""

import dataclasses
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import OrderedDict
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.errors import StreamlitPageNotFoundError
from streamlit.runtime.scriptrunner import script_runner

# Before anything reads the settings: tests neither see the user's runs nor a teacher's limits.
for variable in [name for name in os.environ if name.startswith("AUTOENCODER_LAB_")]:
    del os.environ[variable]
_folder = tempfile.TemporaryDirectory(prefix="autoencoder-lab-tests-")
os.environ["AUTOENCODER_LAB_RUNS"] = f"{_folder.name}/runs"
os.environ["AUTOENCODER_LAB_CACHE"] = f"{_folder.name}/cache"
os.environ["AUTOENCODER_LAB_UPLOADS"] = f"{_folder.name}/uploads"
# Whoever waits for a training must not wait for the other tests first.
os.environ["AUTOENCODER_LAB_NICENESS"] = "0"
# Two processes test at once, each beside a training process: on two cores more threads than that
# stand in each other's way, which costs a fifth of the time.
for variable in (
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Networks this small are trained in less time than LLVM takes to optimise their steps fully.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1")
# What one process has compiled, the others (which inherit this) need not compile again.
os.environ.setdefault(
    "TF_XLA_FLAGS", f"--tf_xla_persistent_cache_directory={_folder.name}/compiled"
)

from benchmarks.visiting import free_port  # noqa: E402
from dashboard.database import databases  # noqa: E402
from models import settings  # noqa: E402
from models.autoencoders import registry  # noqa: E402
from models.autoencoders.base.autoencoder_type import AutoencoderType  # noqa: E402
from models.runs.recipe import Recipe  # noqa: E402
from models.runs.store import RunStore  # noqa: E402
from tests.support import quick  # noqa: E402

_SMALL = {
    "num_train": "300",
    "hidden_sizes": "32",
    "latent_dim": "2",
    "batch_size": "100",
    "epochs": "6",
    "schedule": "constant",
    "shift": "0",
    "device": "cpu",
    "filters": "4-6",
    "units": "12",
    "num_embeddings": "16",
    "embedding_dim": "4",
}


def _small_recipe(type: AutoencoderType | str, **changes) -> Recipe:
    type = registry.by_name(type) if isinstance(type, str) else type
    texts = {name: text for name, text in _SMALL.items() if name in type.hyperparameters.fields()}
    return Recipe(type, type.preset("ours").parse(texts).replace(**changes))


@pytest.fixture(scope="session")
def small():
    """A function (type, **changes) -> Recipe of an autoencoder that trains in a second."""
    return _small_recipe


@pytest.fixture(scope="module", params=registry.FAMILY, ids=lambda one: one.name)
def type(request):
    """Each member of the family in turn; a new one is tested without further ado.

    One after the other through a whole file, so that its tests find its compiled model again.
    """
    return request.param


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs", max_bytes=10**9)


@pytest.fixture(scope="session", autouse=True)
def lean_page_runs():
    """Leaves out what Streamlit's AppTest does at every run of a page, and the server does not:
    it looks into all installed packages for components, and clears the session of Keras, which
    no web process has loaded. Together they took eight times as long as the pages. A page that is
    run by itself knows no others to link to."""
    page_link = st.page_link

    def link_if_known(*arguments, **named):
        with suppress(StreamlitPageNotFoundError):
            page_link(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "page_link", link_if_known)
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda *_arguments: [])
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def record_steps(pytestconfig):
    """The function that stores two steps at the end of a training. Trainings in the tests' own
    process do without (`with_recorded_steps` brings it back): no number depends on it, and it
    takes most of the time of a training of six epochs."""
    if pytestconfig.getoption("quick"):
        yield
        return
    from models.training import compiled_model, step_trace

    record_steps = step_trace.record_steps
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_trace, "record_steps", lambda *_arguments: None)
        patch.setattr(compiled_model, "CACHED_MODELS", 60)  # the next file needs them again
        yield record_steps


@pytest.fixture
def with_recorded_steps(record_steps, monkeypatch):
    """Trainings store two of their steps, as they do outside of tests."""
    from models.training import step_trace

    monkeypatch.setattr(step_trace, "record_steps", record_steps)


@pytest.fixture(scope="session")
def without_graphs():
    """A context of trainings without graphs: for a few small steps, tracing them takes longest."""
    from models.training import compiled_model

    @contextmanager
    def context():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compiled_model, "_models", OrderedDict())
            patch.setattr(
                compiled_model, "_trace", lambda function, *_signature, xla=False: function
            )
            step = property(lambda compiled: compiled.model.training_step)
            patch.setattr(compiled_model.CompiledModel, "_step", step)
            yield

    return context


@pytest.fixture(scope="session")
def server_s_dispatcher(tmp_path_factory):
    """A real training process: it takes so long to start that all test files share it."""
    from dashboard.jobs import execution

    runs = tmp_path_factory.mktemp("runs")
    yield execution.start(dataclasses.replace(settings.current(), runs_folder=runs))
    execution.stop()


@pytest.fixture(scope="module")
def dispatcher(server_s_dispatcher, tmp_path_factory):
    """The server's dispatcher, with an empty store for the pages of one test file."""
    runs = tmp_path_factory.mktemp("runs")
    server_s_dispatcher.store = RunStore(runs, server_s_dispatcher.store.max_bytes)
    return server_s_dispatcher


@pytest.fixture(scope="module")
def trained_for_pages(dispatcher, record_steps, without_graphs):
    """A function that trains a recipe for the pages of one test file, and gives its run. It does
    so in this process: the training process would have to compile the network first."""
    from models.training import step_trace, trainer

    def train(recipe):
        # One by one, the steps through the rows of an image take longer than to trace them.
        is_recurrent = recipe.type.name == "recurrent"
        graphs = nullcontext() if is_recurrent else without_graphs()
        with graphs, pytest.MonkeyPatch.context() as patch:
            patch.setattr(step_trace, "record_steps", record_steps)
            trainer.train(recipe, dispatcher.store)
        return dispatcher.store.run(recipe.run_id())

    return train


def _program_of_postgresql(name):
    """Its path, of the latest version; None if it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found[-1] if found else shutil.which(name)


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL server on loopback, with an empty database."""
    if not _program_of_postgresql("initdb"):
        pytest.skip("needs PostgreSQL (apt-get install postgresql)")
    port = free_port()
    folder = tempfile.mkdtemp(prefix="autoencoder-lab-postgres-")
    user = []
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "postgres")
        user = ["runuser", "-u", "postgres", "--"]

    def run(program, *arguments):
        command = [*user, _program_of_postgresql(program), "-D", f"{folder}/data", *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-U", "lab", "-A", "trust", "--no-sync")
    options = f"-p {port} -h 127.0.0.1 -k {folder} -F"
    run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
    yield f"postgresql+psycopg://lab@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request, tmp_path):
    """Of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'lab.sqlite'}"
        return
    found = request.getfixturevalue("postgres")
    yield found
    engine = sqlalchemy.create_engine(found)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    engine.dispose()


@pytest.fixture
def engine(address):
    """A database with our tables."""
    engine = databases.connect(address)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def chromium():
    """A browser for the components' scripts; tests/browser has one of its own."""
    from tests.support.scripts import launched

    with launched() as chromium:
        yield chromium


@pytest.fixture
def drawn(monkeypatch):
    """Header and images of what the page draws as images, by key."""
    from dashboard.components.image_grid import image_grid

    found = {}

    def note(*, key, data):
        start = 4 + int.from_bytes(data[:4], "little")
        header = json.loads(data[4:start])
        found[key] = header, np.frombuffer(data[start:], np.uint8).reshape(header["shape"])

    monkeypatch.setattr(image_grid, "_component", note)
    return found


TESTS = Path(__file__).parent

PLACES = {
    "networks": ("models/autoencoders", "models/training", "models/export", "models/layers"),
    "browser": ("browser",),
    "attacks": ("attacks",),
    "own cluster": ("dashboard/jobs/cluster/test_own_cluster.py",),
    "pages": (),
    "cluster": ("dashboard/jobs",),
    "others": ("benchmarks", "dashboard/components", "models/test_train.py"),
}
"""What takes long, the longest first, so that several processes end together."""


@cache
def _place(file: Path) -> str:
    """Where in PLACES a test file belongs; its own name if nowhere."""
    if "mark.pages" in file.read_text("utf-8"):
        return "pages"
    name = file.relative_to(TESTS).as_posix()
    return next((one for one, starts in PLACES.items() if name.startswith(starts)), name)


SHARING = ("networks", "browser", "attacks", "pages")
"""Test files of these places are run by one process: they compile the same networks in it, or look
at pages over the same training process."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Hands whole files to the processes, or several that share what takes long to make."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            place = _place(config.rootpath / file)
            return place if place in SHARING else file

    return Scheduling(config, log)


def pytest_addoption(parser):
    told = "only what needs neither TensorFlow nor a browser, as scripts/check does"
    parser.addoption("--quick", action="store_true", help=told)


def pytest_configure(config):
    if config.getoption("quick"):
        sys.modules.update(dict.fromkeys(quick.SLOW))  # to import one of them is an error


def pytest_ignore_collect(collection_path, config):
    is_test = collection_path.name.startswith("test_")
    if config.getoption("quick") and is_test and quick.needs_more(collection_path):
        return True
    return None


def pytest_collection_finish():
    gc.collect()
    gc.freeze()  # half a million objects that stay: no collection need look through them again


@pytest.hookimpl(trylast=True)  # after pytest's own order, by places in lists of parameters
def pytest_collection_modifyitems(config, items):
    if config.getoption("quick"):
        slow = ("browser", "pages", "tensorflow", "training")
        items[:] = [one for one in items if not any(map(one.get_closest_marker, slow))]

    def order(item):
        place = _place(item.path)
        if place not in PLACES:
            return len(PLACES), "", 0
        # All tests of a type together: they share its compiled model.
        type = item.callspec.params.get("type") if hasattr(item, "callspec") else None
        turn = registry.FAMILY.index(type) if type in registry.FAMILY else len(registry.FAMILY)
        return list(PLACES).index(place), str(item.path), turn

    items.sort(key=order)  # stable: what is not named stays as it is

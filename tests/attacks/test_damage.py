"""Bit flips and swapped types in every kind of file and row: pages open, and say what is lost."""

import dataclasses
import json
import random
import shutil

import numpy as np
import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard.classroom import wall
from dashboard.classroom.wall import Wall
from dashboard.database import databases
from dashboard.runs import inference, run_sample
from models import settings as machine_settings
from models.autoencoders import registry
from tests.attacks.conftest import PASSWORD
from tests.support.pages import SMALL, SMALL_NATS, open_page
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages

LESSONS = {
    "stacked": SMALL | {"seed": "401"},
    "variational": SMALL_NATS | {"seed": "402"},
    "vector_quantized": SMALL | {"seed": "404"},
    "linear": {"num_train": "50", "epochs": "20", "seed": "403"},
}
FILES = ["config.json", "result.json", "events.jsonl", "live.npz", "sample.npz", "checkpoint.npz",
         "step-first.npz", "step-last.npz", "snapshots/0000000.npz", "branches/0000001.npz",
         "leases/0000001.json"]  # fmt: skip
VALUES = [None, True, "text", "\ud800", -1, 0, 1.5, 10**30, 10**400, float("nan"), float("inf"),
          [], {}, [["x"]], {"train": {}}]  # fmt: skip

ALWAYS = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LONG = settings(ALWAYS, max_examples=400)


def swap(content, draw):
    """Swaps, drops or renames one value somewhere in a JSON document."""
    while isinstance(content, dict | list) and content:
        key = draw.choice(list(content) if isinstance(content, dict) else range(len(content)))
        if isinstance(content[key], dict | list) and content[key] and draw.random() < 0.6:
            content = content[key]
            continue
        if isinstance(content, dict) and draw.random() < 0.4:
            value = content.pop(key)
            if draw.random() < 0.5:
                content[f"{key}_"] = value
        else:
            content[key] = draw.choice(VALUES)
        return


def damage_json(path, draw):
    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    number = draw.randrange(len(lines))
    content = json.loads(lines[number])
    swap(content, draw)
    lines[number] = json.dumps(content)
    path.write_text("\n".join(lines) + "\n")


def damage_arrays(path, draw):
    with np.load(path) as stored:
        arrays = dict(stored)
    name = draw.choice(sorted(arrays))
    others = [np.array("text"), np.zeros(0), np.full((2, 3), np.nan), np.array(10**6), None]
    others += [np.float64(arrays[name])[..., None]] if arrays[name].dtype.kind in "fiu" else []
    if (other := draw.choice(others)) is None:
        del arrays[name]
    else:
        arrays[name] = other
    if name == "meta" and draw.random() < 0.7:
        meta = json.loads(str(np.load(path)["meta"]))
        swap(meta, draw)
        arrays[name] = json.dumps(meta)
    np.savez(path, **arrays)


def flip(path, draw):
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def damage(path, draw):
    if draw.random() < 0.4:
        flip(path, draw)
    else:
        (damage_arrays if path.suffix == ".npz" else damage_json)(path, draw)


def recipe_of(name):
    fields = registry.by_name(name).hyperparameters.fields()
    return make_recipe(name, **{key: text for key, text in LESSONS[name].items() if key in fields})


@pytest.fixture(scope="module")
def runs(dispatcher, trained_for_pages, tmp_path_factory):
    """A run of each lesson, with a copy of its folder as it was."""
    folder = tmp_path_factory.mktemp("whole")
    found = {name: trained_for_pages(recipe_of(name)) for name in LESSONS}
    for run in found.values():
        shutil.copytree(run.folder, folder / run.id)
    return found, folder


@pytest.fixture
def mended(runs):
    """A function that brings all runs back as they were."""
    found, folder = runs

    def mend():
        for run in found.values():
            shutil.rmtree(run.folder)
            shutil.copytree(folder / run.id, run.folder)
        run_sample._load_stored.cache_clear()
        inference._load_film.cache_clear()

    yield mend
    mend()


@pytest.fixture
def board(tmp_path, runs, monkeypatch):
    """The wall with a dot of each run, on a server with a teacher's password."""
    here = Wall(databases.connect(f"sqlite:///{tmp_path / 'wall.sqlite'}"))
    for run in runs[0].values():
        here._add(run.id, {"ada"})
    here.board = wall.Board(is_open=True, y="seconds")
    monkeypatch.setattr(wall, "_current", here)
    machine = dataclasses.replace(machine_settings.current(), teacher_password=PASSWORD)
    monkeypatch.setattr(machine_settings, "current", lambda: machine)
    yield here
    here._engine.dispose()


def open_linked(file):
    """A page with links to others, by way of the table of contents."""
    page = AppTest.from_file(
        str(REPOSITORY / "dashboard/server/navigation.py"), default_timeout=60
    ).run()
    page.switch_page(f"../../pages/{file}").run()
    assert not page.exception
    return page


def open_as_teacher():
    page = open_page("runs.py")
    page.text_input(key="teacher.password").set_value(PASSWORD)
    page.button[0].click().run()
    assert not page.exception
    return page


def open_all(runs, name):
    """Every page that shows runs of others, and the lesson of the one that is damaged."""
    found, _folder = runs
    addresses = ",".join(run.id for run in found.values())
    paired = {"type": name} | {one: text for one, text in LESSONS[name].items() if one != "seed"}
    return {
        "runs": open_as_teacher(),
        "wall": open_linked("wall.py"),
        "compare": open_page("compare.py", runs=addresses),
        "paired": open_page("seed_comparison.py", **paired, first_seed=LESSONS[name]["seed"]),
        "home": open_linked("home.py"),
        "lesson": open_page(f"{name}.py", **LESSONS[name]),
    }


def attack(runs, mended, seed):
    draw = random.Random(seed)
    name = draw.choice(list(LESSONS))
    run = runs[0][name]
    whole = [file for file in FILES if (run.folder / file).exists()]
    file = whole[seed % len(whole)]
    mended()
    damage(run.folder / file, draw)
    open_all(runs, name)


@ALWAYS
@given(seed=st.integers(0, 10**6))
def test_no_damage_takes_a_page_down(runs, mended, board, seed):
    attack(runs, mended, seed)


@pytest.mark.soak
@LONG
@given(seed=st.integers(0, 10**9))
def test_no_damage_takes_a_page_down_for_long(runs, mended, board, seed):
    attack(runs, mended, seed)


EXAMPLES = [
    ("result.json", '"held_out"', '"held_ouu"'),
    ("result.json", '"epochs": ', '"epochs": 1000000000000000000000000000000'),
    ("result.json", '"seconds": ', '"seconds": "text", "was": '),
]


@pytest.mark.parametrize(("file", "old", "new"), EXAMPLES)
def test_a_damaged_run_is_named_with_its_file_and_all_others_are_shown(
    runs, mended, board, file, old, new
):
    mended()
    run = runs[0]["stacked"]
    text = (run.folder / file).read_text()
    assert old in text
    (run.folder / file).write_text(text.replace(old, new, 1))
    opened = open_all(runs, "stacked")
    table = opened["runs"].dataframe[0].value.set_index("Run")
    assert table["State"][run.id] == "unreadable" and file in table["Settings"][run.id]
    assert sum(table["State"] == "completed") == len(LESSONS) - 1
    assert any(caption.value.startswith("Missing dots: 1.") for caption in opened["wall"].caption)
    (error,) = opened["lesson"].error
    assert "This run cannot be read" in error.value and file in error.value
    assert not any("An untrained network" in str(one.value) for one in opened["lesson"].markdown)
    (error,) = opened["compare"].error
    assert file in error.value


@pytest.mark.parametrize("value", ["text", b"\xff\x00", 1e300, -1])
@pytest.mark.parametrize("table", [databases.DOTS, databases.SHOWN, databases.NICKNAMES])
def test_a_damaged_row_costs_itself_only(runs, mended, board, table, value):
    mended()
    board.call("ada", "Ada")
    board.show(runs[0]["stacked"].id)
    names = [column.name for column in table.columns]
    with board._engine.begin() as connection:
        for name in names:
            one = sqlalchemy.text(
                f"UPDATE OR IGNORE {table.name} SET {name} = :value WHERE rowid = 1"
            )
            connection.execute(one, {"value": value})
    open_linked("wall.py")
    assert len(board.look().dots) >= 2


def test_training_again_mends_what_is_damaged(runs, mended, board, trained_for_pages):
    mended()
    run = runs[0]["stacked"]
    before = run.result()["held_out"]
    for file in ("result.json", "live.npz", "checkpoint.npz"):
        (run.folder / file).write_bytes(b"{")
    assert run.state == "unreadable"
    trained_for_pages(recipe_of("stacked"))
    assert run.damage() == [] and run.state == "completed" and run.result()["held_out"] == before

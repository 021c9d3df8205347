"""A type of autoencoder is added by the recipe of CONTRIBUTING.md, and by nothing else."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.support.places import REPOSITORY

NAME = "decorrelated"
COPIED = ("models", "dashboard", "pages", "tests", "benchmarks", "scripts", ".streamlit")

HYPERPARAMETERS = '''"""What the decorrelated autoencoder can be asked, and its entry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import DenseHyperparameters
from models.hyperparameters.declaration import hyperparameter
from models.hyperparameters.kinds import Real


@dataclass(frozen=True)
class DecorrelatedHyperparameters(DenseHyperparameters):
    """Hyperparameters of the decorrelated autoencoder."""

    decorrelation: float = hyperparameter(
        0.1,
        Real(0.0, 10.0, 0.01),
        "Decorrelation",
        "What it costs that two numbers of the code vary together. 0: nothing.",
        "Objective",
        in_graph=False,
    )


TYPE = AutoencoderType(
    name="decorrelated",
    title="Decorrelated",
    hyperparameters=DecorrelatedHyperparameters,
    model="models.autoencoders.decorrelated.model:DecorrelatedAutoencoder",
    recipe_version=1,
)
'''
MODEL = '''"""The decorrelated autoencoder: no two numbers of its code say the same."""

from __future__ import annotations

import keras
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.decorrelated.hyperparameters import DecorrelatedHyperparameters


def covariance_cost(codes: tf.Tensor) -> tf.Tensor:
    """The mean square of the covariances of different numbers of the codes [batch, latent_dim]."""
    centred = codes - tf.reduce_mean(codes, axis=0)
    covariances = tf.matmul(centred, centred, transpose_a=True) / tf.cast(len(codes), tf.float32)
    diagonal = tf.zeros(covariances.shape[:1])
    return tf.reduce_mean(tf.square(tf.linalg.set_diag(covariances, diagonal)))


@keras.saving.register_keras_serializable("autoencoder_lab")
class DecorrelatedAutoencoder(Autoencoder):
    """Minimises |x - g(z)|^2 + w C(z), C = `covariance_cost`.

    Symbols: z = `codes`; w = `decorrelation`.
    """

    hyperparameters_class = DecorrelatedHyperparameters
    adjustable = ("decorrelation",)

    def penalty(self, x, codes, labels):
        return self.adjusted["decorrelation"] * covariance_cost(codes)
'''
PAGE = '''"""Lesson: a code of which no two numbers say the same."""

import streamlit as st

from dashboard.lesson.experiments import Experiment
from dashboard.lesson.page import Page
from dashboard.lesson.source import show_source
from dashboard.text.i18n import _
from dashboard.views import image_views

EXPERIMENTS = (
    Experiment(
        _("At no cost"),
        {"decorrelation": "0"},
        _("Without the cost. Do the numbers of the code vary together?"),
        _("See the code space."),
    ),
)
PREDICTION = image_views.predict_smaller_error(
    _("Held-out digits: whose error will be smaller?"),
    (_("The network's."), _("Neither."), _("PCA's, whose numbers are not correlated either.")),
)
page = Page(
    "decorrelated",
    _("The decorrelated autoencoder"),
    _("Can each number of a [[code]] say something of its own?"),
    EXPERIMENTS,
    PREDICTION,
).open()
about_map = _("Every symbol is the [[code]] of a held-out image.")
page.train(image_views.list_metrics, image_views.drawing(page.chosen, about_map))


def explain() -> None:
    """The cost."""
    st.latex(r"L = \\lVert x - g(z) \\rVert^2 + w \\, C(z)")
    show_source("models/autoencoders/decorrelated/model.py", "covariance_cost")


page.close(
    _("- PCA's numbers are not correlated either."), {_("The idea in one equation"): explain}
)
'''
TEST = '''"""The cost of a decorrelated code against NumPy."""

import numpy as np
import pytest

from models.autoencoders.decorrelated.model import covariance_cost

VARIANTS = [{"hidden_sizes": (), "latent_dim": 5}, {"decorrelation": 0.0, "l2": 0.001}]


def test_the_cost_is_that_of_covariances_off_the_diagonal_decorrelated():
    codes = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    covariances = np.cov(codes.T, bias=True)
    np.fill_diagonal(covariances, 0)
    assert float(covariance_cost(codes)) == pytest.approx(np.mean(covariances**2), rel=1e-4)
'''
LESSON = """    Lesson(
        "decorrelated.py",
        _("Decorrelated"),
        ":material/call_split:",
        _("Can each number of a code say something of its own?"),
        "decorrelated",
        focus=("decorrelation",),
        section=CONSTRAINED,
    ),
"""


def insert_before(path, place, text):
    """Writes a text before the only line that begins with `place`."""
    content = path.read_text("utf-8")
    changed, count = re.subn(f"(?m)^{re.escape(place)}", text + place, content)
    assert count == 1, path
    path.write_text(changed, "utf-8")


@pytest.mark.training
def test_a_type_added_by_the_recipe_keeps_the_contract_and_has_a_page(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in COPIED:
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=ignored)
    for name in ("pyproject.toml", "streamlit_app.py"):
        shutil.copy(REPOSITORY / name, tmp_path)
    models, tests = tmp_path / "models/autoencoders", tmp_path / "tests/models/autoencoders"
    for path, text in (
        (models / NAME / "__init__.py", '"""The decorrelated autoencoder."""\n'),
        (models / NAME / "hyperparameters.py", HYPERPARAMETERS),
        (models / NAME / "model.py", MODEL),
        (tmp_path / "pages" / f"{NAME}.py", PAGE),
        (tests / f"test_{NAME}.py", TEST),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    entry = f"from models.autoencoders.{NAME} import hyperparameters as {NAME}\n"
    insert_before(models / "registry.py", "from models.autoencoders.denoising", entry)
    insert_before(models / "registry.py", "    adversarial.TYPE,\n", f"    {NAME}.TYPE,\n")
    lessons = tmp_path / "dashboard/catalogue/lessons.py"
    insert_before(lessons, '    Lesson(\n        "sparse.py"', LESSON)
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-k", NAME, "tests/models", "tests/pages/test_every_view.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed > 20, done.stdout[-500:]

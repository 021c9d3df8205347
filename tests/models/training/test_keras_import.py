"""Keras, as our processes import it."""

import json
import os
import subprocess
import sys

import pytest

from models.children import child_environment

pytestmark = pytest.mark.tensorflow


def test_settings_of_keras_that_lie_about_are_not_believed(tmp_path):
    settings = tmp_path / ".keras" / "keras.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"floatx": "float16", "backend": "numpy"}))
    script = (
        "from models.training.keras_import import import_keras; import_keras(); import keras;"
        "print(keras.config.floatx(), keras.config.backend())"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env=child_environment(os.environ | {"HOME": str(tmp_path)}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["float32", "tensorflow"]

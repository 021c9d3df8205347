"""A run to take home: `python -m models.export RUN --to FOLDER`.

Writes three files into the folder: the trained network, `RUN.keras`, and the script and the
notebook that train it again, `RUN.py` and `RUN.ipynb`. Without a folder only the network is saved,
beside its run, from where the app hands it out.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models import settings
from models.export import scripts
from models.export.keras_file import ExportError, file_of, is_fresh, save_weights
from models.runs.files import RunError
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.runs.store import RunStore

_USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m models.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", metavar="RUN", help="its id, as `python -m models.runs list` says")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where to write the files")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="folder of the stored runs")
    parsed = parser.parse_args(arguments)
    try:
        machine = settings.current()
        run = RunStore(parsed.runs or machine.runs_folder, machine.max_store_bytes).run(parsed.run)
        return _export(run, parsed.to)
    except (ValueError, OSError, RunError) as error:
        print(f"models.export: {error}", file=sys.stderr)
        return _USAGE_ERROR


def _export(run: Run, folder: Path | None) -> int:
    config, result = run.config, run.result()
    if config is None:
        raise ExportError(f"There is no run {run.id}. `python -m models.runs list` lists them.")
    recipe = Recipe.from_dict(config)
    problem = scripts.obstacle(recipe, result)
    if problem or result is None:
        raise ExportError(problem)
    if not is_fresh(run):
        save_weights(run)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file_of(run), folder / f"{run.id}.keras")
        _write_script(recipe, result, folder)
    return 0


def _write_script(recipe: Recipe, result: Mapping[str, Any], folder: Path) -> None:
    problem = scripts.script_obstacle(recipe, result)
    if problem:
        print(f"models.export: {problem}", file=sys.stderr)
        return
    name = recipe.run_id()
    (folder / f"{name}.py").write_text(scripts.write_script(recipe, result), "utf-8")
    (folder / f"{name}.ipynb").write_text(scripts.write_notebook(recipe, result), "utf-8")

"""The text of the project's own functions, for lessons that show it and scripts that quote it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def source_of(file: str, *names: str) -> str:
    """The source of functions, classes or constants of a file of this repository.

    Read, not imported: the models' files import TensorFlow.

    Args:
        file: Relative to the repository, such as "models/autoencoders/linear/model.py".
        names: Such as "LinearAutoencoder" or "LinearAutoencoder.plane"; what the file imports from
            another one is found there.

    Raises:
        KeyError: If the file has no such name.
    """
    return "\n\n".join(_segment(file, name) for name in names)


def _segment(file: str, name: str) -> str:
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    tree = ast.parse(text)
    outermost = _find(tree, name.partition(".")[0])
    if isinstance(outermost, ast.ImportFrom) and outermost.module:
        return _segment(f"{outermost.module.replace('.', '/')}.py", name)
    found = ast.get_source_segment(text, _find(tree, name), padded=True)
    if found is None:
        raise KeyError(f"{name} has no source of its own in {file}")
    return found


def _find(node: ast.AST, name: str) -> ast.AST:
    for part in name.split("."):
        found = [child for child in ast.iter_child_nodes(node) if part in _names(child)]
        if not found:
            raise KeyError(f"{name} is not defined there")
        node = found[0]
    return node


def _names(node: ast.AST) -> list[str]:
    """What a statement defines or imports: a function, a class, constants."""
    if isinstance(node, ast.Assign):
        names = [name for target in node.targets for name in ast.walk(target)]
        return [name.id for name in names if isinstance(name, ast.Name)]
    if isinstance(node, ast.ImportFrom):
        return [alias.name for alias in node.names]
    return [getattr(node, "name", "")]

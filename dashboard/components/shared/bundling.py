"""Joins ES modules into one script.

Streamlit turns a component's JavaScript into a module of its own address, from which relative
imports lead nowhere. So the files are true modules for editors, linters and Node, and here they
become one text: each file after those that it imports, without `import` lines and `export` words.

All files share one scope then. What that cannot express is an error: a name that two files
declare, an import under another name, a cycle. Names in comments, strings and nested blocks do not
matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

ALLOWED_IMPORT = 'import { name, other } from "./file.js";'
ALLOWED_EXPORT = "export function name, export class Name, export const NAME = …"
ALLOWED_DECLARATION = "one name per declaration, such as const name = …"

_IMPORT = re.compile(r'import\s*\{\s*(?P<names>[^{}]*?)\s*\}\s*from\s*"(?P<source>[^"\n]+)";?')
_EXPORT = re.compile(r"export\s+(?=(?:async\s+function|function|class|const|let)\b)")
_EXPORT_DEFAULT = re.compile(r"export\s+default\b")
_DECLARATION = re.compile(
    r"(?:async\s+)?(?:function\s*\*\s*|(?:function|class|const|let|var)\s+)"
    r"(?!extends\b)(?P<name>[\w$]+)"
)
_NAME = re.compile(r"[\w$]+")
_TOKEN = re.compile(r"[(\[{]|[)\]}]|,|(?<![.\w$])[a-z]+(?![\w$])")

# What is no code: comments, strings, templates, regular expressions. A slash begins an expression
# where a value may stand, and divides elsewhere.
_NO_CODE = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `(?:\\.|[^`\\])*`
    | (?: (?<=[(,=:\[!&|?{};\n>+]) | (?<=\breturn) ) [ ]*
      / (?![/*]) (?: \\. | \[(?:\\.|[^\]\\\n])*\] | [^/\\\n\[] )+ /[a-z]*
    """,
    re.DOTALL | re.VERBOSE,
)


class BundleError(ValueError):
    """Modules that cannot be joined; the message names file, line and what is allowed."""


@dataclass
class _Import:
    names: list[str]
    source: Path
    line: int


@dataclass
class _Module:
    path: Path
    text: str
    """Without imports, and without the word `export` but for that of a default."""

    imports: list[_Import] = field(default_factory=list)
    exports: set[str] = field(default_factory=set)
    declared: dict[str, int] = field(default_factory=dict)
    """Names at the top level, and their lines."""

    default: int = 0
    """The line of `export default`, or 0."""


def join_modules(entry: Path) -> str:
    """A module and all that it imports, directly or not, as one module.

    Args:
        entry: The file whose `export default`, if any, becomes that of the whole.

    Raises:
        BundleError: If an imported file is missing, a name is not exported or is declared twice,
            files import each other in a circle, or an import or export has another form.
    """
    modules: dict[Path, _Module] = {}
    _add(entry.resolve(), modules, ())
    _refuse_clashes(modules)
    return "\n".join(f"// {path.name}\n{one.text.strip()}\n" for path, one in modules.items())


def _add(path: Path, modules: dict[Path, _Module], importers: tuple[Path, ...]) -> None:
    """Adds a module to those read so far, after all that it imports."""
    module = _parse(path)
    if module.default and importers:
        _fail(path, module.default, "only the entry may export a default", ALLOWED_EXPORT)
    for one in module.imports:
        circle = (*importers, path)
        if one.source in circle:
            names = [file.name for file in circle[circle.index(one.source) :]]
            text = " imports ".join([*names, names[0]])
            _fail(path, one.line, f"{text}, which leaves no order", "imports without a circle")
        if not one.source.is_file():
            _fail(path, one.line, f"there is no file {one.source}", ALLOWED_IMPORT)
        if one.source not in modules:
            _add(one.source, modules, circle)
        for name in one.names:
            if name not in modules[one.source].exports:
                text = f"{one.source.name} exports no {name!r}"
                _fail(path, one.line, text, ", ".join(sorted(modules[one.source].exports)))
    modules[path] = module


def _refuse_clashes(modules: dict[Path, _Module]) -> None:
    owners: dict[str, Path] = {}
    for path, module in modules.items():
        for name, line in module.declared.items():
            other = owners.setdefault(name, path)
            if other != path:
                text = f"{name!r} is declared in {other.name}, too"
                _fail(path, line, text, "one declaration, as joined files share their scope")


def _parse(path: Path) -> _Module:
    text = path.read_text("utf-8")
    code = _NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    module = _Module(path, "")
    kept: list[str] = []
    start = depth = 0

    def leave_out(begin: int, end: int) -> None:
        nonlocal start
        kept.append(text[start:begin])
        start = end

    for token in _TOKEN.finditer(code):
        place, word = token.start(), token[0]
        if place < start:  # within an import that has been read
            continue
        line = text.count("\n", 0, place) + 1
        if word in "([{":
            depth += 1
        elif word in ")]}":
            depth -= 1
        elif word == "import":
            one, end = _import(module, None if depth else _IMPORT.match(text, place), line)
            module.imports.append(one)
            leave_out(place, end)
        elif depth:
            continue
        elif word == "export" and _EXPORT_DEFAULT.match(text, place):
            module.default = line
        elif word == "export":
            name, end = _exported(module, _EXPORT.match(text, place), line)
            module.exports.add(name)
            leave_out(place, end)
        elif word == ",":
            _fail(path, line, "this declares several names", ALLOWED_DECLARATION)
        elif word in ("const", "let", "var"):
            _declare(module, _DECLARATION.match(text, place), line)
        elif word in ("function", "class") and _begins_statement(code[:place]):
            match = _DECLARATION.match(text, place)
            if match:  # a default needs no name
                _declare(module, match, line)
    if depth:
        _fail(path, text.count("\n"), "brackets do not match", "as many closing as opening ones")
    leave_out(len(text), len(text))
    module.text = "".join(kept)
    return module


def _import(module: _Module, match: re.Match[str] | None, line: int) -> tuple[_Import, int]:
    """What an import asks for, and where its text ends."""
    if match and match["source"].startswith(("./", "../")):
        names = [name for name in re.split(r"\s*,\s*", match["names"]) if name]
        if names and all(map(_NAME.fullmatch, names)):
            source = (module.path.parent / match["source"]).resolve()
            return _Import(names, source, line), match.end()
    _fail(module.path, line, "this import has another form", ALLOWED_IMPORT)


def _exported(module: _Module, match: re.Match[str] | None, line: int) -> tuple[str, int]:
    """The name that is exported, and where the word `export` ends."""
    declaration = match and _DECLARATION.match(match.string, match.end())
    if not match or not declaration:
        _fail(module.path, line, "this export has another form", ALLOWED_EXPORT)
    return declaration["name"], match.end()


def _declare(module: _Module, match: re.Match[str] | None, line: int) -> None:
    if match is None:
        _fail(module.path, line, "this declaration has another form", ALLOWED_DECLARATION)
    name = match["name"]
    if name in module.declared:
        _fail(module.path, line, f"{name!r} is declared twice", "another name")
    module.declared[name] = line


def _begins_statement(before: str) -> bool:
    """Whether a statement may begin after this code, rather than an expression go on."""
    before = before.rstrip()
    return not before or before.endswith((";", "}", "export", "default", "async"))


def _fail(path: Path, line: int, problem: str, allowed: str) -> NoReturn:
    raise BundleError(f"{path}, line {line}: {problem}. Allowed: {allowed}")

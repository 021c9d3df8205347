"""Modules are joined in an order that works, and what joining would break is refused."""

import shutil
import subprocess

import pytest

from dashboard.components.shared import assets
from dashboard.components.shared.bundling import BundleError, join_modules

COMPONENTS = assets.COMPONENTS


@pytest.fixture
def joined(tmp_path):
    """A function that joins files, given as texts by name; the first is the entry."""

    def join(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return join_modules(tmp_path / next(iter(files)))

    return join


def code(text):
    """Without the lines that name the files."""
    return [line for line in text.splitlines() if line and not line.startswith("//")]


def test_each_file_comes_once_and_after_what_it_imports(joined):
    files = {
        "entry.js": 'import { a } from "./a.js";\nimport { b } from "./b.js";\na(b);\n',
        "a.js": 'import { b } from "./b.js";\nexport function a() {}\nb;\n',
        "b.js": "export const b = 1;\n",
    }
    text = joined(files)
    assert code(text) == ["const b = 1;", "function a() {}", "b;", "a(b);"]
    assert [line for line in text.splitlines() if line.startswith("//")] == [
        *("// b.js", "// a.js", "// entry.js")
    ]


def test_lists_of_names_may_have_several_lines_and_files_may_lie_elsewhere(joined):
    files = {
        "one/entry.js": 'import {\n  first,\n  second,\n} from "../both/words.js";\nfirst(second);',
        "both/words.js": "export function first() {}\nexport async function second() {}\n",
    }
    assert code(joined(files))[-3:] == [
        *("function first() {}", "async function second() {}", "first(second);")
    ]


@pytest.mark.parametrize(
    "default",
    [
        "export default keeping(Board);",
        "export default function ({ data }) {}",
        "export default function show({ data }) {}",
        "export default class extends Base {}",
    ],
)
def test_the_entry_keeps_its_default(joined, default):
    assert code(joined({"entry.js": default})) == [default]


def test_words_in_comments_strings_and_blocks_are_left_alone(joined):
    text = """\
/** @import { Thing } from "./nowhere.js" */
// import { b } from "./nowhere.js";
/*
import { c } from "./nowhere.js";
*/
const TEXT = "export const d = 1, e = 2;";
const TEMPLATE = `
import { f } from "./nowhere.js";
export function g() {
`;
const SIGNS = /["'`{(/]/g;
function read(text) {
  const TEXT = text.import ?? /export {/.test(text) ? 4 / 2 : [1, 2];
  return /[)}]/.exec(TEXT);
}
const made = class read {};
"""
    assert joined({"entry.js": text}) == f"// entry.js\n{text}"


NEEDS_A = 'import { a } from "./a.js";\n'


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        ({"entry.js": "\n" + NEEDS_A}, "entry.js, line 2", "no file .*a.js"),
        ({"entry.js": NEEDS_A, "a.js": "const a = 1;"}, "entry.js, line 1", "exports no 'a'"),
        (
            {
                "entry.js": NEEDS_A,
                "a.js": '\nimport { b } from "./b.js";\nexport const a = 1;',
                "b.js": NEEDS_A + "export const b = 1;",
            },
            "b.js, line 1",
            "a.js imports b.js imports a.js",
        ),
        ({"entry.js": 'import { e } from "./entry.js";'}, "entry.js, line 1", "imports entry.js"),
        (
            {
                "entry.js": NEEDS_A + "function help() {}",
                "a.js": "export class a {}\nlet help = 1;",
            },
            "entry.js, line 2",
            "'help' is declared in a.js, too",
        ),
        (
            {"entry.js": NEEDS_A + "const a = 1;", "a.js": "export class a {}"},
            "entry.js, line 2",
            "'a' is declared in a.js, too",
        ),
        ({"entry.js": "let a = 1;\nclass a {}"}, "entry.js, line 2", "'a' is declared twice"),
        ({"entry.js": NEEDS_A, "a.js": "export default a;"}, "a.js, line 1", "only the entry"),
        ({"entry.js": "const a = 1,\n  b = 2;"}, "entry.js, line 1", "several names"),
        ({"entry.js": "const { a } = b;"}, "entry.js, line 1", "declaration has another form"),
        ({"entry.js": "function a() {{}\n"}, "entry.js, line 1", "brackets do not match"),
        *(
            ({"entry.js": f"\n{form}\n", "a.js": "export const a = 1;"}, "entry.js, line 2", kind)
            for kind, forms in {
                "import has another form": [
                    'import a from "./a.js";',
                    'import * as a from "./a.js";',
                    'import { a as b } from "./a.js";',
                    'import "./a.js";',
                    'import {} from "./a.js";',
                    'import { a } from "a";',
                    'import { a } from "https://example.org/a.js";',
                    'if (true) import("./a.js");',
                    'const a = import("./a.js");',
                    "const a = import.meta.url;",
                ],
                "export has another form": [
                    'export { a } from "./a.js";',
                    'export * from "./a.js";',
                    "export { a };",
                    "export const { a } = b;",
                    "export var a = 1;",
                ],
            }.items()
            for form in forms
        ),
    ],
)
def test_what_cannot_be_joined_is_refused_with_file_and_line(joined, files, place, message):
    with pytest.raises(BundleError, match=message) as error:
        joined(files)
    assert place in str(error.value) and "Allowed: " in str(error.value)


ENTRIES = [
    path
    for path in sorted(COMPONENTS.rglob("*.js"))
    if "\nexport default" in path.read_text("utf-8")
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.name)
def test_every_component_becomes_one_module(entry):
    text = join_modules(entry)
    lines = code(text)
    assert sum(line.startswith("export ") for line in lines) == 1
    assert not [line for line in lines if line.startswith("import ")]
    if node := shutil.which("node"):
        command = [node, "--input-type=module", "--check"]
        subprocess.run(command, input=text, text=True, check=True, timeout=60)

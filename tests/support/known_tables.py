"""Tables as people have them, drawn at random, with the truth about their numbers and classes.

Nothing here knows how the app reads a file: the truth comes from the numbers before they are
written. A table has a few peculiarities at a time, in combinations that some program writes.
"""

import dataclasses
import datetime
import re
from types import SimpleNamespace

import numpy as np

NO_BREAK, NARROW = "\u00a0", "\u202f"
BLANKS = (" ", NO_BREAK, NARROW)
OFTEN = ("separator", "decimal comma", "thousands", "numbers", "heading")
PECULIARITIES = (
    *(*OFTEN, *OFTEN, "encoding", "line end", "minus", "quotes", "preamble", "sep line", "units"),
    *("index", "constant", "date", "text", "missing", "trailing", "end"),
)


def _words(text):
    return text.split()


ORDINARY = _words("width height mass age speed depth volume angle power flow dose gain")
UNITS = _words("mm cm kg years m/s m l deg W l/s mg dB")
NAMES = {
    "ordinary": ORDINARY,
    "quoted": ORDINARY,
    "units in brackets": [f"{a} [{b}]" for a, b in zip(ORDINARY, UNITS, strict=True)],
    "spaces": [f"mean {name} of day" for name in ORDINARY],
    "accented": _words("Größe Länge Höhe Stärke Fläche Dépôt Âge Débit Été Niño Nível Ångström"),
    "non-Latin": _words("身長 体重 वज़न Рост Вес 年齢 ऊँचाई μήκος عرض גיל 속도 深さ"),
    "years": [str(2001 + i) for i in range(12)],
}
CLASSES = {
    "plain": ["setosa", "versicolor", "virginica"],
    "signs": ["-1", "1"],
    "incomes": ["<=50K", ">50K"],
    "grades": ["A+", "A", "A-"],
    "emoji": ["😀", "😢", "😡"],
    "Devanagari": ["बिल्ली", "कुत्ता", "गाय"],
    "alike": [f"patients of the second control group {end}" for end in ("a", "b", "ab")],
    "continents": ["EU", "AS", "NA", "AF"],
    "whole numbers": ["0", "1", "2"],
    "whole numbers with gaps": ["3", "7", "9", "12"],
    "floats": ["0.0", "1.0"],
}
NUMBER_CLASSES = {"signs", "whole numbers", "whole numbers with gaps", "floats"}
ENDINGS = {",": "csv txt data", ";": "csv txt", "\t": "tsv txt", "|": "txt csv", " ": "txt data"}
TITLES = ("Results of the second series", "Exported by station 7", "Not yet checked")


@dataclasses.dataclass(frozen=True)
class KnownTable:
    """A file, and what a sensible reader should get from it.

    A per cent sign and a TRUE count as written: 12.5% is 12.5, TRUE is 1. In an ambiguous table,
    two readings of the decimal and thousands marks agree with all cells, taken one by one, and
    give different numbers; `values` is then the one that was meant.
    """

    name: str
    content: bytes
    values: np.ndarray
    labels: list[str] | None
    is_ambiguous: bool
    about: str


@dataclasses.dataclass
class Column:
    heading: str
    cells: list[str]
    values: np.ndarray | None = None
    """Of features only."""
    is_text: bool = False
    unit: str = ""


def known_table(seed: int) -> KnownTable:
    rng = np.random.default_rng(seed)
    style = _style(rng)
    rows = int(rng.integers(25, 121))
    features = _features(rng, style, rows)
    is_kept = np.full(rows, True)
    if style.missing is not None:
        gaps = rng.choice(rows, int(rng.integers(1, max(1, rows // 20) + 1)), replace=False)
        is_kept[gaps] = False
        for row in gaps:
            _pick(rng, features).cells[row] = style.missing
    is_ambiguous = _readings(features, style) > 1
    if is_ambiguous and style.classes == "floats":  # their marks would be evidence
        style.classes = "whole numbers"

    columns, labels = _with_others(rng, style, features, rows)
    content = _written(rng, style, columns)
    return KnownTable(
        f"known.{_pick(rng, ENDINGS[style.separator].split())}",
        content,
        np.stack([c.values for c in features], 1)[is_kept],
        None if labels is None else [x for x, kept in zip(labels, is_kept, strict=True) if kept],
        is_ambiguous,
        f"table of seed {seed}: {rows} rows, {len(features)} features, "
        + ", ".join(f"{key} {value!r}" for key, value in vars(style).items()),
    )


def _pick(rng, options):
    return options[rng.integers(len(options))]


def _style(rng):
    """How the file is written: what is not peculiar is as pandas or R write it."""
    count = rng.choice([2, 3, 4, 5, 6], p=[0.15, 0.3, 0.3, 0.15, 0.1])
    peculiar = {str(x) for x in rng.choice(PECULIARITIES, count, replace=False)}

    def one(of, *options, otherwise=None):
        return _pick(rng, options) if of in peculiar else otherwise

    s = SimpleNamespace()
    s.encoding = one("encoding", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252", otherwise="utf-8")
    s.line_end = one("line end", "\r\n", "\r", otherwise="\n")
    s.decimal = one("decimal comma", ",", otherwise=".")
    usual = "," if s.decimal == "." or rng.random() < 0.15 else ";"
    s.separator = one("separator", ";", "\t", "|", " ", otherwise=usual)
    has_blanks = s.separator == " "
    s.aligned = has_blanks and bool(rng.random() < 0.5)
    s.heading = one("heading", *NAMES, "counting", "none", otherwise="ordinary")
    s.minus = one("minus", "\u2212", otherwise="-")
    s.quoting = one("quotes", "texts", "all", otherwise="needed")
    if s.encoding == "cp1252":
        s.heading, s.minus = "accented", "-"

    s.thousands = ""
    if "thousands" in peculiar and s.heading not in ("years", "counting"):
        if s.decimal == "." and rng.random() < 0.25:
            s.decimal = ","
            s.separator = ";" if s.separator == "," else s.separator
        marks = (".", ".", *BLANKS) if s.decimal == "," else (",", ",", *BLANKS, "'", "\u2019")
        s.thousands = _pick(rng, [x for x in marks if not (has_blanks and x in BLANKS)])
        if s.encoding == "cp1252" and s.thousands == NARROW:
            s.thousands = NO_BREAK
        if s.thousands == "." and s.separator == ",":
            s.separator = ";"
    # A heading of numbers can be told from numbers with decimals only.
    styles = ("trimmed", "scientific", "integer", "per cent", "yes or no")
    styles = styles[:2] if s.heading in ("years", "counting") else styles
    s.numbers = [_pick(rng, styles) for _ in range(2)] if "numbers" in peculiar else ["fixed"]
    if s.thousands:
        s.numbers = ["grouped"] if rng.random() < 0.3 else ["grouped", "money", *s.numbers]
    s.exponent = _pick(rng, "eE")
    s.missing = one("missing", "", "NA", "?", "NaN")
    s.missing = "NA" if has_blanks and s.missing == "" else s.missing

    excluded = {"emoji", "Devanagari"} if s.encoding == "cp1252" else set()
    excluded |= {"signs"} if s.minus != "-" else set()
    if s.heading in ("counting", "none"):  # nothing would say that the numbers are classes
        excluded |= NUMBER_CLASSES
    classes = [x for x in CLASSES if x not in excluded]
    s.classes = _pick(rng, classes) if rng.random() < 0.75 else None
    if s.classes == "continents" and s.missing == "NA":
        s.missing = "NaN" if has_blanks else ""
    if s.classes is None:  # a column of two values could be the class
        s.numbers = [x for x in s.numbers if x != "yes or no"] or ["fixed"]

    s.preamble = int(rng.integers(1, 4)) if "preamble" in peculiar else 0
    s.padded = bool(s.preamble and not has_blanks and s.heading != "none" and rng.random() < 0.3)
    s.sep_line = "sep line" in peculiar and not has_blanks
    has_names = s.heading not in ("years", "counting", "none")
    s.units = "units" in peculiar and has_names and s.heading != "units in brackets"
    s.index = one("index", "pandas", "Id")
    is_bare = not (s.preamble or s.sep_line or s.units or has_blanks)
    if s.heading == "none" or (s.heading == "counting" and not is_bare):
        s.index = None
    elif s.index and s.heading == "counting":
        s.index = "pandas"
    elif s.index and not is_bare:
        s.index = "Id"
    s.others = [x for x in ("constant", "date", "text") if x in peculiar]
    s.trailing = one("trailing", "rows", "rows and heading", otherwise="")
    if has_blanks or s.index == "pandas":
        s.trailing = ""
    s.end = int(rng.integers(1, 4)) if "end" in peculiar else 0
    return s


def _features(rng, style, rows):
    count = int(rng.integers(2, 13))
    kinds = [style.numbers[i % len(style.numbers)] for i in range(count)]
    if "yes or no" in kinds:
        kinds = [*(x if x != "yes or no" else "fixed" for x in kinds[1:]), "yes or no"]
    rng.shuffle(kinds)
    names = NAMES.get(style.heading, ORDINARY)
    return [
        _feature(rng, style, rows, kind, name, unit)
        for kind, name, unit in zip(kinds, names, UNITS, strict=False)
    ]


def _feature(rng, style, rows, kind, name, unit):
    """A column of numbers: first in plain digits, then as `style` has them."""
    if kind == "yes or no":
        truth = rng.permutation(rows) % 2
        words = _pick(rng, [("FALSE", "TRUE"), ("False", "True")])
        return Column(name, [words[x] for x in truth], truth.astype(float), unit="-")
    digits = int(rng.integers(1, 5))
    drawn = rng.normal(size=rows) if rng.random() < 0.5 else rng.lognormal(size=rows)
    match kind:
        case "integer":
            plain = [f"{x * 400:.0f}" for x in drawn]
        case "grouped" | "money":
            decimals = 2 if kind == "money" else 0
            plain = [f"{x:.{decimals}f}" for x in rng.lognormal(8, 1.3, rows)]
        case "per cent":
            plain = [f"{x:.{digits % 3}f}" for x in rng.uniform(0, 100, rows)]
        case "scientific":
            drawn *= np.exp(rng.normal(-9, 2, rows))
            plain = [f"{x:.{digits}{style.exponent}}" for x in drawn]
        case _:
            scale = 10.0 ** max(3 - digits, int(rng.integers(0, 3)))
            plain = [f"{x * scale:.{digits}f}" for x in drawn]
    if kind == "trimmed":
        plain = [x.rstrip("0").rstrip(".") for x in plain]
    plain = ["0" if x == "-0" else x for x in plain]
    is_grouped = kind in ("grouped", "money")
    end = ""
    if kind == "per cent":
        end = " %" if style.decimal == "," and style.separator != " " else "%"
    cells = [_dressed(x, style, is_grouped) + end for x in plain]
    return Column(name, cells, np.array([float(x) for x in plain]), unit=unit)


def _dressed(plain, style, is_grouped):
    whole, point, rest = plain.partition(".")
    if is_grouped:
        whole = f"{int(whole):,}".replace(",", style.thousands)
    return (whole + (style.decimal if point else "") + rest).replace("-", style.minus)


def _readings(features, style):
    """How many different sets of numbers the cells can mean, one pair of marks for the file.

    Digits in threes after a mark may be a group, except after a leading zero. A column with groups
    has them in all numbers from 1000 on. Numbers without a comma in a file separated by commas
    have a decimal point.
    """
    columns = [
        [cell.rstrip("% ").replace("\u2212", "-") for cell in c.cells if cell != style.missing]
        for c in features
        if not {"TRUE", "True"} & set(c.cells)
    ]
    has_comma = any("," in cell for cells in columns for cell in cells)
    found = set()
    for decimal in ".,":
        if decimal == "," == style.separator and not has_comma:
            continue
        for thousands in (".", ",", *BLANKS, "'", "\u2019"):
            if thousands != decimal:
                read = [_read(cells, decimal, thousands) for cells in columns]
                if None not in read:
                    found.add(tuple(read))
    return len(found)


def _read(cells, decimal, thousands):
    """The numbers of a column, or None where a cell has no meaning with these marks."""
    d, t = re.escape(decimal), re.escape(thousands)
    groups = re.compile(rf"-?[1-9]\d{{0,2}}(?:{t}\d{{3}})+(?:{d}\d+)?")
    no_groups = re.compile(rf"-?(\d+)(?:{d}\d+)?(?:[eE][+-]\d+)?")
    is_grouped = any(groups.fullmatch(cell) for cell in cells)
    numbers = []
    for cell in cells:
        plain = no_groups.fullmatch(cell)
        if not groups.fullmatch(cell) and (not plain or (is_grouped and len(plain[1]) > 3)):
            return None
        numbers.append(float(cell.replace(thousands, "").replace(decimal, ".")))
    return tuple(numbers)


def _with_others(rng, style, features, rows):
    """All columns in file order, and the class of each row."""
    columns, labels = list(features), None
    has_names = style.heading not in ("counting", "none")
    for other in style.others:
        # Without names, a class is known by being last: nothing else that could be one is there.
        place = int(rng.integers(len(columns) + has_names))
        columns.insert(place, _other(rng, style, other, rows))
    if style.classes:
        texts = CLASSES[style.classes]
        labels = [texts[i % len(texts)] for i in rng.permutation(rows)]
        if style.classes == "floats":
            labels = [x.replace(".", style.decimal) for x in labels]
        name = _pick(rng, ["label", "class", "species", "target", "Class"])
        place = _pick(rng, [0, len(columns) // 2, len(columns)]) if has_names else len(columns)
        is_text = style.classes not in NUMBER_CLASSES
        columns.insert(place, Column(name, labels, is_text=is_text))
    if style.index:
        first = int(style.index == "Id")
        cells = [str(i + first) for i in range(rows)]
        columns.insert(0, Column("Id" if first else "", cells))
    if style.heading == "counting":
        for i, column in enumerate(columns[bool(style.index) :]):
            column.heading = str(i)
    return columns, labels


def _other(rng, style, kind, rows):
    """A column without a feature."""
    if kind == "constant":
        return Column("batch", [_pick(rng, ["0", "1", "7"])] * rows, unit="-")
    if kind == "date":
        shapes = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M"]
        shape = _pick(rng, shapes[: 3 if style.separator == " " else 4])
        first = datetime.datetime(2020, 1, int(rng.integers(1, 29)), 6, 30)
        days = [first + datetime.timedelta(days=i, minutes=7 * i) for i in range(rows)]
        return Column("date", [x.strftime(shape) for x in days], is_text=True)
    words = ["old, dry", "new", "the owner's", 'so-called "best"', "good; wet", "left"]
    cells = [f"{_pick(rng, words)} piece no. {i}" for i in rng.permutation(rows) + 1]
    return Column("remark", cells, is_text=True)


def _written(rng, style, columns):
    """The bytes of the file."""
    separator = style.separator
    widths = [max(map(len, (c.heading, c.unit, *c.cells))) + 6 for c in columns]

    def quoted(cell, always):
        if always or re.search(rf'["{re.escape(separator)}]', cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def line(cells, trailing, are_texts):
        is_all = style.quoting == "all"
        shown = [
            quoted(cell, is_all or (is_text and style.quoting == "texts"))
            for cell, is_text in zip(cells, are_texts, strict=True)
        ]
        if style.aligned:
            return "".join(x.rjust(width) for x, width in zip(shown, widths, strict=True))
        if separator == " ":
            return "".join(x + " " * int(rng.integers(1, 5)) for x in shown).rstrip(" ")
        return separator.join(shown) + (separator if trailing else "")

    texts = [True] * len(columns)
    lines = [f"sep={separator}"] if style.sep_line else []
    for title in TITLES[: style.preamble]:
        padding = separator * (len(columns) - 1) if style.padded else ""
        lines.append(("# " if separator == " " else "") + title + padding)
    if style.heading != "none":
        names = [c.heading for c in columns]
        if style.heading == "quoted" and style.quoting == "needed":
            head = separator.join(f'"{name}"' for name in names)
            lines.append(head + separator * (style.trailing == "rows and heading"))
        else:
            lines.append(line(names, style.trailing == "rows and heading", texts))
    if style.units:
        units = [c.unit or ("-" if separator == " " else "") for c in columns]
        lines.append(line(units, style.trailing == "rows and heading", texts))
    are_texts = [c.is_text for c in columns]
    lines += [
        line(row, style.trailing, are_texts)
        for row in zip(*(c.cells for c in columns), strict=True)
    ]
    empty = separator * (len(columns) - 1 + bool(style.trailing))
    lines += [_pick(rng, ["", empty])] * style.end
    text = style.line_end.join(lines) + style.line_end * int(rng.random() < 0.8)
    mark = "\ufeff" if style.encoding.startswith("utf-16") else ""
    return (mark + text).encode(style.encoding)

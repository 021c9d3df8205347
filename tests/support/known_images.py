"""Images as people have them, drawn at random, with the truth about what is to be seen.

Nothing here knows how the app reads a file: the truth comes from the drawings before they are
written. Only JPEG and WebP lose something, a few hundredths here and there.
"""

import dataclasses
import io
import zipfile
from types import SimpleNamespace

import numpy as np
from PIL import Image

LUMA = np.array([0.299, 0.587, 0.114])
FORMATS = {
    "L": ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF"),
    "1": ("PNG", "BMP", "GIF", "TIFF"),
    "P": ("PNG", "BMP", "GIF", "TIFF"),
    "RGB": ("PNG", "JPEG", "BMP", "WEBP", "TIFF"),
    "RGBA, white figure": ("PNG", "WEBP", "TIFF"),
    "RGBA, dark figure": ("PNG", "WEBP", "TIFF"),
    "16 bits": ("PNG",),
    "12 of 16 bits": ("PNG",),
}
ENDINGS = {"JPEG": ("jpg", "jpeg"), "TIFF": ("tif", "tiff")}
"""Where they are not the format's name."""
CLASSES = (
    ("cat", "dog"),
    ("0", "1", "2", "3", "4"),
    ("+", "-"),
    ("😀", "😢"),
    ("क", "ख", "ग"),
    tuple(f"patients of the second control group {end}" for end in "abc"),
    ("ripe fruit", "rotten fruit", "no fruit"),
)
NUMBERS = {
    "uint8": (np.uint8, 0, 255),
    "uint8 of 0 and 1": (np.uint8, 0, 1),
    "bool": (np.bool_, 0, 1),
    "float 0 to 1": (np.float32, 0, 1),
    "double 0 to 1": (np.float64, 0, 1),
    "float 0 to 255": (np.float32, 0, 255),
    "whole float 0 to 255": (np.float32, 0, 255),
    "float -1 to 1": (np.float32, -1, 1),
    "float16": (np.float16, 0, 1),
    "big-endian float32": (">f4", 0, 1),
    "uint16": (np.uint16, 0, 65535),
    "int 0 to 16": (np.int64, 0, 16),
    "whole float 0 to 16": (np.float64, 0, 16),
    "standardised": (np.float32, None, None),
}
"""The type of an array, and what is black and white in it."""
SHAPES = ("n h w", "n h w 1", "n h w 3", "n 1 h w", "n 3 h w", "n hw")
KEYS = {
    "Keras": (("x_train", "y_train"), ("x_test", "y_test")),
    "MedMNIST": tuple((f"{x}_images", f"{x}_labels") for x in ("train", "val", "test")),
    "X": (("X", "y"),),
    "images": (("images", "labels"),),
    "arr": (("arr_0", "arr_1"),),
    "data": (("data", "target"),),
}
LABELS = ("numbers", "column", "one-hot", "bytes", "floats", "signs", "bool", "texts")


@dataclasses.dataclass(frozen=True)
class KnownImages:
    """A file, and what a sensible reader should show of it.

    Images of an archive are sorted by their path with slashes as separators and without a dot
    in front, character by character. Of an array in parts, the training part comes first, then
    the one for validation and the one for testing. Colours are faint: any usual weights of the
    channels give the same grey but for a few hundredths. Labels of arrays are what Python's str()
    makes of them ("0.0", "False"); of the one-hot form, the places. A class of two images counts.
    Only of standardised arrays nobody can know black and white: `images` are those from before.
    """

    name: str
    content: bytes
    images: np.ndarray
    labels: list[str] | None
    is_ambiguous: bool
    about: str


def known_images(seed: int) -> KnownImages:
    rng = np.random.default_rng(seed)
    style = SimpleNamespace(count=int(rng.integers(25, 81)))
    style.height = int(rng.integers(8, 65))
    style.width = style.height if rng.random() < 0.6 else int(rng.integers(8, 65))
    make = _archive if rng.random() < 0.5 else _array
    ending, content, images, labels = make(rng, style)
    return KnownImages(
        f"known.{ending}",
        content,
        images,
        labels,
        getattr(style, "numbers", None) == "standardised",
        f"images of seed {seed}: "
        + ", ".join(f"{key} {value!r}" for key, value in vars(style).items()),
    )


def _pick(rng, options):
    return options[rng.integers(len(options))]


def _stretched(image, low=0.0, high=1.0):
    return low + (high - low) * (image - image.min()) / (image.max() - image.min())


def _figures(rng, style):
    """Discs, rings, crosses and bars with soft edges, 0 outside and 1 inside."""
    figures = []
    for _ in range(style.count):
        y, x = np.mgrid[: style.height, : style.width].astype(float)
        size = min(style.height, style.width)
        y -= style.height * rng.uniform(0.4, 0.6)
        x -= style.width * rng.uniform(0.4, 0.6)
        radius = size * rng.uniform(0.2, 0.4)
        match rng.integers(4):
            case 0:
                inside = radius - np.hypot(x, y)
            case 1:
                inside = radius / 3 - np.abs(np.hypot(x, y) - radius)
            case 2:
                inside = radius / 2 - np.minimum(np.abs(x), np.abs(y))
            case _:
                inside = radius / 2 - np.abs(x * rng.uniform(0.5, 1) + y * rng.uniform(-1, 1))
        figures.append(_stretched(np.clip(inside / 2 + 0.5, 0, 1)))
    return np.stack(figures)


def _drawings(rng, style):
    """Figures on blurred noise. Only some have black and white; the first one always."""
    noise = rng.random((style.count, style.height, style.width))
    for _ in range(4):
        for axis in (1, 2):
            noise = sum(np.roll(noise, shift, axis) for shift in (-1, 0, 1)) / 3
    figures = _figures(rng, style)
    if rng.random() < 0.5:
        figures = 1 - figures  # dark figures on a bright ground
    drawn = [
        _stretched(0.7 * figure + 0.3 * _stretched(ground), *rng.uniform([0, 0.8], [0.2, 1]))
        for figure, ground in zip(figures, noise, strict=True)
    ]
    drawn[0] = _stretched(drawn[0])
    return np.stack(drawn)


def _tinted(rng, grey):
    """The same with faint colours, channels last."""
    tint = rng.permutation([0.03, -0.03, 0]) * (rng.random() < 0.5)
    return np.clip(grey[..., None] + tint, 0, 1)


def _archive(rng, style):
    style.mode = _pick(rng, list(FORMATS))
    formats = FORMATS[style.mode]
    style.formats = formats if rng.random() < 0.4 else (_pick(rng, formats),)
    style.endings = _pick(rng, ["usual", "usual", "capital", "wrong"])
    style.corrupt = _pick(rng, [None] * 7 + ["empty", "cut", "noise"])
    if style.corrupt:
        style.count = int(rng.integers(60, 81))
    style.folders = _pick(rng, ["{c}", "mine/{c}", "set/{part}/{c}", "set/{part}/{c}", ""])
    names = _pick(rng, CLASSES) if style.folders else [""]
    of = np.resize(np.arange(len(names)), style.count)
    style.few = len(names) > 1 and bool(rng.random() < 0.2)
    if style.few:  # two of the last class
        of = np.resize(np.arange(len(names) - 1), style.count)
        of[-2:] = len(names) - 1
    is_padded = rng.random() < 0.7
    transparent = style.mode.startswith("RGBA")
    drawings = _figures(rng, style) if transparent else _drawings(rng, style)

    files = []
    for i, drawing in enumerate(drawings):
        kind = _pick(rng, style.formats)
        content, seen = _encoded(rng, drawing, style.mode, kind)
        ending = _pick(rng, ENDINGS.get(kind, (kind.lower(),)))
        if style.endings == "wrong" and rng.random() < 0.3:
            ending = "png" if kind == "JPEG" else "jpg"
        if style.endings == "capital":
            ending = ending.upper()
        part = "test" if rng.random() < 0.3 else "train"
        folder = style.folders.format(c=names[of[i]], part=part)
        stem = f"{i:03}" if is_padded else str(i)
        files.append((f"{folder}/{stem}.{ending}".lstrip("/"), content, seen, names[of[i]]))
    files.sort(key=lambda file: file[0])

    packed = [(path, content) for path, content, _, _ in files]
    if style.corrupt:
        path, content = _pick(rng, packed)
        folder, slash, _ = path.rpartition("/")
        noise = rng.integers(0, 256, 300, np.uint8).tobytes()
        broken = {"empty": b"", "cut": content[: len(content) // 3], "noise": noise}
        packed.append((f"{folder}{slash}999.{path.rpartition('.')[2]}", broken[style.corrupt]))
    style.extras = [x for x in ("mac", "windows", "readme", "entries") if rng.random() < 0.25]
    packed += _extras(style.extras, [path for path, _ in packed])
    style.prefix = "./" if rng.random() < 0.15 else ""
    style.slash = "\\" if not style.prefix and rng.random() < 0.15 else "/"
    file = io.BytesIO()
    compression = _pick(rng, [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(file, "w") as archive:
        for i in rng.permutation(len(packed)):
            path = style.prefix + packed[i][0].replace("/", style.slash)
            archive.writestr(zipfile.ZipInfo(path), packed[i][1], compression)  # of no date
    labels = [name for _, _, _, name in files] if style.folders else None
    return "zip", file.getvalue(), np.stack([seen for _, _, seen, _ in files]), labels


def _extras(kinds, paths):
    """What systems and people leave in archives."""
    folders = sorted({path.rpartition("/")[0] for path in paths})
    extras = []
    for folder in (f"{name}/" if name else "" for name in folders):
        if "mac" in kinds:
            extras.append((f"{folder}.DS_Store", b"\0\0\0\1Bud1" + bytes(60)))
        if "windows" in kinds:
            extras.append((f"{folder}Thumbs.db", b"\xd0\xcf\x11\xe0" + bytes(60)))
        if "entries" in kinds and folder:
            extras.append((folder, b""))
    if "mac" in kinds:
        for path in paths:
            folder, slash, name = path.rpartition("/")
            extras.append((f"__MACOSX/{folder}{slash}._{name}", b"\0\5\x16\7\0\2\0\0" + bytes(60)))
    if "readme" in kinds:
        extras.append(("README.txt", b"Photographs of the second series."))
    return extras


def _encoded(rng, drawing, mode, kind):
    """The bytes of an image file, and the grey that it shows."""
    bits = np.round(drawing * 255).astype(np.uint8)
    seen = bits / 255
    match mode:
        case "L":
            image = Image.fromarray(bits)
        case "1":
            seen = (drawing > 0.5).astype(float)
            image = Image.fromarray(drawing > 0.5)
        case "P":  # 64 greys, in the palette in any order
            places = rng.permutation(64)
            levels = np.round(drawing * 63).astype(int)
            greys = np.round(np.arange(64) / 63 * 255).astype(np.uint8)
            seen = greys[levels] / 255
            image = Image.fromarray(places[levels].astype(np.uint8), "P")
            image.putpalette(np.repeat(greys[np.argsort(places)], 3).tobytes())
        case "RGB":
            colours = np.round(_tinted(rng, drawing) * 255).astype(np.uint8)
            seen = colours @ LUMA / 255
            image = Image.fromarray(colours)
        case "16 bits" | "12 of 16 bits":
            top = 65535 if mode == "16 bits" else 4095
            levels = np.round(drawing * top).astype(np.uint16)
            seen = levels / top
            image = Image.fromarray(levels)
        case _:  # what is under the transparent ground is black or white, as programs leave it
            is_white = mode == "RGBA, white figure"
            grey = int(rng.integers(230, 256)) if is_white else int(rng.integers(0, 26))
            hidden = _pick(rng, [0, 255])
            under = np.where(bits > 0, grey, hidden).astype(np.uint8)
            seen = seen * grey / 255 + (1 - seen) * (0 if is_white else 1)
            image = Image.fromarray(np.stack([under] * 3 + [bits], -1))
    options = {"JPEG": {"quality": 95}}.get(kind, {})
    if kind == "WEBP":
        options = {"lossless": True} if rng.random() < 0.5 else {"quality": 95}
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue(), seen


def _array(rng, style):
    style.shape = _pick(rng, SHAPES)
    style.numbers = _pick(rng, list(NUMBERS))
    style.fortran = bool(rng.random() < 0.2)
    if style.shape == "n hw":  # the height of others cannot be known
        style.width = style.height
    seen = _drawings(rng, style)
    has_colours = "3" in style.shape
    if has_colours and style.numbers not in ("bool", "uint8 of 0 and 1"):
        seen = _tinted(rng, seen)
    elif has_colours:
        seen = np.stack([seen] * 3, -1)
    stored, seen = _stored(seen, style.numbers)
    n, h, w = stored.shape[:3]
    match style.shape:
        case "n h w 1":
            stored = stored[..., None]
        case "n 1 h w":
            stored = stored[:, None]
        case "n 3 h w":
            stored = np.moveaxis(stored, -1, 1)
        case "n hw":
            stored = stored.reshape(n, h * w)
    seen = seen @ LUMA if has_colours else seen
    arrange = np.asfortranarray if style.fortran else np.ascontiguousarray
    file = io.BytesIO()
    if rng.random() < 0.15:
        np.save(file, arrange(stored))
        return "npy", file.getvalue(), seen, None

    style.keys = _pick(rng, list(KEYS))
    style.labels = _pick(rng, LABELS) if rng.random() < 0.85 else None
    classes, labels = _labels(rng, style) if style.labels else (None, None)
    parts = KEYS[style.keys]
    ends = [0, *(int(n * share) for share in (0.6, 0.8)[: len(parts) - 1]), n]
    arrays = {}
    for (images_key, labels_key), start, end in zip(parts, ends, ends[1:], strict=False):
        arrays[images_key] = arrange(stored[start:end])
        if classes is not None:
            arrays[labels_key] = classes[start:end]
    keys = rng.permutation(sorted(arrays)) if style.keys != "arr" else list(arrays)
    save = _pick(rng, [np.savez, np.savez_compressed])
    save(file, **{str(key): arrays[str(key)] for key in keys})
    return "npz", file.getvalue(), seen, labels


def _stored(seen, numbers):
    """The drawings in the numbers of an array, and what these show."""
    dtype, black, white = NUMBERS[numbers]
    if numbers == "standardised":
        return ((seen - seen.mean()) / seen.std()).astype(dtype), seen
    stored = black + seen * (white - black)
    if "whole" in numbers or np.dtype(dtype).kind in "uib":
        stored = np.round(stored)
    stored = stored.astype(dtype)
    return stored, (stored.astype(float) - black) / (white - black)


def _labels(rng, style):
    """The array of labels, and the text of each."""
    count = 2 if style.labels in ("floats", "signs", "bool") else int(rng.integers(2, 6))
    of = rng.permutation(np.arange(style.count) % count)
    match style.labels:
        case "numbers":
            classes = of.astype(_pick(rng, [np.int64, np.uint8]))
        case "column":
            return of[:, None], [str(x) for x in of]
        case "one-hot":
            return np.eye(count, dtype=_pick(rng, [np.float32, np.uint8]))[of], [str(x) for x in of]
        case "floats":
            classes = of.astype(float)
        case "signs":
            classes = of * 2 - 1
        case "bool":
            classes = of == 1
        case _:
            texts = np.array(["cat", "dog", "cow", "गाय", "😀"])[of]
            if style.labels == "texts":
                return texts, texts.tolist()
            classes = np.char.encode(texts, "utf-8")
            return classes, texts.tolist()
    return classes, [str(x) for x in classes.tolist()]

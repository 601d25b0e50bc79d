"""Other people's drawings of our subjects, to teach the judge: Microsoft's Fluent emoji, which we don't draw with.

Two packages of npm, both MIT: `@lobehub/fluent-emoji-3d` (pictures) and `@iconify-json/fluent-emoji-flat` (vectors).
Each is fetched with `npm pack` in the exact version, or read where it lies.
"""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge_models.image.art import rasterise
from edge_models.image.vocabulary import vocabulary

PACKAGES = ("@lobehub/fluent-emoji-3d@1.1.0", "@iconify-json/fluent-emoji-flat@1.2.6")
SIDE = 192


def fetch(folder: Path) -> tuple[Path, Path]:
    """The two tarballs, fetched if they aren't in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[Path] = []
    for package in PACKAGES:
        name = package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz"
        if not (folder / name).exists():
            subprocess.run(["npm", "pack", "-s", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        found.append(folder / name)
    return found[0], found[1]


def drawings(folder: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Each subject's key with a drawing of it, (192, 192, 4) uint8 RGBA, cut to its ink; several a subject."""
    solid, flat = fetch(folder)
    pictures, vectors = _pictures(solid), _vectors(flat)
    for entry in vocabulary().subjects.values():
        for code in dict.fromkeys(entry.drawings):
            for found in (pictures.get(code), vectors.get(code)):
                if found is not None:
                    yield entry.key, _cut(found)


def _pictures(path: Path) -> dict[str, NDArray[np.uint8]]:
    found: dict[str, NDArray[np.uint8]] = {}
    wanted = _wanted()
    with tarfile.open(path) as tarball:
        for member in tarball:
            code = _plain(Path(member.name).stem)
            if not member.name.endswith(".webp") or code not in wanted:
                continue
            content = tarball.extractfile(member)
            assert content is not None
            with Image.open(BytesIO(content.read())) as picture:
                found[code] = np.asarray(picture.convert("RGBA"))
    return found


def _vectors(path: Path) -> dict[str, NDArray[np.uint8]]:
    with tarfile.open(path) as tarball:
        icons, chars = (_json(tarball, f"package/{name}.json") for name in ("icons", "chars"))
    found: dict[str, NDArray[np.uint8]] = {}
    wanted = _wanted()
    for code, name in chars.items():
        plain = _plain(code)
        if plain not in wanted or plain in found:
            continue
        icon = icons["icons"].get(name) or icons["icons"].get(icons.get("aliases", {}).get(name, {}).get("parent"))
        if icon is None:
            continue
        width, height = icon.get("width", icons.get("width", 32)), icon.get("height", icons.get("height", 32))
        document = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="0 0 {width} {height}">{icon["body"]}</svg>'
        )
        found[plain] = rasterise(document, width=256, height=256)
    return found


def _json(tarball: tarfile.TarFile, name: str) -> dict[str, Any]:
    member = tarball.extractfile(name)
    assert member is not None
    return json.load(member)


def _plain(code: str) -> str:
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def _wanted() -> frozenset[str]:
    return frozenset(code for entry in vocabulary().subjects.values() for code in entry.drawings)


def _cut(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    ink = rgba[..., 3] > 24
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    part = Image.fromarray(rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = SIDE / max(part.size)
    small = part.resize(
        (max(1, round(part.width * scale)), max(1, round(part.height * scale))), Image.Resampling.LANCZOS
    )
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return np.asarray(square)

"""Pack the drawings that the picture engines use, from the published package, bit for bit the same every time.

    python -m tools.art [TARBALL]

Without TARBALL the exact version is fetched with `npm pack`. The tarball's SHA-512 is checked before it is opened.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from edge_models.image.figure import FIGURE_ART
from edge_models.image.places import PLACE_ART
from edge_models.image.vocabulary import vocabulary

PACKAGE = "@iconify-json/noto@1.2.9"
SHA512 = (
    "0d08ae5c435bba7e35721f973d2579e47f456962a91d3cb3e3a6082ad49a2980"
    "f87c80c3ccbd6d47a1f89e9fd3dfc8dfad301e237adc285d26a8761e65502e6b"
)
ART = Path(__file__).parents[1] / "edge_models" / "image" / "art"


def wanted() -> set[str]:
    """Every drawing that the vocabulary, the figures or the places name."""
    drawings = {code for subject in vocabulary().subjects.values() for code in subject.drawings}
    return drawings | set(FIGURE_ART) | set(PLACE_ART)


def read_tarball(path: Path) -> dict[str, str]:
    """SVG documents by code point, from the package's tarball; `SystemExit` if it isn't the one we know."""
    content = path.read_bytes()
    if hashlib.sha512(content).hexdigest() != SHA512:
        raise SystemExit(f"{path} is not {PACKAGE}: its SHA-512 differs.")
    with tarfile.open(path) as tarball:
        icons = _member(tarball, "package/icons.json")
        names = _member(tarball, "package/chars.json")
    return {code: _document(icons, name) for code, name in names.items()}


def _member(tarball: tarfile.TarFile, name: str) -> dict[str, Any]:
    member = tarball.extractfile(name)
    if member is None:
        raise SystemExit(f"{PACKAGE} has no {name}.")
    return json.load(member)


def _document(icons: dict[str, Any], name: str) -> str:
    icon = icons["icons"].get(name)
    if icon is None:
        alias = icons["aliases"][name]
        icon = icons["icons"][alias["parent"]]
    width, height = icon.get("width", icons["width"]), icon.get("height", icons["height"])
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{icon.get("left", 0)} {icon.get("top", 0)} {width} {height}">{icon["body"]}</svg>'
    )


def write_pack(documents: dict[str, str], codes: set[str]) -> Path:
    """Write the pack: sorted, stored, with one fixed time, so that the same drawings give the same bytes."""
    target = ART / "noto.zip"
    with ZipFile(target, "w", ZIP_STORED) as pack:
        for code in sorted(codes):
            document = documents.get(code) or documents.get(f"{code}-fe0f") or documents.get(code.removesuffix("-fe0f"))
            if document is None:
                raise SystemExit(f"{PACKAGE} has no drawing {code}.")
            entry = ZipInfo(f"{code}.svg", (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            pack.writestr(entry, document)
    return target


def main() -> None:
    """Pack what is wanted and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tarball", type=Path, nargs="?", help=f"the tarball of {PACKAGE}; fetched when left out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tarball = arguments.tarball
        if tarball is None:
            fetched = subprocess.run(
                ["npm", "pack", PACKAGE, "--silent", "--pack-destination", folder],
                check=True,
                capture_output=True,
                text=True,
            )
            tarball = Path(folder) / fetched.stdout.strip()
        codes = wanted()
        target = write_pack(read_tarball(tarball), codes)
    sys.stdout.write(f"{target}: {len(codes)} drawings, {target.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()

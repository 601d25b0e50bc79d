"""The page's files: nothing from elsewhere, nothing inline, and colours that everybody can read."""

import re
from pathlib import Path

import pytest

from device.companion import server

PAGE = Path(server.__file__).parent / "page"
FILES = sorted(PAGE.iterdir())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_is_loaded_from_elsewhere(file: Path) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+\.\w+[^\s\"')]*", file.read_text(encoding="utf-8")))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, not an address


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".html"], ids=lambda file: file.name)
def test_nothing_is_inline(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def colours() -> dict[str, dict[str, str]]:
    """The custom properties of the light and the dark theme."""
    css = (PAGE / "style.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    return {
        name: dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for name, block in (("light", light), ("dark", dark))
    }


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"),
        ("ink", "raised"),
        ("ink", "sunken"),
        ("soft", "paper"),
        ("soft", "raised"),
        ("soft", "sunken"),
        ("accent-ink", "accent"),
        ("bad", "bad-paper"),
        ("muted-ink", "muted"),
    ],
)
def test_text_has_the_contrast_of_wcag_aa(theme: str, text: str, ground: str) -> None:
    palette = colours()[theme]
    lighter, darker = sorted((luminance(palette[text]), luminance(palette[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5

"""Whole figures: a drawing as it is, or a head or bust given a body of its own, so that nobody floats in the air.

Many drawings of the pack are heads (fox, bear, princess) or busts (cook, astronaut). `BODIES` says which, and what
body suits them: an animal sitting upright, a standing person, or the bust carried on down to its shoes.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_models.image.art import drawn_box, rasterise, sprite_body, sprite_svg

Tail = Literal["none", "bushy", "curved", "thin", "stub", "tuft"]


@dataclass(frozen=True, slots=True)
class Sitter:
    """An animal that sits upright and looks at us."""

    fur: str
    belly: str
    limb: str
    """Paws and, darker than the fur, the socks."""
    tail: Tail = "none"
    tip: str = ""
    """The tail's tip, if it has a colour of its own."""
    stripes: str = ""
    arms: str = ""
    """Forelegs in a colour of their own (panda)."""
    head: float = 1.0


@dataclass(frozen=True, slots=True)
class Stander:
    """A person under a head that was drawn alone."""

    garment: str
    legs: str
    skirt: bool = False
    skin: str = "#fcc21b"
    sleeves: str = ""


@dataclass(frozen=True, slots=True)
class Bust:
    """A person drawn down to the chest: the same clothes go on below."""

    garment: str
    legs: str
    robe: bool = False
    trim: str = ""


Body = Sitter | Stander | Bust

BODIES: dict[str, Body] = {
    "1f98a": Sitter("#ff6d18", "#f4ede2", "#4a4242", "bushy", "#fff6ea"),
    "1f43a": Sitter("#9aa0a3", "#e9e9e6", "#77797b", "bushy", "#6d7072"),
    "1f43b": Sitter("#8d5b50", "#b98a72", "#6a4138", "stub"),
    "1f43b-200d-2744": Sitter("#eef1f2", "#ffffff", "#cfd8dc", "stub"),
    "1f43c": Sitter("#fafafa", "#ffffff", "#3a3a3c", "none", arms="#3f3f42"),
    "1f428": Sitter("#a3a5a8", "#e4e4e2", "#808286", "none"),
    "1f981": Sitter("#efae3c", "#ffe0a0", "#c9862a", "tuft", "#7a4a20", head=1.08),
    "1f42f": Sitter("#ffa420", "#fff6e4", "#f08d10", "curved", "#403834", stripes="#403834"),
    "1f431": Sitter("#ffc022", "#ffe8b0", "#f0a80c", "curved"),
    "1f436": Sitter("#f6e3c4", "#fff9ee", "#c9966a", "thin"),
    "1f430": Sitter("#e2e3e5", "#ffffff", "#c9cbce", "stub"),
    "1f42d": Sitter("#a9abae", "#e0e0e0", "#f2a6a0", "thin", "#f2a6a0"),
    "1f439": Sitter("#f0a860", "#fff3e0", "#f3b79a", "stub"),
    "1f438": Sitter("#a5cc2a", "#e9f2a8", "#84ab1c", "none"),
    "1f437": Sitter("#fbc4b4", "#ffdcd0", "#e79c8c", "thin"),
    "1f435": Sitter("#9a6a42", "#e2b684", "#7d5232", "curved"),
    "1f42e": Sitter("#f5f0e8", "#ffffff", "#8a6a4a", "tuft", "#f0b020"),
    "1f432": Sitter("#4cae3a", "#f6d24a", "#358a2a", "bushy", "#f6d24a"),
    "1face": Sitter("#7a5644", "#a58068", "#553a2e", "stub"),
    "1f47d": Sitter("#a9b4ae", "#c7d2cb", "#87928c", "none"),
    "1f467": Stander("#f06292", "#5c6bc0", skirt=True),
    "1f466": Stander("#42a5f5", "#45566b"),
    "1f469": Stander("#ab47bc", "#4a4a6a", skirt=True),
    "1f468": Stander("#2f9e8f", "#3f4a5a"),
    "1f9d1": Stander("#ff8f3c", "#46556a"),
    "1f9d2": Stander("#66bb6a", "#46556a"),
    "1f476": Stander("#90caf9", "#90caf9"),
    "1f475": Stander("#8e7cc3", "#5b5b6b", skirt=True),
    "1f474": Stander("#8a9a5b", "#5d4f45"),
    "1f9d3": Stander("#8a9a5b", "#5d4f45"),
    "1f478": Stander("#f48fb1", "#f8bbd0", skirt=True),
    "1f934": Stander("#5c6bc0", "#3b3f66", sleeves="#c62828"),
    "1f385": Stander("#d8342c", "#d8342c"),
    "1f47c": Stander("#f5f7fa", "#e3e9f2", skirt=True),
    "1f921": Stander("#ffca28", "#e53935", skin="#fafafa", sleeves="#1e88e5"),
    "1f916": Stander("#8fa3ad", "#607d8b", skin="#b0bec5"),
    "1f479": Stander("#6d4c41", "#4e342e", skin="#e53935"),
    "1f414": Sitter("#e6e8ea", "#ffffff", "#f39c1f", "stub"),
    "1fac5": Stander("#a8243a", "#7a1a2a", sleeves="#f3ead8"),
    "1f920": Stander("#b5652f", "#3f6a9e", skin="#ffca28", sleeves="#d9b27a"),
    "1f480": Stander("#3a3a42", "#2b2b31", skin="#dfe3e6"),
    "1f47a": Stander("#6b3fa0", "#452a6b", skin="#d8342c"),
    "1f936": Bust("#d8342c", "#a8241e", robe=True, trim="#fafafa"),
    "1f9d1-200d-1f393": Bust("#2d2d33", "#2d2d33", robe=True),
    "1f9d1-200d-1f527": Bust("#2f57b0", "#27468a"),
    "1f9d1-200d-2696": Bust("#2d2d33", "#2d2d33", robe=True),
    "1f935-200d-2642": Bust("#2d2d33", "#232328"),
    "1f468-200d-1f9b0": Bust("#1bac91", "#46556a"),
    "1f9d9": Bust("#7b8790", "#59636b", robe=True),
    "1f9d9-200d-2642": Bust("#5a6bb5", "#59636b", robe=True),
    "1f9d9-200d-2640": Bust("#5a6bb5", "#59636b", robe=True),
    "1f9db": Bust("#2b2b30", "#1c1c20", robe=True, trim="#c0181f"),
    "1f9dd": Bust("#c0341d", "#7a2414", robe=True, trim="#f2b33d"),
    "1f9df": Bust("#f57c20", "#5a5348"),
    "1f977": Bust("#424249", "#2f2f35"),
    "1f482": Bust("#d32f2f", "#2b2b33", trim="#fafafa"),
    "1f46e": Bust("#2f55b8", "#23345f"),
    "1f477": Bust("#ff9d1e", "#3a5a94"),
    "1f9d1-200d-1f680": Bust("#dfe3e6", "#b8c0c6"),
    "1f9d1-200d-1f692": Bust("#d34a2e", "#4a4038", trim="#ffe14d"),
    "1f9d1-200d-1f373": Bust("#f1f3f4", "#6a7580"),
    "1f9d1-200d-1f33e": Bust("#4f79b8", "#3d5f94"),
    "1f9d1-200d-1f52c": Bust("#eef1f3", "#5b6b78"),
    "1f9d1-200d-2695": Bust("#eef1f3", "#4f8a9c"),
    "1f9d1-200d-1f3a8": Bust("#f1f3f4", "#6a7580"),
    "1f9d1-200d-1f3eb": Bust("#4e8a5c", "#46556a"),
    "1f9d1-200d-1f3a4": Bust("#8e3bb5", "#3f3450"),
    "1f9d1-200d-2708": Bust("#2b3f66", "#23304d"),
    "1f470": Bust("#f7f7fa", "#e8e8ef", robe=True),
    "1f470-200d-2640": Bust("#f7f7fa", "#e8e8ef", robe=True),
    "1f935": Bust("#2d2d33", "#232328"),
    "1f575": Bust("#8a6a4a", "#5d4a3a"),
}

FIGURE_ART: tuple[str, ...] = ("1f40e",)
"""Drawings that figures are made from besides those of the vocabulary."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A whole figure as vector art, trimmed to its ink."""

    content: str
    """SVG elements."""
    left: float
    top: float
    width: float
    height: float
    eyes: float
    """How far down its eyes are, as a share of its height."""

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    def raster(self, height: int) -> NDArray[np.uint8]:
        """Render it `height` pixels high: (h, w, 4) uint8 RGBA, no side shorter than 3."""
        height = max(3, height)
        width = max(3, round(height * self.aspect))
        box = f"{self.left:.3f} {self.top:.3f} {self.width:.3f} {self.height:.3f}"
        return rasterise(_document(self.content, box, width=width, height=height), width=width, height=height)


@lru_cache(maxsize=512)
def figure(code: str) -> Figure:
    """The figure for a drawing of the pack; `ArtMissing` if there is none."""
    body = BODIES.get(code)
    if code == "1f984":
        content, eyes = _unicorn(), 0.3
    elif isinstance(body, Sitter):
        content, eyes = _sitter(code, body), 0.27
    elif isinstance(body, Stander):
        content, eyes = _stander(code, body), 0.27
    elif isinstance(body, Bust):
        content, eyes = _bust(code, body), 0.3
    else:
        content, eyes = sprite_body(code), 0.3
    probe = _document(content, "-40 -40 288 288", width=288, height=288)
    left, top, right, bottom = drawn_box(probe)
    return Figure(
        content, left * 288 - 40, top * 288 - 40, max(1.0, (right - left) * 288), max(1.0, (bottom - top) * 288), eyes
    )


def _document(content: str, box: str, *, width: int, height: int) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{box}" preserveAspectRatio="none">{content}</svg>'
    )


def _placed(code: str, *, x: float, y: float, width: float) -> str:
    """A drawing's ink, `width` units wide, its left top at (x, y)."""
    left, top, right, _ = drawn_box(sprite_svg(code))
    scale = width / ((right - left) * 128)
    return (
        f'<g transform="translate({x - left * 128 * scale:.2f} {y - top * 128 * scale:.2f}) scale({scale:.4f})">'
        f"{sprite_body(code)}</g>"
    )


def _ink_height(code: str, width: float) -> float:
    left, top, right, bottom = drawn_box(sprite_svg(code))
    return width * (bottom - top) / (right - left)


def shade(colour: str, factor: float) -> str:
    """A `#rrggbb` colour darker (factor under 1) or lighter."""
    value = int(colour[1:], 16)
    parts = [min(255, round((value >> shift & 255) * factor)) for shift in (16, 8, 0)]
    return "#{:02x}{:02x}{:02x}".format(*parts)


def _fall(name: str, top: str, bottom: str) -> str:
    return (
        f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1"><stop offset=".2" stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>'
    )


_TAILS: dict[str, str] = {
    "bushy": (
        '<path d="M92 176C118 182 146 166 146 134C146 116 138 102 130 98C132 112 126 122 118 132C108 144 92 150 88 164Z'
        '" fill="url(#bodyfall)"/><path d="M146 134C146 116 138 102 130 98C132 108 129 115 124 123'
        'C130 131 140 134 146 134Z" fill="{tip}"/>'
    ),
    "curved": (
        '<path d="M96 178C132 182 140 152 128 132C122 122 132 112 138 118" fill="none" stroke="{fur}" stroke-width="12"'
        ' stroke-linecap="round"/><path d="M128 132C122 122 132 112 138 118" fill="none" stroke="{tip}"'
        ' stroke-width="12" stroke-linecap="round"/>'
    ),
    "thin": (
        '<path d="M96 178C122 180 132 166 136 148" fill="none" stroke="{tip}" stroke-width="8" stroke-linecap="round"/>'
    ),
    "tuft": (
        '<path d="M96 178C126 180 136 156 134 136" fill="none" stroke="{fur}" stroke-width="7" stroke-linecap="round"/>'
        '<ellipse cx="134" cy="130" rx="10" ry="14" fill="{tip}"/>'
    ),
    "stub": '<circle cx="104" cy="170" r="11" fill="{fur}"/>',
    "none": "",
}


def _sitter(code: str, body: Sitter) -> str:
    width = 108 * body.head
    head_height = _ink_height(code, width)
    # The chin rests on the chest: the body is pushed up or down under heads of different heights.
    head = _placed(code, x=64 - width / 2, y=98 - head_height, width=width)
    dark, fore = shade(body.fur, 0.8), body.arms or body.fur
    tail = _TAILS[body.tail].format(fur=dark, tip=body.tip or dark)
    stripes = "".join(
        f'<path d="M{x0} {y}Q{xm} {y + 4} {x1} {y + 1}" stroke="{body.stripes}" stroke-width="4.5" fill="none" '
        'stroke-linecap="round"/>'
        for y in (126, 142, 158)
        for x0, xm, x1 in ((30, 36, 42), (98, 92, 86))
        if body.stripes
    )
    return (
        f"<defs>{_fall('bodyfall', body.fur, dark)}{_fall('bellyfall', shade(body.belly, 0.86), body.belly)}"
        f"{_fall('forefall', fore, shade(fore, 0.84))}</defs>{tail}"
        '<path d="M64 80C34 80 25 128 25 154C25 182 42 190 64 190C86 190 103 182 103 154C103 128 94 80 64 80Z" '
        f'fill="url(#bodyfall)"/>{stripes}'
        f'<ellipse cx="35" cy="168" rx="19" ry="21" fill="{shade(body.fur, 0.9)}"/>'
        f'<ellipse cx="93" cy="168" rx="19" ry="21" fill="{shade(body.fur, 0.9)}"/>'
        f'<ellipse cx="34" cy="187" rx="18" ry="8.5" fill="{body.limb}"/>'
        f'<ellipse cx="94" cy="187" rx="18" ry="8.5" fill="{body.limb}"/>'
        '<path d="M64 92C46 92 41 118 42 138C43 154 54 162 64 162C74 162 85 154 86 138C87 118 82 92 64 92Z" '
        'fill="url(#bellyfall)"/>'
        '<path d="M45 128C45 122 62 122 62.5 130L62.5 186L44 186Z" fill="url(#forefall)"/>'
        '<path d="M83 128C83 122 66 122 65.5 130L65.5 186L84 186Z" fill="url(#forefall)"/>'
        f'<path d="M43.5 170h19.5v14a6 6 0 0 1-6 6h-9a6 6 0 0 1-6-6Z" fill="{body.limb}"/>'
        f'<path d="M65 170h19.5v14a6 6 0 0 1-6 6h-9a6 6 0 0 1-6-6Z" fill="{body.limb}"/>'
        f'<ellipse cx="64" cy="97" rx="31" ry="9" fill="#000" opacity=".13"/>{head}'
    )


def _stander(code: str, body: Stander) -> str:
    width = 92.0
    head = _placed(code, x=64 - width / 2, y=100 - _ink_height(code, width), width=width)
    dark, sleeve = shade(body.garment, 0.82), body.sleeves or body.garment
    if body.skirt:
        trunk = (
            '<path d="M47 98Q64 92 81 98L86 132L100 168Q64 180 28 168L42 132Z" fill="url(#bodyfall)"/>'
            f'<path d="M43 130Q64 138 85 130L86 136Q64 144 42 136Z" fill="{shade(body.garment, 0.72)}"/>'
        )
        leg_top, leg = 166, body.skin
    else:
        trunk = '<path d="M42 98Q64 92 86 98L88 150Q64 156 40 150Z" fill="url(#bodyfall)"/>'
        leg_top, leg = 146, body.legs
    shoe = shade(body.legs, 0.55)
    limbs = "".join(
        f'<path d="M{x0} {leg_top}h15v{190 - leg_top}h-15Z" fill="{leg}"/>'
        f'<path d="M{toe} 196q0-11 11-11h11v11Z" fill="{shoe}"/>'
        for x0, toe in ((46, 40), (67, 66))
    )
    arms = "".join(
        f'<path d="M{x0} 106Q{xm} 122 {x1} 142" stroke="{sleeve}" stroke-width="14" stroke-linecap="round" '
        f'fill="none"/><circle cx="{x1}" cy="147" r="7.5" fill="{body.skin}"/>'
        for x0, xm, x1 in ((45, 34, 30), (83, 94, 98))
    )
    return (
        f"<defs>{_fall('bodyfall', body.garment, dark)}</defs>{limbs}{arms}{trunk}"
        f'<path d="M56 90h16v10q-8 6-16 0Z" fill="{shade(body.skin, 0.88)}"/>{head}'
    )


def _bust(code: str, body: Bust) -> str:
    width = 108.0
    height = _ink_height(code, width)
    head = _placed(code, x=64 - width / 2, y=118 - height, width=width)
    dark = shade(body.garment, 0.78)
    trim = (
        f'<path d="M60 112h8v{72 if body.robe else 38}h-8Z" fill="{body.trim}"/>'
        if body.trim
        else f'<path d="M64 118v34" stroke="{shade(body.garment, 0.7)}" stroke-width="1.6"/>'
    )
    if body.robe:
        trunk = '<path d="M26 112Q64 106 102 112Q98 150 110 188Q64 198 18 188Q30 150 26 112Z" fill="url(#bodyfall)"/>'
        limbs = ""
    else:
        trunk = '<path d="M24 112Q64 106 104 112Q104 146 96 156Q64 162 32 156Q24 146 24 112Z" fill="url(#bodyfall)"/>'
        shoe = shade(body.legs, 0.55)
        limbs = "".join(
            f'<path d="M{x0} 150h20v42h-20Z" fill="{body.legs}"/><path d="M{toe} 198q0-12 13-12h13v12Z" fill="{shoe}"/>'
            for x0, toe in ((41, 35), (67, 67))
        )
    return f"<defs>{_fall('bodyfall', body.garment, dark)}</defs>{limbs}{trunk}{trim}{head}"


def _unicorn() -> str:
    """The galloping horse in white, its mane rose, with a horn: the pack has only a unicorn's head."""
    content = sprite_body("1f40e")
    for old, new in (
        ("#feaf5f", "#f6f2fb"),
        ("#865b52", "#e77fb3"),
        ("#b3875d", "#ddd3ea"),
        ("#a87c5b", "#d3c6e4"),
        ("#916656", "#c9b8dc"),
        ("#a4785a", "#d3c6e4"),
        ("#9f6c55", "#e6b5d3"),
    ):
        content = content.replace(old, new)
    horn = (
        '<path d="M20 19L4 -12L27 13Z" fill="#ffc93c"/><path d="M15.5 10.5l6-4M12 4l4.5-3.2M8.4 -3l2.7-2" '
        'stroke="#e89b20" stroke-width="1.8"/>'
    )
    return horn + content


@lru_cache(maxsize=256)
def crown(code: str) -> tuple[float, float, float]:
    """Where a hat goes: the head's centre x, its width, and its eyes' y, in fractions of the figure's box."""
    shape = figure(code)
    alpha = shape.raster(96)[..., 3] > 60
    rows = alpha[: max(4, round(96 * 0.22))]
    columns = np.flatnonzero(rows.any(axis=0))
    width = alpha.shape[1]
    if isinstance(BODIES.get(code), (Sitter, Stander, Bust)):
        head = alpha[20:44].any(axis=0)
        span = np.flatnonzero(head)
        return (float(span.mean()) / width, (span[-1] - span[0]) / width, shape.eyes)
    return (float(columns.mean()) / width, min(1.0, (columns[-1] - columns[0] + 1) / width * 1.25), 0.2)

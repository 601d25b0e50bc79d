"""How figures go together: one on, in, under, beside, behind or held by another, before they enter the picture.

Figures of a group have coordinates of their own: x to the right, y upwards from the group's ground line, in heights of
a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from edge_models.image.figure import crown
from edge_models.image.scene import RelationKind, Scene
from edge_models.image.vocabulary import SubjectEntry

Carrier = Literal["ground", "water", "air", "sky", "thing"]
"""What a figure rests on; `thing` is another figure."""

_SEATS = {
    "bathtub": 0.35,
    "chair": 0.46,
    "sofa": 0.4,
    "bed": 0.42,
    "boat": 0.24,
    "canoe": 0.4,
    "skateboard": 0.6,
    "sled": 0.5,
    "swing": 0.4,
}
"""How high up one sits on a thing, as a share of its height; on everything else one stands on top."""
_HELD_HIGH = {"balloon", "umbrella", "kite", "flag", "torch", "sword", "wand", "lantern"}


@dataclass(slots=True)
class Item:
    """A figure within its group: y grows upwards from the group's ground line."""

    subject: int
    code: str
    x: float
    y: float
    width: float
    height: float
    flip: bool
    carrier: Carrier
    order: float = 0.0


@dataclass(slots=True)
class Group:
    """Figures that belong together."""

    items: list[Item] = field(default_factory=list)

    def box(self, subject: int | None = None) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of all, or of one subject's figures."""
        items = [item for item in self.items if subject is None or item.subject == subject]
        return (
            min(item.x - item.width / 2 for item in items),
            min(item.y for item in items),
            max(item.x + item.width / 2 for item in items),
            max(item.y + item.height for item in items),
        )

    def move(self, dx: float, dy: float) -> None:
        """Shift all of it."""
        for item in self.items:
            item.x += dx
            item.y += dy

    def scale(self, factor: float) -> None:
        """Make all of it larger or smaller, about its own origin."""
        for item in self.items:
            item.x *= factor
            item.y *= factor
            item.width *= factor
            item.height *= factor


@dataclass(frozen=True, slots=True)
class Joint:
    """A relation about to be carried out: `mover`, with subject `of`, is put to `target`, with subject `to`."""

    mover: Group
    target: Group
    of: int
    to: int
    kind: RelationKind


class Binder:
    """Carries out relations between groups."""

    def __init__(self, scene: Scene, entries: Mapping[int, SubjectEntry], random: np.random.Generator) -> None:
        self.scene = scene
        self.entries = entries
        self.random = random

    def bind(self, joint: Joint) -> None:
        """Put the mover to the target as the relation says; the target keeps its place."""
        place = {
            "on": self._on,
            "riding": self._on,
            "in": self._in,
            "under": self._under,
            "below": self._under,
            "above": self._above,
            "beside": self._beside,
            "left_of": self._beside,
            "right_of": self._beside,
            "behind": self._behind,
            "in_front_of": self._in_front_of,
            "holding": self._held,
            "wearing": self._worn,
        }[joint.kind]
        place(joint)

    def _noun(self, index: int) -> str:
        return self.scene.subjects[index].noun

    def _fit(self, mover: Group, width: float, height: float) -> None:
        """Make a group no wider and no higher than given."""
        left, bottom, right, top = mover.box()
        factor = min(1.0, width / (right - left), height / (top - bottom))
        if factor < 1:
            mover.scale(factor)

    def _carry(self, mover: Group, order: float, carrier: Carrier = "thing") -> None:
        low = min(item.order for item in mover.items)
        for item in mover.items:
            item.carrier = carrier
            item.order += order - low

    def _put(self, mover: Group, x: float, y: float) -> None:
        """Centre a group at x with its lowest point at y."""
        left, bottom, right, _ = mover.box()
        mover.move(x - (left + right) / 2, y - bottom)

    def _on(self, joint: Joint) -> None:
        mover, target, to, kind = joint.mover, joint.target, joint.to, joint.kind
        left, bottom, right, top = target.box(to)
        riding = kind == "riding" and self.entries[to].ridden
        vehicle = self.entries[to].kind == "vehicle"
        # A horse hides its rider's legs; on a tall mount (elephant, dragon) the rider sits higher up.
        astride = 0.5 if vehicle else 0.36 if right - left > 1.1 * (top - bottom) else 0.58
        seat = astride if riding else _SEATS.get(self._noun(to), 0.94)
        high = max(top - bottom, 0.9) * (1.0 if riding and vehicle else 1.4)
        self._fit(mover, (right - left) * (0.62 if seat < 0.9 else 0.95), high)
        self._show(mover, (0.55 if riding else 0.3) * (top - bottom))
        host = next(item for item in target.items if item.subject == to)
        middle = (left + right) / 2
        if seat >= 0.9:
            top_x, _, _ = crown(host.code)
            middle = host.x + (top_x - 0.5) * host.width * (-1 if host.flip else 1)
        self._put(mover, middle, bottom + (top - bottom) * seat)
        # A rider's far leg and the seat are hidden by the mount itself.
        orders = [item.order for item in target.items]
        self._carry(mover, min(orders) - 1 if riding else max(orders) + 0.01)

    def _show(self, mover: Group, height: float) -> None:
        """Make a group at least so high that one sees what it is."""
        _, low, _, high = mover.box()
        if high - low < height:
            mover.scale(height / (high - low))

    def _in(self, joint: Joint) -> None:
        mover, target, to = joint.mover, joint.target, joint.to
        left, bottom, right, top = target.box(to)
        width, height = right - left, top - bottom
        if self._noun(to).endswith("tree"):
            self._fit(mover, width * 0.4, height * 0.34)
            self._show(mover, height * 0.28)
            self._put(mover, (left + right) / 2 + 0.1 * width, bottom + height * 0.5)
            self._carry(mover, max(item.order for item in target.items) + 0.01)
        elif self.entries[to].kind == "building":
            self._fit(mover, width * 0.4, height * 0.42)
            self._put(mover, (left + right) / 2, bottom - 0.02)
            self._carry(mover, max(item.order for item in target.items) + 0.01, "ground")
        else:
            if self._noun(to) in ("boat", "canoe", "sled", "bed", "bathtub"):
                self._on(joint)
                return
            crowd = len(mover.items) > 1
            if crowd:
                # A heap: close together, so that all of them find room.
                for item in mover.items:
                    item.x, item.y = item.x * 0.62, item.y * 0.55
            self._fit(mover, width * (0.78 if crowd else 0.62), height * 1.15)
            self._show(mover, height * (0.42 if crowd else 0.5))
            self._put(mover, (left + right) / 2, bottom + height * (0.5 if self.entries[to].kind == "vehicle" else 0.6))
            self._carry(mover, min(item.order for item in target.items) - 1)

    def _under(self, joint: Joint) -> None:
        mover, target, to = joint.mover, joint.target, joint.to
        left, bottom, right, top = target.box(to)
        _, mover_bottom, _, mover_top = mover.box()
        if target.items[0].carrier == "air" or self._noun(to) == "umbrella":
            target.move(0, mover_top - bottom - 0.06)
            for item in target.items:
                item.carrier = "air"
            self._put(mover, (left + right) / 2, 0)
            return
        self._show(mover, 0.34 * (top - bottom))
        _, mover_bottom, _, mover_top = mover.box()
        factor = max(1.0, 1.7 * (mover_top - mover_bottom) / (top - bottom))
        target.scale(factor)
        left, bottom, right, top = target.box(to)
        side = float(self.random.choice([-1, 1]))
        table = self._noun(to) in ("table", "desk", "bed", "chair", "bridge")
        self._put(mover, (left + right) / 2 + (0 if table else side * 0.2 * (right - left)), bottom - 0.05)
        self._carry(mover, max(item.order for item in target.items) + 0.05, "ground")

    def _above(self, joint: Joint) -> None:
        mover, target, to = joint.mover, joint.target, joint.to
        left, _, right, top = target.box(to)
        self._put(mover, (left + right) / 2, top + 0.12)
        self._carry(mover, max(item.order for item in target.items) + 0.01, "air")

    def _beside(self, joint: Joint) -> None:
        mover, target, kind = joint.mover, joint.target, joint.kind
        left, bottom, right, _ = target.box()
        mover_left, _, mover_right, _ = mover.box()
        side = {"left_of": -1.0, "right_of": 1.0}.get(kind) or float(self.random.choice([-1, 1]))
        reach = (mover_right - mover_left) / 2 + 0.1
        x = left - reach if side < 0 else right + reach
        hover = min(item.y for item in mover.items) if mover.items[0].carrier == "air" else min(bottom, 0)
        self._put(mover, x, max(hover, 0) if mover.items[0].carrier == "air" else 0)
        self._carry(mover, max(item.order for item in target.items) + 0.02, mover.items[0].carrier)

    def _behind(self, joint: Joint) -> None:
        mover, target, to = joint.mover, joint.target, joint.to
        left, bottom, right, top = target.box(to)
        self._show(mover, 0.4 * (top - bottom))
        mover_left, mover_bottom, mover_right, mover_top = mover.box()
        width = mover_right - mover_left
        side = float(self.random.choice([-1, 1]))
        edge = right if side > 0 else left
        # More than half of it stays in sight, so that one still sees what it is.
        self._put(mover, edge + side * width * 0.12, bottom + 0.09)
        if mover_top - mover_bottom > 1.6 * (top - bottom):
            self._put(mover, (left + right) / 2 + side * 0.2 * width, bottom + 0.12)
        self._carry(mover, min(item.order for item in target.items) - 1, mover.items[0].carrier)

    def _in_front_of(self, joint: Joint) -> None:
        mover, target, to = joint.mover, joint.target, joint.to
        left, bottom, right, top = target.box(to)
        side = float(self.random.choice([-1, 1]))
        self._show(mover, 0.36 * (top - bottom))
        if len(mover.items) == 1:
            self._fit(mover, max(right - left, 0.8) * 1.2, max(0.62 * (top - bottom), 0.8))
        self._put(mover, (left + right) / 2 + side * 0.26 * (right - left), bottom - 0.1)
        self._carry(mover, max(item.order for item in target.items) + 0.1, mover.items[0].carrier)

    def _held(self, joint: Joint) -> None:
        mover, target, of, to = joint.mover, joint.target, joint.of, joint.to
        left, bottom, right, top = target.box(to)
        width, height = right - left, top - bottom
        side = float(self.random.choice([-1, 1]))
        orders = [item.order for item in target.items]
        if self._noun(of) == "umbrella":
            # Over the head and behind it, so that the face stays in sight.
            self._fit(mover, width * 1.5, height * 0.95)
            self._show(mover, height * 0.8)
            self._put(mover, (left + right) / 2 + side * width * 0.2, bottom + height * 0.36)
            self._carry(mover, min(orders) - 1)
            return
        high = self._noun(of) in _HELD_HIGH
        self._fit(mover, width * (0.6 if high else 0.46), height * (0.62 if high else 0.4))
        self._show(mover, height * 0.34)
        self._put(
            mover, (left + right) / 2 + side * width * (0.6 if high else 0.4), bottom + height * (0.34 if high else 0.2)
        )
        self._carry(mover, max(orders) + 0.01)

    def _worn(self, joint: Joint) -> None:
        mover, target, of, to = joint.mover, joint.target, joint.of, joint.to
        host = next(item for item in target.items if item.subject == to)
        worn = self.entries[of].worn
        top_x, head_width, face_y = crown(host.code)
        x = host.x + (top_x - 0.5) * host.width * (-1 if host.flip else 1)
        span = head_width * host.width
        mover_left, _, mover_right, _ = mover.box()

        def sized(share: float) -> float:
            mover.scale(span * share / (mover_right - mover_left))
            _, low, _, high = mover.box()
            return high - low

        if worn == "eyes":
            tall = sized(0.7)
            self._put(mover, x, host.y + host.height * (1 - face_y) - tall / 2)
        elif worn == "neck":
            tall = sized(0.5)
            self._put(mover, x, host.y + host.height * (1 - max(0.46, 1.8 * face_y)) - tall / 2)
        elif worn in ("body", "back", "legs", "hands"):
            tall = sized(0.85)
            self._put(mover, x, host.y + host.height * 0.16)
        elif worn == "feet":
            sized(0.6)
            self._put(mover, x, host.y)
        else:
            tall = sized(0.72)
            self._put(mover, x, host.y + host.height - 0.34 * tall)
        self._carry(mover, max(item.order for item in target.items) + 0.01)

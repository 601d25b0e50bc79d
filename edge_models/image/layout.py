"""Where everything in a picture stands: one layout for a scene and a seed, shared by the draft and the final.

Unit coordinates: a square from (0, 0) left top to (1, 1) right bottom. A frame that isn't square shows more of the
landscape around the same square, so nothing moves between a square draft and a wide final.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from edge_models.image.binder import Binder, Carrier, Group, Item, Joint
from edge_models.image.figure import figure
from edge_models.image.noise import generator
from edge_models.image.places import Place, place_for
from edge_models.image.scene import Relation, Scene, Size, TimeOfDay
from edge_models.image.vocabulary import SubjectEntry, vocabulary

Side = Literal["left", "right"]

SHINING = frozenset(
    {"sun", "moon", "star", "shooting_star", "comet", "meteor", "fireworks", "light_bulb", "candle", "lantern", "lamp"}
    | {"torch", "fire", "lightning_bolt", "phoenix", "crystal_ball", "jack_o_lantern"}
)
"""Subjects that are lights themselves."""
_SIZES: dict[Size, float] = {"tiny": 0.42, "small": 0.68, "normal": 1.0, "big": 1.32, "huge": 1.75}
_LIFTS = {"flying": 0.75, "jumping": 0.3}
"""How far off the ground an adjective lifts a figure, in its heights."""
_SHARES: dict[Size, float] = {"tiny": 0.2, "small": 0.33, "normal": 0.5, "big": 0.6, "huge": 0.72}
"""How much of the picture's height the main figure takes."""
_SKY_SIZES = {"moon": 0.25, "sun": 0.22, "star": 0.085, "cloud": 0.16, "rainbow": 0.46, "planet": 0.26, "comet": 0.2}


@dataclass(frozen=True, slots=True)
class Placed:
    """One figure in the picture."""

    subject: int | None
    """Which of the scene's subjects; None: the place is furnished with it."""
    code: str
    colour: str | None
    x: float
    """Centre."""
    base: float
    """Its lowest ink."""
    width: float
    height: float
    depth: float
    """0 near, 1 at the horizon."""
    flip: bool
    carrier: Carrier
    shines: bool
    """It is a light itself: sun, moon, star, lamp, fire."""
    turned: bool = False
    """Upside down."""
    halo: bool = False
    """It was asked to glow."""

    @property
    def top(self) -> float:
        """Its highest ink."""
        return self.base - self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """A scene, arranged."""

    placed: tuple[Placed, ...]
    """In the order in which they are painted, the farthest first."""
    place: Place
    horizon: float
    light: TimeOfDay
    sun: tuple[float, float]
    """Where the light comes from: the sun or moon in the picture, or a place outside it."""
    weather: str | None
    style: str | None
    seed: int


def lay_out(scene: Scene, *, seed: int) -> Layout:
    """Arrange a scene; the same scene and seed give the same layout. Unknown subjects are left out."""
    return _Arranger(scene, seed).layout()


def _by_hand(scene: Scene, entries: Mapping[int, SubjectEntry]) -> list[int]:
    """The subjects that have a box, and those that are worn, held or carried by one of them."""
    boxed = [index for index in entries if scene.subjects[index].box is not None]
    on = [r.to for r in scene.relations if r.kind in ("wearing", "holding") and r.of in boxed]
    on += [r.of for r in scene.relations if r.kind in ("on", "riding", "in") and r.to in boxed]
    return boxed + [index for index in dict.fromkeys(on) if index in entries and index not in boxed]


def _columns(count: int, aspect: float) -> int:
    """How many of a crowd stand in the front row: more of narrow figures."""
    if count <= (6 if aspect < 0.7 else 4):
        return count
    if count <= 8 or aspect < 0.7:
        return (count + 1) // 2
    return (count + 2) // 3


class _Arranger:
    """Builds groups of figures that belong together, then puts the groups into the picture."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self.scene = scene
        self.seed = seed
        self.random = generator(seed, "layout")
        self.entries: dict[int, SubjectEntry] = {
            index: entry
            for index, subject in enumerate(scene.subjects)
            if subject.known and (entry := vocabulary().subjects.get(subject.noun)) is not None
        }
        self.by_hand = _by_hand(scene, self.entries)
        """What was put by hand, and what goes with it: nothing else moves for it."""
        self.place = place_for(
            scene, [entry.habitat for index, entry in self.entries.items() if index not in self.by_hand]
        )
        self.binder = Binder(scene, self.entries, self.random)
        self.groups: dict[int, Group] = {}
        self.sides: dict[int, tuple[Side, int]] = {}

    def layout(self) -> Layout:
        related = {index for relation in self.scene.relations for index in (relation.of, relation.to)}
        carried = {
            relation.to
            for relation in self.scene.relations
            if relation.kind in ("on", "riding", "in", "wearing", "holding")
        }
        sky = [
            index
            for index, entry in self.entries.items()
            if entry.habitat == "sky"
            and index not in self.by_hand
            and not (index in carried or (index in related and self._joined_below(index)))
        ]
        for index in self.entries:
            if index not in sky and index not in self.by_hand:
                self.groups[index] = self._crowd(index)
        for relation in self.scene.relations:
            self._relate(relation, sky)
        placed = self._ground()
        behind, front = self._furnish(placed)
        heavens, sun = self._heavens(sky, placed, [*placed, *behind])
        return Layout(
            placed=(*heavens, *behind, *placed, *front, *self._put_by_hand()),
            place=self.place,
            horizon=self.place.horizon,
            light=self.scene.light,
            sun=sun,
            weather=self.scene.weather,
            style=self.scene.style,
            seed=self.seed,
        )

    # --- groups -----------------------------------------------------------------------------------------------------

    def _joined_below(self, index: int) -> bool:
        """Whether a thing of the sky is brought down by what it does: a bird on a branch, a rocket beside a house."""
        return any(
            relation.of == index and relation.kind in ("on", "riding", "in", "holding", "wearing", "beside")
            for relation in self.scene.relations
        )

    def _crowd(self, index: int) -> Group:
        """All figures of one subject, in a row or in rows one behind the other."""
        subject, entry = self.scene.subjects[index], self.entries[index]
        code = entry.art_for(subject.adjectives)
        aspect = figure(code).aspect
        # Closer together still than in the vocabulary: a picture is small, and a cat beside a castle is to be seen.
        height = entry.height**0.72 * _SIZES[subject.size]
        width = height * aspect
        carrier: Carrier = "air" if entry.habitat in ("floating", "sky") else "ground"
        if entry.habitat == "water":
            carrier = "air" if self.place.ground == "seabed" else "water" if self.place.water else "ground"
        off_the_ground = next((lift for word, lift in _LIFTS.items() if word in subject.adjectives), 0.0)
        if off_the_ground and carrier == "ground":
            carrier = "air"
        count = subject.count
        columns = _columns(count, aspect)
        group = Group()
        for nth in range(count):
            row, column = divmod(nth, columns)
            in_row = min(columns, count - row * columns)
            step = width * 1.16 + 0.03
            size = 0.86**row * (1 + float(self.random.uniform(-0.05, 0.05)) * (count > 1))
            x = (column - (in_row - 1) / 2) * step + (row % 2) * 0.25 * step * (in_row == columns)
            lift = row * height * 0.86 + (float(self.random.uniform(0, 0.05)) * height if count > 1 else 0)
            if carrier == "air":
                lift += height * ((off_the_ground or 0.3) + float(self.random.uniform(-0.12, 0.2)) * (count > 1))
            group.items.append(
                Item(
                    index, code, x, lift, width * size, height * size, bool(self.random.random() < 0.5), carrier, -lift
                )
            )
        return group

    def _relate(self, relation: Relation, sky: Sequence[int]) -> None:
        """Join the groups of two subjects as the words say."""
        of, to, kind = relation.of, relation.to, relation.kind
        if of in sky or to in sky:
            if kind in ("left_of", "right_of"):
                self._hint(relation)
            return
        if of not in self.groups or to not in self.groups or self.groups[of] is self.groups[to]:
            return
        mover, target = self.groups[of], self.groups[to]
        if kind in ("holding", "wearing"):
            mover, target = target, mover
            of, to = to, of
        self.binder.bind(Joint(mover, target, of, to, kind))
        target.items.extend(mover.items)
        for index, group in self.groups.items():
            if group is mover:
                self.groups[index] = target

    def _hint(self, relation: Relation) -> None:
        """Remember on which side of each other two subjects belong, one of which is in the sky."""
        side: Side = "left" if relation.kind == "left_of" else "right"
        self.sides[relation.of] = (side, relation.to)
        self.sides[relation.to] = ("right" if side == "left" else "left", relation.of)

    # --- into the picture -------------------------------------------------------------------------------------------

    def _ground(self) -> list[Placed]:
        """Put the groups side by side, as large as they fit, the smaller ones of several a little farther back."""
        groups: list[tuple[int, Group]] = []
        for index, group in self.groups.items():
            if all(group is not other for _, other in groups):
                groups.append((index, group))
        if not groups:
            return []
        for _, group in groups:
            if len(groups) > 1 and group.items[0].carrier == "water" and self.place.shore < 1:
                group.scale(0.7)  # Out on the water, so farther away.
        boxes = [group.box() for _, group in groups]
        widths = [right - left for left, _, right, _ in boxes]
        gap = 0.16
        total = sum(widths) + gap * (len(groups) - 1)
        tallest = max(top for *_, top in boxes)
        first = groups[0][1].items
        main = max(item.height for item in first)
        # A tiny mouse on an elephant doesn't make the elephant tiny.
        wanted = max(_SHARES[self.scene.subjects[item.subject].size] for item in first)
        if len(groups) == 1 and tallest > main * 1.3:
            wanted *= 1.25
        scale = min(0.88 / total, wanted / main, (self.place.base - 0.06) / tallest)
        if len(groups) == 1 and groups[0][1].items[0].carrier == "water" and self.place.shore < 1:
            scale *= 0.72
        order = list(range(len(groups)))
        if len(groups) == 2 and self.random.random() < 0.5:
            order.reverse()
        if len(groups) > 2:
            # The first said stands in the middle, the others to both sides.
            order = [*order[1::2][::-1], 0, *order[2::2]]
        aside = 0.08 * float(self.random.choice([-1, 1])) * (len(groups) == 1 and total * scale < 0.62)
        x = 0.5 + aside - total * scale / 2
        chunks: list[tuple[float, list[Placed]]] = []
        for position in order:
            group = groups[position][1]
            left, bottom, right, top = boxes[position]
            line = self._line(group, bottom * scale, top * scale, front=position == 0 or len(groups) == 1)
            self._gather(group, line, scale)
            items = sorted(group.items, key=lambda item: item.order)
            chunk = [self._place(item, x + (item.x - left) * scale, line - item.y * scale, scale) for item in items]
            chunks.append((line, chunk))
            x += (right - left + gap) * scale
        return [placed for _, chunk in sorted(chunks, key=lambda pair: pair[0]) for placed in chunk]

    def _gather(self, group: Group, line: float, scale: float) -> None:
        """Bring back rows of a crowd so near that they still stand on the land, not in the sky."""
        rows = [item for item in group.items if item.carrier in ("ground", "water") and item.y > 0.1]
        if not rows or self.place.ground in ("void", "cloud"):
            return
        land = (
            max(self.place.horizon, min(self.place.shore, 1.0)) if rows[0].carrier == "ground" else self.place.horizon
        )
        deepest = max(item.y for item in rows) * scale
        room = max(0.04, 0.85 * (line - land))
        if deepest > room:
            for item in rows:
                item.y *= room / deepest

    def _line(self, group: Group, bottom: float, top: float, *, front: bool) -> float:
        """The height in the picture of a group's own ground line."""
        place = self.place
        if place.ground in ("void", "cloud"):
            return 0.5 + (top + bottom) / 2
        if place.ground == "seabed" and group.items[0].carrier == "air":
            return min(place.base - 0.05, 0.46 + (top + bottom) / 2)
        if group.items[0].carrier == "air" and self.entries[group.items[0].subject].habitat == "sky":
            # A cat on the moon: both belong up there.
            return min(place.base - 0.04, 0.44 + (top + bottom) / 2)
        line = place.base
        if group.items[0].carrier == "water" and place.shore < 1:
            line = place.horizon + 0.8 * (place.shore - place.horizon)
        elif not front:
            line -= 0.18 * (place.base - max(place.horizon, min(place.shore, place.base)))
        return min(line, 0.97 + min(bottom, 0.0))

    def _place(self, item: Item, x: float, foot: float, scale: float) -> Placed:
        subject = self.scene.subjects[item.subject]
        carrier = item.carrier
        if carrier == "ground" and self.place.ground == "water":
            carrier = "water"
        if self.place.ground in ("void", "cloud") and carrier != "thing":
            carrier = "air"
        far = (self.place.base - foot) / (self.place.base - self.place.horizon)
        return Placed(
            subject=item.subject,
            code=item.code,
            colour=subject.colour,
            x=float(x),
            base=float(foot),
            width=float(item.width * scale),
            height=float(item.height * scale),
            depth=min(1.0, max(0.0, float(far))) if carrier in ("ground", "water") else 0.0,
            flip=item.flip,
            carrier=carrier,
            shines=self.entries[item.subject].key in SHINING,
            turned="upside_down" in subject.adjectives,
            halo="glowing" in subject.adjectives,
        )

    def _put_by_hand(self) -> list[Placed]:
        """What was put into a box stands in it, as large as it fits, on the box's lower edge, with what it has on."""
        boxes = {index: self.scene.subjects[index].box for index in self.by_hand}
        for index in self.by_hand:
            self.groups[index] = self._crowd(index)
        for relation in self.scene.relations:
            pair = {relation.of, relation.to}
            if pair <= boxes.keys() and sum(boxes[index] is not None for index in pair) < 2:
                self._relate(relation, ())
        found: list[Placed] = []
        for index, box in boxes.items():
            if box is None:
                continue
            group = self.groups[index]
            left, bottom, right, top = group.box()
            scale = min((box.right - box.left) / (right - left), (box.bottom - box.top) / (top - bottom))
            middle = (box.left + box.right) / 2
            for item in sorted(group.items, key=lambda item: item.order):
                x = middle + (item.x - (left + right) / 2) * scale
                placed = self._place(item, x, box.bottom - (item.y - bottom) * scale, scale)
                stands = item.carrier in ("ground", "water") and box.bottom > self.place.horizon
                carrier: Carrier = "thing" if item.carrier == "thing" else "ground" if stands else "air"
                found.append(replace(placed, carrier=carrier, depth=0.0))
        return found

    def _furnish(self, placed: Sequence[Placed]) -> tuple[list[Placed], list[Placed]]:
        """What a place is furnished with: behind the figures, and small things in front of them."""
        random = generator(self.seed, "props")
        behind: list[Placed] = []
        front: list[Placed] = []
        place = self.place
        land = max(place.horizon, min(place.shore, 1.0))
        for props in place.props:
            for nth in range(props.count):
                code = props.codes[
                    nth % len(props.codes) if props.zone == "wall" else int(random.integers(len(props.codes)))
                ]
                aspect = figure(code).aspect
                flip = bool(random.random() < 0.5)
                if props.zone == "far":
                    near = float(random.uniform(0.02, 0.16))
                    base = land + near * (1 - land)
                    height = props.height * float(random.uniform(0.6, 1.0)) * (0.55 + 2.8 * near)
                    x = float(random.uniform(-0.2, 1.2))
                elif props.zone == "wall":
                    x = 0.2 if (nth + self.seed) % 2 else 0.8
                    height = props.height
                    base, near = 0.24 + height / 2, 1.0
                elif props.zone == "sides":
                    side = -1 if nth % 2 else 1
                    near = (nth + 0.6) / (props.count + 0.6)
                    base = land + (0.06 + 0.62 * near) * (1 - land)
                    height = props.height * (0.42 + 0.62 * near) * float(random.uniform(0.88, 1.1))
                    x = 0.5 + side * (0.3 + 0.2 * near + float(random.uniform(-0.05, 0.06)))
                else:
                    near = float(random.uniform(0.55, 1.0))
                    base = land + (0.12 + 0.88 * near) * (1.03 - land)
                    height = props.height * (0.5 + 0.6 * near) * float(random.uniform(0.8, 1.15))
                    x = float(random.uniform(-0.05, 1.05))
                    if any(abs(x - p.x) < 0.36 * p.width and base < p.base + 0.7 * height for p in placed):
                        continue
                prop = Placed(
                    subject=None,
                    code=code,
                    colour=None,
                    x=x,
                    base=base,
                    width=height * aspect,
                    height=height,
                    depth=min(1.0, max(0.0, (1 - base) / (1 - place.horizon))),
                    flip=flip,
                    carrier="thing" if props.zone == "wall" else "ground",
                    shines=False,
                )
                foremost = max((p.base for p in placed if p.carrier == "ground"), default=0.9)
                (front if props.zone == "front" and base > foremost else behind).append(prop)
        return sorted(behind, key=lambda p: p.base), sorted(front, key=lambda p: p.base)

    def _heavens(
        self, sky: Sequence[int], placed: Sequence[Placed], standing: Sequence[Placed]
    ) -> tuple[list[Placed], tuple[float, float]]:
        """Scatter what belongs in the sky where there is room for it, and say where the light comes from."""
        found: list[Placed] = []
        alone = not placed
        mass = sum(p.x * p.width for p in placed) / sum(p.width for p in placed) if placed else 0.5
        side = -1.0 if mass > 0.5 else 1.0
        for index in sky:
            subject, entry = self.scene.subjects[index], self.entries[index]
            code = entry.art_for(subject.adjectives)
            aspect = figure(code).aspect
            height = _SKY_SIZES.get(subject.noun, 0.2) * min(_SIZES[subject.size], 1.6)
            height *= 1.35 if alone and index == sky[0] else 1.0
            height /= max(1.0, subject.count**0.42)
            height = min(height, 0.5, 0.6 / aspect)
            for _ in range(subject.count):
                x, y = self._free_spot(index, height, height * aspect, [*standing, *found], side)
                found.append(
                    Placed(
                        subject=index,
                        code=code,
                        colour=subject.colour,
                        x=x,
                        base=y + height / 2,
                        width=height * aspect,
                        height=height,
                        depth=1.0,
                        flip=bool(self.random.random() < 0.5) and entry.key not in SHINING,
                        carrier="sky",
                        shines=entry.key in SHINING,
                        turned="upside_down" in subject.adjectives,
                        halo="glowing" in subject.adjectives,
                    )
                )
        for p in found:
            if p.subject is not None and self.scene.subjects[p.subject].noun in ("sun", "moon"):
                return found, (p.x, p.base - p.height / 2)
        # Low at dawn and sunset; at night a moon that nobody asked for stays outside the picture.
        height = {"dawn": 0.06, "sunset": 0.05, "day": 0.55, "night": 0.9}[self.scene.light]
        return found, (0.5 + side * 0.34, self.place.horizon - height)

    def _free_spot(
        self, index: int, height: float, width: float, taken: Sequence[Placed], side: float
    ) -> tuple[float, float]:
        """The roomiest of many spots in the sky, towards `side` for the first."""
        hills = max((height for kind, _, height in self.place.ridges if kind != "hills"), default=0.0)
        limit = max(0.3, self.place.horizon - 0.04 - 0.6 * hills)
        wish = self.sides.get(index)
        others = [p.x for p in taken if wish is not None and p.subject == wish[1]]
        pivot = sum(others) / len(others) if others else 0.5
        best, best_room = (0.5, 0.25), -9.0
        for _ in range(90):
            x = float(self.random.uniform(0.04 + width / 2, 0.96 - width / 2))
            y = float(self.random.uniform(0.05 + height / 2, max(0.06 + height / 2, limit - height / 2)))
            room = min(
                (
                    max(
                        abs(x - p.x) - (width + p.width) / 2,
                        abs(y - (p.base - p.height / 2)) - (height + p.height) / 2,
                    )
                    for p in taken
                ),
                default=0.1,
            )
            room = min(room, 0.09)
            room += 0.05 * (1 - abs(x - (0.5 + side * 0.22)) * 2) - 0.12 * abs(y - 0.22)
            if wish is not None and (x < pivot) != (wish[0] == "left"):
                room -= 1.0
            if room > best_room:
                best, best_room = (x, y), room
        return best

"""What each place of the vocabulary looks like: its ground, its horizon, its far ridges and what grows there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from edge_models.image.scene import Scene

Ground = Literal["grass", "sand", "snow", "water", "rock", "road", "wood", "stone", "moon", "seabed", "void", "cloud"]
Ridge = Literal["hills", "mountains", "dunes", "trees", "skyline", "roofs", "crags", "shore"]
Zone = Literal["far", "sides", "front", "wall"]
Wall = Literal["plaster", "stripes", "tiles", "blocks", "rock", "shelves"]


@dataclass(frozen=True, slots=True)
class Props:
    """Drawings that a place is furnished with."""

    codes: tuple[str, ...]
    count: int
    height: float
    """Of the nearest, as a share of the square."""
    zone: Zone


@dataclass(frozen=True, slots=True)
class Place:
    """A place's look."""

    ground: Ground
    colour: str
    """Of the ground by day."""
    horizon: float = 0.62
    base: float = 0.9
    """Where the main figure stands."""
    ridges: tuple[tuple[Ridge, str, float], ...] = ()
    """From far to near: kind, colour by day, height above the horizon."""
    props: tuple[Props, ...] = ()
    indoors: str | None = None
    """The wall's colour, when there is a wall instead of a sky."""
    wall: Wall = "plaster"
    water: str | None = None
    """The colour of the water that lies between the horizon and `shore`."""
    shore: float = 0.0
    """Where the land begins, when there is water; below the picture at sea."""


_GRASS, _HILL, _FAR = "#7fb250", "#6f9f5e", "#8fb3a8"
_TREES = ("1f333", "1f332")
_FLOWERS = ("1f33c", "1f337", "1f33b", "1f33a")

PLACES: dict[str, Place] = {
    "plain": Place(
        "grass",
        _GRASS,
        ridges=(("hills", "#93b9b5", 0.15), ("trees", "#7aa58c", 0.05), ("hills", "#84ad74", 0.06)),
        props=(Props(_TREES, 4, 0.16, "far"), Props(("1f33f", "1f33c"), 4, 0.05, "front")),
    ),
    "forest": Place(
        "grass",
        "#5d8a42",
        0.6,
        ridges=(("trees", "#7fa79a", 0.3), ("trees", "#4f7d5c", 0.2)),
        props=(
            Props(_TREES, 16, 0.3, "far"),
            Props(_TREES, 9, 0.7, "sides"),
            Props(("1f344", "1f33f"), 6, 0.07, "front"),
        ),
    ),
    "jungle": Place(
        "grass",
        "#4d8a3c",
        0.6,
        ridges=(("trees", "#7db08a", 0.36), ("trees", "#3f7d4a", 0.26)),
        props=(
            Props(("1f333", "1f334"), 7, 0.2, "far"),
            Props(("1f334", "1f333"), 8, 0.7, "sides"),
            Props(("1f33f", "1f33a"), 8, 0.1, "front"),
        ),
    ),
    "meadow": Place(
        "grass",
        "#86bd52",
        0.6,
        ridges=(("hills", "#98bcb8", 0.14), ("trees", "#7fa98c", 0.045), ("hills", "#86b06e", 0.06)),
        props=(Props(_TREES, 5, 0.14, "far"), Props(_FLOWERS, 12, 0.07, "front")),
    ),
    "garden": Place(
        "grass",
        "#7cb850",
        0.58,
        ridges=(("trees", "#8fb98a", 0.14), ("roofs", "#c99c84", 0.12)),
        props=(Props(("1f333",), 3, 0.46, "sides"), Props(_FLOWERS, 14, 0.09, "front")),
    ),
    "park": Place(
        "grass",
        "#7db455",
        0.6,
        ridges=(("skyline", "#a9bccb", 0.24), ("trees", "#7aa86c", 0.13)),
        props=(Props(("1f333",), 5, 0.5, "sides"), Props(("1f33f", "1f33c"), 5, 0.05, "front")),
    ),
    "mountains": Place(
        "grass",
        "#7d9f57",
        0.64,
        ridges=(("mountains", "#a9bdd6", 0.44), ("mountains", "#7f95ad", 0.28), ("hills", "#6b8a62", 0.08)),
        props=(Props(("1f332",), 8, 0.17, "far"), Props(("1faa8", "1f33f"), 3, 0.06, "front")),
    ),
    "beach": Place(
        "sand",
        "#f0d9a6",
        0.5,
        0.91,
        water="#2f9bbd",
        shore=0.68,
        props=(Props(("1f334",), 3, 0.62, "sides"), Props(("1f41a", "1f33f"), 3, 0.05, "front")),
    ),
    "sea": Place("water", "#2f86b8", 0.56, 0.82, ridges=(("hills", "#a9c4d6", 0.03),), water="#2f86b8", shore=9.0),
    "underwater": Place(
        "seabed",
        "#c8bb8e",
        0.72,
        0.86,
        ridges=(("crags", "#2f7fa0", 0.22), ("crags", "#256a86", 0.12)),
        props=(Props(("1fab8", "1f33f"), 6, 0.16, "sides"), Props(("1f41a", "1fab8"), 4, 0.07, "front")),
    ),
    "island": Place(
        "sand",
        "#f2dca6",
        0.5,
        0.91,
        ridges=(("mountains", "#a5c0c9", 0.1),),
        water="#27a6b8",
        shore=0.63,
        props=(Props(("1f334",), 5, 0.66, "sides"), Props(("1f965", "1f33a"), 3, 0.05, "front")),
    ),
    "lake": Place(
        "grass",
        "#7da552",
        0.52,
        0.93,
        ridges=(("mountains", "#9db7cb", 0.28), ("trees", "#5f8f6e", 0.1)),
        props=(Props(("1f332", "1f333"), 4, 0.62, "sides"), Props(("1f33f", "1f33c"), 4, 0.05, "front")),
        water="#4c93b4",
        shore=0.78,
    ),
    "river": Place(
        "grass",
        "#7aa84e",
        0.56,
        0.93,
        ridges=(("hills", "#9dbdb0", 0.16), ("trees", "#5f8f5e", 0.13)),
        props=(Props(("1f333", "1f332"), 5, 0.62, "sides"), Props(("1f33f", "1faa8"), 5, 0.05, "front")),
        water="#4c9bb8",
        shore=0.73,
    ),
    "desert": Place(
        "sand",
        "#e6bd7c",
        0.62,
        ridges=(("mountains", "#d9b59c", 0.15), ("dunes", "#dba968", 0.1)),
        props=(Props(("1f335",), 4, 0.3, "sides"), Props(("1faa8",), 2, 0.05, "front")),
    ),
    "snow": Place(
        "snow",
        "#eef4fa",
        0.62,
        ridges=(("mountains", "#b9cde0", 0.36), ("hills", "#d3e2ee", 0.08)),
        props=(Props(("1f332",), 9, 0.2, "far"),),
    ),
    "city": Place(
        "road",
        "#71757d",
        0.62,
        ridges=(("skyline", "#a9b9cb", 0.5), ("skyline", "#7d8ea3", 0.34)),
        props=(Props(("1f333",), 2, 0.3, "sides"),),
    ),
    "street": Place(
        "road",
        "#6d7079",
        0.6,
        ridges=(("skyline", "#b0bccb", 0.3), ("roofs", "#b98a78", 0.2)),
        props=(Props(("1f333",), 4, 0.44, "sides"),),
    ),
    "village": Place(
        "grass",
        "#86b058",
        0.6,
        ridges=(("hills", "#98bcb0", 0.16), ("roofs", "#b8806c", 0.14)),
        props=(Props(("1f3e1", "1f333", "1f3e0"), 5, 0.34, "far"), Props(("1f33c",), 6, 0.05, "front")),
    ),
    "space": Place("void", "#070914", 0.8, 0.84),
    "moon_surface": Place("moon", "#b6b5b2", 0.62, ridges=(("crags", "#8e8d8c", 0.12),)),
    "mars": Place(
        "moon",
        "#c46a42",
        0.62,
        ridges=(("mountains", "#b9704f", 0.2), ("crags", "#a9583a", 0.1)),
        props=(Props(("1faa8",), 3, 0.07, "front"),),
    ),
    "sky": Place("cloud", "#f4f8fd", 0.8, 0.78),
    "kitchen": Place(
        "stone",
        "#d8c6ab",
        0.7,
        0.92,
        indoors="#e9efe4",
        wall="tiles",
        props=(Props(("1fa9f",), 1, 0.3, "wall"), Props(("1fab4",), 1, 0.3, "sides")),
    ),
    "living_room": Place(
        "wood",
        "#a9744a",
        0.7,
        0.92,
        indoors="#dcc6a6",
        wall="stripes",
        props=(Props(("1fa9f", "1f5bc"), 2, 0.27, "wall"), Props(("1fab4",), 2, 0.36, "sides")),
    ),
    "bedroom": Place(
        "wood",
        "#b98a62",
        0.7,
        0.92,
        indoors="#b9c8e4",
        wall="stripes",
        props=(Props(("1fa9f", "1f5bc"), 2, 0.27, "wall"), Props(("1f6cf", "1fab4"), 2, 0.34, "sides")),
    ),
    "castle_hall": Place(
        "stone",
        "#8d8478",
        0.68,
        0.92,
        indoors="#a59a8d",
        wall="blocks",
        props=(Props(("1f6e1", "2694"), 2, 0.2, "wall"), Props(("1f56f",), 2, 0.26, "sides")),
    ),
    "cave": Place(
        "rock",
        "#7a6d60",
        0.66,
        0.92,
        indoors="#6b5c4e",
        wall="rock",
        props=(Props(("1faa8", "1f48e"), 5, 0.13, "sides"),),
    ),
    "library": Place(
        "wood",
        "#8a5c3a",
        0.72,
        0.92,
        indoors="#6e4a2f",
        wall="shelves",
        props=(Props(("1f4da",), 3, 0.16, "sides"),),
    ),
    "table": Place("wood", "#a9713f", 0.62, 0.88, indoors="#e9d8bd"),
}
"""By key of the vocabulary's places; `plain` and `table` are what is drawn when no place was said."""

PLACE_ART: tuple[str, ...] = tuple(
    sorted({code for place in PLACES.values() for props in place.props for code in props.codes})
)
"""The drawings that furnish places."""

_SWIMMERS = {
    "fish", "tropical_fish", "pufferfish", "shark", "octopus", "squid", "coral", "jellyfish", "lobster", "shrimp",
    "mermaid", "merman", "orca",
}  # fmt: skip
_FURNITURE = {"sofa", "bed", "chair", "lamp", "television", "bathtub", "door", "mirror", "piano", "window"}
_POND = {"duck", "swan", "lotus", "flamingo"}
_SPACEFARERS = {"planet", "earth", "satellite", "astronaut", "ufo", "comet", "meteor", "rocket"}


def place_for(scene: Scene, habitats: Sequence[str]) -> Place:
    """The place that a scene names, or the one that suits its subjects (`habitats`, in their order)."""
    if scene.place is not None:
        return PLACES.get(scene.place, PLACES["plain"])
    nouns = {subject.noun for subject in scene.subjects}
    first = habitats[0] if habitats else "ground"
    heavenly = bool(habitats) and set(habitats) <= {"sky", "floating"}
    if nouns & _SWIMMERS and "ground" not in habitats:
        key = "underwater"
    elif first == "water" or ("water" in habitats and not {"ground", "indoor"} & set(habitats)):
        key = "lake" if nouns & _POND else "sea"
    elif nouns & _FURNITURE and "sky" not in habitats:
        key = "living_room"
    elif habitats and set(habitats) <= {"indoor"}:
        key = "table"
    elif nouns & _SPACEFARERS and heavenly and scene.time in (None, "night"):
        key = "space"
    elif scene.weather == "snow":
        key = "snow"
    else:
        key = "plain"
    # Where all is in the sky, the land is only a strip.
    return replace(PLACES[key], horizon=0.8) if heavenly and key == "plain" else PLACES[key]

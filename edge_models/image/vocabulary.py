"""The one vocabulary of pictures: what can be said and drawn, read from `subjects.toml` and `vocabulary.toml`.

Engines look things up by key (`vocabulary().subject("fox").art`); `parse`, `words` and `edit` use the words.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge_models.image.scene import Size, TimeOfDay

Habitat = Literal["ground", "sky", "water", "indoor", "floating"]
Worn = Literal["head", "eyes", "ears", "neck", "body", "back", "hands", "legs", "feet"]
ArtCode = Annotated[str, Field(pattern=r"^[0-9a-f]{4,5}(-[0-9a-f]{4,5})*$")]
Said = Annotated[str, Field(pattern=r"^[a-z0-9' -]+$", max_length=60)]
Words = Annotated[tuple[Said, ...], Field(min_length=1)]
RGB = tuple[int, int, int]

ANIMATE = frozenset({"animal", "fantasy", "person"})
"""The kinds that wear, hold and ride things."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectEntry(_Frozen):
    """One thing that can be drawn."""

    key: str
    kind: str
    """animal, fantasy, person, plant, building, vehicle, sky, food, clothing, toy, instrument, object, household."""
    art: ArtCode
    """The key under which the art packs have its picture: `1f98a`, `1f43b-200d-2744`; without fe0f."""
    singulars: Words
    plurals: Words
    """In the order of `singulars`."""
    habitat: Habitat
    height: Annotated[float, Field(gt=0, le=4)]
    """As drawn; 1.0 is a person."""
    colour: str | None = None
    """A key of the colours: the art's own."""
    face: bool = False
    """The art shows only a head, or head and shoulders."""
    framed: bool = False
    """The art is a little picture with a background of its own."""
    mass: bool = False
    """Said without "a": some cheese."""
    held: bool = False
    ridden: bool = False
    worn: Worn | None = None
    variants: Mapping[str, ArtCode] = Field(default_factory=dict)
    """Other art, by adjective."""

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that people call it, each once."""
        return tuple(dict.fromkeys(self.singulars + self.plurals))

    @property
    def animate(self) -> bool:
        """Whether it can wear, hold and ride."""
        return self.kind in ANIMATE

    @property
    def drawings(self) -> tuple[str, ...]:
        """Every art key that it may be drawn with: its own and the variants'."""
        return (self.art, *self.variants.values())

    def art_for(self, adjectives: tuple[str, ...]) -> str:
        """The art's key, given the subject's adjectives: the first that has a variant decides."""
        return next((self.variants[word] for word in adjectives if word in self.variants), self.art)


class Colour(_Frozen):
    """A colour that can be said."""

    rgb: RGB
    """sRGB, 0 to 255."""
    second: RGB | None = None
    """The other one of a pair such as black and white."""
    words: Words

    @model_validator(mode="before")
    @classmethod
    def _from_hex(cls, row: dict[str, Any]) -> dict[str, Any]:
        return {key: _rgb(value) if key in ("rgb", "second") else value for key, value in row.items()}


class Mood(_Frozen):
    """A place, a weather, a time of day or a style."""

    said: Said
    """How we say it after a comma: `at night`, `in watercolour`."""
    words: Words
    when: tuple[Said, ...] = ()
    """Phrases in which a subject's word means this place: `on the moon`."""


class Vocabulary(_Frozen):
    """Everything that can be said about a picture."""

    subjects: Mapping[str, SubjectEntry]
    colours: Mapping[str, Colour]
    sizes: Mapping[Size, Words]
    adjectives: Mapping[str, Words]
    places: Mapping[str, Mood]
    weathers: Mapping[str, Mood]
    times: Mapping[TimeOfDay, Mood]
    styles: Mapping[str, Mood]

    def subject(self, noun: str) -> SubjectEntry:
        """The subject with this key; KeyError when there is none."""
        return self.subjects[noun]

    @cached_property
    def subject_words(self) -> Mapping[str, str]:
        """Every word for a subject, singular or plural, to its key."""
        return {word: entry.key for entry in self.subjects.values() for word in entry.words}

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        owner: dict[str, str] = {}
        for entry in self.subjects.values():
            if entry.colour is not None and entry.colour not in self.colours:
                raise ValueError(f"{entry.key}: there is no colour {entry.colour!r}")
            if strange := set(entry.variants) - set(self.adjectives):
                raise ValueError(f"{entry.key}: there is no adjective {sorted(strange)}")
            for word in entry.words:
                if owner.setdefault(word, entry.key) != entry.key:
                    raise ValueError(f"{word!r} means both {owner[word]} and {entry.key}")
        return self


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    here = Path(__file__).parent
    kinds = tomllib.loads((here / "subjects.toml").read_text("utf-8"))
    rest = tomllib.loads((here / "vocabulary.toml").read_text("utf-8"))
    habitats: dict[str, str] = rest.pop("kinds")
    irregular: dict[str, str] = rest.pop("plurals")
    subjects: dict[str, dict[str, Any]] = {}
    for kind, rows in kinds.items():
        for key, row in rows.items():
            if key in subjects:
                raise ValueError(f"{key} stands twice in subjects.toml")
            singulars = row.pop("words")
            plurals = [word if row.get("mass") else plural(word, irregular=irregular) for word in singulars]
            subjects[key] = {"key": key, "kind": kind, "habitat": habitats[kind]}
            subjects[key] |= {"singulars": singulars, "plurals": plurals} | row
    return Vocabulary.model_validate({"subjects": subjects, **rest})


def plural(noun: str, *, irregular: Mapping[str, str]) -> str:
    """The plural of a noun of one or more words; `bowl of rice` changes its first word, `polar bear` its last.

    `irregular` has the exceptions, by the word that changes.
    """
    link = next((link for link in (" of ", " with ", " on ", " in ") if link in noun), " of ")
    head, of, tail = noun.partition(link)
    before, _, last = head.rpartition(" ")
    if last in irregular:
        last = irregular[last]
    elif last.endswith(("s", "x", "z", "ch", "sh")):
        last += "es"
    elif last.endswith("y") and last[-2:-1] not in tuple("aeiou"):
        last = last[:-1] + "ies"
    elif last.endswith(("tato", "mato", "ango", "cano", "cho", "falo")):
        last += "es"
    else:
        last += "s"
    return f"{before} {last}".strip() + of + tail


def _rgb(hexadecimal: str) -> RGB:
    red, green, blue = bytes.fromhex(hexadecimal.removeprefix("#"))
    return red, green, blue

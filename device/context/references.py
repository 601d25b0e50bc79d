"""Which pictures "it", "the fox one", "the second one" or "both" are.

::

    words of a picture as a whole    "the one before", "the first one", "the fox picture", "the one with the dragon"
    words of a thing in a picture    "the dragon": in the picture that "it" means, else in the newest that has one
    a pronoun, or nothing at all     the picture that "it" means; asked back where one sentence made two
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from device.context.references_arabic import as_english
from device.context.surroundings import PictureSeen, Surroundings
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene, Subject
from edge_models.image.vocabulary import vocabulary
from edge_models.image.words import noun_words

_ARTICLES = frozenset({"a", "an", "the", "my", "our"})
CONVERSATION_S = 1800.0
""""The first one" is the first since a pause of this length."""
_A_PICTURE = "(?:picture|image|drawing|painting|photo|sketch|version|one)"
_BEFORE = re.compile(
    rf"\bthe (?:(?:{_A_PICTURE} )?before(?: (?:that|this|it|last|the last)(?: one)?)?"
    rf"|(?:previous|earlier|last but one|next to last|second last|second to last) {_A_PICTURE}"
    rf"|last {_A_PICTURE} but one|other {_A_PICTURE})\b",
    re.IGNORECASE,
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_ORDINAL = re.compile(
    rf"\bthe (?:very )?({'|'.join(_ORDINALS)})(?: {_A_PICTURE}(?: (?:you|we|I) (?:made|drew|did))?\b|(?= again|$))",
    re.IGNORECASE,
)
"""Not "the second cat", who is in a picture."""
_SEVERAL = re.compile(
    rf"\b(?:both(?: of them)?(?: {_A_PICTURE}s)?|the (?:last |latest )?two(?: {_A_PICTURE}s)?)\b", re.IGNORECASE
)
_NEWEST = re.compile(rf"\bthe (?:last|latest|newest|most recent) {_A_PICTURE}\b(?! but one)", re.IGNORECASE)
_ONE_OF = re.compile(rf"\bone of (?:them|these|those|the two|the last two|both)(?: {_A_PICTURE}s?)?\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:it|him|her|them)\b", re.IGNORECASE)
_LATEST = re.compile(
    rf"\b(?:that|this|(?:the|that)(?: last| latest| newest| current)? {_A_PICTURE}s?)\b", re.IGNORECASE
)
_CALLED = re.compile(rf"\b(?:the|that) ((?:[\w'-]+ ){{1,3}}?){_A_PICTURE}\b(?! (?:with|of))", re.IGNORECASE)
_WITH = re.compile(rf"\b(?:the|that) {_A_PICTURE} (?:with|of|in|at|on) ((?:[\w'-]+ ?){{1,6}})", re.IGNORECASE)
_PHOTO = re.compile(r"\b(?:my|our|the|that|this) (?:last |latest )?photo(?:graph)?\b", re.IGNORECASE)
_THING = re.compile(r"\bthe (?=((?:[\w'-]+ ){0,2}[\w'-]+))", re.IGNORECASE)
"""Looked ahead at: "the doors of the barn" names two things."""
_OWNED = re.compile(r"['’]s\b")
_NUMBERED = re.compile(rf"\b({'|'.join(_ORDINALS)})\b", re.IGNORECASE)
_PEOPLE = {
    "her": frozenset({"woman", "girl", "princess", "queen", "grandmother", "mermaid", "fairy", "witch", "bride"}),
    "him": frozenset({"man", "boy", "prince", "king", "grandfather", "merman", "wizard", "knight", "santa"}),
}
_KINDS = {
    "animal": {"animal"},
    "creature": {"animal", "fantasy"},
    "person": {"person"},
    "plant": {"plant"},
    "building": {"building"},
    "vehicle": {"vehicle"},
}
"""What people call a thing by its kind, to the vocabulary's kinds."""


@dataclass(frozen=True, slots=True)
class Referred:
    """What a command is about."""

    pictures: Mapping[str, str]
    """The words to a picture's id, in the order of speech; empty where there is no such picture."""
    command: str
    """The command with "it" for what named a whole picture: "make the fox one blue" asks nothing of a fox."""
    by: Literal["picture", "thing", "latest"] = "latest"
    """How they were named: as whole pictures ("the fox one", "both"), by something in one, or as "it"."""
    among: tuple[PictureSeen, ...] = ()
    """One of these is meant and it can't be known which: to be asked."""


def referred(
    command: str,
    slots: Mapping[str, str | int],
    surroundings: Surroundings,
    *,
    several: bool = False,
    whole: bool = False,
) -> Referred:
    """What `command` refers to. A sentence that names none ("add a tree", "another one") is about the latest.

    `several`: it wants two pictures or more ("put the fox and the castle together"). `whole`: it does something with a
    picture and nothing to what is in it ("send the watercolour"), so that any of its words may name it.
    """
    english = as_english(command)
    about = _referred(english, slots, surroundings, several=several, whole=whole)
    # What names no picture stays as it was said, in whatever language.
    return about if about.command != english else replace(about, command=command)


def _referred(
    command: str, slots: Mapping[str, str | int], surroundings: Surroundings, *, several: bool, whole: bool
) -> Referred:
    pictures = surroundings.pictures
    latest = surroundings.latest
    if latest is None:
        return Referred({}, command)
    if several:
        return Referred(_together(command, pictures), command, by="picture")
    named = _as_wholes(command, slots, pictures)
    if named is not None:
        return named
    pronoun = _PRONOUN.search(command)
    for thing in () if pronoun else _things(command):
        if thing_in := _newest_with(pictures, thing, whole=whole):
            picture, noun = thing_in
            return Referred({f"the {thing.lower()}": picture.id}, _said(command, thing, noun), by="thing")
    found = pronoun or _LATEST.search(command)
    words = found.group().lower() if found else "it"
    if person := _person(words, pictures):
        return Referred({words: person.id}, command)
    return Referred({words: latest.id}, command, among=_twins(pictures))


def _as_wholes(command: str, slots: Mapping[str, str | int], pictures: tuple[PictureSeen, ...]) -> Referred | None:
    """What a command refers to that names whole pictures, "it" in their place; None when it names none."""
    if (found := _ONE_OF.search(command)) and len(pictures) > 1:
        return Referred({found.group().lower(): pictures[0].id}, command, by="picture", among=_last_two(pictures))
    if slots.get("which") == "before":
        return Referred({"the one before": pictures[1].id} if len(pictures) > 1 else {}, command, by="picture")
    if (found := _SEVERAL.search(command)) and len(pictures) > 1:
        meant = {f"the {word} one": picture.id for word, picture in zip(_ORDINALS, _last_two(pictures), strict=False)}
        return Referred(meant, _said(command, found.group(), "it"), by="picture")
    if found := _NEWEST.search(command):
        newest = max(pictures, key=lambda picture: picture.made_at)
        return Referred({found.group().lower(): newest.id}, _said(command, found.group(), "it"), by="picture")
    for words, picture in _wholes(command, pictures):
        return Referred({words.lower(): picture.id} if picture else {}, _said(command, words, "it"), by="picture")
    return None


def _together(command: str, pictures: tuple[PictureSeen, ...]) -> dict[str, str]:
    """The pictures that are to become one: those that are named, and where these are not two the latest as well."""
    conversation = _conversation(pictures)
    meant: dict[str, str] = {}
    for found in _NUMBERED.finditer(command):
        number = _ORDINALS.index(found.group(1).lower())
        if number < len(conversation):
            meant[f"the {found.group(1).lower()} one"] = conversation[number].id
    for thing in () if meant else _things(command):
        if picture := _newest(pictures, thing):
            meant[f"the {thing}"] = picture.id
    named = bool(meant)
    for picture in _last_two(pictures)[::-1]:
        if len(set(meant.values())) < 2 and picture.id not in meant.values():
            meant["it" if picture is pictures[0] else "the one before"] = picture.id
    # Where none was named, the older comes first: the place is that of the later, which is the one being looked at.
    return meant if named else dict(reversed(meant.items()))


def _last_two(pictures: tuple[PictureSeen, ...]) -> tuple[PictureSeen, ...]:
    """The latest and the one before it as they were made; of one that was changed, the last state."""
    changed = {picture.parent for picture in pictures}
    ends = [picture for picture in pictures if picture.id not in changed]
    return _oldest_first(ends[:2] if len(ends) > 1 else pictures[:2])


def _person(pronoun: str, pictures: tuple[PictureSeen, ...]) -> PictureSeen | None:
    """Whom "her" and "him" mean where the latest picture shows only others."""
    wanted = _PEOPLE.get(pronoun)
    shown = [{subject.noun for subject in picture.scene.subjects} if picture.scene else set() for picture in pictures]
    if (
        wanted is None
        or wanted & shown[0]
        or not any(nouns & people for nouns in shown[:1] for people in _PEOPLE.values())
    ):
        return None
    return next((picture for picture, nouns in zip(pictures, shown, strict=True) if nouns & wanted), None)


def _said(command: str, words: str, instead: str) -> str:
    return re.sub(re.escape(words), instead, command, count=1)


def shows(picture: PictureSeen, description: str) -> bool:
    """Whether `description` ("the blue dragon", "night", "animal") is of this picture."""
    words = as_english(description).lower().split()
    while words and words[0] in _ARTICLES:
        del words[0]
    if not words:
        return False
    if picture.scene is None:
        return set(words) <= set(re.findall(r"[\w'-]+", picture.prompt.lower()))
    if _of_kind(picture.scene, words[-1]):
        return True
    said = parse_prompt(" ".join(words))
    if not said.subjects and len(words) == 1 and (colour := _colour(words[0])):
        return any(subject.colour == colour for subject in picture.scene.subjects)
    if said.unknown:
        return _in_words(picture, description)
    return _is_in(said, picture.scene)


def is_mainly(picture: PictureSeen, thing: str) -> bool:
    """Whether `thing` is what the picture is of, or how it is drawn, and not just in it."""
    if picture.scene is None:
        return shows(picture, thing)
    main = replace(
        picture, scene=picture.scene.model_copy(update={"subjects": picture.scene.subjects[:1], "relations": ()})
    )
    return shows(main, thing) or _in_words(picture, thing)


def _in_words(picture: PictureSeen, thing: str) -> bool:
    """Whether a word that can't be drawn names the picture by the words that it was made from: "the submarine"."""
    words = [word for word in as_english(thing).lower().split() if word not in _ARTICLES]
    unknown = bool(words) and set(parse_prompt(" ".join(words)).unknown) == set(words)
    prompt = re.findall(r"[\w'-]+", picture.prompt.lower())
    # "The lemons" are in a picture of a lemon grove.
    return unknown and {word.removesuffix("s") for word in words} <= {word.removesuffix("s") for word in prompt}


def _is_in(said: Scene, scene: Scene) -> bool:
    moods = [(getattr(said, name), getattr(scene, name)) for name in ("place", "weather", "time", "style")]
    named = [(wanted, there) for wanted, there in moods if wanted is not None]
    if not said.subjects and not named:
        return False
    things = all(any(_same(wanted, there) for there in scene.subjects) for wanted in said.subjects)
    return things and all(wanted == there for wanted, there in named)


def _same(wanted: Subject, there: Subject) -> bool:
    return wanted.noun == there.noun and wanted.colour in (None, there.colour)


def _colour(word: str) -> str | None:
    return next((key for key, colour in vocabulary().colours.items() if word in colour.words), None)


def _wholes(command: str, pictures: tuple[PictureSeen, ...]) -> Iterator[tuple[str, PictureSeen | None]]:
    """What names a picture as a whole, and the picture; None where there is none of the kind."""
    if found := _BEFORE.search(command):
        yield found.group(), pictures[1] if len(pictures) > 1 else None
    if found := _ORDINAL.search(command):
        conversation = _conversation(pictures)
        number = _ORDINALS.index(found.group(1).lower())
        yield found.group(), conversation[number] if number < len(conversation) else None
    photo = next((picture for picture in pictures if picture.photo), None)
    if photo and (found := _PHOTO.search(command)):
        yield found.group(), photo
    for found in _CALLED.finditer(command):
        words = found.group(1).split()
        for begin in range(len(words)):
            if meant := _newest(pictures, " ".join(words[begin:])):
                yield found.group(), meant
    if found := _WITH.search(command):
        words = found.group(1).split()
        for end in range(len(words), 0, -1):
            if meant := _newest(pictures, " ".join(words[:end])):
                yield found.group()[: found.start(1) - found.start()] + " ".join(words[:end]), meant


def _newest_with(pictures: tuple[PictureSeen, ...], thing: str, *, whole: bool) -> tuple[PictureSeen, str] | None:
    """The newest picture with `thing` in it, and the thing in words that an edit knows: "animal" is a fox.

    `whole`: also the newest that is so, or was made from such words.
    """
    for picture in sorted(pictures, key=lambda one: _by_another_name(one, thing.rsplit(maxsplit=1)[-1].lower())):
        if picture.scene is None:
            continue
        kind = thing.rsplit(maxsplit=1)[-1].lower()
        if subject := _of_kind(picture.scene, kind):
            return picture, thing[: -len(kind)] + noun_words(subject)
        said = parse_prompt(thing)
        if (whole or said.subjects or said.place) and shows(picture, thing):
            return picture, thing
        if whole and _in_words(picture, thing):
            return picture, thing
    return None


def _of_kind(scene: Scene, word: str) -> Subject | None:
    """The first subject that `word` ("animal") is the kind of."""
    kinds = _KINDS.get(word.removesuffix("s"), set())
    known = (subject for subject in scene.subjects if subject.known)
    return next((subject for subject in known if vocabulary().subject(subject.noun).kind in kinds), None)


def _newest(pictures: tuple[PictureSeen, ...], description: str) -> PictureSeen | None:
    return next(iter(so_called([picture for picture in pictures if shows(picture, description)], description)), None)


def so_called(found: Sequence[PictureSeen], description: str) -> Sequence[PictureSeen]:
    """Of several pictures of the thing those that were asked for in this word: a slug is drawn like a snail."""
    word = description.lower().split()[-1]
    called = [picture for picture in found if not _by_another_name(picture, word)] if len(found) > 1 else found
    return called or found


def _by_another_name(picture: PictureSeen, word: str) -> bool:
    prompt = picture.prompt.lower()
    if word.removesuffix("s") in prompt:
        return False
    drawn = {subject.noun for subject in parse_prompt(prompt).subjects if subject.known}
    return any(subject.noun in drawn for subject in parse_prompt(f"a {word}").subjects)


def _things(command: str) -> Iterator[str]:
    """What may be named with "the": "the blue", "the blue dragon"."""
    for found in _THING.finditer(command):
        words = _OWNED.sub("", found.group(1)).split()
        for end in range(1, len(words) + 1):
            yield " ".join(words[:end])


def _conversation(pictures: tuple[PictureSeen, ...]) -> tuple[PictureSeen, ...]:
    """Those of the present conversation, in the order in which they were made."""
    made = _oldest_first(pictures)
    pauses = [n for n in range(1, len(made)) if made[n].made_at - made[n - 1].made_at > CONVERSATION_S]
    return made[pauses[-1] :] if pauses else made


def _oldest_first(pictures: Sequence[PictureSeen]) -> tuple[PictureSeen, ...]:
    order = sorted(range(len(pictures)), key=lambda n: (pictures[n].made_at, -n))
    return tuple(pictures[n] for n in order)


def _twins(pictures: tuple[PictureSeen, ...]) -> tuple[PictureSeen, ...]:
    """The pictures that one sentence made, neither from the other, where the latest is of these."""
    first = pictures[0]
    made = tuple(picture for picture in pictures if first.turn and picture.turn == first.turn)
    parents = {picture.parent for picture in made}
    ends = tuple(picture for picture in made if picture.id not in parents)
    return _oldest_first(ends) if len(ends) > 1 else ()

"""Reads one noun phrase: "three small red foxes", "the second dragon", "an enchanted forest", "a watercolour"."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_models.image.lexicon import MAX_WORD, Item, places_named
from edge_models.image.scene import Size, Subject, TimeOfDay
from edge_models.image.vocabulary import vocabulary

PLURAL_COUNT = 3
"""How many "foxes" are when nobody counted them."""
MAX_ADJECTIVES = 4
_LONGEST_NOUN = 4
_FARTHEST_NOUN = 8


@dataclass(slots=True)
class Phrase:
    """What a noun phrase says; without a noun it is a description or a mood alone ("blue", "a storm")."""

    end: int
    """The index of the first item after it."""
    noun: str | None = None
    known: bool = True
    plural: bool = False
    determiner: str | None = None
    number: int | None = None
    pair: bool = False
    ordinal: int | None = None
    colour: str | None = None
    size: Size | None = None
    adjectives: list[str] = field(default_factory=list)
    place: str | None = None
    either: bool = False
    """The noun and the place are one word ("the mountains"): the context tells which is meant."""
    weather: str | None = None
    time: TimeOfDay | None = None
    style: str | None = None
    grow: int = 0
    unknown: list[str] = field(default_factory=list)
    """Words in it that nothing was done with."""
    looks: list[str] = field(default_factory=list)
    """Its describing words, as said."""
    text: list[str] = field(default_factory=list)
    """Its describing words, moods and noun, as said."""

    @property
    def described(self) -> bool:
        """Whether it says how something looks."""
        return bool(self.colour or self.size or self.adjectives or self.grow)

    @property
    def counted(self) -> bool:
        """Whether it says how many."""
        return self.number is not None or self.determiner in ("a", "an", "another")

    @property
    def count(self) -> int:
        """How many of the noun there are."""
        mass = self.known and self.noun is not None and vocabulary().subject(self.noun).mass
        if self.number is not None:
            return 1 if mass and self.pair else self.number
        return PLURAL_COUNT if self.plural and not mass and self.determiner not in ("a", "an", "another") else 1

    def subject(self) -> Subject:
        """The subject that it introduces; it must have a noun."""
        assert self.noun is not None
        return Subject(
            noun=self.noun,
            known=self.known,
            count=self.count,
            colour=self.colour,
            size=self.size or "normal",
            adjectives=tuple(self.adjectives),
        )


def place_named(preposition: str, phrase: Phrase) -> str | None:
    """The place that preposition and noun mean together: "on the moon", "in the mountains"."""
    elsewhere = phrase.place is not None and not phrase.either
    plain = phrase.number is None and phrase.ordinal is None and not phrase.described and not elsewhere
    named = places_named().get((preposition, phrase.noun or ""))
    return named if plain and named else phrase.place if phrase.either else None


def read_phrase(items: Sequence[Item], start: int, *, expected: bool = False) -> Phrase | None:
    """The noun phrase that begins at `start`, or None.

    `expected`: a noun must come here (after a preposition), so an unknown word without a determiner is taken for one.
    """
    phrase = Phrase(end=start)
    _Reading(items, phrase, expected=expected).run()
    empty = phrase.noun is None and not phrase.described and not _moody(phrase) and phrase.number is None
    return None if empty else phrase


def _moody(phrase: Phrase) -> bool:
    return bool(phrase.place or phrase.weather or phrase.time or phrase.style)


class _Reading:
    def __init__(self, items: Sequence[Item], phrase: Phrase, *, expected: bool) -> None:
        self.items = items
        self.phrase = phrase
        self.expected = expected

    def run(self) -> None:
        self._quantity()
        while (item := self._item(self.phrase.end)) is not None and self._take(item):
            pass

    def _item(self, at: int) -> Item | None:
        return self.items[at] if at < len(self.items) else None

    def _quantity(self) -> None:
        phrase = self.phrase
        while (item := self._item(phrase.end)) is not None:
            if item.number is not None:
                phrase.number, phrase.pair = item.number, item.pair
            elif item.determiner is not None:
                phrase.determiner = item.determiner
            elif item.ordinal is not None and phrase.determiner is not None:
                phrase.ordinal = item.ordinal
            elif item.glue != "filler" or (phrase.determiner is None and phrase.number is None):
                return
            phrase.end += 1

    def _take(self, item: Item) -> bool:
        """Take in one item; False when the phrase ends."""
        at = self.phrase.end
        if item.glue is not None:
            return self._skip(item, at)
        if item.grow:
            self.phrase.grow = item.grow
            self.phrase.end += 1
            return True
        if item.modifier and (item.subject is None or self._noun_follows(at + 1)):
            return self._describe(item)
        if item.subject is not None:
            return self._name(item, at)
        if item.place or item.mood:
            return self._mood(item, at)
        return item.unknown and self._strange(at)

    def _skip(self, item: Item, at: int) -> bool:
        following = self._item(at + 1)
        strange = following is not None and following.unknown and self._noun_follows(at + 2, known=True)
        again = following is not None and (following.modifier or strange)
        if item.glue == "filler" or (
            item.glue in ("and", "comma") and self.phrase.described and again and self._noun_follows(at + 1)
        ):
            self.phrase.end += 1
            return following is not None
        return False

    def _describe(self, item: Item) -> bool:
        phrase = self.phrase
        phrase.end += 1
        phrase.text.append(item.text)
        phrase.looks.append(item.text)
        if item.colour and phrase.colour is None:
            phrase.colour = item.colour
        elif item.size and phrase.size is None:
            phrase.size = item.size
        elif item.adjective and item.adjective not in phrase.adjectives and len(phrase.adjectives) < MAX_ADJECTIVES:
            phrase.adjectives.append(item.adjective)
        else:
            phrase.unknown.append(item.text)
        return True

    def _name(self, item: Item, at: int) -> bool:
        phrase = self.phrase
        following = self._item(at + 1)
        compound = following is not None and following.subject is not None and following.action is None
        if compound and not item.plural and item.subject != (following and following.subject):
            # "a chocolate castle": the last noun is the thing; what it is made of can't be drawn.
            phrase.unknown.append(item.text)
            phrase.end += 1
            return True
        plain = phrase.number is None and not phrase.described and phrase.ordinal is None
        if item.place and plain:
            phrase.place, phrase.either = item.place, True
        phrase.noun, phrase.plural = item.subject, item.plural
        phrase.text.append(item.text)
        phrase.end += 1
        return False

    def _mood(self, item: Item, at: int) -> bool:
        phrase = self.phrase
        if item.relation:
            return False
        phrase.end += 1
        phrase.text.append(item.text)
        phrase.place = phrase.place or item.place
        phrase.weather = phrase.weather or item.weather
        phrase.time = phrase.time or item.time
        phrase.style = phrase.style or item.style
        following = self._item(at + 1)
        part = following is not None and following.unknown and not following.text.endswith(("ing", "ed", "ly"))
        return self._noun_follows(at + 1, known=True) or bool(item.place and phrase.determiner and part)

    def _strange(self, at: int) -> bool:
        phrase = self.phrase
        run = [self.items[at].text]
        while (item := self._item(at + len(run))) is not None and item.unknown and len(run) < _LONGEST_NOUN:
            if item.text.endswith("ing"):  # "a gruffalo juggling": a verb, not a part of the name
                break
            run.append(item.text)
        if self._noun_follows(at + len(run), known=True):
            phrase.unknown += run
            phrase.end += len(run)
            return True
        if phrase.determiner or phrase.number is not None or phrase.described or self.expected:
            phrase.noun, phrase.known = " ".join(run)[:MAX_WORD].strip(), False
            phrase.text += run
            phrase.end += len(run)
        return False

    def _noun_follows(self, start: int, *, known: bool = False) -> bool:
        """Whether a noun comes after nothing but describing words; unless `known`, an unknown word will do."""
        for at in range(start, start + _FARTHEST_NOUN):
            item, following = self._item(at), self._item(at + 1)
            if item is None:
                return False
            between = item.glue in ("and", "comma") and following is not None and following.modifier
            if item.subject or (item.place and not item.relation):
                return True
            if item.unknown and not known:
                return True
            if not (item.modifier or (item.mood and not item.relation) or between or item.glue == "filler"):
                return False
        return False

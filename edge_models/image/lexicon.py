"""From text to `Item`s: every word or phrase with all it can mean; the longest phrase wins.

The vocabulary brings the things and moods; the words that hold a sentence together stand here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from edge_models.image.scene import RelationKind, Size, TimeOfDay
from edge_models.image.vocabulary import vocabulary

MAX_CHARACTERS = 5000
MAX_WORD = 60

Glue = Literal["comma", "and", "copula", "pronoun", "filler", "without"]
Preposition = RelationKind | Literal["with", "at", "inside", "flying"]


@dataclass(frozen=True, slots=True)
class Item:
    """A word or phrase of the text and its possible readings; with none of them it is unknown."""

    text: str
    subject: str | None = None
    plural: bool = False
    colour: str | None = None
    size: Size | None = None
    adjective: str | None = None
    place: str | None = None
    weather: str | None = None
    time: TimeOfDay | None = None
    style: str | None = None
    determiner: str | None = None
    number: int | None = None
    pair: bool = False
    """"a pair of": two shoes, but one pair of glasses."""
    ordinal: int | None = None
    """0 for the first."""
    relation: Preposition | None = None
    side: Literal["left_of", "right_of", "behind", "in_front_of"] | None = None
    """Where in the picture: "on the left", "in the background"."""
    action: str | None = None
    """What somebody does: an adjective's key, or "" when nothing is drawn of it (`sitting`)."""
    grow: int = 0
    """+1 in "bigger", -1 in "smaller"."""
    glue: Glue | None = None

    @property
    def unknown(self) -> bool:
        """Whether the word means nothing to us."""
        return self == Item(self.text)

    @property
    def modifier(self) -> bool:
        """Whether it can describe the noun that follows."""
        return bool(self.colour or self.size or self.adjective)

    @property
    def mood(self) -> bool:
        """Whether it sets weather, time or style."""
        return bool(self.weather or self.time or self.style)


NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")

_MANY = {
    "a couple of": 2, "couple of": 2, "both": 2, "a few": 3, "few": 3, "three or four": 3, "several": 4,
    "half a dozen": 6, "half dozen": 6, "many": 6, "lots of": 6, "a lot of": 6, "loads of": 6, "plenty of": 6,
    "a dozen": 12, "dozen": 12, "dozens of": 12, "a hundred": 12, "hundred": 12, "hundreds of": 12,
    "a thousand": 12, "thousand": 12, "thousands of": 12, "thirteen": 12, "fourteen": 12, "fifteen": 12,
    "sixteen": 12, "seventeen": 12, "eighteen": 12, "nineteen": 12, "twenty": 12, "thirty": 12, "fifty": 12,
    "a single": 1, "single": 1,
}  # fmt: skip
_GROUPS = ("group", "bunch", "flock", "herd", "pack", "school", "swarm", "crowd", "row", "gang", "litter")

_RELATIONS: dict[Preposition, str] = {
    "on": "on|on top of|onto|upon|on the top of|on the back of",
    "under": "under|underneath|beneath",
    "above": "above|over|high above|up above",
    "below": "below",
    "beside": "holding hands with|beside|next to|near|by|close to|alongside|besides|near to|against|between|among"
    "|around|looking at|watching|talking to|kissing|hugging|fighting|facing|meeting|feeding|catching|guarding"
    "|protecting|visiting|pushing|pulling|throwing|kicking|pointing at|waving at",
    "left_of": "left of|to the left of|on the left of|on the left side of|at the left of",
    "right_of": "right of|to the right of|on the right of|on the right side of|at the right of",
    "behind": "behind|in back of|at the back of|chasing|following",
    "in_front_of": "in front of|before|at the front of|ahead of",
    "in": "in|into|through",
    "inside": "inside|within|inside of",
    "holding": "holding|carrying|eating|reading|playing|drinking|holding onto|waving|holding up|juggling with"
    "|playing with|playing the|licking",
    "riding": "riding|driving|riding on|flying in|sitting in|steering",
    "wearing": "wearing|dressed in|with on its head|in a pair of",
    "with": "with|together with|along with|who has|that has|which has|having|has|who have|have",
    "flying": "flying a|flying an|flying the|flying his|flying her|flying their",
    "at": "at|across|along|from|towards|toward",
}
_SIDES = {
    "left_of": "on the left|to the left|on the left side|on the left hand side|on its left|on the left of it",
    "right_of": "on the right|to the right|on the right side|on the right hand side|on its right|on the right of it",
    "behind": "in the background|in the distance|far away|at the back",
    "in_front_of": "in the foreground|at the front|in front",
}
_ACTIONS = {
    "sleeping": "sleeping|sleeps|sleep|dreaming|lying asleep",
    "flying": "flying|flies|fly|soaring|hovering|floating",
    "dancing": "dancing|dances|dance",
    "running": "running|runs|run|galloping|racing",
    "jumping": "jumping|jumps|jump|leaping|bouncing",
    "glowing": "glowing|glows|glow|shining|shines|lit up",
    "happy": "smiling|laughing|smiles",
    "sad": "crying|cries|weeping",
    "": "sitting|sits|standing|stands|lying|lies|laying|resting|walking|walks|swimming|swims|living|lives|hanging|hangs"
    "|waiting|sailing|sails|parked|perched|climbing|hiding|rising|growing|playing|located|placed|wandering|relaxing"
    "|exploring|travelling|traveling|crossing|driving along|strolling|seated|situated|set|going|coming|holding hands"
    "|landing|leaning|setting",
}
_GLUE: dict[Glue, str] = {
    "and": "and|plus|and also|as well as|and then|and there is|and there are|and there's|&",
    "copula": "is|are|was|were|be|being|that is|that are|who is|who are|which is|which are|it's|that's|its|should be",
    "pronoun": "it|them|him|her|itself|they|this one|that one|he|she",
    "without": "without|without any|no|with no|but no|not|but not|without a|but without",
    "filler": "um|umm|uh|uhm|er|erm|ah|oh|hmm|hm|please|pls|thanks|thank you|you know|i mean|kind of|sort of|just|maybe"
    "|okay|ok|well|so|hey|like|now|then|here|there|again|perhaps|actually|basically|alright|right then|let's see"
    "|for me|for us|for him|for her|for them|to me|of it|of them|all|only|also|too|as well"
    "|together|today|somewhere|nearby|even|both of|each|every"
    "|can you|could you|would you|will you|i want|i want you to|i would like|i'd like|i'd love|i would love|i need"
    "|can i have|could i have|can i get|could i get|may i have|let me see|i want to see|i'd like to see|can i see"
    "|draw|drawing|paint|make|create|generate|imagine|design|sketch me|illustrate|render|show|give|do|to"
    "|draw me|paint me|make me|create me|show me|give me|draw us|imagine me|get me|drawn|painted|made"
    "|picture|image|pic|scene|illustration|artwork|wallpaper|poster|painting|version|art"
    "|picture of|image of|pic of|drawing of|painting of|illustration of|scene of|scene with|view of|portrait of"
    "|picture with|image with|depiction of|picture showing|close up of|close up|of"
    "|there is|there are|there's|in the style of|in style of|in the style|style|styled|look|looking|like a|as"
    "|very|really|quite|super|so very|extremely|bright|dark|light|deep|pale|coloured|colour|in colour|rather|pretty"
    "|beautiful|nice|lovely|cute|adorable|great|good|cool|awesome|amazing|wonderful|gorgeous|fantastic|sweet looking"
    "|in the middle|in the middle of the picture|in the centre|in the center|in the picture|in the scene|in it"
    "|at the top|at the bottom|day out|that|which|who|where|while|but|or|some kind of|time|weather|during|made of"
    "|for|about|some sort of|a bit of|a little bit"
    "|full of|covered in|surrounded by|filled with|up|down|out|off|its own",
}
_DETERMINERS = (
    "a", "an", "the", "my", "your", "our", "his", "her", "their", "this", "that", "these", "those", "some", "another",
    "any", "other",
)  # fmt: skip
_FAMILY = (
    "daughter", "son", "wife", "husband", "kid", "kids", "children", "mum", "mom", "dad", "mother", "father", "sister",
    "brother", "friend", "friends", "boyfriend", "girlfriend", "grandma", "grandpa", "granddaughter", "grandson",
    "baby", "boss", "teacher", "partner", "niece", "nephew", "family", "birthday", "daughter's birthday",
    "son's birthday", "wife's birthday", "mum's birthday", "mom's birthday",
)  # fmt: skip
_SPELLING = {"gray": "grey", "grays": "greys", "center": "centre", "theater": "theatre", "aeroplanes": "aeroplane"}
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?|[,;:.!?&]")


def lex(text: str) -> list[Item]:
    """The items of the text's first 5,000 characters."""
    tokens = list(_tokens(text))
    phrases, longest = _lexicon()
    items: list[Item] = []
    at = 0
    while at < len(tokens):
        for length in range(min(longest, len(tokens) - at), 0, -1):
            found = phrases.get(tuple(tokens[at : at + length]))
            if found is not None:
                break
        else:
            length, found = 1, _alone(tokens[at])
        items.append(found)
        at += length
    return items


def _tokens(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(text[:MAX_CHARACTERS].lower().replace("’", "'")):
        if token.isascii():
            plain = token
        else:
            bare = "".join(c for c in unicodedata.normalize("NFKD", token) if not unicodedata.combining(c))
            plain = bare if bare.isascii() else token
        plain = _SPELLING.get(plain, plain.replace("color", "colour"))
        yield "," if plain in ".;:!?" else plain


def _alone(token: str) -> Item:
    """A single word that is in no list: a number, a possessive, a slip of the typing, or unknown."""
    phrases, _ = _lexicon()
    if token.isascii() and token.isdigit():
        count = int(token[:4])
        return Item(token, number=min(count, 12)) if count else Item(token, glue="without")
    if token.endswith("'s") and (owner := phrases.get((token[:-2],))):
        return owner
    return _meant(token) or Item(token[:MAX_WORD])


def split(phrase: str) -> tuple[str, ...]:
    """A phrase of the vocabulary as the tokens that a text with it has."""
    return tuple(_tokens(phrase.replace("-", " ")))


@cache
def _lexicon() -> tuple[dict[tuple[str, ...], Item], int]:
    readings: dict[tuple[str, ...], dict[str, Any]] = {}

    def means(phrases: Iterable[str], **reading: Any) -> None:
        for phrase in phrases:
            known = readings.setdefault(split(phrase), {})
            for key, value in reading.items():
                known.setdefault(key, value)

    for key, entry in vocabulary().subjects.items():
        means(entry.singulars, subject=key, plural=False)
        means(entry.plurals, subject=key, plural=True)
    _describe(means)
    _connect(means)
    items = {tokens: Item(" ".join(tokens), **reading) for tokens, reading in readings.items()}
    return items, max(map(len, items))


def _describe(means: Any) -> None:
    words = vocabulary()
    for key, colour in words.colours.items():
        means(colour.words, colour=key)
    for key, said in words.sizes.items():
        means(said, size=key)
    for key, said in words.adjectives.items():
        means(said, adjective=key)
    moods: dict[str, Any] = {"place": words.places, "weather": words.weathers, "time": words.times}
    for field, table in (moods | {"style": words.styles}).items():
        for key, mood in table.items():
            means(mood.words, **{field: key})


@cache
def places_named() -> dict[tuple[str, str], str]:
    """The prepositions and subjects that mean a place together: `("on", "moon")` the surface of the moon."""
    named: dict[tuple[str, str], str] = {}
    for key, mood in vocabulary().places.items():
        for phrase in mood.when:
            preposition, _, noun = phrase.split(" ", 2)
            named[preposition, vocabulary().subject_words[noun]] = key
    return named


def _connect(means: Any) -> None:
    for count, word in enumerate(NUMBERS, start=1):
        means((word,), number=count)
    for phrase, count in _MANY.items():
        means((phrase,), number=count)
    for group in _GROUPS:
        means((f"{group} of", f"a {group} of"), number=5)
    means(("pair of", "a pair of"), number=2, pair=True)
    for place, word in enumerate(ORDINALS):
        means((word,), ordinal=place)
    for word in _DETERMINERS:
        means((word,), determiner=word)
    for table, field in ((_RELATIONS, "relation"), (_SIDES, "side"), (_ACTIONS, "action"), (_GLUE, "glue")):
        for key, phrases in table.items():
            means(phrases.split("|"), **{field: key})
    means((",",), glue="comma")
    means(
        (f"for {whose} {who}" for whose in ("my", "our", "your", "the", "his", "her") for who in _FAMILY), glue="filler"
    )
    means(("bigger", "larger", "grow", "enlarge"), grow=1)
    means(("smaller", "littler", "tinier", "shrink"), grow=-1)


_SLIP_LENGTH = 7
_LONGEST_SLIP = 20
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = "aeiou"


def _meant(token: str) -> Item | None:
    """The one thing that a misspelt word can mean: a letter too many or too few, two swapped, or a wrong vowel.

    Only in long words and never in the first letter: nearly every shorter slip is a word of its own (pocket and
    rocket, cattle and castle, scooter and shooter), and speech recognition writes words, not slips.
    """
    phrases, _ = _lexicon()
    if not _SLIP_LENGTH <= len(token) <= _LONGEST_SLIP or token in _parts():
        return None
    near = [phrases[(word,)] for word in sorted(_one_slip_away(token)) if (word,) in phrases]
    things = [item for item in near if item.subject is not None and len(item.text) >= _SLIP_LENGTH]
    return things[0] if len({item.subject for item in things}) == 1 and len(things) == len(near) else None


@cache
def _parts() -> frozenset[str]:
    """Every word of every phrase."""
    return frozenset(token for tokens in _lexicon()[0] for token in tokens)


def _one_slip_away(word: str) -> set[str]:
    spots = range(1, len(word))
    missing = {word[:i] + word[i + 1 :] for i in spots}
    added = {word[:i] + letter + word[i:] for i in range(1, len(word) + 1) for letter in _LETTERS}
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in spots if i + 1 < len(word)}
    vowels = {word[:i] + vowel + word[i + 1 :] for i in spots if word[i] in _VOWELS for vowel in _VOWELS}
    if len(word) == _SLIP_LENGTH:  # minster and monster
        vowels.clear()
    return missing | added | swapped | vowels

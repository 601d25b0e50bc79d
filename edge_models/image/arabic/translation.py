"""Puts what is said about a picture in Arabic into the words of the English vocabulary, which the one parser reads.

::

    ارسم  ثعلبين     صغيرين أحمرين   تحت    القمر   الكامل      واجعل   الشجرة     خضراء
    draw  [two  ──▶  small red  ──▶  foxes] under  [the full moon] and make  [the tree]  green

What describes a thing comes before it in English, in the order in which it was said; with the article on the thing
alone it is said of it ("the fox is red"). Words that nobody knows stay as they were said, in the place of what they
seem to be, so that the parser lists them among what it can't draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from edge_models.arabic import is_arabic
from edge_models.image.arabic.lexicon import Kind, Meaning
from edge_models.image.arabic.reading import Word, read

MAX_CHARACTERS = 5000
_THINGS: tuple[Kind, ...] = ("nouns", "places", "moods", "aspects", "pictures", "colour", "undrawn")
_LOOKS: tuple[Kind, ...] = ("looks", "shades", "plain")
_PRONOUN = {"his": "it", "her": "it", "their": "them"}
_OTHERS: tuple[Kind, ...] = (
    "relations", "sides", "deeds", *_LOOKS, "colour", "glue", "amounts", "ordinals", "numbers", "english",
)  # fmt: skip
_MAKING = ("make", "turn", "paint", "make bigger", "make smaller")
_SHORTEST_WITH_AND = 3
_LONGEST_NAME = 4
"""Words that nobody knows and that may be one thing's name."""
_SEEN_DOING = frozenset({"sleeping", "flying", "dancing", "running", "jumping", "glowing", "smiling", "crying"})
"""Deeds that can describe: "the sleeping fox"."""


def in_english(text: str) -> str:
    """The text for the parser; one without an Arabic letter stays as it is. Reads at most 5,000 characters."""
    return _Sentence(read(text[:MAX_CHARACTERS])).run() if is_arabic(text[:MAX_CHARACTERS]) else text


@dataclass(slots=True)
class _Thing:
    """A noun phrase."""

    word: Word
    meaning: Meaning
    determiner: str = ""
    number: str = ""
    ordinal: str = ""
    counted_first: bool = False
    """The number came before it, so that its article means nothing: "many of the stars"."""
    looks: list[str] = field(default_factory=list)
    """Before the noun."""
    deeds: list[str] = field(default_factory=list)
    """Behind it."""
    said_of_it: list[str] = field(default_factory=list)
    """The predicate: "red" in "make the fox red"."""

    def english(self, *, bare: bool = False, copula: bool) -> str:
        """In English; `bare`: without an article of its own."""
        several = self.meaning.number > 1 or self.number
        the = (self.word.definite and not self.counted_first) or self.ordinal
        article = self.determiner or self.word.owner or ("the" if the else "")
        if not (article or several or bare) and self.meaning.kind not in ("moods", "colour"):
            article = "a"
        if self.meaning.kind in ("moods", "colour") and not self.determiner:
            article = ""
        number = self.number or ("two" if self.meaning.number == 2 else "")
        if article == "a" and number:
            article = ""
        noun = self.meaning.english
        said = ["is", *self.said_of_it] if self.said_of_it and copula else self.said_of_it
        parts = (article, number, self.ordinal, *self.looks, noun, *self.deeds, *said)
        return " ".join(part for part in parts if part)


class _Sentence:
    def __init__(self, words: Sequence[Word]) -> None:
        self.words = list(words)
        self.at = 0
        self.out: list[str] = []
        self.command = ""
        """The latest command."""
        self.made = False
        """What comes is what something becomes: "make it …"."""
        self.open = False
        """A thing was just named."""
        self.growing = ""

    def run(self) -> str:
        while self.at < len(self.words):
            self._step(self.words[self.at])
        self._grow()
        return " ".join(part for part in self.out if part)

    # One word

    def _step(self, word: Word) -> None:
        if self._is_command(word):
            self._order(word)
            return
        self._join(word)
        if self._begins_thing(word):
            self._name()
            return
        self.at += 1
        meaning = word.means(*_OTHERS)
        if word.definite and (side := word.means("sides")):
            meaning = side
        if meaning is None:
            return
        if meaning.kind == "relations":
            self._relate(word, meaning)
        elif meaning.kind in _LOOKS:
            self._look(word, meaning)
        elif meaning.kind == "colour":
            pass
        else:
            self.out.append("," if meaning.english == "," else meaning.english)
            self.open = self.open and meaning.kind == "deeds"

    def _is_command(self, word: Word) -> bool:
        """Whether it tells what to do: at the beginning of a clause, and not a noun in the middle of one."""
        begins = not self.out or self.out[-1] in (",", "and") or word.conjunction
        meaning = word.means("commands")
        if meaning is None or not (begins or word.owner or len(word.meanings) == 1):
            return False
        return begins or not word.means("relations", *_THINGS)

    def _order(self, word: Word) -> None:
        self._grow()
        meaning = word.means("commands")
        assert meaning is not None
        if word.conjunction:
            self.out.append("and")
        self.at += 1
        self.command, self.open = meaning.english, False
        verb, _, growing = meaning.english.partition(" ")
        self.growing = growing
        self.made = verb in _MAKING and bool(word.owner)
        if verb == "add" and self._to_it():
            verb = "give it"
        self.out += [verb, _PRONOUN.get(word.owner, "")]

    def _to_it(self) -> bool:
        """Skip "to it", "for it" behind "add"."""
        following = self._following(0)
        if following is None:
            return False
        meaning = following.means("relations")
        to_it = meaning is not None and (
            (meaning.english == "to" and following.owner) or following.said in ("له", "لها", "لهم", "لهما")
        )
        self.at += bool(to_it)
        return bool(to_it)

    def _grow(self) -> None:
        if self.growing:
            self.out.append(self.growing)
        self.growing = ""

    def _join(self, word: Word) -> None:
        """What is joined to the word: and, with, to."""
        if word.conjunction:
            self.out.append("and")
            self.open = False
        if not word.joined:
            return
        thing = word.means("nouns", "places", "aspects", "unknown", "undrawn", "numbers")
        mood = word.means("moods", *_LOOKS, "colour", "pictures", "relations", "deeds")
        if word.joined == "ب" and thing and not (mood and not word.means("nouns")):
            self.out.append("in" if thing.kind == "places" else "with")
        elif word.joined == "ل" and thing:
            self.out.append("to" if self.command in ("add", "give", "change", "turn", "put") else "for")
        elif word.joined == "ع":
            self.out.append("on")
        self.open = False

    def _relate(self, word: Word, meaning: Meaning) -> None:
        """A preposition, or what somebody does with something."""
        if not word.owner:
            self.out.append("to" if meaning.english == "to" else meaning.english)
            self.open = self.made = False
            return
        if meaning.english == "with":
            self.out.append("with")
            return
        following = self._following(0)
        begins = following is not None and self._begins_thing(following) and not following.joined
        if not begins or following is None or following.conjunction or following.definite:
            self.out += [meaning.english, "it"]
            return
        # "A castle, above it two dragons": "with two dragons above it".
        if self.out and self.command not in ("add", "put"):
            if self.out[-1] == "and":
                self.out.pop()
            self.out.append("with")
        self._name()
        self.out += [meaning.english, "it"]

    def _look(self, word: Word, meaning: Meaning) -> None:
        """A look that stands by itself, with its shade."""
        looks = [meaning.english]
        shade = self._following(0)
        if shade is not None and (light := shade.means("shades")):
            looks.insert(0, light.english)
            self.at += 1
        if word.means("moods") and not self.open:
            looks = [word.meanings[0].english]
        if word.definite and not (word.joined or self.open or self.made or self.command in _MAKING):
            looks.insert(0, "the")
        copula = self.open and not self.made and self.command not in _MAKING
        self.out += ["is", *looks] if copula else looks

    # Things

    def _begins_thing(self, word: Word) -> bool:
        """Whether a noun phrase begins with the word, by what may stand at this place."""
        if word.means("numbers", "determiners", "amounts") and self._thing_follows():
            return True
        following = self._following(1)
        if word.means("ordinals") and following is not None and following.means("nouns"):
            return True
        if word.means("colour") and self._is_colour_word():
            return False
        elsewhere = word.means("sides", "deeds") and not word.means("nouns")
        described = word.means(*_LOOKS) and (self.made or self.open or not word.means(*_THINGS))
        goes_on = self.open and word.means("deeds", "relations", "silent")
        return not (elsewhere or described or goes_on) and word.means(*_THINGS, "unknown") is not None

    def _thing_follows(self) -> bool:
        """Whether a thing comes after the number or the like at this place, and after others of its kind."""
        ahead = 1
        while (following := self._following(ahead)) is not None:
            if following.means(*_THINGS, "unknown"):
                return True
            if not following.means("numbers", "determiners", "amounts", "ordinals"):
                return False
            ahead += 1
        return False

    def _following(self, ahead: int) -> Word | None:
        return self.words[self.at + ahead] if self.at + ahead < len(self.words) else None

    def _is_colour_word(self) -> bool:
        """Whether "colour" here only says that a colour comes, or that one came: "of a red colour"."""
        following = self._following(1)
        before = self.words[self.at - 1] if self.at else None
        coloured = following is not None and following.means("looks") and not following.conjunction
        return bool(coloured or (before is not None and before.means("looks", "shades")))

    def _name(self) -> None:
        """A thing with all that is said of it."""
        determiner = number = ordinal = ""
        word = self.words[self.at]
        while not word.means(*_THINGS, "unknown") or (word.means("numbers") and self._thing_follows()):
            counted, before = word.means("numbers", "amounts"), word.means("determiners")
            if counted:
                number = f"{number} {counted.english}".strip()
            elif before:
                determiner = before.english
            elif first := word.means("ordinals"):
                ordinal = first.english
            self.at += 1
            word = self.words[self.at]
        meaning = word.means(*_THINGS, "unknown")
        assert meaning is not None
        thing = _Thing(word, meaning, determiner, number, ordinal, counted_first=bool(number))
        self.at += 1
        if meaning.kind in ("unknown", "undrawn"):
            thing.meaning = Meaning("unknown", self._strange(word))
        self._describe(thing)
        bare = meaning.kind == "unknown" and self.made
        said = thing.english(bare=bare or number in ("more", "fewer"), copula=self.command not in _MAKING)
        self.out.append(said)
        self.open = True
        self.made = self.command in _MAKING
        following = self._following(0)
        beside = following is not None and not following.joined and not following.conjunction
        given = self.command == "give" and word.definite
        if (
            beside
            and following is not None
            and not (self.made or given or thing.deeds)
            and self._begins_thing(following)
        ):
            self.out.append("of")

    def _strange(self, word: Word) -> str:
        """A name of several words that nobody knows."""
        run = [word.said]
        while (following := self._following(0)) is not None and not following.known and len(run) < _LONGEST_NAME:
            if following.conjunction or following.joined:
                break
            run.append(following.said)
            self.at += 1
        return " ".join(run)

    def _describe(self, thing: _Thing) -> None:
        """Take in what is said behind a thing, as long as it is said of it."""
        while (word := self._following(0)) is not None:
            if (
                not word.known
                and not word.conjunction
                and word.said.startswith("و")
                and len(word.said) > _SHORTEST_WITH_AND
            ):
                # Behind a thing it is rather "and" and another thing than a look that begins so.
                word = replace(
                    word, meanings=(Meaning("unknown", word.said[1:]),), said=word.said[1:], conjunction=True
                )
                self.words[self.at] = word
            coloured = word.means("colour") and self._is_colour_word()
            if (word.joined and not coloured) or not self._takes(thing, word):
                return
            self.at += 1

    def _takes(self, thing: _Thing, word: Word) -> bool:
        """Whether the word is said of the thing, which then has it."""
        if word.conjunction:
            return self._takes_another(thing, word)
        if word.means("silent") or (word.means("colour") and self._is_colour_word()):
            return self._describes_still(1)
        if word.means("numbers", "amounts", "ordinals", "determiners"):
            return self._takes_count(thing, word)
        if deed := word.means("deeds"):
            self._does(thing, word, deed)
            return True
        if look := word.means(*_LOOKS):
            _look_of(thing, word, look)
            return True
        strange = not word.known and thing.meaning.kind != "unknown" and not self._becomes(thing, word)
        if strange:
            thing.looks.append(word.said)
        return strange

    def _takes_count(self, thing: _Thing, word: Word) -> bool:
        """A number or the like behind the thing: "foxes three", "the fox the second", "a fox another"."""
        if ordinal := word.means("ordinals"):
            thing.ordinal = ordinal.english
            return word.definite
        if determiner := word.means("determiners"):
            if determiner.english == "another":
                thing.determiner = "another"
            return determiner.english in ("another", "this", "that")
        number = word.means("numbers", "amounts")
        if number is None or thing.number or self._thing_follows() or thing.meaning.kind == "unknown":
            return False
        thing.number = number.english
        return True

    def _becomes(self, thing: _Thing, word: Word) -> bool:
        """Whether an unknown word is said of a thing that is being changed: "make the fox majestic"."""
        return self.command in _MAKING and thing.word.definite and not word.definite

    def _takes_another(self, thing: _Thing, word: Word) -> bool:
        """As in "black and white"."""
        look = word.means("looks")
        taken = thing.said_of_it or thing.looks
        if look is None or not taken or word.means("nouns"):
            return False
        (thing.said_of_it or thing.looks).extend(("and", look.english))
        return True

    def _describes_still(self, ahead: int) -> bool:
        following = self._following(ahead)
        return following is not None and not following.joined and following.means("looks") is not None

    def _does(self, thing: _Thing, word: Word, deed: Meaning) -> None:
        if word.definite and thing.word.definite:
            if deed.english in _SEEN_DOING:
                thing.looks.append(deed.english)
        elif self.command in _MAKING and thing.word.definite:
            thing.said_of_it.append(deed.english)
        else:
            thing.deeds.append(deed.english)


def _look_of(thing: _Thing, word: Word, look: Meaning) -> None:
    """Note how the thing looks, or is said to look."""
    definite = thing.word.definite or bool(thing.word.owner)
    said = thing.said_of_it if definite and not word.definite else thing.looks
    said.insert(max(0, len(said) - 1) if look.kind == "shades" else len(said), look.english)

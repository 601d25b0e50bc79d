"""From a spoken prompt to a `Scene`.

A sentence is a row of noun phrases with prepositions between them. A relation goes out from the clause's head, the
first noun since the last "and" or comma, so that the bird of "a cat on a sofa with a bird" isn't put on the sofa; "it",
"the fox" and "the second fox" mean what was named before; a place, a weather, a time or a style belongs to the whole
picture. What can't be used is listed in `Scene.unknown`.
"""

from collections.abc import Sequence

from edge_models.image.arabic import in_english
from edge_models.image.lexicon import Item, Preposition, lex
from edge_models.image.phrase import Phrase, place_named, read_phrase
from edge_models.image.scene import Relation, RelationKind, Scene, Subject, TimeOfDay
from edge_models.image.vocabulary import vocabulary

MAX_SUBJECTS = 8
MAX_RELATIONS = 12
MAX_UNKNOWN = 20
SHARED: tuple[Preposition, ...] = ("with", "holding", "wearing", "beside")
"""Relations that go on over "and": a girl with a hat and a scarf."""
_OPPOSED: tuple[RelationKind, ...] = ("left_of", "right_of", "behind", "in_front_of")
DONE_BY_SOMEONE: tuple[Preposition, ...] = ("holding", "riding", "wearing")


def parse_prompt(text: str) -> Scene:
    """The scene that the words describe, English or Arabic.

    Any text is accepted; what lies beyond 5,000 characters isn't read.
    """
    return Assembly(lex(in_english(text))).scene()


def relation_kind(preposition: Preposition, of: Subject, to: Subject) -> RelationKind:
    """What "with", "at" and "in" mean between these two: a fox with a hat wears it, with a balloon holds it."""
    someone = of.known and vocabulary().subject(of.noun).animate
    thing = vocabulary().subject(to.noun) if to.known else None
    if someone and thing is not None and preposition in ("with", "in") and thing.worn:
        return "wearing"
    if preposition == "with":
        return "holding" if someone and thing is not None and thing.held else "beside"
    if preposition == "flying":
        return "riding" if thing is not None and thing.ridden else "holding"
    if preposition in ("at", "inside"):
        return "in" if preposition == "inside" else "beside"
    return preposition


class Assembly:
    """Builds one scene from the items of a text, left to right."""

    def __init__(self, items: Sequence[Item], *, onto: Scene | None = None) -> None:
        """With `onto`, the items are put into that scene: its subjects can be named, and "it" is the first of them."""
        self.items = items
        self.at = 0
        self.subjects: list[Subject] = list(onto.subjects) if onto else []
        self.relations: list[Relation] = list(onto.relations) if onto else []
        self._it: int | None = 0 if self.subjects else None
        self.place: str | None = None
        self.weather: str | None = None
        self.time: TimeOfDay | None = None
        self.style: str | None = None
        self.unknown: list[str] = []
        self.head: int | None = None
        """The subject that relations go out from."""
        self.current: int | None = None
        """The subject named last."""
        self._owner: dict[int, int] = {}
        """By subject: the one it was brought in by, with "with" or the like."""
        self._shared: tuple[int, Preposition] | None = None
        self._joined = False
        self._pinned = False
        """The head was named again ("the fox is …"), so it is surely the one that is meant."""
        self._fronted: tuple[Preposition, int] | None = None
        self._sides: list[tuple[int, RelationKind]] = []
        self._waiting_side: RelationKind | None = None

    def scene(self) -> Scene:
        """Read all items."""
        while self.at < len(self.items):
            self._step(self.items[self.at])
        self._flush_side(self.current)
        self._settle_sides()
        return Scene(
            subjects=tuple(self.subjects),
            relations=tuple(self.relations),
            place=self.place,
            weather=self.weather,
            time=self.time,
            style=self.style,
            unknown=tuple(self.unknown),
        )

    def _step(self, item: Item) -> None:
        if item.glue is not None:
            self._glue(item)
        elif item.relation is not None:
            self.at += 1
            self._relate(item)
        elif item.side is not None:
            self._side(item.side)
        elif item.action is not None and (item.subject is None or self._after_noun()):
            self._act(item)
        else:
            self._phrase()

    def _glue(self, item: Item) -> None:
        self.at += 1
        if item.glue == "and":
            self._joined = True
        elif item.glue == "comma":
            self._flush_side(self.current)
            self._joined = False
            self._shared = None
        elif item.glue == "without":
            left_out = read_phrase(self.items, self.at, expected=True)
            if left_out is not None:
                self.at = left_out.end
        elif item.glue == "copula":
            self._describe_current()

    def _side(self, side: RelationKind) -> None:
        """Note "on the left", said after its noun or before it: "on the left a fox, on the right a bear"."""
        before = self.items[self.at - 1].glue if self.at else "comma"
        self.at += 1
        if self.current is not None and before not in ("and", "comma"):
            self._sides.append((self.current, side))
        else:
            self._waiting_side = side

    def _flush_side(self, index: int | None) -> None:
        if self._waiting_side is not None and index is not None:
            self._sides.append((index, self._waiting_side))
        self._waiting_side = None

    def _describe_current(self) -> None:
        """The rest of "the fox is blue", "a fox that is very small"."""
        phrase = read_phrase(self.items, self.at)
        if phrase is None or phrase.noun is not None or not phrase.described or self.current is None:
            return
        self.at = phrase.end
        self.subjects[self.current] = described(self.subjects[self.current], phrase)
        self._unknown(phrase.unknown)
        self._set_moods(phrase)

    def _act(self, item: Item) -> None:
        self.at += 1
        if self.current is None:
            if item.adjective is None:
                return
            self.at -= 1
            self._phrase()
            return
        # "a castle with two dragons flying over a lake": what follows is about the dragons; but "a lion with a crown
        # sitting on a rock" is about the lion.
        doer = self._doer(self.current)
        self.head = doer
        subject = self.subjects[doer]
        if item.action and item.action not in subject.adjectives and len(subject.adjectives) < 4:
            adjectives = (*subject.adjectives, item.action)
            self.subjects[doer] = subject.model_copy(update={"adjectives": adjectives})

    def _doer(self, index: int) -> int:
        owner = self._owner.get(index)
        carried = any(r.of == owner and r.to == index and r.kind in DONE_BY_SOMEONE for r in self.relations)
        return owner if owner is not None and carried and not self._animate(index) else index

    def _after_noun(self) -> bool:
        return self.at > 0 and self.items[self.at - 1].subject is not None

    # Relations

    def _relate(self, item: Item) -> None:
        preposition = item.relation
        assert preposition is not None
        if self.at < len(self.items) and self.items[self.at].glue == "pronoun":
            self.at += 1
            self._connect_back(preposition)
            return
        phrase = read_phrase(self.items, self.at, expected=True)
        if phrase is None:
            return
        self.at = phrase.end
        self._unknown(phrase.unknown)
        named = (
            None
            if preposition in DONE_BY_SOMEONE or self._find(phrase) is not None
            else place_named(preposition, phrase)
        )
        if phrase.noun is None or named is not None:
            phrase.place = named or phrase.place
            self._unknown(phrase.looks)
            self._set_moods(phrase)
            return
        self._set_moods(phrase, place=not phrase.either)
        self._introduce_related(preposition, phrase)

    def _introduce_related(self, preposition: Preposition, phrase: Phrase) -> None:
        of = self._agent(preposition)
        to = self._find(phrase)
        known_before = to is not None
        if to is None:
            to = self._add(phrase)
        if to is None:
            return
        if of is None:
            if preposition in ("with", "at"):  # "the night sky with a moon"
                self.head = self.current = to
            else:
                self._fronted = (preposition, to)
            return
        self._connect(preposition, to, of=of)
        if not known_before:
            self.current = to
            self._owner[to] = of
        self._shared = (of, preposition) if preposition in SHARED else None
        self._joined = False

    def _agent(self, preposition: Preposition) -> int | None:
        """Whose relation it is: the head's, but what someone does is done by the nearest one who can."""
        if self.head is None or self._pinned or preposition not in DONE_BY_SOMEONE:
            return self.head
        nearest = [self.current] if self.current in self._owner and self._brought_by_with(self.current) else []
        candidates = [*nearest, self.head, *reversed(range(len(self.subjects)))]
        return next((index for index in candidates if index is not None and self._animate(index)), self.head)

    def _brought_by_with(self, index: int | None) -> bool:
        return any(r.to == index and r.of == self._owner.get(index or 0) and r.kind == "beside" for r in self.relations)

    def _animate(self, index: int) -> bool:
        subject = self.subjects[index]
        return subject.known and vocabulary().subject(subject.noun).animate

    def _connect_back(self, preposition: Preposition) -> None:
        """The relation to "it" in "a castle with two dragons above it"."""
        if self.current is None:
            return
        of = self.current
        others = [index for index in range(len(self.subjects)) if index != of]
        last = self._it if self._it is not None else (others[-1] if others else None)
        to = self._owner.get(of, self.head if self.head != of else last)
        if to is None:
            return
        self.relations = [r for r in self.relations if (r.of, r.kind, r.to) != (to, "beside", of)]
        self._connect(preposition, to, of=of)

    def _connect(self, preposition: Preposition, to: int, *, of: int | None = None) -> None:
        of = self.head if of is None else of
        if of is None or of == to:
            return
        relation = Relation(of=of, kind=relation_kind(preposition, self.subjects[of], self.subjects[to]), to=to)
        if relation not in self.relations and len(self.relations) < MAX_RELATIONS:
            self.relations.append(relation)

    def _settle_sides(self) -> None:
        """Turn "on the left" and "in the background" into relations to the main subject."""
        for of, kind in self._sides:
            to = 0 if of != 0 else 1
            mirrored = any({r.of, r.to} == {of, to} and r.kind in _OPPOSED for r in self.relations)
            if to < len(self.subjects) and not mirrored:
                self._connect(kind, to, of=of)

    # Noun phrases

    def _phrase(self) -> None:
        phrase = read_phrase(self.items, self.at)
        if phrase is None:
            item = self.items[self.at]
            if item.unknown:
                self._unknown([item.text])
            self.at += 1
            return
        self.at = max(phrase.end, self.at + 1)
        self._unknown(phrase.unknown)
        if phrase.noun is None:
            self._unknown(phrase.looks)
            self._set_moods(phrase)
        elif (known := self._find(phrase)) is not None:
            self.head = self.current = known
            self._pinned = True
            self._shared = None
        elif phrase.either:
            self._set_moods(phrase)
        else:
            self._set_moods(phrase)
            self._introduce(phrase)

    def _introduce(self, phrase: Phrase) -> None:
        shared, self._shared = self._shared, None
        if self._joined and shared is not None and not self._has_own_relation(phrase):
            self.head = shared[0]
            self._introduce_related(shared[1], phrase)
            return
        index = self._add(phrase)
        self._joined = self._pinned = False
        if index is None:
            return
        self.head = self.current = index
        self._flush_side(index)
        if self._fronted is not None:
            preposition, to = self._fronted
            self._fronted = None
            self._connect(preposition, to)

    def _has_own_relation(self, phrase: Phrase) -> bool:
        """Whether something is said of this noun itself: "a cat with a hat and a bird on a tree"."""
        if self.at >= len(self.items):
            return False
        item = self.items[self.at]
        if item.relation in DONE_BY_SOMEONE:
            return phrase.known and vocabulary().subject(phrase.noun or "").animate
        return item.relation is not None or item.action is not None

    def _add(self, phrase: Phrase) -> int | None:
        if len(self.subjects) == MAX_SUBJECTS:
            self._unknown([" ".join(phrase.text)])
            return None
        self.subjects.append(phrase.subject())
        return len(self.subjects) - 1

    def _find(self, phrase: Phrase) -> int | None:
        """The subject that "the fox" or "the second blue fox" names again."""
        return find(self.subjects, phrase) if phrase.determiner == "the" and phrase.number is None else None

    # The whole picture

    def _set_moods(self, said: Item | Phrase, *, place: bool = True) -> None:
        """What is said first holds; a second place, weather, time or style is listed as not done."""
        words = " ".join(said.text) if isinstance(said, Phrase) else said.text
        clash = False
        for field in ("place", "weather", "time", "style"):
            value = getattr(said, field)
            if value is None or (field == "place" and not place):
                continue
            if getattr(self, field) is None:
                setattr(self, field, value)
            elif getattr(self, field) != value:
                clash = True
        if clash:
            self._unknown([words])

    def _unknown(self, words: Sequence[str]) -> None:
        for word in words:
            if word not in self.unknown and len(self.unknown) < MAX_UNKNOWN:
                self.unknown.append(word[:60])


def described(subject: Subject, phrase: Phrase) -> Subject:
    """The subject with the phrase's colour, size and adjectives."""
    adjectives = tuple(dict.fromkeys((*subject.adjectives, *phrase.adjectives)))[:4]
    size = phrase.size or subject.size
    return subject.model_copy(
        update={"colour": phrase.colour or subject.colour, "size": size, "adjectives": adjectives}
    )


def find(subjects: Sequence[Subject], phrase: Phrase) -> int | None:
    """Which of the subjects the phrase's noun names, going by ordinal and colour; None when there is none."""
    same = [index for index, subject in enumerate(subjects) if subject.noun == phrase.noun]
    if phrase.ordinal is not None:
        return same[phrase.ordinal] if phrase.ordinal < len(same) else None
    coloured = [index for index in same if subjects[index].colour == phrase.colour]
    if phrase.colour is not None:
        return coloured[0] if coloured else None
    return same[0] if same else None

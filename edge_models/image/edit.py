"""Changes a `Scene` by what people say after "make it …", "change …", "add …", "remove …"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_models.image.arabic import in_english
from edge_models.image.lexicon import Item, Preposition, lex
from edge_models.image.parse import MAX_RELATIONS, MAX_SUBJECTS, Assembly, described, find, relation_kind
from edge_models.image.phrase import Phrase, place_named, read_phrase
from edge_models.image.sayings import Sayings, sayings
from edge_models.image.scene import Relation, RelationKind, Scene, Size, Subject

MAX_EDIT_CHARACTERS = 500
_SIZES: tuple[Size, ...] = ("tiny", "small", "normal", "big", "huge")
_MOODS = ("place", "weather", "time", "style")
_ASPECTS = frozenset(
    {"background", "colour", "style", "weather", "place", "size", "setting", "season", "mood", "picture"}
)
"""What "change the … to …" may name without meaning a thing in the picture."""
_ELSEWHERE = Subject(noun="elsewhere", known=False)
"""Stands for what is not meant; nobody says it."""
_NOISE = frozenset(
    {"put", "move", "change", "turn", "keep", "much", "more", "less", "fewer", "have", "add", "remove", "one"}
)
"""Words of commands that carry nothing by themselves."""
_POLITE = r"(?:(?:please|can you|could you|and|then|now|just|also|ok|okay|um|uh|no|maybe|i want you to|let's) )*"
_WHOM = r"(?P<whom>it|him|her|them|the [a-z ]+?)"
_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(f"{_POLITE}{pattern}"))
    for name, pattern in (
        ("replace", r"(?:change|turn|transform|make) (?P<old>.+?) (?:into|to) (?P<new>.+)"),
        ("replace", r"(?:replace|swap|switch) (?P<old>.+?) (?:with|for|by|to|into) (?P<new>.+)"),
        ("replace", r"(?:make it |have |put |i want )?(?P<new>.+?),? (?:instead of|rather than) (?P<old>.+)"),
        ("instead", r"(?:instead of|rather than) (?P<what>.+)"),
        ("give", rf"give {_WHOM} (?P<what>(?:a|an|some|two|three|four) .+)"),
        ("dress", rf"(?:add|put) (?P<what>.+)(?<! next)(?<!close) (?:to|onto|on) {_WHOM}"),
        ("remove", r"(?:make it |have it )?(?:remove|delete|erase|drop|lose|without|hide|stop) (?P<what>.+)"),
        ("remove", r"(?:get rid of|take away|take out) (?P<what>.+)"),
        ("remove", r"take (?P<what>.+) (?:out|away|off)"),
        ("add", r"(?:add in|add|put in|include|insert|draw in|have) (?P<what>.+)"),
    )
)


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit."""

    scene: Scene
    changed: bool
    said: str
    """When something changed, how to say it: `at night`, `with a blue fox`; else the words that weren't understood."""
    already: bool = False
    """Nothing changed because everything that was asked for is so already."""


def edit_scene(scene: Scene, words: str, *, within: Iterable[int] = (), language: str = "en") -> Edited:
    """The scene with the change that the words ask for, English or Arabic; `language` is that of `Edited.said`.

    A description alone ("blue", "bigger") is the main subject's: the first, or the first of those that `within` names.
    What is named ("the fox") is looked for among those first. `Scene.unknown` holds the words of this
    edit that nothing was done with. Never raises for any text; what lies beyond 500 characters isn't read.
    """
    items = lex(in_english(words[:MAX_EDIT_CHARACTERS]))
    text = " ".join(item.text for item in items).strip(" ,").replace(" ,", ",")
    say = sayings(language)
    editing = _Editing(scene, say, tuple(within))
    editing.run(text)
    edited = editing.scene()
    changed = edited.model_copy(update={"unknown": ()}) != scene.model_copy(update={"unknown": ()})
    if not changed:
        already = bool(text) and not editing.unknown
        return Edited(scene=scene, changed=False, said=" ".join(editing.unknown) or text, already=already)
    return Edited(scene=edited, changed=True, said=say.comma.join(dict.fromkeys(editing.said)))


class _Editing:
    def __init__(self, scene: Scene, say: Sayings, within: tuple[int, ...] = ()) -> None:
        self.before = scene
        self.say = say
        self.within = within
        """The subjects that are meant first, by their numbers."""
        self.subjects = list(scene.subjects)
        self.relations = list(scene.relations)
        self.moods: dict[str, str | None] = {field: getattr(scene, field) for field in _MOODS}
        self.said: list[str] = []
        self.unknown: list[str] = []
        self.target: int | None = self._main()
        self._adding = False
        """After "with" or a new main subject, the next noun comes to it: "a wolf and a bear"."""
        self._lost = False
        """What was named isn't in the picture, so what is said of it is nobody's."""

    def scene(self) -> Scene:
        relations = dict.fromkeys(r for r in self.relations if r.of != r.to)
        return Scene.model_validate(
            {
                "subjects": tuple(self.subjects),
                "relations": tuple(relations)[:MAX_RELATIONS],
                "unknown": tuple(dict.fromkeys(self.unknown))[:20],
                **self.moods,
            }
        )

    def run(self, text: str) -> None:
        for name, pattern in _COMMANDS:
            if (match := pattern.fullmatch(text)) and self._command(name, match.groupdict()):
                return
        self._modify(lex(text))

    def _command(self, name: str, parts: dict[str, str]) -> bool:
        """Carry out one kind of command; False when the words don't fit it after all."""
        if name in ("give", "dress"):
            return self._give(lex(parts["whom"]), lex(parts["what"]), anything=name == "give")
        if name == "add":
            self._add(lex(parts["what"]))
        elif name == "remove":
            self._remove(lex(parts["what"]))
        else:
            old, new = (lex(parts["old"]), lex(parts["new"])) if name == "replace" else _halves(lex(parts["what"]))
            return self._replace(old, new)
        return True

    # Commands

    def _replace(self, old: Sequence[Item], new: Sequence[Item]) -> bool:
        """As in "turn the fox into a wolf", "change it to night", "change the forest to a beach"."""
        if not new:
            return False
        named = read_phrase(old, 0)
        if named is not None and named.noun is not None and named.noun not in _ASPECTS and not self._aim(named):
            self.unknown += named.text
            return True
        self._modify(new[1:] if new[0].glue == "comma" else new)
        return True

    def _aim(self, phrase: Phrase) -> bool:
        """Take the subject that the phrase names as the target."""
        found = self._find(phrase)
        if found is not None:
            self.target = found
        return found is not None or bool(phrase.place and phrase.place == self.moods["place"])

    def _give(self, whom: Sequence[Item], what: Sequence[Item], *, anything: bool) -> bool:
        """As in "give it a hat", "add a hat to the fox"."""
        owner, thing = read_phrase(whom, 0), read_phrase(what, 0)
        if owner is not None and not (owner.noun and self._aim(owner)):
            return False
        if thing is None or thing.noun is None or self.target is None:
            return False
        if not anything and relation_kind("with", self.subjects[self.target], thing.subject()) == "beside":
            return False  # "add a bird to the tree": an addition like any other
        self._relate("with", thing)
        return True

    def _remove(self, items: Sequence[Item]) -> None:
        """As in "remove the moon and the tree", "without rain", "remove one of the foxes"."""
        at = 0
        while at < len(items):
            phrase = read_phrase(items, at, expected=True)
            at = max(phrase.end, at + 1) if phrase is not None else at + 1
            if phrase is not None and not self._remove_one(phrase):
                self.unknown += phrase.text

    def _remove_one(self, phrase: Phrase) -> bool:
        if phrase.noun == "background":
            phrase.place = self.moods["place"]
        found = self._find(phrase) if phrase.noun else None
        if found is not None:
            self._take_out(found, phrase)
            return True
        for field in _MOODS:
            value = getattr(phrase, field)
            if value is not None and self.moods[field] == value:
                self.moods[field] = None
                self.said.append(self.say.removed_mood(phrase.text[-1] if phrase.text else field))
                return True
        return False

    def _take_out(self, index: int, phrase: Phrase) -> None:
        subject = self.subjects[index]
        fewer = phrase.number if phrase.number is not None else (1 if phrase.counted else subject.count)
        if fewer < subject.count:
            self._put(index, subject.model_copy(update={"count": subject.count - fewer}))
            return
        self.said.append(self.say.removed(subject))
        del self.subjects[index]
        self.relations = [
            Relation(of=r.of - (r.of > index), kind=r.kind, to=r.to - (r.to > index))
            for r in self.relations
            if index not in (r.of, r.to)
        ]
        self.within = tuple(each - (each > index) for each in self.within if each != index)
        self.target = self._main()

    def _add(self, items: Sequence[Item]) -> None:
        """As in "add a tree", "add a boat on the left", "add some rain", "add a hat"."""
        assembly = Assembly(items, onto=self.scene())
        added = assembly.scene()
        fresh = range(len(self.subjects), len(added.subjects))
        self.unknown += added.unknown
        self.subjects, self.relations = list(added.subjects), list(added.relations)
        self.said += [self.say.added(self.subjects[index]) for index in fresh]
        for field in _MOODS:
            self._set_mood(field, getattr(added, field))
        for index in fresh:
            if self.target is not None and not any(index in (r.of, r.to) for r in self.relations):
                kind = relation_kind("with", self.subjects[self.target], self.subjects[index])
                if kind == "wearing":
                    self._connect(self.target, kind, index)

    # Descriptions

    def _modify(self, items: Sequence[Item]) -> None:
        """As in "night", "the fox blue", "bigger", "two of them", "in the forest", "a wolf"."""
        at = 0
        while at < len(items):
            at = self._step(items, at)

    def _step(self, items: Sequence[Item], at: int) -> int:
        item = items[at]
        following = items[at + 1] if at + 1 < len(items) else None
        if item.glue is not None:
            return self._glue(item, items, at)
        if item.text in ("more", "fewer", "less") and following is not None and not following.unknown:
            return self._more(items, at, 1 if item.text == "more" else -1)
        if item.relation is not None:
            return self._placed(item, items, at + 1)
        if item.side is not None:
            self._aside(item.side)
        elif item.action is not None and item.subject is None and item.adjective is None:
            self._describe(Phrase(end=at, adjectives=[item.action] if item.action else []))
        else:
            return self._said(items, at)
        return at + 1

    def _aside(self, side: RelationKind) -> None:
        other = 0 if self.target != 0 else 1
        if self.target is not None and other < len(self.subjects):
            self._connect(self.target, side, other, aloud=True)

    def _glue(self, item: Item, items: Sequence[Item], at: int) -> int:
        if item.glue == "pronoun":
            self.target, self._lost = self._main(), False
        if item.glue == "without":
            phrase = read_phrase(items, at + 1)
            if phrase is not None:
                self._remove_one(phrase)
                return phrase.end
        return at + 1

    def _more(self, items: Sequence[Item], at: int, sign: int) -> int:
        """As in "more trees", "fewer birds", "more colourful"."""
        phrase = read_phrase(items, at + 1)
        if phrase is None or phrase.noun is None:
            return at + 1
        found = self._find(phrase)
        if found is not None:
            count = self.subjects[found].count
            count = min(12, count + 2) if sign > 0 else max(1, count - 1)
            self._put(found, self.subjects[found].model_copy(update={"count": count}))
        elif sign > 0:
            self._introduce(phrase)
        return phrase.end

    def _placed(self, item: Item, items: Sequence[Item], at: int) -> int:
        """A preposition and what follows it: "in the forest", "under a tree", "behind it", "with a hat"."""
        how = item.relation
        assert how is not None
        self._adding = self._adding or how == "with"
        if at < len(items) and items[at].glue == "pronoun":
            self._connect_target(how, self._main() or 0)
            return at + 1
        phrase = read_phrase(items, at, expected=True)
        if phrase is None:
            return at
        named = place_named(how, phrase) if self._find(phrase) is None else None
        if phrase.noun is None or named is not None:
            phrase.place = named or phrase.place
            self._describe(phrase)
            self._moods_of(phrase)
        else:
            self._relate(how, phrase)
        return phrase.end

    def _said(self, items: Sequence[Item], at: int) -> int:
        phrase = read_phrase(items, at)
        if phrase is None:
            if items[at].unknown and items[at].text not in _NOISE:
                self.unknown.append(items[at].text)
            return at + 1
        self.unknown += phrase.unknown
        end = max(phrase.end, at + 1)
        part_of_place = phrase.determiner == "the" and phrase.noun in (None, "background") and phrase.text
        if part_of_place and end < len(items) and items[end].modifier:
            # "the sky pink": no part of a place can be painted; better to say so than to paint the fox.
            self.unknown += [*phrase.text, items[end].text]
            return end + 1
        self._name(phrase)
        return end

    def _name(self, phrase: Phrase) -> None:
        if phrase.noun is None:
            self._describe(phrase)
            self._moods_of(phrase)
            return
        if phrase.noun in _ASPECTS:
            return
        found = self._meant(phrase)
        self._moods_of(phrase, place=not phrase.either)
        if found is not None:
            self.target, self._lost = found, False
            self._describe(phrase)
        elif phrase.either:
            self._set_mood("place", phrase.place)
        elif phrase.determiner == "the" or not phrase.known or self._lost:
            self._lost = True
            self.unknown += phrase.text
        elif self.target is None or self._adding:
            self._introduce(phrase)
        else:
            self._become(phrase)

    def _meant(self, phrase: Phrase) -> int | None:
        """The subject that is named; its colour may be the new one, so it needn't be the present one."""
        exact = self._find(phrase)
        return exact if exact is not None else self._index(phrase.noun)

    def _become(self, phrase: Phrase) -> None:
        """As in "a wolf": the target turns into it, where it stands; it keeps the number unless another is said."""
        assert self.target is not None
        old = self.subjects[self.target]
        new = phrase.subject()
        if not phrase.plural and phrase.number is None:
            new = new.model_copy(update={"count": old.count})
        new = new.model_copy(update={"box": old.box})
        self.subjects[self.target] = new
        self._adding = True
        self.said.append(self.say.became(new, old))

    def _describe(self, phrase: Phrase) -> None:
        target = self.target
        counted = phrase.number is not None or (phrase.noun is not None and phrase.plural and phrase.determiner is None)
        if target is None or self._lost or not (phrase.described or counted):
            if phrase.described:
                self.unknown += phrase.text
            return
        subject = described(self.subjects[target], phrase)
        if counted:
            count = phrase.number if phrase.number is not None else max(phrase.count, subject.count)
            subject = subject.model_copy(update={"count": count})
        if phrase.grow:
            step = _SIZES.index(subject.size) + phrase.grow
            subject = subject.model_copy(update={"size": _SIZES[min(max(step, 0), len(_SIZES) - 1)]})
        self._put(target, subject)

    # Small steps

    def _put(self, index: int, subject: Subject) -> None:
        if subject != self.subjects[index]:
            self.subjects[index] = subject
            self.said.append(self.say.added(subject))

    def _introduce(self, phrase: Phrase) -> int | None:
        if len(self.subjects) == MAX_SUBJECTS:
            self.unknown += phrase.text
            return None
        self.subjects.append(phrase.subject())
        self.said.append(self.say.added(self.subjects[-1]))
        if self.target is None:
            self.target = 0
        return len(self.subjects) - 1

    def _relate(self, how: Preposition, phrase: Phrase) -> None:
        self.unknown += phrase.unknown
        to = None if phrase.counted else self._find(phrase)
        known = to is not None
        if to is None:
            to = self._introduce(phrase)
        if to is not None and self.target is not None and to != self.target:
            kind = relation_kind(how, self.subjects[self.target], self.subjects[to])
            self._connect(self.target, kind, to, aloud=known)

    def _connect_target(self, how: Preposition, to: int) -> None:
        if self.target is not None and self.target != to:
            kind = relation_kind(how, self.subjects[self.target], self.subjects[to])
            self._connect(self.target, kind, to, aloud=True)

    def _connect(self, of: int, kind: RelationKind, to: int, *, aloud: bool = False) -> None:
        """The new relation takes the place of any other between the two."""
        self.relations = [r for r in self.relations if {r.of, r.to} != {of, to}]
        self.relations.append(Relation(of=of, kind=kind, to=to))
        if aloud:
            self.said.append(self.say.placed(self.subjects[of], kind, self.subjects[to]))

    def _moods_of(self, phrase: Phrase, *, place: bool = True) -> None:
        for field in _MOODS:
            if field != "place" or place:
                self._set_mood(field, getattr(phrase, field))

    def _set_mood(self, field: str, value: str | None) -> None:
        if value is None or self.moods[field] == value:
            return
        self.moods[field] = value
        self.said.append(self.say.mood(field, value))

    def _main(self) -> int | None:
        """The subject that "it" is."""
        return next(iter(self.within), 0) if self.subjects else None

    def _find(self, phrase: Phrase) -> int | None:
        """The subject that is named: of those that are meant first, else of all."""
        near = [each if at in self.within else _ELSEWHERE for at, each in enumerate(self.subjects)]
        found = find(near, phrase) if self.within else None
        return find(self.subjects, phrase) if found is None else found

    def _index(self, noun: str | None) -> int | None:
        same = [i for i, subject in enumerate(self.subjects) if subject.noun == noun and noun]
        return next((i for i in same if i in self.within), next(iter(same), None))


def _halves(items: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """The two of "a fox, a wolf", said after "instead of"."""
    first = read_phrase(items, 0)
    end = first.end if first is not None else 0
    return items[:end], items[end:]

"""What somebody wants done to a picture, read from their words with the parser and the vocabulary that scenes have.

The words are taken for an edit of a scene in which all that they name stands ("the car", "it"): what differs in the
scene afterwards is what is to be done. Only what no scene knows is read here: light that is brighter or warmer, a
picture that is to be larger, its background, and two pictures that are to be one.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from edge_models.image.arabic import in_english
from edge_models.image.edit import MAX_EDIT_CHARACTERS, edit_scene
from edge_models.image.edit_region import takes_all_out, without_here
from edge_models.image.lexicon import lex
from edge_models.image.phrase import Phrase, read_phrase
from edge_models.image.retouch.wish import (
    BACKGROUND,
    GROUNDS,
    NOIR,
    SIDES,
    SKY,
    Add,
    Backdrop,
    Blur,
    Combine,
    Extend,
    Recolour,
    Relight,
    Remove,
    Replace,
    Restyle,
    Retone,
    Side,
    Weather,
    Wish,
)
from edge_models.image.scene import Scene, Subject
from edge_models.image.vocabulary import vocabulary


class Unclear(ValueError):
    """Words that nothing can be done with; the text is one plain sentence."""

    def __init__(self, code: Literal["not_understood", "unknown_subject", "not_supported"], text: str) -> None:
        super().__init__(text)
        self.code = code


IT = Subject(noun="what is meant", known=False)
"""Stands for "it"; nobody says it."""
_BEHIND = "background|backdrop|background behind (?:it|him|her|them)"
_COLOURING = r"(?:make|turn|colour|color|paint|change|have|dye)"
_FIRM: tuple[tuple[re.Pattern[str], Wish], ...] = tuple(
    (re.compile(pattern), wish)
    for pattern, wish in (
        (rf"(?:remove|delete|erase|cut out|get rid of|take away|drop|without)(?: the)? (?:{_BEHIND})", Backdrop(None)),
        (rf"(?:make|have)(?: the)? (?:{_BEHIND}) transparent", Backdrop(None)),
        (r"cut (?:it|him|her|them|the .+) out", Backdrop(None)),
        (r".*\b(?:brighter|lighter|brighten|lighten|more light)\b.*", Retone("brighter")),
        (r".*\b(?:darker|darken|less light|dimmer|dim)\b.*", Retone("darker")),
        (r".*\b(?:warmer|warm)\b.*", Retone("warmer")),
        (r".*\b(?:cooler|colder|cool)\b.*", Retone("cooler")),
        (r".*\b(?:more contrast|contrastier|stronger contrast|crisper)\b.*", Retone("stronger")),
        (r".*\b(?:less contrast|softer)\b.*", Retone("softer")),
        (r".*\b(?:more (?:colourful|colour|vivid|saturated)|more saturation|vivid)\b.*", Retone("vivid")),
        (r".*\b(?:less (?:colourful|colour|saturated)|paler|muted|faded)\b.*", Retone("pale")),
        (r".*\bnoir\b.*", Restyle(NOIR)),
        (r".*\b(?:zoom out|show more|uncrop|extend it|extend the (?:picture|image|photo)|larger canvas)", Extend()),
        (r".*\b(?:wider|widen|landscape format|to both sides|on both sides|sideways)\b.*", Extend(("left", "right"))),
        (r".*\b(?:taller|portrait format|upright format)\b.*", Extend(("top", "bottom"))),
    )
)
_OF_THINGS = re.compile(r"^(?:add|put|place|draw|give|remove|erase|replace)\b|\b(?:a|an) (?!bit|little|lot|touch|tad)")
"""What says of a thing, not of the light, that it is warm or cool."""
_EXTENDING = re.compile(r"\b(?:extend|expand|outpaint|continue|enlarge|stretch|grow|more (?:room|space|picture))\b")
_TOWARDS: dict[str, Side] = {
    "left": "left", "right": "right", "top": "top", "up": "top", "upwards": "top", "above": "top", "bottom": "bottom",
    "down": "bottom", "downwards": "bottom", "below": "bottom",
}  # fmt: skip
_BLURRING = re.compile(
    r"(?:blur|defocus|soften)(?: out)?(?: (?P<what>.+))?|make (?P<made>.+) (?:blurry|blurred|fuzzy|out of focus)"
)
_PLAIN = re.compile(
    rf"(?:{_COLOURING} )?(?:the )?(?P<what>sky|{'|'.join(sorted(GROUNDS))}|{_BEHIND}) (?:to |into |in )?(?P<how>.+)"
)
_WHOLE = re.compile(r"\b(?:this|that|the|my) (?:photo|photograph|picture|image|pic|drawing|scene|whole thing)\b")
_LOOKS = re.compile(r" (?:tone|effect|filter|look|mode|vibes?)$")
_ONE = re.compile(
    r"\b(?:combine|merge|blend|put|place|add|insert|join|unite|mix|paste|together|into|both|with|from|onto|next to)\b"
)
_ASKING = r"(?:(?:please|can you|could you|would you|now|just|ok|okay|and|then|i want you to|let's|edit it to) )*"
_POLITE = re.compile(rf"^{_ASKING}|(?: please| thanks| thank you| for me)+$")
_VERB = "make|turn|add|remove|erase|delete|put|change|paint|colour|give|replace|swap|take|get rid|extend|cut"
_STEP = re.compile(rf",? (?:and )?then |; ?|\. |,? and (?=(?:{_VERB})\b)|, (?=(?:{_VERB})\b)")
_COUNTED = "(?:a|an|some|another|one|two|three|four|five|six) "
_GIVEN = re.compile(rf"(?:put|add|place|set|draw|paint) (?P<what>{_COUNTED}.+) (?:on|onto|to) (?:it|him|her|them)")
_BARELY_GIVEN = re.compile(rf"^give (?:it|him|her|them) (?!{_COUNTED}|the )")
_BARE = re.compile(rf"(?:(?:put|add|place|draw|paint|insert) )?(?P<what>{_COUNTED}.+)")
_WHERE = re.compile(
    r" (?:in|on|to|into|at|over|above|near) (?:the )?"
    r"(?:sky|water|ground|grass|background|foreground|(?:\w+ )?corner|middle|centre|top|bottom|it)$"
)
_PARTS = frozenset({"head", "face", "neck", "nose", "ear", "hand", "foot", "body"})
"""Of somebody: what is put on it is put on them."""
MOST_WISHES = 6


def read_wishes(words: str, *, pictures: int = 1) -> tuple[Wish, ...]:
    """What is to be done, in this order; `pictures` is how many there are. English or Arabic. Raises Unclear.

    What lies beyond 500 characters isn't read.
    """
    text = in_english(words[:MAX_EDIT_CHARACTERS]).lower().replace("’", "'").replace("color", "colour")
    text = _WHOLE.sub("it", without_here(" ".join(text.split()))).strip(" ,.!?")
    if pictures > 1:
        return (_combining(text), *_styles(text))
    wishes = [wish for step in _STEP.split(text) if step.strip() for wish in _read(_plainly(step))]
    if not wishes:
        raise Unclear("not_understood", "I don't understand what is to be changed.")
    if len(wishes) > MOST_WISHES:
        raise Unclear("not_supported", f"That is too much at once: {MOST_WISHES} changes are the most.")
    return tuple(dict.fromkeys(wishes))


def _plainly(step: str) -> str:
    before = ""
    while before != step:
        before, step = step, _LOOKS.sub("", _POLITE.sub("", step.strip(" ,.!?"))).strip()
    return step


def _read(text: str) -> Sequence[Wish]:
    if takes_all_out(text):
        return [Remove(None)]
    for pattern, wish in _FIRM:
        if pattern.fullmatch(text) and not (isinstance(wish, Retone) and _OF_THINGS.search(text)):
            return [wish]
    if (blurring := _BLURRING.fullmatch(text)) is not None:
        return [Blur(_blurred(blurring["what"] or blurring["made"] or ""))]
    if _EXTENDING.search(text):
        sides: dict[Side, None] = {_TOWARDS[word]: None for word in re.findall(r"[a-z]+", text) if word in _TOWARDS}
        return [Extend(tuple(sides) or SIDES)]
    plain = _PLAIN.fullmatch(text)
    if plain is not None and (wish := _of_behind(plain["what"], plain["how"])) is not None:
        return [wish]
    return _of_scene(text)


def _blurred(what: str) -> Subject | None:
    if re.fullmatch(_BEHIND, what.removeprefix("the ")):
        return Subject(noun=BACKGROUND, known=False)
    phrase = read_phrase(lex(what), 0, expected=True)
    return None if phrase is None or phrase.noun is None else phrase.subject()


def _of_behind(what: str, how: str) -> Wish | None:
    """As in "the sky pink", "the background a forest", "change the background to white"."""
    noun = what if what == SKY or what in GROUNDS else BACKGROUND
    phrase = read_phrase(lex(how), 0)
    if phrase is None or phrase.grow:
        return None
    if noun == SKY and phrase.time is not None:
        return Relight(phrase.time)
    if noun == SKY and phrase.weather is not None:
        return Weather(phrase.weather)
    if phrase.colour is not None and phrase.noun is None:
        return Recolour(Subject(noun=noun, known=False), phrase.colour)
    if noun == BACKGROUND and phrase.place is not None:
        return Backdrop(phrase.place)
    return None


def _combining(text: str) -> Combine:
    if not _ONE.search(text):
        raise Unclear("not_understood", "With several pictures, say what is to be put together.")
    side = re.search(r"\b(?:on|to|at) the (left|right|middle|centre|center)\b", text)
    if side is None:
        return Combine()
    return Combine("left" if side[1] == "left" else "right" if side[1] == "right" else "middle")


def _styles(text: str) -> Iterator[Wish]:
    """What is said of the whole picture that two become."""
    for item in lex(text):
        if item.style is not None:
            yield Restyle(item.style)
        elif item.time is not None:
            yield Relight(item.time)


# As a change of a scene


def _of_scene(text: str) -> Sequence[Wish]:
    text = _BARELY_GIVEN.sub(r"\g<0>some ", text)
    if (given := _GIVEN.fullmatch(text)) is not None:
        text = f"give it {given['what']}"
    elif (bare := _BARE.fullmatch(text)) is not None and any(item.subject or item.weather for item in lex(text)):
        text = f"add {_WHERE.sub('', bare['what'])}"
    there = _named(text)
    before = Scene(subjects=tuple(there) or (IT,))
    edited = edit_scene(before, text)
    if not edited.changed:
        raise _unclear(edited.said.split() if edited.said != text else ())
    after = edited.scene
    things = list(_of_subjects(before, after))
    moods = list(_of_moods(after))
    if any(isinstance(wish, Add | Replace) for wish in things):  # "a dog on the beach": the place is where it goes
        moods = [wish for wish in moods if not isinstance(wish, Backdrop)]
    wishes = [*things, *moods]
    if not wishes:
        raise Unclear("not_supported", "I can't change that in a picture that is there already.")
    left = [word for word in after.unknown if not text.startswith(word)]  # the verb may be one that no scene knows
    if left:
        raise _unclear(left)
    return wishes


def _unclear(words: Sequence[str]) -> Unclear:
    strange = [word for word in words if lex(word) and lex(word)[0].unknown][:3]
    if strange:
        quoted = " and ".join(f"“{word}”" for word in strange)
        return Unclear("unknown_subject", f"I don't know what to do about {quoted}.")
    return Unclear("not_understood", "I don't understand what is to be changed.")


_REMOVING = re.compile(r"\b(?:remove|delete|erase|drop|lose|hide|without|rid of|take|clear)\b")


def _named(text: str) -> list[Subject]:
    """What the words speak of as being in the picture: "the car", "his hat", "the red one's", each once."""
    items = lex(text)
    removing = _REMOVING.search(text) is not None and not re.search(r"\badd\b", text)
    found: list[Subject] = []
    at = 0
    while at < len(items):
        phrase = read_phrase(items, at, expected=True)
        if phrase is None:
            at += 1
            continue
        at = max(phrase.end, at + 1)
        if phrase.noun is not None and (removing or _definite(phrase)):
            subject = phrase.subject().model_copy(update={"size": "normal", "adjectives": (), "count": 1})
            if all(subject.noun != other.noun for other in found) and len(found) < 7:
                found.append(subject)
    return found


def _definite(phrase: Phrase) -> bool:
    return phrase.determiner is not None and phrase.determiner not in ("a", "an", "some", "another", "any", "other")


def _of_subjects(before: Scene, after: Scene) -> Iterator[Wish]:
    old = {subject.noun: subject for subject in before.subjects}
    new = {subject.noun: subject for subject in after.subjects}
    gone = [subject for noun, subject in old.items() if noun not in new]
    fresh = [(at, subject) for at, subject in enumerate(after.subjects) if subject.noun not in old]
    replaced = len(after.subjects) >= len(before.subjects)
    for at, subject in fresh:
        if not subject.known:
            raise Unclear("unknown_subject", f"I don't know how to draw “{subject.noun}”.")
        if gone and replaced and at < len(before.subjects):
            yield Replace(_meant(gone.pop(0)), subject)
        else:
            yield _addition(after, at, subject)
    for subject in gone:
        yield Remove(_meant(subject))
    for noun, subject in new.items():
        if noun in old:
            yield from _of_looks(old[noun], subject)


def _of_looks(old: Subject, new: Subject) -> Iterator[Wish]:
    if new.colour == "black_and_white" and old == IT:
        yield Restyle("black_and_white")
    elif new.colour is not None and new.colour != old.colour:
        yield Recolour(_meant(old), new.colour)
    if new.size != old.size:
        raise Unclear("not_supported", "I can't make one thing in a picture larger or smaller.")
    if new.count != old.count:
        raise Unclear("not_supported", "I can't change how many of something there are in a picture.")
    if new.adjectives != old.adjectives:
        raise Unclear("not_supported", f"I can't make something {new.adjectives[-1].replace('_', ' ')} in a picture.")


def _addition(after: Scene, at: int, subject: Subject) -> Wish:
    for relation in after.relations:
        if at in (relation.of, relation.to):
            other = after.subjects[relation.to if relation.of == at else relation.of]
            how = "wearing" if vocabulary().subject(subject.noun).worn else relation.kind
            return Add(subject, _meant(other), how, has_owner=True)
    if vocabulary().subject(subject.noun).worn:
        return Add(subject, None, "wearing", has_owner=True)
    return Add(subject)


def _meant(subject: Subject) -> Subject | None:
    return None if subject.noun == IT.noun or subject.noun in _PARTS else subject


def _of_moods(after: Scene) -> Iterator[Wish]:
    if after.place is not None:
        yield Backdrop(after.place)
    if after.weather is not None:
        yield Weather(after.weather)
    if after.time is not None:
        yield Relight(after.time)
    if after.style is not None:
        yield Restyle(after.style)

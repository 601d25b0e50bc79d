"""Arabic nouns with number and looks, which agree with them in gender and number."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

from edge_models.image.arabic import inflection
from edge_models.image.arabic.inflection import Words, dual, feminine
from edge_models.image.arabic.lexicon import Name, names, sections
from edge_models.image.scene import Subject
from edge_models.image.vocabulary import vocabulary

Number = Literal["one", "two", "few", "many"]
"""Many are eleven and more, which are counted in the singular."""

Said = Literal["looks", "deeds"]
"""The sections of `words.toml` that have words for adjectives."""

_PEOPLE = frozenset(
    {"witch", "wizard", "fairy", "elf", "genie", "mermaid", "merman", "angel", "superhero", "villain", "vampire"}
)
"""Of the fantasy kind, those who are spoken of as people."""
_FEW = ("ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر")
_ELEVEN = {11: ("أحد عشر", "إحدى عشرة"), 12: ("اثني عشر", "اثنتي عشرة")}
_DEEDS = ("sleeping", "flying", "dancing", "running", "jumping")


def subject_words(subject: Subject, *, done_to: bool = False) -> str:
    """One subject with its count and looks: `ثلاث قطط زرقاء صغيرة`. Two of it are said as after a preposition.

    `done_to`: as what somebody holds or wears, `تاجا ذهبيا`.
    """
    nouns, looks = _counted(subject), _looks(subject)
    if done_to and subject.count == 1 and subject.known:
        nouns[0] = _accusative(nouns[0])
        looks = [(head if head in _diptotes() else _accusative(head), *rest) for head, *rest in looks]
    words = [*nouns, *(" ".join(look) for look in looks)]
    half = "نصف " if "half" in subject.adjectives else ""
    return half + " ".join(words)


def noun_words(subject: Subject, *, definite: bool = False) -> str:
    """The noun alone, in the number that the subject has; `definite`: with the article, `الثعلب`, `الكلبين`."""
    if not subject.known:
        return f"{'ال' * (definite and not subject.noun.startswith('ال'))}{subject.noun}"
    words = _noun(subject, "one" if subject.count == 1 else "two" if subject.count == 2 else "few")
    return " ".join(with_articles(words) if definite else words)


def is_feminine(subject: Subject) -> bool:
    """Whether it is spoken of as a she: also several animals or things."""
    if not subject.known:
        return subject.noun.split()[0].endswith("ة") or subject.count > 2
    return _name(subject).feminine or (subject.count > 2 and not _is_person(subject))


def number_of(subject: Subject) -> Number:
    """The number that words agree in with it; many things are one."""
    if subject.count <= 2:
        return "one" if subject.count == 1 else "two"
    return "few" if _is_person(subject) else "one"


def _counted(subject: Subject) -> list[str]:
    if not subject.known:
        return [*([str(subject.count)] if subject.count > 1 else []), subject.noun]
    name, count = _name(subject), subject.count
    if count <= 2:
        noun = _noun(subject, "one" if count == 1 else "two")
        # Two teachers are written like several, so they are counted.
        alike = count == 2 and name.plurals and name.plurals[0][0].endswith(("ون", "و"))
        return [*noun, *(["اثنين"] if alike else [])]
    if count <= 10:
        number = _FEW[count - 3]
        masculine = f"{number.removesuffix('ي')}ية" if number == "ثماني" else f"{number}ة"
        return [number if name.feminine else masculine, *_noun(subject, "few")]
    return [_ELEVEN[count][name.feminine], *_noun(subject, "many")]


def _noun(subject: Subject, number: Number) -> Words:
    name = _name(subject)
    head, *rest = name.singular
    if number == "two":
        described = bool(rest) and _is_adjective(name)
        ending = "ين" if described or not rest else "ي"
        rest[:1] = [dual(word, ending="ين") for word in rest[:1]] if described else rest[:1]
        return (dual(head, ending=ending), *rest)
    if number == "few" and name.plurals:
        # Apples are counted as single ones, not as the fruit: "three تفاحات".
        collective = name.plurals[0] == (head[:-1], *rest)
        single = next((plural for plural in name.plurals if plural[0].endswith("ات")), name.plurals[0])
        return single if collective else name.plurals[0]
    if number == "many":
        return (_accusative(head), *rest)
    return name.singular


def _accusative(word: str) -> str:
    return word if word.endswith(("ة", "ا", "ى", "اء")) else f"{word}ا"


def with_articles(words: Sequence[str]) -> Words:
    """With the article: on noun and adjective, and of a noun with what it belongs to only on that."""
    head, *rest = words
    if not rest or rest[0].startswith("ب"):
        return (_with_article(head), *rest)
    if any(word.startswith("ال") for word in rest):
        return tuple(words)
    if _adjectival(rest[0]):
        return tuple(_with_article(word) for word in words)
    return (head, *rest[:-1], _with_article(rest[-1]))


def _with_article(word: str) -> str:
    return word if word.startswith("ال") else f"ال{word}"


def _is_adjective(name: Name) -> bool:
    """Whether the second word of a name describes the first, and doesn't say whose or of what it is."""
    changes = any(len(plural) > 1 and plural[1] != name.singular[1] for plural in name.plurals)
    return changes or _adjectival(name.singular[1])


def _adjectival(word: str) -> bool:
    return word.removesuffix("ين").endswith(("ي", "ية", "يت")) or any(
        word in form for called in sections()["looks"].values() for each in called for form in (each.singular,)
    )


def _looks(subject: Subject) -> list[Words]:
    words = vocabulary()
    said: list[tuple[Said, str]] = []
    if subject.colour:
        said.append(("looks", words.colours[subject.colour].words[0]))
    if subject.size != "normal":
        said.append(("looks", words.sizes[subject.size][0]))
    told = (key for key in subject.adjectives if key in words.adjectives and key != "half")
    said.extend((_section(key), words.adjectives[key][0]) for key in told)
    return [_agreeing(_adjective(kind, english), subject) for kind, english in said]


def _section(adjective: str) -> Said:
    return "deeds" if adjective in _DEEDS else "looks"


def _adjective(kind: Said, english: str) -> Name:
    """The word for a look; of what somebody does, the participle: `نائم`."""
    called = sections()[kind][english]
    return next((name for name in called if kind == "looks" or not name.singular[0].startswith("ي")), called[0])


def _agreeing(look: Name, subject: Subject) -> Words:
    she = is_feminine(subject)
    masculine, *others = (look.singular, *look.plurals)
    hers = next((form for form in others if inflection.is_feminine(form[0])), None)
    several = next((form for form in others if form != hers), None)
    form = hers or (feminine(masculine[0]), *masculine[1:]) if she else masculine
    head, *rest = form
    number = number_of(subject)
    if number == "two":
        return (dual(head, ending="ين"), *(_second_dual(word) for word in rest))
    if number == "few":
        regular = (head.removesuffix("ة") + ("ات" if she else "ين"), *rest)
        return several or regular
    if subject.count > 10 and not (she or hers):
        return (_accusative(head), *rest)
    return form


@cache
def _diptotes() -> frozenset[str]:
    """Looks that don't change as an object: those with a feminine of their own, like red."""
    called = (name for each in sections()["looks"].values() for name in each)
    return frozenset(name.singular[0] for name in called if name.plurals and name.plurals[0][0].endswith("اء"))


def _second_dual(word: str) -> str:
    """The second of two looks, joined by "and" or not; what is no look ("very") stays."""
    looks = {form for called in sections()["looks"].values() for name in called for form in (name.singular[0],)}
    feminines = {name.plurals[0][0] for called in sections()["looks"].values() for name in called if name.plurals}
    plain = word.removeprefix("و")
    shades = ("فاتح", "فاتحة", "غامق", "غامقة", "داكن", "داكنة")
    return dual(word, ending="ين") if plain in looks | feminines or plain in shades else word


def _name(subject: Subject) -> Name:
    return names()[subject.noun][0]


def _is_person(subject: Subject) -> bool:
    return subject.known and (vocabulary().subject(subject.noun).kind == "person" or subject.noun in _PEOPLE)

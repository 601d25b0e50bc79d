"""The forms that a word of the lists can have: number, gender and the endings that are written.

Only what is written counts: the dual in -an and -in, the feminine, the accusative's alef. Broken plurals and the
feminine of colours follow no rule and stand in the lists.
"""

from collections.abc import Iterator, Sequence

Words = tuple[str, ...]


def noun_forms(singular: Sequence[str], plurals: Sequence[Sequence[str]]) -> Iterator[tuple[Words, int]]:
    """A noun's forms, each with its number: 1, 2, or 3 for the plural. Only its first words change."""
    head, *rest = singular
    for form in (head, *_accusative(head)):
        yield (form, *rest), 1
        if rest:
            yield from (((form, described, *rest[1:]), 1) for described in _accusative(rest[0]))
    for form in _duals(head):
        yield (form, *rest), 2
        if rest:
            yield (form.removesuffix("ن"), *rest), 2
            yield from (((form, described, *rest[1:]), 2) for described in _duals(rest[0]))
    for plural in plurals:
        first, *others = plural
        forms = (first, *_accusative(first), *((f"{first[:-2]}ين",) if first.endswith("ون") else ()))
        yield from (((form, *others), 3) for form in forms)


def adjective_forms(forms: Sequence[Sequence[str]]) -> Iterator[Words]:
    """An adjective's forms in all numbers and genders; `forms` are the masculine and those that no rule gives."""
    (masculine, *rest), *others = forms
    regular = [] if any(is_feminine(first) for first, *_ in others) else [[feminine(masculine), *rest]]
    for first, *following in (*forms, *regular):
        for form in (first, *_accusative(first), *_duals(first)):
            yield (form, *following)
    for ending in ("ون", "ين", "ات"):
        yield (masculine + ending, *rest)


def verb_forms(he_does: str) -> Iterator[str]:
    """A verb in the present: he, she, both and they do it."""
    for form in (he_does, f"ت{he_does[1:]}"):
        yield from (form, f"{form}ان", f"{form}ون")
    yield f"{he_does}ن"


def feminine(masculine: str) -> str:
    """The regular feminine of an adjective."""
    return masculine if masculine.endswith("ة") else f"{masculine.removesuffix('ى')}ة"


def is_feminine(word: str) -> bool:
    """Whether its ending is one of the feminine."""
    return word.endswith(("ة", "اء"))


def dual(word: str, *, ending: str = "ان") -> str:
    """Two of it, as it is said where nothing stands before it."""
    if word.endswith("ة"):
        return f"{word[:-1]}ت{ending}"
    if word.endswith("اء"):
        return f"{word[:-1]}و{ending}"
    if word.endswith("ى"):
        return f"{word[:-1]}ي{ending}"
    return word + ending


def _duals(word: str) -> Iterator[str]:
    for ending in ("ان", "ين"):
        yield dual(word, ending=ending)
        if word.endswith("اء"):
            yield word + ending


def _accusative(word: str) -> Iterator[str]:
    if not word.endswith(("ة", "ا", "ى", "اء")):
        yield f"{word}ا"

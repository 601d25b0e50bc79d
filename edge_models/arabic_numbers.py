"""Arabic numbers in words, as digits: of both genders, as they are written and as people say them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

AROUND = " ,.;:!?،؛؟…—–-\"'“”«»()"
"""What may stand around a word and is none of it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is read."""

    read: str
    said: str
    apart: bool = True
    """It was said with a space before it."""


def core(word: str) -> str:
    """A word without punctuation around it."""
    return word.strip(AROUND)


def together(tokens: Sequence[Token]) -> str:
    """What was said, as it was said."""
    return "".join(f"{' ' * (token.apart and n > 0)}{token.said}" for n, token in enumerate(tokens))


def _numbers() -> Iterator[tuple[str, int]]:
    by_number = {
        2: "اثنان اثنين اثنتان اثنتين ثنتين ثنين اتنين تنين اثنتا",
        3: "ثلاث ثلاثه تلات تلاته",
        4: "اربع اربعه",
        5: "خمس خمسه",
        6: "ست سته",
        7: "سبع سبعه",
        8: "ثمان ثماني ثمانيه ثمنيه تمن تمان تماني تمانيه تمنيه",
        9: "تسع تسعه",
        10: "عشر عشره",
        11: "احدعشر احدعش حداشر حدعش احداشر دعش",
        12: "اثناعشر اثنعش اطنعش طنعش اتناشر اثناعش تنعش",
        13: "ثلاثطعش ثلطعش ثلاطعش تلطعش تلتعش تلتاشر تلاتاشر تلتطعش",
        14: "اربعطعش اربعتعش اربعتاشر",
        15: "خمسطعش خمستعش خمستاشر",
        16: "ستطعش سطعش ستعش ستاشر",
        17: "سبعطعش سبعتعش سبعتاشر",
        18: "ثمنطعش ثمانطعش تمنطعش تمنتعش تمنتاشر تمانتاشر ثمنتعش",
        19: "تسعطعش تسعتعش تسعتاشر",
        20: "عشرون عشرين",
        30: "ثلاثون ثلاثين تلاتين",
        40: "اربعون اربعين",
        50: "خمسون خمسين",
        60: "ستون ستين",
        70: "سبعون سبعين",
        80: "ثمانون ثمانين تمانين",
        90: "تسعون تسعين",
        100: "ميه مايه",
        200: "ميتين ميتان مايتان مايتين",
        300: "ثلاثميه تلتميه ثلاثمايه",
        400: "اربعميه اربعمايه",
        500: "خمسميه خمسمايه",
        600: "ستميه ستمايه",
        700: "سبعميه سبعمايه",
        800: "ثمانميه تمنميه ثمانمايه",
        900: "تسعميه تسعمايه",
    }
    for number, words in by_number.items():
        yield from ((word, number) for word in words.split())


NUMBERS: dict[str, int] = dict(_numbers())
_ONE = frozenset({"واحد", "واحده", "احد", "احدي", "حاديه"})
"""A number only with others: "واحد" alone is anybody."""
_TEEN = {**dict.fromkeys(_ONE, 1), "اثنا": 2, "اثني": 2, "اثنتا": 2, "اثنتي": 2} | {
    word: number for word, number in NUMBERS.items() if 2 <= number <= 9
}


def with_digits(tokens: Sequence[Token]) -> Iterator[Token]:
    """The same, each number one token in digits."""
    at = 0
    while at < len(tokens):
        number, length = _number([token.read for token in tokens[at : at + 6]])
        if number is None:
            yield tokens[at]
            at += 1
            continue
        of_it = tokens[at : at + length]
        said = together(of_it)
        end = of_it[-1].read[len(core(of_it[-1].read)) :] if of_it[-1].read else ""
        yield Token(f"{number}{end}", said, tokens[at].apart)
        at += length


def _number(words: Sequence[str]) -> tuple[int | None, int]:
    """The number that `words` begin with, and how many of them it takes; None for none."""
    total, used, below = 0, 0, 1000
    while True:
        value, length = _simple(words[used:])
        if value is None or value >= below:
            break
        total, used = total + value, used + length
        if words[used - 1] != core(words[used - 1]):
            break
        below = 100 if value >= 100 else 0
        if not below or words[used : used + 1] != ["و"]:
            break
        following, _ = _simple(words[used + 1 :])
        if following is None or following >= below:
            break
        used += 1
    return (total, used) if used else (None, 0)


def _simple(words: Sequence[str]) -> tuple[int | None, int]:
    """A number below a hundred, or some hundreds."""
    if not words:
        return None, 0
    first, second = words[0], core(words[1]) if len(words) > 1 else ""
    if first in _TEEN and second in ("عشر", "عشره"):
        return 10 + _TEEN[first], 2
    if first in _TEEN and second == "و" and len(words) > 2:
        tens = NUMBERS.get(core(words[2]), 0)
        if 20 <= tens <= 90:
            return tens + _TEEN[first], 3
    number = NUMBERS.get(core(first))
    if number is None:
        return None, 0
    if number < 10 and second in ("ميه", "مايه") and first == core(first):
        return number * 100, 2
    return number, 1

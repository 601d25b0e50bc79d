"""Arabic as it is compared: one spelling for a word's many, its particles apart, digits for numbers in words.

::

    said    واحذف المؤقّت بعد خمسٍ وعشرين دقيقةً
    read    و | احذف | مؤقت→موقت | بعد | 25 | دقيقه        each with the words that it was said in

What is attached to a word is taken off only where a known word is left: "وبالمطبخ" is read "و ب مطبخ" by whoever knows
"مطبخ", and "ورد" stays a flower. The article goes, too, but where it makes another word ("اليوم" is today).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

ARABIC = re.compile(r"[\u0621-\u064a]")
_MARKS = re.compile(
    r"[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Vowel signs, tatweel, and what only steers the direction of writing."""
_LETTERS = str.maketrans(
    "أإآٱىیئةۀکؤگڤپچ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹؟،؛٪٫",
    "اااايييههكوكفبج01234567890123456789?,;%.",
    "ء",
)
_RUN = re.compile(r"[\u0621-\u063a\u0641-\u0655\u0670-\u06d3]+")
_CHUNK = re.compile(r"([^\w\s]*)(.*?)([^\w\s%°]*)", re.DOTALL)
_WITH_ARTICLE = frozenset(
    "اليوم الان الحين الليله الي الا الله التي الذي اللي الاولي الثانيه الثالثه الرابعه الخامسه السادسه السابعه الثامنه"
    " التاسعه العاشره الواحده الحاديه الاحد الاثنين الاتنين الثلاثا التلات التلاتا الاربعا الاربع العب القي الف".split()
)
"""Words that are others, or none, without "ال"."""
_SHORTEST = 3
"""Letters of a word that "and" may be taken off; another particle only of longer ones."""
_ASKING = frozenset(
    "ان ممكن يمكن تقدر تقدري فيك فيكي فيكن بدي ياك عايزك عاوزك ابغاك ابيك اريدك لو ريت ياريت تستطيع تستطيعين هلا يمكنك بامكانك"
    " امكانك تسمح الممكن".split()
)
"""After these a wish comes, or what is wished for."""
_TO_DO = {
    deed: verb
    for verb, deeds in {
        "اضف": "اضافه",
        "ارسم": "رسم",
        "شغل": "تشغيل",
        "اطفي": "اطفا",
        "اوقف": "ايقاف وقف",
        "غير": "تغيير",
        "احذف": "حذف",
        "امسح": "مسح",
        "ازل": "ازاله",
        "اعرض": "عرض اظهار",
        "ارسل": "ارسال",
        "اكتب": "كتابه",
        "سجل": "تسجيل",
        "افتح": "فتح",
        "اغلق": "اغلاق",
        "اضبط": "ضبط",
        "ذكرني": "تذكيري",
        "ايقظني": "ايقاظي",
        "اخبرني": "اخباري",
        "الغ": "الغا",
        "اخفض": "خفض",
        "ارفع": "رفع",
        "اقرا": "قراه",
        "كرر": "تكرار",
        "اعد": "اعاده",
        "اكمل": "اكمال",
        "استانف": "استيناف",
        "احفظ": "حفظ",
        "اجعل": "جعل",
        "حول": "تحويل",
        "لون": "تلوين",
        "ضع": "وضع",
        "مدد": "تمديد",
        "اجل": "تاجيل",
        "اعمل": "عمل",
        "انشي": "انشا",
        "ادمج": "دمج",
        "صف": "وصف",
        "خفف": "تخفيف",
        "علق": "تعليق",
        "افرغ": "افراغ",
        "قفل": "اقفال",
    }.items()
    for deed in deeds.split()
}
"""Names of deeds to their imperatives: "هل يمكنك إضافة"."""
_FOR_WHOM = ("يلي", "ولي", "لي", "يلنا", "لنا", "وا", "ين", "ولنا", "ني")
"""What an imperative may end with and mean the same."""
_AROUND = " ,.;:!?،؛؟…—–-\"'“”«»()"
_SUFFIXES = ("ها", "هم", "ني", "لي", "لنا", "نا", "ه", "ي")


def is_arabic(text: str) -> bool:
    """Whether there is an Arabic letter in `text`."""
    return ARABIC.search(text) is not None


def letters(text: str) -> str:
    """`text` without vowel signs and the like, with one letter for those that are confused, and with ASCII digits."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).translate(_LETTERS)


def bare(word: str) -> str:
    """An Arabic word as it is compared: its `letters`, without its article."""
    plain = letters(word)
    has_article = word.startswith("ال") and len(plain) > _SHORTEST and plain not in _WITH_ARTICLE
    return plain[2:] if has_article else plain


def template(text: str) -> str:
    """Templates or expressions, all their Arabic words `bare`, without "بال" and "لل" before them; the rest as it is."""
    return _RUN.sub(lambda found: _apart(_MARKS.sub("", found.group())), text)


def _apart(word: str) -> str:
    attached = re.fullmatch(r"(ب|ل)(?:ال|(?<=ل)ل)(\w{3,})", word)
    return f"{attached[1]} {bare(f'ال{attached[2]}')}" if attached else bare(word)


def words_of(text: str) -> frozenset[str]:
    """All Arabic words of what `template` has returned."""
    return frozenset(_RUN.findall(text))


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is read."""

    read: str
    said: str
    apart: bool = True
    """It was said with a space before it."""


class Read:
    """A text as it is read, and the way back to what was said."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        words = [(core, at) for at, token in enumerate(tokens) if (core := _core(token.read))]
        self._at = [at for _, at in words]
        """The token of each word; what is punctuation alone is none."""
        self._words = f" {' '.join(core for core, _ in words)} "
        self.text = " ".join(token.read for token in tokens)

    def as_said(self, words: str) -> str:
        """Words of the text as they were said, without punctuation around them; words of nobody's stay as they are."""
        wanted = [core for word in words.split() if (core := _core(word))]
        parts: list[str] = []
        while wanted:
            length = len(wanted)
            while length > 1 and f" {' '.join(wanted[:length])} " not in self._words:
                length -= 1
            parts.append(self._said(wanted[:length]))
            wanted = wanted[length:]
        return " ".join(parts)

    def _said(self, words: Sequence[str]) -> str:
        """Words that were said in one go, or one that may not have been said at all."""
        found = self._words.find(f" {' '.join(words)} ")
        if found < 0:
            return words[0]
        first = self._words.count(" ", 0, found)
        tokens = self._tokens[self._at[first] : self._at[first + len(words) - 1] + 1]
        return _together(tokens).strip(_AROUND)


class Reader:
    """Reads Arabic with the words that somebody knows."""

    def __init__(self, known: Collection[str], *, verbs: Collection[str] = ()) -> None:
        """`known`: words as `template` leaves them, of which `verbs` are imperatives. Numbers are known without it."""
        self._known = frozenset(known) | _NUMBERS.keys()
        self._verbs = frozenset(verbs)

    def read(self, text: str) -> Read:
        """Read `text`; nothing but its Arabic words and digits changes."""
        tokens: list[Token] = []
        for chunk in _MARKS.sub("", unicodedata.normalize("NFKC", text)).split():
            found = _CHUNK.fullmatch(chunk)
            before, word, after = found.groups() if found else ("", chunk, "")
            asked = bool(tokens) and tokens[-1].read in _ASKING
            parts = self._parts(word, asked=asked) if _RUN.fullmatch(word) else [(letters(word), word)]
            for n, (read, said) in enumerate(parts):
                first, last = n == 0, n == len(parts) - 1
                left, right = before * first, after * last
                tokens.append(Token(f"{letters(left)}{read}{letters(right)}", f"{left}{said}{right}", first))
        return Read(list(_with_digits(tokens)))

    def _parts(self, word: str, *, asked: bool) -> list[tuple[str, str]]:
        """A word's particles and what they are attached to, each as it is read and as it was said.

        What is `asked` for is read as an imperative, though the word may be known as a question's: "ممكن تعمل".
        """
        plain = letters(word)
        if asked and self._verbs and (verb := _TO_DO.get(plain) or self._verb(plain)):
            return [(verb, word)]
        parts = self._known_parts(plain, word)
        if not parts and plain.startswith("لل") and len(plain) > len("لل") + 1:
            return [("ل", word[:2]), (plain[2:], word[2:])]
        return parts or [(plain, word)]

    def _known_parts(self, plain: str, said: str) -> list[tuple[str, str]]:
        """The parts of a word that is known with its particles off; empty where it isn't."""
        if plain in self._known:
            return [(plain, said)]
        if verb := self._verb(plain):
            return [(verb, said)]
        if self._knows(plain):
            return [(plain, said)]
        if plain.startswith("ال") and plain[2:] in self._known:
            return [(plain[2:], said)]
        if plain[:1] in "وف" and len(plain) >= _SHORTEST and (rest := self._known_parts(plain[1:], said[1:])):
            return [(plain[0], said[0]), *rest]
        if plain.startswith(("لل", "عال", "هال")) and (rest := self._known_parts(f"ال{plain.lstrip('لعها')}", said)):
            particle, length = {"ل": ("ل", 2), "ع": ("علي", 1), "ه": ("هذا", 1)}[plain[0]]
            return [(particle, said[:length]), (rest[0][0], said[length:]), *rest[1:]]
        if plain[:1] in "بلك" and len(plain) > _SHORTEST and (rest := self._known_parts(plain[1:], said[1:])):
            return [(plain[0], said[0]), *rest]
        return []

    def _verb(self, word: str) -> str | None:
        """The imperative that is meant by another form of it: "شغللي", "شغلوا", "تشغل"; None for other words."""
        for stem in (word, *(word.removesuffix(end) for end in _FOR_WHOM if word.endswith(end))):
            if stem != word and stem in self._verbs:
                return stem
            for wish in (stem[1:], f"ا{stem[1:]}", stem[1:-1], f"ا{stem[1:-1]}") if stem.startswith("ت") else ():
                if wish in self._verbs and (stem.endswith(wish[-1]) or stem.endswith("ي")):
                    return wish
        return None

    def _knows(self, word: str) -> bool:
        return word in self._known or any(word.endswith(end) and word[: -len(end)] in self._known for end in _SUFFIXES)


def _core(word: str) -> str:
    return word.strip(_AROUND)


def _together(tokens: Sequence[Token]) -> str:
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


_NUMBERS: dict[str, int] = dict(_numbers())
_ONE = frozenset({"واحد", "واحده", "احد", "احدي", "حاديه"})
"""A number only with others: "واحد" alone is anybody."""
_TEEN = {**{word: 1 for word in _ONE}, "اثنا": 2, "اثني": 2, "اثنتا": 2, "اثنتي": 2} | {
    word: number for word, number in _NUMBERS.items() if 2 <= number <= 9
}


def _with_digits(tokens: Sequence[Token]) -> Iterator[Token]:
    at = 0
    while at < len(tokens):
        number, length = _number([token.read for token in tokens[at : at + 6]])
        if number is None:
            yield tokens[at]
            at += 1
            continue
        of_it = tokens[at : at + length]
        said = _together(of_it)
        end = of_it[-1].read[len(_core(of_it[-1].read)) :] if of_it[-1].read else ""
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
        if words[used - 1] != _core(words[used - 1]):
            break
        below = 100 if value >= 100 else 0
        if not below or not (words[used : used + 1] == ["و"]):
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
    first, second = words[0], _core(words[1]) if len(words) > 1 else ""
    if first in _TEEN and second in ("عشر", "عشره"):
        return 10 + _TEEN[first], 2
    if first in _TEEN and second == "و" and len(words) > 2:
        tens = _NUMBERS.get(_core(words[2]), 0)
        if 20 <= tens <= 90:
            return tens + _TEEN[first], 3
    number = _NUMBERS.get(_core(first))
    if number is None:
        return None, 0
    if number < 10 and second in ("ميه", "مايه") and first == _core(first):
        return number * 100, 2
    return number, 1

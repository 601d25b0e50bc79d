"""Arabic as it is compared: one spelling for a word's many, its particles apart, digits for numbers in words.

::

    said    واحذف المؤقّت بعد خمسٍ وعشرين دقيقةً
    read    و | احذف | مؤقت→موقت | بعد | 25 | دقيقه        each with the words that it was said in

What is attached to a word is taken off only where a known word is left: "وبالمطبخ" is read "و ب مطبخ" by whoever knows
"مطبخ", and "ورد" stays a flower. The article goes, too, but where it makes another word ("اليوم" is today).
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from edge_models.arabic_numbers import AROUND, NUMBERS, Token, core, together, with_digits

ARABIC = re.compile(r"[\u0621-\u063a\u0641-\u064a]")
_MARKS = re.compile(
    r"[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Vowel signs, tatweel, and what only steers the direction of writing."""
_LETTERS = str.maketrans(
    "أإآٱىیئةۀکؤگڤپچ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹؟،؛٪٫",
    "اااايييههكوكفبج01234567890123456789?,;%.",
    "ء",
)
_SPELLINGS = str.maketrans({"ا": "[اأإآٱ]ء?", "ي": "[يىئ]ء?", "و": "[وؤ]ء?", "ه": "[هة]"})
_RUN = re.compile(r"[\u0621-\u063a\u0641-\u0655\u0670-\u06d3]+")
_CHUNK = re.compile(r"([^\w\s]*)(.*?)([^\w\s%°]*)", re.DOTALL)
_WITH_ARTICLE = frozenset(
    """
    اليوم الان الحين الليله الي الا الله التي الذي اللي الاولي الثانيه الثالثه الرابعه الخامسه السادسه
    السابعه الثامنه التاسعه العاشره الواحده الحاديه الاحد الاثنين الاتنين الثلاثا التلات التلاتا الاربعا
    الاربع العب القي الف
    """.split()  # noqa: SIM905 - a list of so many quotes can't be read from right to left
)
"""Words that are others, or none, without "ال"."""
_SHORTEST = 3
"""Letters of a word that "and" may be taken off; another particle only of longer ones."""
_ASKING = frozenset(
    """
    ان ممكن يمكن تقدر تقدري فيك فيكي فيكن بدي ياك عايزك عاوزك ابغاك ابيك اريدك لو ريت ياريت تستطيع
    تستطيعين هلا يمكنك بامكانك امكانك تسمح الممكن وسعك بوسعك مقدورك بمقدورك بتقدر بتقدري ينفع يصير
    رايك قادر قم قومي منك تتفضل تتكرم تفضل جرب جربي حاول حاولي مانع
    """.split()  # noqa: SIM905 - a list of so many quotes can't be read from right to left
)
"""After these a wish comes, or what is wished for."""
_WISHING = frozenset(
    """
    اريد ابغي ابي بدي عايز عاوز ودي ارغب احتاج نفسي حاب حابه حابب بودي اتمني احب
    """.split()  # noqa: SIM905 - a list of so many quotes can't be read from right to left
)
"""After these, too, but for what may be wished for by the same word: "أريد وضع السينما"."""
_THINGS = frozenset(["وضع", "عمل", "وقف", "قفل", "علق"])
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
_FOR_WHOM = ("يلي", "ولي", "لي", "يلنا", "لنا", "نا", "وا", "ين", "ولنا", "ني")
"""What an imperative may end with and mean the same."""
_WITH_THE = {"لل": ("ل", 2), "عال": ("علي", 1), "هال": ("هذا", 1)}
"""What is attached before the article: how it is read, and the letters that are not the word's."""
_JOINED = ("لها", "لهم", "لنا", "لي", "له", "هما", "ها", "هم", "هن", "ه")
_CHOICE = re.compile(r"\(([^()\[\]{}<>\\?]*\|[^()\[\]{}<>\\?]*)\)")
_SUFFIXES = ("ها", "هم", "ني", "لي", "لنا", "نا", "ه", "ي")


def is_arabic(text: str) -> bool:
    """Whether there is an Arabic letter in `text`."""
    return ARABIC.search(text) is not None


def without_marks(text: str) -> str:
    """`text` without vowel signs and the like, as people write."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text))


def letters(text: str) -> str:
    """`text` `without_marks`, with one letter for those that are confused, and with ASCII digits."""
    return without_marks(text).translate(_LETTERS)


def bare(word: str) -> str:
    """An Arabic word as it is compared: its `letters`, without its article."""
    plain = letters(word)
    has_article = word.startswith("ال") and len(plain) > _SHORTEST and plain not in _WITH_ARTICLE
    return plain[2:] if has_article else plain


def template(text: str) -> str:
    """Templates or expressions, all their Arabic words `bare`, "بال" and "لل" apart; the rest as it is."""
    return _RUN.sub(lambda found: _apart(_MARKS.sub("", found.group())), text)


def _apart(word: str) -> str:
    attached = re.fullmatch(r"(ب|ل)(?:ال|(?<=ل)ل)(\w{3,})", word)
    return f"{attached[1]} {bare(f'ال{attached[2]}')}" if attached else bare(word)


def any_spelling(expression: str) -> str:
    """An expression that matches its Arabic letters in any spelling; it must have none of them in brackets."""
    return expression.translate(_SPELLINGS)


def words_of(text: str) -> frozenset[str]:
    """All Arabic words of what `template` has returned."""
    return frozenset(_RUN.findall(text))


class Alike:
    """Words that mean the same, each of which is read as one of them: "شيل", "امسحي" and "أزل" as "احذف"."""

    def __init__(self, words: Mapping[str, str], verbs: Mapping[str, str]) -> None:
        """For each word its others, with spaces between. `verbs` are imperatives: female and plural, too."""
        self._one = {other: one for one, others in words.items() for other in others.split()}
        for one, others in verbs.items():
            self._one |= {f"{verb}{end}": one for verb in (one, *others.split()) for end in ("", "ي", "وا", "و")}
        self.known = frozenset(self._one)
        self._read: dict[str, str] = {}

    def one(self, word: str) -> str:
        """What stands for a word, with what is joined to it; the word itself where nothing does."""
        if word not in self._read:
            self._read[word] = self._found(word)
        return self._read[word]

    def template(self, text: str) -> str:
        """Templates with one word for those that mean the same, and none twice in `(one|other)`."""
        return _CHOICE.sub(_once, _RUN.sub(lambda found: self.one(found.group()), text))

    def _found(self, word: str) -> str:
        if word in self._one:
            return self._one[word]
        for end in _JOINED:
            if word.endswith(end) and (one := self._one.get(word.removesuffix(end))):
                return f"{one}{end}"
        return word


def _once(choice: re.Match[str]) -> str:
    return f"({'|'.join(dict.fromkeys(choice[1].split('|')))})"


class Read:
    """A text as it is read, and the way back to what was said."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        words = [(word, at) for at, token in enumerate(tokens) if (word := core(token.read))]
        self._at = [at for _, at in words]
        """The token of each word; what is punctuation alone is none."""
        self._words = f" {' '.join(word for word, _ in words)} "
        self.text = " ".join(token.read for token in tokens)

    def as_said(self, words: str) -> str:
        """Words of the text as they were said, without punctuation around them; words of nobody's stay as they are."""
        wanted = [bared for word in words.split() if (bared := core(word))]
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
        return together(tokens).strip(AROUND)


class Reader:
    """Reads Arabic with the words that somebody knows."""

    def __init__(self, known: Collection[str], *, verbs: Collection[str] = (), alike: Alike | None = None) -> None:
        """`known`: words as `template` leaves them, of which `verbs` are imperatives. Numbers are known without it.

        Those that are `alike` are read as one.
        """
        self._known = frozenset(known) | NUMBERS.keys()
        self._verbs = frozenset(verbs)
        self._alike = alike or Alike({}, {})

    def read(self, text: str) -> Read:
        """Read `text`; nothing but its Arabic words and digits changes."""
        tokens: list[Token] = []
        for chunk in _MARKS.sub("", unicodedata.normalize("NFKC", text)).split():
            found = _CHUNK.fullmatch(chunk)
            before, word, after = found.groups() if found else ("", chunk, "")
            asked = bool(tokens) and (
                tokens[-1].read in _ASKING or (tokens[-1].read in _WISHING and letters(word) not in _THINGS)
            )
            parts = self._parts(word, asked=asked) if _RUN.fullmatch(word) else [(letters(word), word)]
            for n, (read, said) in enumerate(parts):
                first, last = n == 0, n == len(parts) - 1
                left, right = before * first, after * last
                one = self._alike.one(read)
                tokens.append(Token(f"{letters(left)}{one}{letters(right)}", f"{left}{said}{right}", first))
        return Read(list(with_digits(tokens)))

    def _parts(self, word: str, *, asked: bool) -> list[tuple[str, str]]:
        """A word's particles and what they are attached to, each as it is read and as it was said.

        What is `asked` for is read as an imperative, though the word may be known as a question's: "ممكن تعمل".
        """
        plain = letters(word)
        if asked and self._verbs and (verb := _TO_DO.get(plain) or self._verb(plain)):
            return [(verb, word)]
        if asked and self._verbs and plain.startswith("ب") and (verb := _TO_DO.get(plain[1:])):
            return [("ب", word[:1]), (verb, word[1:])]
        parts = self._known_parts(plain, word)
        if not parts and plain.startswith("لل") and len(plain) > len("لل") + 1:
            return [("ل", word[:2]), (plain[2:], word[2:])]
        return parts or [(plain, word)]

    def _known_parts(self, plain: str, said: str) -> list[tuple[str, str]]:
        """The parts of a word that is known with its particles off; empty where it isn't."""
        known = plain if plain in self._known else self._verb(plain) or (plain if self._knows(plain) else "")
        if known:
            return [(known, said)]
        if plain.startswith("ال") and plain[2:] in self._known:
            return [(plain[2:], said)]
        attached = next((begin for begin in _WITH_THE if plain.startswith(begin)), "")
        if attached and (rest := self._known_parts(f"ال{plain.removeprefix(attached)}", said)):
            particle, length = _WITH_THE[attached]
            return [(particle, said[:length]), (rest[0][0], said[length:]), *rest[1:]]
        shortest = _SHORTEST if plain[:1] in "وف" else _SHORTEST + 1
        if plain[:1] in "وفبلك" and len(plain) >= shortest and (rest := self._known_parts(plain[1:], said[1:])):
            return [(plain[0], said[0]), *rest]
        return []

    def _verb(self, word: str) -> str | None:
        """The imperative that is meant by another form of it: "شغللي", "شغلوا", "تشغل"; None for other words."""
        for stem in (word, *(word.removesuffix(end) for end in _FOR_WHOM if word.endswith(end))):
            if stem != word and stem in self._verbs:
                return stem
            # "ماذا تستطيع أن تفعل" asks, and "تفعل" isn't "activate".
            for wish in (
                (stem[1:], f"ا{stem[1:]}", stem[1:-1], f"ا{stem[1:-1]}") if stem[:1] == "ت" and stem != "تفعل" else ()
            ):
                if wish in self._verbs and stem.endswith((wish[-1], "ي")):
                    return wish
        return None

    def _knows(self, word: str) -> bool:
        return word in self._known or any(word.endswith(end) and word[: -len(end)] in self._known for end in _SUFFIXES)

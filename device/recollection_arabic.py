"""What a question in Arabic asks memory for. By words alone: the model that knows meanings knows English only.

A word is compared by its stem (light stemming, Larkey et al., 2002: particles, article and common endings off), and a
verb without the letter of its person: "ماذا تحب لينا" finds "لينا تحب الثعالب" and "أحب القهوة" answers "ماذا أحب".
"""

import re

from edge_models.arabic import letters

_WORD = re.compile(r"[\u0621-\u064a]+")
_QUESTION = re.compile(
    r"(?:و ?)?(?:ما|ماذا|من|مين|متي|امتي|ايمتي|اين|وين|فين|كيف|كم|اي|ايش|وش|شو|شنو|ايه|هل|بكم|لمن|مع من)\b"
)
_POLITE = re.compile(r"(?:من فضلك |لو سمحت )?(?:قل لي|قولي لي|اخبرني|اخبريني|ذكرني|ذكريني|هل تعرف|هل تعلم|تعرف) ")
_FUNCTION_WORDS = frozenset(
    """
    ما ماذا من مين متي امتي ايمتي اين وين فين كيف كم اي ايش وش شو شنو ايه هل بكم لمن
    ان انه انها في علي الي عن مع هو هي هم نحن انا انت هذا هذه ذلك تلك هناك هنا كان كانت يكون تكون قد
    التي الذي الذين لي لك له لها لنا عندي عندنا عند شيء شي قل قولي اخبرني اخبريني ذكرني ذكريني تعرف تعلم و يا
    """.split()  # noqa: SIM905 - a list of so many quotes can't be read from right to left
)
_PREFIXES = ("وال", "بال", "كال", "فال", "ال", "لل", "و")
_SUFFIXES = ("ها", "هم", "نا", "ان", "ات", "ون", "ين", "يه", "ه", "ي", "ك")
_PERSONS = "تينا"
"""What an imperfect begins with: she, he, we, I."""


def as_arabic_question(text: str) -> str:
    """What `text` asks memory, without "tell me"; "" when it is no question in Arabic."""
    plain = letters(text)
    polite = _POLITE.match(plain)
    asked = plain[polite.end() :] if polite else plain
    return asked if polite or _QUESTION.match(asked) else ""


def arabic_words(text: str) -> tuple[str, ...]:
    """The stems of the words that mean something, in their order, none twice."""
    words = (word for word in _WORD.findall(letters(text)) if word not in _FUNCTION_WORDS)
    return tuple(dict.fromkeys(map(_stem, words)))


def _stem(word: str) -> str:
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word.removeprefix(prefix)
            break
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word.removesuffix(suffix)
            break
    return word[1:] if len(word) >= 3 and word[0] in _PERSONS else word

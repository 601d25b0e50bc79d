"""What somebody said of themselves, said back to them: "my code is 4711" becomes "Your code is 4711"."""

import re

_TURNED = {
    "i": "you",
    "i'm": "you're",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "we": "you",
    "we're": "you're",
    "we've": "you've",
    "we'd": "you'd",
    "we'll": "you'll",
    "us": "you",
    "our": "your",
    "ours": "yours",
    "ourselves": "yourselves",
    "you": "I",
    "you're": "I'm",
    "you've": "I've",
    "you'd": "I'd",
    "you'll": "I'll",
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
}
_I_AM = {"am": "are", "was": "were", "wasn't": "weren't"}
_YOU_ARE = {"are": "am", "were": "was", "weren't": "wasn't"}
_WORDS = re.compile(r"[\w']+")


def second_person(text: str) -> str:
    """The words as the device says them to whoever said them: English, without regard to capitals."""
    verbs: dict[str, str] = {}

    def turned(found: re.Match[str]) -> str:
        nonlocal verbs
        word = found.group().lower()
        if word in verbs:
            verb, verbs = verbs[word], {}
            return verb
        verbs = _I_AM if word == "i" else _YOU_ARE if word == "you" else {}
        return _TURNED.get(word, found.group())

    return _WORDS.sub(turned, text.replace("’", "'"))

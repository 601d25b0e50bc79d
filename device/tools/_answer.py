"""What a tool answered, as something that can be said. It is read out and nothing else: no word of it is obeyed."""

import re

MAX_CHARS = 300
_SENTENCES = 2
_READ = 20_000
"""Characters that are looked at."""
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,2000}\)")
_URL = re.compile(r"\b(?:https?|ftp|file|data|javascript|mailto)s?:\S+|\bwww\.\S+", re.IGNORECASE)
_TAG = re.compile(r"<[^<>\n]{1,200}>")
_MARKS = re.compile(r"[`*_#|~>{}\[\]\\^]+")
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
"""Control characters, and those that show nothing or turn text around."""
_END = re.compile(r"(?<=[.!?…])\s+(?=\S)")


def spoken(text: str) -> str:
    """The first two sentences of `text`, 300 characters at most, without links, code, marks; "" when none is left."""
    plain = _CODE.sub(" ", text[:_READ])
    plain = _URL.sub(" ", _LINK.sub(r"\1", plain))
    plain = _MARKS.sub(" ", _TAG.sub(" ", plain))
    plain = " ".join(_HIDDEN.sub("", plain).split())
    said = " ".join(_END.split(plain)[:_SENTENCES]).strip(" ,;:-")
    if len(said) <= MAX_CHARS:
        return said if re.search(r"\w", said) else ""
    return said[:MAX_CHARS].rsplit(" ", 1)[0].rstrip(" ,;:-") + " …"

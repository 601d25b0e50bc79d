"""Whether an answer is a yes or a no, from end to end: "sure, what's the time" is neither."""

import re

_POLITE = r"please|thanks|thank you"
_YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|sure|okay|ok|of course|certainly|definitely|absolutely|really|right|correct|exactly"
    r"|go ahead|do it|do that|please do|please|i'?m sure|i am sure|i do|(?:delete |forget )?(?:it|them|everything|all)"
    r"|all of (?:it|them))\b"
    rf"(?:\W+(?:{_POLITE}|yes|sure|really|of course|i'?m sure|i am sure|i do|go ahead"
    r"|(?:do|delete|forget|erase) (?:it|that|them|everything|all)|all of (?:it|them)|everything|all))*\W*",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\W*(?:no|nope|nah|none|neither|nothing|don't|do not|never ?mind|forget it|leave it|cancel|stop"
    r"|keep (?:it|them))\b"
    rf"(?:\W+(?:{_POLITE}|no|of them|don't|do not|don't do it|do it|do that|it|that|them|never ?mind|forget it"
    r"|leave it|leave them|keep (?:it|them|everything|all)|cancel|stop|rather not|not now|i (?:don't|do not)"
    r"|after all))*\W*",
    re.IGNORECASE,
)


def is_yes(text: str) -> bool:
    """Whether all of `text` is a yes."""
    return _YES.fullmatch(text) is not None


def is_no(text: str) -> bool:
    """Whether all of `text` is a no: "stop" is, "stop the timer" isn't."""
    return _NO.fullmatch(text) is not None

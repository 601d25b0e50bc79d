"""Whether an answer is a yes or a no, from end to end: "sure, what's the time" is neither."""

import re

from edge_models.arabic import letters

_POLITE = r"please|thanks|thank you"
_YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|sure|okay|ok|of course|certainly|definitely|absolutely|really|right|correct|exactly"
    r"|go ahead|do it|do that|please do|please|i'?m sure|i am sure|i do|(?:delete "
    r"|forget )?(?:it|them|everything|all)"
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
# As `letters` spells them.
_POLITE_AR = r"من فضلك|لو سمحت|شكرا|شكرا لك|رجا|مشكور"
_ALONE_AR = rf"\W*(?!(?:{_POLITE_AR}|ذلك|هذا|الان)\b)"
"""With these neither begins."""
_YES_AR = re.compile(
    _ALONE_AR + r"(?:(?:نعم|اي|ايوه|ايوا|ايه|اجل|بلي|اكيد|طبعا|بالتاكيد|بالطبع|تمام|طيب|حسنا|حاضر"
    r"|اوكي|اوك|اوكيه|موافق|موافقه|صح|صحيح"
    r"|ماشي|يلا|تفضل|تفضلي|بكل تاكيد|مظبوط|مضبوط|متاكد|متاكده|انا متاكد|انا متاكده|بالضبط|ان شا الله"
    r"|(?:و)?(?:افعل|افعلي|سوي|سويها|سوها|اعملها|اعملي|نفذ|نفذها|احذفها|احذفه|احذفي"
    r"|احذفيها|احذف|امسحها|امسحه|انسها|انس)"
    r"(?: (?:ذلك|هذا|ها|ه|كل شي|الكل|كلها|كلهم))?|كلها|كلهم|كل شي|الكل|" + _POLITE_AR + r")\b\W*)+"
)
_NO_AR = re.compile(
    _ALONE_AR + r"(?:(?:لا|كلا|لاا+|لاه|مو|مش|ولا واحده|ولا واحد|ولا شي|ابدا|خلاص|انس|انسي"
    r"|انسي الامر|انس الامر|انساها|اتركها|اتركه"
    r"|اتركيها|خليها|خليه|سيبها|سيبه|الغ|الغي|الغ ذلك|توقف|توقفي|وقف|بلاش|بطلت|ما ابغي"
    r"|ما ابي|ما بدي|مش عايز|مش عاوز|لا اريد"
    r"|لا تفعل|لا تفعلي|لا تحذفها|لا تحذف|لا تحذفه|لا تحذفيها|لا تعمل|لا تسوي|لا تسويها"
    r"|ليس الان|مو الحين|مش دلوقتي|مو هلق"
    r"|مش هلق|ذلك|هذا|الان|لا داعي|ما في داعي|احتفظ بها|احتفظ به|غيرت رايي|" + _POLITE_AR + r")\b\W*)+"
)


def is_yes(text: str) -> bool:
    """Whether all of `text` is a yes."""
    return (_YES.fullmatch(text) or _YES_AR.fullmatch(letters(text))) is not None


def is_no(text: str) -> bool:
    """Whether all of `text` is a no: "stop" is, "stop the timer" isn't."""
    return (_NO.fullmatch(text) or _NO_AR.fullmatch(letters(text))) is not None

"""What Arabic commands call pictures, in the words of `references`: which picture is meant is decided there alone.

::

    "اجعل الصورة السابقة زرقاء"  ─▶  "make the previous picture blue"
    "احذف صورة الثعلب"            ─▶  "remove the picture of the fox"
    "أرسلها إلى أمي"               ─▶  "… it …": the pronoun is joined to the verb
"""

import re

from edge_models.arabic import is_arabic, letters
from edge_models.image.arabic import in_english

_PICTURE = "(?:ال)?(?:صوره|رسمه|لوحه|رسم|نسخه|صورتي|رسمتي)"
_ONE = "(?:واحده|وحده)"
_WHICH = "(?:التي|اللي|يلي|الذي)"
_ORDINALS = (
    ("first", "اولي|اول|اولانيه|اولاني"),
    ("second", "ثانيه|تانيه|ثاني|تاني"),
    ("third", "ثالثه|تالته|ثالث"),
    ("fourth", "رابعه|رابع"),
    ("fifth", "خامسه|خامس"),
    ("sixth", "سادسه|سادس"),
    ("seventh", "سابعه|سابع"),
)
_VERB = (
    "(?:ارسل|ارسلي|ابعث|ابعت|ابعتي|اعرض|اعرضي|افتح|اظهر|صف|صفي|اوصف|اشرح|شارك|اطبع|ورجي|فرجي|وري|هات|رجع|رجعي|اعد|احذف"
    "|امسح|شيل|ادمج|اجمع|اخلط|امزج|ضع|حط|انقل|حول|كبر|صغر|لون|اجعل|خلي|خل|غير)"
)
_KINDS = (
    ("animal", "حيوان"),
    ("creature", "مخلوق"),
    ("person", "شخص"),
    ("plant", "نبته|نبات"),
    ("building", "مبني|بنايه"),
    ("vehicle", "مركبه"),
)
_PAIR = "كلاهما|كلتاهما|كليهما|كلتيهما|الاثنتين|الاثنتان|الاثنين|الثنتين|التنتين"
_TWO = "صورتين|صورتان|رسمتين|رسمتان|لوحتين|لوحتان"


def _said() -> list[tuple[re.Pattern[str], str]]:
    """Expressions over words in their `letters`, and what each is in English; the first that fits a place counts."""
    before = r"قبلها|قبله|قبليها|قبل ال?اخيره|قبل (?:هذه|هذي|هاي|دي|هي)|قبل"
    rows = [
        (rf"(?:{_ONE}|احداهما|احدي) (?:منهما|منهم|من ال(?:{_TWO})|من الاثنتين)", "one of them"),
        (rf"(?:هاتين |كلا |كلتا |اخر )?(?:{_PAIR}|(?:ال)?(?:{_TWO})(?: الاخيرتين)?)", "both"),
        (rf"(?:{_PICTURE} )?{_WHICH} (?:{before})", "the one before"),
        (rf"(?:{_PICTURE}|ال{_ONE}) (?:السابقه|الماضيه|القديمه)", "the previous picture"),
        (r"السابقه", "the previous one"),
        (rf"{_PICTURE} الاخري", "the other picture"),
        (r"(?<!\S)الاخري", "the other one"),
        (rf"(?:اخر|احدث) (?:{_PICTURE}|{_ONE})|{_PICTURE} الاخيره|الاخيره", "the last picture"),
        *((rf"(?:ال)?(?:{words}) {_PICTURE}", f"the {number} picture") for number, words in _ORDINALS),
        *((rf"(?:{words}) {_ONE}", f"the {number} one") for number, words in _ORDINALS),
        (r"(?:بتاعه|بتاعت|تبع|تبعت|حق|حقه|مال) (?=ال)", "the picture of "),
        *((rf"{_PICTURE} ال(?:{words})", f"the {number} picture") for number, words in _ORDINALS),
        *((rf"(?<!ال\w\w)(?<!ه )ال(?:{words.split('|')[0]})", f"the {number} one") for number, words in _ORDINALS),
        (rf"(?:{_PICTURE}|ال{_ONE})? ?{_WHICH} (?:فيها|فيه|بها|عليها)", "the one with"),
        (rf"{_PICTURE}(?= ال\w)(?! ال(?:حاليه|جديده))", "the picture of"),
        (rf"(?:هذه|هذي|هاي|هال|دي) ?{_PICTURE}|{_PICTURE} (?:هذه|هذي|دي|هاي)", "this picture"),
        (r"صورتي|رسمتي|لوحتي", "my picture"),
        (r"(?:ال|هال)(?:صوره|رسمه|لوحه)", "the picture"),
        *((rf"ال(?:{words})", f"the {kind}") for kind, words in _KINDS),
        (rf"(?P<verb>{_VERB})(?:ها|ه|هما|هم)", r"\g<verb> it"),
    ]
    return [(re.compile(rf"(?<!\w)(?P<joined>[وبلف](?=ال))?(?:{arabic})(?!\w)"), english) for arabic, english in rows]


_LOOKS = {
    f"ال{arabic}": f"the {english} one"
    for english, all_forms in {
        "red": "حمرا احمر",
        "blue": "زرقا ازرق",
        "green": "خضرا اخضر",
        "yellow": "صفرا اصفر",
        "white": "بيضا ابيض",
        "black": "سودا اسود",
        "orange": "برتقاليه برتقالي",
        "purple": "بنفسجيه بنفسجي",
        "pink": "ورديه وردي زهريه زهري",
        "brown": "بنيه بني",
        "big": "كبيره كبير",
        "small": "صغيره صغير",
    }.items()
    for arabic in all_forms.split()
}
"""What describes a picture where no thing that has the look stands before it: "أرسل الحمراء"."""
_TO_THE = re.compile(r"(?<!\w)لل(\w{3,})")


def _looks_alone(named: str) -> str:
    words = named.split(" ")
    alone = [not before.startswith("ال") for before in ["", *words[:-1]]]
    return " ".join(_LOOKS.get(word, word) if by_itself else word for word, by_itself in zip(words, alone, strict=True))


_SAID = _said()
_JOINED = {"و": "and ", "ب": "with ", "ل": "to "}


def as_english(words: str) -> str:
    """Words that may name pictures, for `references`; those without an Arabic letter stay as they are."""
    if not is_arabic(words):
        return words
    named = _TO_THE.sub(r"to ال\1", _looks_alone(letters(words)))
    for arabic, english in _SAID:
        named = arabic.sub(lambda found, said=english: _JOINED.get(found["joined"], "") + found.expand(said), named)
    return in_english(named)

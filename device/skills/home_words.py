"""Words for what is in a house, of both languages, as the sentences' slots have them."""

_KINDS: tuple[tuple[tuple[str, str | None], tuple[str, ...]], ...] = (
    (("light", None), ("light", "lights", "lamp", "lamps")),
    (("light", None), ("ضوء", "أضواء", "ضو", "نور", "أنوار", "إنارة", "إضاءة", "لمبة", "لمبات", "مصباح", "مصابيح")),
    (("fan", None), ("fan", "fans", "مروحة", "مراوح")),
    (("switch", None), ("plug", "plugs", "socket", "outlet", "switch", "قابس", "مقبس", "فيش")),
    (("climate", None), ("heating", "heat", "thermostat", "radiator", "radiators", "air conditioning")),
    (("climate", None), ("تدفئة", "تكييف", "مكيف", "مكيفات", "مكيف هواء", "ترموستات", "رادياتير", "شوفاج")),
    (("cover", "blind"), ("blind", "blinds", "بلايند")),
    (("cover", "shutter"), ("shutter", "shutters", "roller shutters", "شتر")),
    (("cover", "curtain"), ("curtain", "curtains", "drapes", "ستارة", "ستائر", "ستاير", "ستارات", "برادي", "برداية")),
    (("cover", "shade"), ("shade", "shades")),
    (("cover", "window"), ("window", "windows", "نافذة", "نوافذ", "شباك", "شبابيك")),
    (("cover", "door"), ("door", "doors", "باب", "أبواب")),
    (("cover", "gate"), ("gate", "بوابة")),
    (("cover", "garage"), ("garage door", "باب كراج", "باب جراج", "كراج", "جراج")),
    (("cover", "awning"), ("awning", "مظلة")),
)
KINDS: dict[str, tuple[str, str | None]] = {word: kind for kind, words in _KINDS for word in words}
"""Words for a kind of thing, to Home Assistant's domain and class; what isn't here is the name of one thing."""
LOCKS = frozenset({"door", "doors", "lock", "house", "window", "windows", "gate"}) | {
    *("باب", "أبواب", "قفل", "بيت", "منزل", "نافذة", "نوافذ", "شباك", "شبابيك", "بوابة")
}
"""What is locked where no lock is named."""
ENTRANCES = ("door", "gate", "lock", "house", "car")
"""Where somebody can get in, as a part of a name."""
ENTRANCES_ARABIC = frozenset(
    {"باب", "ابواب", "بوابه", "قفل", "بيت", "منزل", "شقه", "مدخل", "سياره", "كراج", "جراج"},
)
"""The same as a word of a name, as `bare` leaves it."""
HOUSE = frozenset({"house", "بيت", "منزل", "دار"})
"""All of it: no place within it is meant."""
STOREYS = frozenset({"upstairs", "downstairs", "فوق", "تحت", "طابق علوي", "طابق سفلي"})

"""Reads the words of a time or a date in Arabic, by putting them as English does: `when_words` does the rest.

::

    غدا الساعة السابعة إلا ربعا صباحا   ─▶ read   غدا ساعه السابعه الا ربع صباحا
                                        ─▶ put    tomorrow at 15 minutes to 7 in the morning

Of what can't be put so, something Arabic is left over, and then it is no time. Weeks begin on Sunday; people work from
Sunday to Thursday, and Friday and Saturday are their weekend.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from device.context import when_words
from device.context.when_words import MAX_CHARS, Said
from edge_models.arabic import Reader, template, words_of

SUNDAY = 6

_UNITS = {
    "second": "ثانية ثواني ثوان ثانيتين ثانيتان",
    "minute": "دقيقة دقائق دقايق دقيقتين دقيقتان دقيقه",
    "hour": "ساعة ساعات ساعتين ساعتان",
    "day": "يوم أيام يومين يومان",
    "week": "أسبوع أسابيع أسبوعين أسبوعان",
    "month": "شهر أشهر شهور شهرين شهران",
}
_HOURS = (
    "الواحده|واحده|وحده|الاولي الثانيه|ثانيه الثالثه|ثالثه الرابعه|رابعه الخامسه|خامسه السادسه|سادسه السابعه|سابعه "
    "الثامنه|ثامنه التاسعه|تاسعه العاشره|عاشره"
)
_NTH = "اول|واحد ثاني|تاني ثالث|تالت رابع خامس سادس سابع ثامن|تامن تاسع عاشر"
_DAYS = {
    "sunday": "الاحد|احد|حد",
    "monday": "الاثنين|الاتنين|2|اتنين",
    "tuesday": "الثلاثا|ثلاثا|التلات|تلات|الثلاث|التلاتا|تلاتا",
    "wednesday": "الاربعا|اربعا|الاربع|اربع",
    "thursday": "خميس",
    "friday": "جمعه",
    "saturday": "سبت",
}
_MONTHS = {
    "january": "يناير|كانون ثاني|كانون الثاني|جانفي",
    "february": "فبراير|شباط|فيفري",
    "march": "مارس|اذار",
    "april": "ابريل|نيسان|افريل",
    "may": "مايو|ايار|ماي",
    "june": "يونيو|حزيران|يونيه|جوان",
    "july": "يوليو|تموز|يوليه|جويليه",
    "august": "اغسطس|اب|اوت",
    "september": "سبتمبر|ايلول",
    "october": "اكتوبر|تشرين اول|تشرين الاول",
    "november": "نوفمبر|تشرين ثاني|تشرين الثاني",
    "december": "ديسمبر|كانون اول|كانون الاول",
}
_PARTS = {
    "morning": "صباحا|صباح|صبح|فجر|فجرا|ضحي|صبحيه|صبحا",
    "afternoon": "بعد ظهر|عصر|عصرا|بعد ضهر",
    "evening": "مساء|مسا|مغرب|مغربا|عشا|عشيه|مسي",
    "night": "ليلا|ليل|ليله|ب ليل",
}


def _any(words: str) -> str:
    return "|".join(sorted(words.replace(" ", "|").split("|"), key=len, reverse=True))


_COUNTS = {
    template(word): 2
    for words in _UNITS.values()
    for word in words.split()
    if word.endswith(("ين", "مان", "تان", "عان", "ران"))
}
"""Two of them in one word."""
_UNIT_OF = {template(word): unit for unit, words in _UNITS.items() for word in words.split()}
_UNIT = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_LONG_UNIT = "|".join(word for word, unit in sorted(_UNIT_OF.items(), reverse=True) if unit in ("day", "week", "month"))
_SMALL_UNIT = "|".join(
    word for word, unit in sorted(_UNIT_OF.items(), reverse=True) if unit in ("second", "minute", "hour")
)
_DAY_OF = {word: day for day, words in _DAYS.items() for word in words.split("|")}
_DAY = "|".join(sorted(_DAY_OF, key=len, reverse=True))
_MONTH_OF = {word: month for month, words in _MONTHS.items() for word in words.split("|")}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_HOUR_OF = {word: n for n, words in enumerate(_HOURS.split(), 1) for word in words.split("|")}
_HOUR = rf"(?:(?:الحاديه|حاديه|الثانيه|ثانيه) (?:10|عشر|عشره)|{_any(_HOURS)}|\d{{1,2}})"
_NTH_OF = {word: n for n, words in enumerate(_NTH.split(), 1) for word in words.split("|")}
_FRACTION_OF = {"نصف": 30, "نص": 30, "نصفا": 30, "ربع": 15, "ربعا": 15, "ثلث": 20, "ثلثا": 20, "تلت": 20}
_FRACTION = "|".join(sorted(_FRACTION_OF, key=len, reverse=True))
_NEXT = r"(?: (?:قادم|قادمه|جاي|جايه|مقبل|مقبله|الياي|ياي|هذا|هذه))?"
_AMOUNT = (
    rf"(?:(?P<half>{_FRACTION}) (?P<of>ساعه|دقيقه)|(?P<quarters>3 (?:ارباع|اربع) ساعه)"
    rf"|(?:(?P<count>\d{{1,5}}|تلت) )?(?P<unit>{_UNIT})(?: واحده?| وحده)?"
    rf"(?: (?:و|(?P<less>الا)) (?P<fraction>{_FRACTION})(?! (?:ساعه|دقيقه)))?)(?!\S)"
)
_AT = r"(?:(?:في|علي|ل|ب|عند|حوالي|تمام|حدود|لحد|من) )*"


def said(text: str) -> Said | None:
    """What `text` says, None when it isn't wholly a time. Never raises, whatever the text."""
    if len(text) > MAX_CHARS:
        return None
    put = _put(_READER.read(text).text)
    words = when_words.said(put) if put else None
    return words and replace(words, week_begins=SUNDAY)


def _put(text: str) -> str | None:
    """The words in English, None where some are of no time."""
    left, put = " ".join(re.sub(r"[,.!?;](?!\d)", " ", text).split()), ""
    timed = re.search(rf"\d|\b(?:{_any(_HOURS)})\b", left)
    while left:
        for pattern, meant in _IN_ENGLISH:
            if found := pattern.match(left):
                put += f" {meant(found) if callable(meant) else meant}"
                left = left[found.end() :].lstrip()
                break
        else:
            return None
    return " ".join(put.split()).replace("at midday", "in the afternoon" if timed else "at noon")


def _amount(found: re.Match[str]) -> str:
    """So much of a unit, with a fraction of it or without: "ساعتين الا ربع" is an hour and 45 minutes."""
    if half := found["half"]:
        in_unit = {"hour": 60, "minute": 60}[_UNIT_OF[found["of"]]] * _FRACTION_OF[half] // 60
        return f" {in_unit} {'minutes' if _UNIT_OF[found['of']] == 'hour' else 'seconds'} "
    if found["quarters"]:
        return " 45 minutes "
    word = found["unit"]
    number = (found["count"] or "").replace("تلت", "3")
    unit, count = _UNIT_OF[word], int(number or _COUNTS.get(word, 1))
    if not (fraction := found["fraction"]):
        return f" {count} {unit}s "
    below = {"hour": "minutes", "minute": "seconds"}.get(unit)
    if below is None:
        return f" {count} {unit}s and a half "
    more = _FRACTION_OF[fraction]
    if found["less"]:
        count, more = count - 1, 60 - more
    return f" {count} {unit}s and {more} {below} " if count else f" {more} {below} "


def _clock(found: re.Match[str]) -> str:
    hour = found["hour"]
    number = int(hour) if hour.isdigit() else 0
    if not number and " " in hour:
        number = 11 if "حاديه" in hour else 12
    hour = hour if hour.isdigit() and hour.startswith("0") else str(number or _HOUR_OF.get(hour, hour))
    minute, less = 0, 0
    for sign, amount in re.findall(rf"(و|الا) ({_FRACTION}|\d{{1,2}})", found["rest"] or ""):
        minutes = _FRACTION_OF.get(amount) or int(amount)
        minute, less = (minute + minutes, less) if sign == "و" else (minute, less + minutes)
    minute -= less
    if minute < 0:
        return f" at {-minute} minutes to {hour} "
    return f" at {hour}:{minute:02} " if minute else f" at {hour} "


def _days(found: re.Match[str]) -> str:
    named = re.findall(rf"(?<!\S)(?:{_DAY})(?!\S)", found["days"])
    return f" every {' '.join(_DAY_OF[day] for day in named)} "


def _from_to(found: re.Match[str]) -> str:
    return f" from {_DAY_OF[found['first']]} to {_DAY_OF[found['last']]} "


def _date(found: re.Match[str]) -> str:
    day, month = found["day"], found["month"]
    number = int(day) if day.isdigit() else _NTH_OF[day.removeprefix("ال")]
    if month.isdigit():
        month = [*_MONTHS][int(month) - 1] if 1 <= int(month) <= 12 else month
    return f" {number} {_MONTH_OF.get(month, month)} {found['year'] or ''} "


def _in_english() -> list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]:
    minutes = r"(?:و|الا) (?:\d{1,2}(?: (?:دقيقه|دقايق))?|FRACTION)(?!\\S)".replace("FRACTION", _FRACTION)
    clock = rf"{_AT}(?:ساعه )?(?P<hour>{_HOUR})(?P<rest>(?: {minutes}){{1,2}})?"
    amounts = re.sub(r"[?]P<[a-z]+>", "?:", _AMOUNT)
    small = amounts.replace(_UNIT, _SMALL_UNIT)
    month = rf"(?:من )?(?:شهر )?(?P<month>{_MONTH}|(?<=شهر )\d{{1,2}})(?: (?:سنه |عام )?(?P<year>20\d\d))?"
    working = "sunday monday tuesday wednesday thursday"
    table: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
        (r"(?:في )?(?:منتصف|نصف|نص) (?:ال)?ليل", "at midnight"),
        (r"(?:في )?وقت غدا|(?:في )?منتصف نهار|نص نهار|12 ظهرا|12 ظهر|ساعه 12 ظهرا?", "at noon"),
        (rf"(?:بعد|خلال|كمان|في غضون|ل|عقب) (?P<amounts>{small}(?: و {small})*)(?: من الان)?(?! {_HOUR}(?!\S))", _wait),
        (rf"(?P<amounts>{small}(?: و {small})*) من الان", _wait),
        (
            rf"(?:بعد|خلال|كمان|عقب) (?:(?P<count>\d{{1,3}}) )?(?P<unit>{_LONG_UNIT})(?! من)",
            lambda found: f" in {found['count'] or _COUNTS.get(found['unit'], 1)} {_UNIT_OF[found['unit']]}s ",
        ),
        (r"بعد (?:غد|غدا|بكره|بكرا|باكر)|بعدبكره|عقب باكر", "the day after tomorrow"),
        (r"(?:في |ل )?(?:يوم )?(?:غدا|غد|بكره|بكرا|باكر|ب بكره)", "tomorrow"),
        (r"(?:هذه |هذا |هذي )?(?:الليله|ليله اليوم|اليوم ب ليل)", "tonight"),
        (r"هذا (?:مسا|مساء)|مسا اليوم", "this evening"),
        (r"هذا (?:صباح|صبح)", "this morning"),
        (r"(?:ل )?(?:هذا )?(?:اليوم|نهارده|النهارده)|هذا يوم", "today"),
        (
            r"(?:في |من )?(?:كل )?(?:ايام|يوم) (?:عمل|دوام|شغل|اسبوع|مدرسه|عمل رسمي)|(?:كل )?ايام دوام رسمي",
            f"every {working}",
        ),
        (r"كل (?:نهايه اسبوع|ويكند|عطله نهايه اسبوع)|نهايات اسبوع|ايام (?:عطله|عطل)", "every friday saturday"),
        (
            rf"(?:من )(?:يوم )?(?P<first>{_DAY}) (?:الي|ل|حتي|لحد) (?:يوم )?(?P<last>{_DAY})",
            _from_to,
        ),
        (rf"(?:كل (?:يوم )?|ايام )(?P<days>(?:{_DAY})(?: (?:و )?(?:كل |يوم )*(?:{_DAY}))*)", _days),
        (rf"(?:يوم )?(?P<days>(?:{_DAY})(?: و (?:كل |يوم )*(?:{_DAY}))+)", _days),
        (r"كل (?:صباح|صبح|يوم صباحا|يوم صبح)", "every morning"),
        (r"كل (?:مسا|مساء|يوم مسا)", "every evening"),
        (r"كل (?:ليله|ليل)", "every night"),
        (r"كل (?:عصر|ظهر)", "every afternoon"),
        (r"كل يوم|يوميا|كل الايام|كل ايام", "every day"),
        (
            rf"(?:في )?(?:يوم )?(?P<day>{_DAY}) (?:من |في )?(?:هذا )?(?:اسبوع )(?:قادم|جاي|مقبل|ياي)",
            lambda found: f" {_DAY_OF[found['day']]} next week ",
        ),
        (r"(?:في )?(?:اسبوع) (?:قادم|جاي|مقبل|ياي)", "next week sunday"),
        (r"(?:في )?(?:نهايه|عطله|نهايه هذا) (?:ال)?اسبوع|(?:في )?ويكند", "on friday"),
        (
            rf"(?:في )?(?:يوم )?(?:(?:{_DAY}) )?(?P<day>\d{{1,2}}|(?:ال)?(?:{_any(_NTH)})) {month}",
            _date,
        ),
        (r"(?:في |يوم )*(?P<day>\d{1,2}) (?:في|ب|من) (?:هذا )?شهر", lambda found: f" the {found['day']}th "),
        (
            rf"(?:في |ب )?(?:يوم (?P<named>{_DAY})|(?P<day>(?!2 |اربع |تلات ){_DAY})){_NEXT}",
            lambda found: f" on {_DAY_OF[found['named'] or found['day']]} ",
        ),
        (
            rf"{_AT}(?:ساعه )?(?P<hour>\d{{1,2}}) ?[:.] ?(?P<minute>[0-5]\d)",
            lambda found: f" at {found['hour']}:{found['minute']} ",
        ),
        (clock, _clock),
        (r"(?:في |وقت |عند )?(?:ظهرا|ظهر|ضهر)", "at midday"),
    ]
    table += [
        (rf"(?:في |ب |من |ل |عند |وقت )*(?:{words})", f"{'at' if part == 'night' else 'in the'} {part}")
        for part, words in _PARTS.items()
    ]
    table.append((r"تماما|بالضبط|ب ضبط|تقريبا|ان شا الله|باذن الله", ""))
    return [(re.compile(rf"(?:{pattern})(?![^\s])"), meant) for pattern, meant in table]


def _wait(found: re.Match[str]) -> str:
    return f" in {re.sub(_AMOUNT, _amount, found['amounts']).replace(' و ', ' and ')} "


_IN_ENGLISH = _in_english()
_READER = Reader(words_of(" ".join(pattern.pattern for pattern, _ in _IN_ENGLISH)) - {"ال"})

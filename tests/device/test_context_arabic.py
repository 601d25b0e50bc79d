"""What people say in Arabic, and what it means; the sentences about pictures are tested with the pictures."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import yaml

from device.context import ContextEngine, Step, Surroundings
from device.context.grammar import SENTENCES
from device.skills.home_calls import needs_a_yes

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=ZoneInfo("Asia/Riyadh"))
"""A Thursday."""
AROUND = Surroundings(now=NOW, timers=("المكرونة", "الخبز"))

Slots = dict[str, str | int]
MEANT: dict[str, dict[str, Slots]] = {
    "timer.set": {
        "ضع مؤقتا لعشر دقائق": {"minutes": 10},
        "اضبطي مؤقتاً لمدة ربع ساعة": {"extra": 900},
        "شغل تايمر خمس دقايق": {"minutes": 5},
        "حط تايمر ربع ساعة": {"extra": 900},
        "مؤقت لنصف ساعة": {"extra": 1800},
        "مؤقت ساعة ونصف": {"hours": 1, "extra": 1800},
        "مؤقت ساعتين إلا ربعا": {"hours": 2, "extra": -900},
        "احسب لي عشرين دقيقة": {"minutes": 20},
        "عد تنازلي دقيقتين": {"minutes": 2},
        "سوي مؤقت ٤٥ ثانية": {"seconds": 45},
        "عايز تايمر لخمستاشر دقيقة": {"minutes": 15},
        "بدي مؤقت لتلات دقايق": {"minutes": 3},
        "ابغى مؤقت خمس وعشرين دقيقة": {"minutes": 25},
        "مؤقت للباستا ١٠ دقائق": {"name": "باستا", "minutes": 10},
        "ابدأ مؤقتا باسم البيض لمدة سبع دقائق": {"name": "البيض", "minutes": 7},
        "اضبط مؤقت الأرز على عشرين دقيقة": {"name": "الأرز", "minutes": 20},
        "نبهني بعد ربع ساعة": {"extra": 900},
        "صحيني بعد نص ساعة": {"extra": 1800},
        "خبرني لما تخلص عشر دقايق": {"minutes": 10},
        "هل يمكنك ضبط مؤقت لخمس دقائق": {"minutes": 5},
        "ممكن تشغلي لي مؤقت ثلاث دقائق لو سمحتي": {"minutes": 3},
        "عشر دقائق": {"minutes": 10},
        "دقيقة واحدة": {"minutes": 1},
        "مؤقت مئة وعشرين ثانية": {"seconds": 120},
        "مؤقت": {},
        "أريد مؤقتا": {},
    },
    "timer.add": {
        "أضف خمس دقائق للمؤقت": {"minutes": 5},
        "زود المؤقت دقيقتين": {"minutes": 2},
        "خمس دقائق كمان": {"minutes": 5},
        "مددي المؤقت عشر دقائق": {"minutes": 10},
        "زيدي التايمر ربع ساعة": {"extra": 900},
    },
    "timer.cancel": {
        "ألغِ المؤقت": {},
        "الغي التايمر": {},
        "وقف المؤقت": {},
        "احذف كل المؤقتات": {"which": "all"},
        "ألغ مؤقت المكرونة": {"name": "المكرونة"},
        "كنسل المؤقت": {},
        "ما عاد بدي التايمر": {},
        "ألغ آخر مؤقت": {"which": "last"},
    },
    "timer.pause": {"أوقف المؤقت مؤقتا": {}, "وقف التايمر شوي": {}, "جمد المؤقت": {}},
    "timer.resume": {"كمل المؤقت": {}, "استأنف المؤقت": {}, "تابعي المؤقت": {}},
    "timer.status": {
        "كم بقي على المؤقت": {},
        "كم باقي": {},
        "قديش ضايل للتايمر": {},
        "فاضل كام على التايمر": {},
        "متى ينتهي المؤقت": {},
        "كم بقي على مؤقت الخبز": {"name": "الخبز"},
        "ما هي المؤقتات": {},
        "هل هناك مؤقت شغال": {},
    },
    "alarm.set": {
        "اضبط المنبه على الساعة السابعة صباحا": {"when": "الساعة السابعة صباحا"},
        "صحيني بكرة الساعة ستة ونص": {"when": "بكرة الساعة ستة ونص"},
        "أيقظني غدا في السادسة": {"when": "غدا في السادسة"},
        "حط منبه الساعة خمسة الفجر": {"when": "الساعة خمسة الفجر"},
        "منبه كل يوم الساعة السابعة": {"when": "كل يوم الساعة السابعة"},
        "قومني الساعة 6": {"when": "الساعة 6"},
        "أريد أن أستيقظ الساعة الثامنة": {"when": "الساعة الثامنة"},
        "ممكن تصحيني الساعة سبعة": {"when": "الساعة سبعة"},
        "بكرة الساعة سبعة صحيني": {"when": "بكرة الساعة سبعة"},
        "لازم أصحى الساعة خمسة": {"when": "الساعة خمسة"},
        "فيقني بكرا عالستة": {"when": "بكرا عالستة"},
        "ظبط المنبه عالسبعة ونص": {"when": "عالسبعة ونص"},
        "منبه": {},
        "صحني باكرا": {},
    },
    "alarm.cancel": {
        "ألغ المنبه": {},
        "احذف منبه الساعة السابعة": {"when": "الساعة السابعة"},
        "طفي المنبه": {},
        "لا توقظني غدا": {"when": "غدا"},
        "الغي كل المنبهات": {"which": "all"},
        "ما في داعي تصحيني بكرا": {"when": "بكرا"},
    },
    "alarm.list": {
        "متى يرن المنبه": {},
        "ما هي المنبهات": {},
        "هل عندي منبه بكرة": {"when": "بكرة"},
        "المنبه على كم": {},
        "اعرض منبهاتي": {},
    },
    "alarm.snooze": {
        "غفوة": {},
        "خليني أنام شوي": {},
        "أجل المنبه عشر دقائق": {"minutes": 10},
        "خمس دقايق بس": {"minutes": 5},
    },
    "reminder.set": {
        "ذكرني أن أتصل بأمي غدا الساعة الخامسة": {"what": "أتصل بأمي", "when": "غدا الساعة الخامسة"},
        "ذكريني بموعد الطبيب يوم الأحد": {"what": "موعد الطبيب", "when": "يوم الأحد"},
        "بكرة الساعة 5 ذكرني اشتري حليب": {"what": "اشتري حليب", "when": "بكرة الساعة 5"},
        "فكرني آخد الدوا بعد ساعتين": {"what": "آخد الدوا", "when": "بعد ساعتين"},
        "ذكرني بعد عشر دقائق أن أطفئ الفرن": {"what": "أطفئ الفرن", "when": "بعد عشر دقائق"},
        "لا تخليني أنسى المفاتيح": {"what": "المفاتيح"},
        "ذكرني كل جمعة أسقي الزرع": {"what": "أسقي الزرع", "when": "كل جمعة"},
        "ممكن تذكرني أدفع الفاتورة بكرة": {"what": "أدفع الفاتورة", "when": "بكرة"},
        "أضف تذكيرا للاجتماع يوم الثلاثاء": {"what": "للاجتماع", "when": "يوم الثلاثاء"},
        "ذكرني": {},
    },
    "reminder.cancel": {
        "احذف تذكير الطبيب": {"what": "الطبيب"},
        "ألغ التذكير": {},
        "امسح كل التذكيرات": {"which": "all"},
    },
    "reminder.list": {"ما هي تذكيراتي": {}, "اقرأ التذكيرات": {}, "عندي تذكيرات بكرة": {"when": "بكرة"}},
    "agenda.list": {
        "ماذا عندي غدا": {"when": "غدا"},
        "شو عندي اليوم": {"when": "اليوم"},
        "ايش مواعيدي يوم الاثنين": {"when": "يوم الاثنين"},
        "هل أنا مشغول يوم الجمعة": {"when": "يوم الجمعة"},
        "اقرأ جدولي": {},
    },
    "list.add": {
        "أضف حليب وخبز إلى قائمة التسوق": {"item": "حليب وخبز", "list": "التسوق"},
        "حطي بيض بالقائمة": {"item": "بيض"},
        "ضيف طماطم لقائمة المشتريات": {"item": "طماطم", "list": "المشتريات"},
        "سجل في قائمة التسوق جبنة": {"item": "جبنة", "list": "التسوق"},
        "ممكن تضيف رز على لستة المقاضي": {"item": "رز", "list": "المقاضي"},
    },
    "list.remove": {
        "احذف الحليب من القائمة": {"item": "الحليب"},
        "شيل البيض من قائمة التسوق": {"item": "البيض", "list": "التسوق"},
        "اشطبي الخبز من اللستة": {"item": "الخبز"},
    },
    "list.read": {
        "ماذا يوجد في قائمة التسوق": {"list": "التسوق"},
        "شو في بالقائمة": {},
        "اقرأ لي قائمة المهام": {"list": "المهام"},
        "ايش لازم نشتري": {"list": "shopping"},
        "قائمة التسوق": {"list": "التسوق"},
        "ما هي قوائمي": {"which": "all"},
    },
    "list.clear": {"أفرغ قائمة التسوق": {"list": "التسوق"}, "احذف قائمة السفر": {"list": "السفر", "gone": 1}},
    "list.create": {"أنشئ قائمة جديدة للسفر": {"list": "سفر"}, "اعمل قائمة اسمها الرحلة": {"list": "الرحلة"}},
    "note.take": {
        "اكتب ملاحظة أن المفتاح تحت السجادة": {"text": "المفتاح تحت السجادة"},
        "سجلي ملاحظة موعد الصيانة الأحد": {"text": "موعد الصيانة الأحد"},
        "دون أن رقم الموقف خمسة": {"text": "رقم الموقف خمسة"},
        "ملاحظة جديدة": {},
    },
    "note.read": {"اقرأ ملاحظاتي": {}, "آخر ملاحظة": {"which": "last"}, "ملاحظاتي": {}},
    "note.delete": {"احذف آخر ملاحظة": {"which": "last"}, "امسح كل الملاحظات": {"which": "all"}},
    "home.turn": {
        "شغل الضوء في المطبخ": {"name": "الضوء", "area": "المطبخ", "on": 1},
        "ولّع النور بالحمام": {"name": "النور", "area": "الحمام", "on": 1},
        "أطفئ أنوار غرفة النوم": {"name": "أنوار", "area": "غرفة النوم", "on": 0},
        "طفي التلفزيون": {"name": "التلفزيون", "on": 0},
        "شغلي المكيف": {"name": "المكيف", "on": 1},
        "المروحة اطفيها": {"name": "المروحة", "on": 0},
        "نورلي المطبخ": {"area": "المطبخ", "on": 1},
        "ممكن تشغلي المروحة": {"name": "المروحة", "on": 1},
        "هل يمكنك إطفاء المدفأة": {"name": "المدفأة", "on": 0},
        "افتحي الستائر في الصالة": {"name": "الستائر", "area": "الصالة", "on": 1, "how": "open"},
        "سكر الشباك": {"name": "الشباك", "on": 0, "how": "close"},
        "اقفل باب البيت": {"name": "باب البيت", "on": 1, "how": "lock"},
        "افتح قفل الباب": {"name": "الباب", "on": 0, "how": "unlock"},
        "طفي كل الأنوار": {"name": "الأنوار", "all": 1, "on": 0},
        "طفيه": {"name": "it", "on": 0},
    },
    "home.set": {
        "خفف ضوء الصالة": {"name": "ضوء", "area": "الصالة", "direction": "down"},
        "اضبط ضوء المطبخ على ٥٠ بالمئة": {"name": "ضوء", "area": "المطبخ", "percent": 50},
        "خلي ضوء المطبخ أزرق": {"name": "ضوء", "area": "المطبخ", "colour": "blue"},
        "اضبط المكيف على 22 درجة": {"name": "المكيف", "temperature": 22},
        "غرفة النوم على ثمنطعش درجة": {"area": "غرفة النوم", "temperature": 18},
        "ارفع حرارة الصالة": {"area": "الصالة", "direction": "up", "what": "temperature"},
    },
    "home.ask": {
        "كم درجة الحرارة في غرفة النوم": {"area": "غرفة النوم", "what": "temperature"},
        "هل النافذة مفتوحة": {"name": "النافذة", "state": "open"},
        "التلفزيون شغال": {"name": "التلفزيون", "state": "on"},
        "هي الدفاية شغالة": {"name": "الدفاية", "state": "on"},
        "هل باب الحديقة مقفل": {"name": "باب الحديقة", "state": "locked"},
    },
    "home.run": {"شغل وضع السينما": {"name": "السينما"}, "فعلي مشهد النوم": {"name": "النوم"}},
    "home.media": {
        "شغل موسيقى": {"do": "play"},
        "وقف الموسيقى": {"do": "pause"},
        "الأغنية التالية": {"do": "next"},
        "الأغنية السابقة": {"do": "previous"},
    },
    "clock.time": {
        "كم الساعة": {},
        "كم الساعة الحين": {},
        "الساعة كام دلوقتي": {},
        "قديش الساعة": {},
        "يا جارفس، ما الوقت؟": {},
        "قلي كم الساعة": {},
        "هل تعرف كم الساعة": {},
    },
    "clock.date": {
        "ما تاريخ اليوم": {},
        "شو اليوم": {},
        "النهارده ايه": {},
        "أي يوم اليوم": {},
        "في أي سنة نحن": {"part": "year"},
    },
    "control.stop": {
        "توقف": {},
        "اسكت": {},
        "بس خلاص": {},
        "انتظر لحظة": {},
        "ألغ": {"what": "work"},
        "لا ترسمها": {"what": "work"},
    },
    "control.repeat": {"أعد ما قلت": {}, "ماذا قلت": {}, "ما سمعت": {}, "عيد مرة ثانية": {}},
    "control.continue": {"أكمل": {}, "كمل كلامك": {}, "تابع": {}},
    "control.volume": {
        "ارفع الصوت": {"direction": "up"},
        "علي صوتك شوي": {"direction": "up"},
        "وطي الصوت": {"direction": "down"},
        "صوتك عالي": {"direction": "down"},
        "الصوت على خمسين بالمئة": {"percent": 50},
        "اضبط الصوت على ٥": {"level": 5},
        "ارفع الصوت على الأقصى": {"percent": 100},
        "اكتم الصوت": {"percent": 0},
    },
    "control.mute": {"سكر المايك": {"muted": 1}, "توقف عن الاستماع": {"muted": 1}, "شغل الميكروفون": {"muted": 0}},
    "device.help": {"ماذا تستطيع أن تفعل": {}, "مساعدة": {}, "مين انت": {}, "بتعرف تعمل ايه": {}},
    "device.online": {"هل أنت متصل بالإنترنت": {}, "في نت": {}, "هل نحن متصلون بالشبكة": {}},
    "device.doing": {"ماذا تفعل": {}, "شو عم تعمل": {}, "بتعمل ايه دلوقتي": {}},
    "quiet.set": {
        "لا تزعجني": {"on": 1},
        "لا تزعجني حتى الساعة الثامنة": {"on": 1, "until": "الساعة الثامنة"},
        "لا تزعجيني لمدة ساعة": {"on": 1, "hours": 1},
        "شغل وضع عدم الإزعاج": {"on": 1},
        "أوقف وضع عدم الإزعاج": {"on": 0},
        "لا تزعجني الليلة": {"on": 1, "until": "seven in the morning"},
    },
    "privacy.child": {"شغل وضع الأطفال": {"on": 1}, "أوقف وضع الأطفال": {"on": 0}, "الأولاد هنا": {"on": 1}},
    "privacy.offline": {
        "لا ترسل شيئا إلى الإنترنت": {"on": 1},
        "افصل النت": {"on": 1},
        "شغل النت": {"on": 0},
        "ارجع اتصل بالانترنت": {"on": 0},
    },
    "privacy.explain": {"ماذا ترسل إلى السحابة": {}, "من يسمعني": {}, "ليش ما رسمتها": {"what": "last"}},
    "history.asked": {"ماذا طلبت منك أمس": {"day": "yesterday"}, "ما آخر شيء طلبته": {"which": "last"}},
    "history.drawn": {"ايش رسمنا اليوم": {"day": "today"}, "كم صورة رسمنا أمس": {"day": "yesterday"}},
    "audit.sent": {"ماذا أرسلت اليوم": {"day": "today"}, "هل أرسلت شيئا إلى الخارج": {}},
    "memory.remember": {
        "تذكر أن لينا تحب الثعالب": {"fact": "لينا تحب الثعالب"},
        "احفظي إن كلمة السر ثعلب": {"fact": "كلمة السر ثعلب"},
        "تذكر أن يوم القمامة هو الأربعاء": {"fact": "يوم القمامة هو الأربعاء"},
    },
    "memory.recall": {"ماذا تعرف عن لينا": {"about": "لينا"}, "ماذا تعرف عني": {}},
    "memory.forget": {"انس أن لينا تحب القطط": {"about": "لينا تحب القطط"}, "انس كل شيء": {"which": "all"}},
    "none": {
        "مرحبا": {},
        "شكرا جزيلا": {},
        "كنت أمس في السوق مع صديقي": {},
        "الجو جميل اليوم": {},
        "ما رن المنبه اليوم وتأخرت على الدوام": {},
        "افتح كتابك على صفحة عشرة": {},
        "أخي اشترى سيارة جديدة": {},
        "خذ راحتك": {},
        "تعال هنا": {},
        "😀😀": {},
    },
}
ROWS = [(text, intent, slots) for intent, texts in MEANT.items() for text, slots in texts.items()]


@pytest.fixture(scope="module")
def engine() -> ContextEngine:
    return ContextEngine("ar")


def steps(engine: ContextEngine, text: str, around: Surroundings = AROUND) -> list[Step]:
    return list(engine.understand(text, surroundings=around).steps)


def test_there_are_sentences_enough() -> None:
    assert len(ROWS) >= 200


@pytest.mark.parametrize(("text", "intent", "slots"), ROWS)
def test_a_sentence_is_understood(engine: ContextEngine, text: str, intent: str, slots: Slots) -> None:
    (step,) = steps(engine, text)
    assert step.intent == intent
    if intent != "none":
        assert {name: value for name, value in step.slots.items() if value != ""} == slots


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("كم الساعة وما هو التاريخ", ["clock.time", "clock.date"]),
        ("شغل المكيف وأطفئ التلفزيون", ["home.turn", "home.turn"]),
        ("ضع مؤقتا لعشر دقائق ثم شغل الموسيقى", ["timer.set", "home.media"]),
        ("طفي النور وسكر الباب وصحيني الساعة سبعة", ["home.turn", "home.turn", "alarm.set"]),
        ("أضف حليب إلى قائمة التسوق وبعدين اقرأ القائمة", ["list.add", "list.read"]),
        ("ارفع الصوت، ثم أعد ما قلت", ["control.volume", "control.repeat"]),
        ("ذكرني بعد ساعة أن أطفئ الفرن وأغلق الباب", ["reminder.set"]),
    ],
)
def test_several_in_one_breath(engine: ContextEngine, text: str, intents: list[str]) -> None:
    assert [step.intent for step in steps(engine, text)] == intents


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("اضبط المؤقت على خمس دقائق لا بل ست", {"minutes": 6}),
        ("مؤقت خمس دقائق، لا قصدي عشر دقائق", {"minutes": 10}),
        ("صحيني الساعة سبعة لا أقصد ثمانية", {"when": "الساعة ثمانية"}),
        ("شغل المكيف، لا، أقصد شغل المروحة", {"name": "المروحة", "on": 1}),
    ],
)
def test_what_was_taken_back_is_left_out(engine: ContextEngine, text: str, slots: Slots) -> None:
    (step,) = steps(engine, text)
    assert step.slots == slots


@pytest.mark.parametrize(
    "text",
    [
        "يا جارفس كم الساعة من فضلك",
        "لو سمحت ممكن تقلي كم الساعة",
        "كَمِ السَّاعَةُ؟",
        "كم الســاعة",
        "\u200fكم الساعة\u200f",
        "hey jarvis كم الساعة",
        "كم الساعه",
        "طيب كم الساعة شكرا",
    ],
)
def test_what_stands_around_a_command_changes_nothing(engine: ContextEngine, text: str) -> None:
    assert [step.intent for step in steps(engine, text)] == ["clock.time"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "؟؟؟",
        "ـــــ",
        "\u200f\u200e\u202b",
        "ًٌٍَُِّْ",
        "turn on الضوء please",
        "شغل the light في kitchen",
        "كلمة " * 10_000,
        "ذكرني " * 500,
        "👍 شغل 👍 الضوء 👍",
        "%{}[]()<>|\\ احذف",
        "احذف \ud800",
    ],
)
def test_bad_input_is_survived(engine: ContextEngine, text: str) -> None:
    assert steps(engine, text)


def test_a_breath_of_nothing_but_joints_takes_no_minutes(engine: ContextEngine) -> None:
    began = time.monotonic()
    assert steps(engine, "احذف و" * 5000)
    assert time.monotonic() - began < 30


def test_an_answer_is_one_only_where_something_was_asked(engine: ContextEngine) -> None:
    (asked,) = steps(engine, "الساعة سبعة", Surroundings(now=NOW, asked="when"))
    (unasked,) = steps(engine, "الساعة سبعة")
    assert (asked.intent, asked.slots) == ("agenda.when", {"when": "الساعة سبعة"})
    assert unasked.intent == "none"


def test_a_timer_is_named_by_an_answer(engine: ContextEngine) -> None:
    (step,) = steps(engine, "مكرونة")
    assert (step.intent, step.slots) == ("timer.choose", {"name": "مكرونة"})


def test_a_yes_is_asked_for_before_all_is_forgotten_or_not_at_all(engine: ContextEngine) -> None:
    english = ContextEngine().understand("forget everything", surroundings=AROUND).steps[0]
    (arabic,) = steps(engine, "انس كل شيء")
    assert (arabic.asks is None) == (english.asks is None)


def test_arabic_has_every_intent_of_english_but_pictures() -> None:
    def intents(language: str) -> set[str]:
        files = (SENTENCES / language).glob("*.yaml")
        return {intent for file in files for intent in yaml.safe_load(file.read_text("utf-8")).get("intents", {})}

    missing = {intent for intent in intents("en") - intents("ar") if not intent.startswith("picture.")}
    assert not missing


def test_what_is_listened_for_does_not_break(engine: ContextEngine) -> None:
    expected = engine.expected(("لينا",))
    assert expected.is_command("كم الساعة")
    assert not expected.is_command("كنت أمس في السوق")


def test_a_whole_command_can_be_told_from_one_that_goes_on(engine: ContextEngine) -> None:
    assert engine.whole("كم الساعة؟")
    assert not engine.whole("أضف حليب")
    assert engine.command("من فضلك كم الساعة") == "كم الساعة"


def test_who_lets_somebody_in_is_asked(engine: ContextEngine) -> None:
    for text in ("افتح قفل الباب", "افتحي باب الكراج", "افتح البوابة"):
        assert needs_a_yes(steps(engine, text)[0])
    for text in ("سكر الباب", "افتح الستائر", "شغل الضوء", "اقفل باب البيت"):
        assert not needs_a_yes(steps(engine, text)[0])
